// npm run fuzz [-- RUNS]: mutated inputs, five million unless told otherwise, through the decoder and the client. SEED=n replays.
import "../hosts/node/ts-node.mjs";

const { fuzzClient, fuzzDecoder } = await import("./world/fuzz.ts");
const { Random, seedOfRun } = await import("./world/random.ts");

const runs = Number(process.argv[2] ?? 5_000_000);
if (!Number.isInteger(runs) || runs < 10) {
	console.error(`RUNS: must be a whole number of at least 10, is ${process.argv[2]}`);
	process.exit(2);
}
const seed = seedOfRun();
console.log(`SEED=${seed}: ${runs} inputs`);
const random = new Random(seed);
const rounds = 10;
let hungUp = 0;
for (let round = 1; round <= rounds; round++) {
	fuzzDecoder(random, (runs / rounds) * 0.6);
	hungUp += fuzzClient(random, (runs / rounds) * 0.4);
	globalThis.gc?.();
	console.log(
		`${round * (100 / rounds)} %: ${hungUp} connections ended by a reason, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB in use`,
	);
}
