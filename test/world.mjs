// npm run world [-- RUNS]: seeded worlds, 10,000 of each kind unless told otherwise. SEED=n begins with that seed; RUNS 1 replays it alone.
import "../hosts/node/ts-node.mjs";

const { run } = await import("./world/world.ts");
const { seedOfRun } = await import("./world/random.ts");

const runs = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(runs) || runs < 1) {
	console.error(`RUNS: must be a whole number of at least 1, is ${process.argv[2]}`);
	process.exit(2);
}
const seed = seedOfRun();
for (const sessions of [true, false]) {
	const total = { accepted: 0, connects: 0, resent: 0, poisons: 0, innocents: 0 };
	for (let i = 0; i < runs; i++) {
		const outcome = run(seed + i, sessions);
		for (const name of Object.keys(total)) total[name] += outcome[name];
		if (i === Math.floor(runs / 2)) globalThis.gc?.();
	}
	globalThis.gc?.();
	const { accepted, connects, resent, poisons, innocents } = total;
	console.log(
		`SEED=${seed}: ${runs} worlds, sessions ${sessions ? "kept" : "lost"}: ${accepted} messages, ${connects} connects of the publisher, ` +
			`${resent} sent again; ${poisons} poisons given up, ${innocents} more that cuts in a row hit, all told; none lost, none out of order${sessions ? ", none doubled at QoS 2" : ""}; ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB in use`,
	);
}
