// On Node: messages per second in and out, and memory per client, our client beside MQTT.js, through the same Mosquitto. Each library has a
// process of its own, and they take turns, so that a busy machine is busy for both. A message counts when the broker has acknowledged it, or the
// application has received it. "bare" (rates/bare.ts) is the floor: the same reads and writes without a client. `BENCH_ROUNDS` and `BENCH_SCALE` (of the counts) change how long it takes,
// and `BENCH_NODE_OPTIONS="--cpu-prof --cpu-prof-dir=…"` says where the time goes.
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { freePort } from "../test/ports.js";
import { mqttJs } from "./library.js";
import { feed, peer } from "./rates/raw.js";
import { inflight_max, type Job, type QoS, type Result } from "./rates/side.js";

const here = import.meta.dirname;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const scale = Number(process.env.BENCH_SCALE ?? 1);
const sides = ["ours", "mqttjs", "bare"] as const;
type SideName = (typeof sides)[number];

/** What the project aims at: ours ÷ theirs. */
const aims: Readonly<Record<QoS, string>> = { 0: "≥ 3", 1: "≥ 2", 2: "" };
/** `BENCH_ONLY="out 2"` measures that alone, `"out 2 peer"` without Mosquitto. */
const only = process.env.BENCH_ONLY;
const counts: Readonly<Record<QoS, number>> = { 0: 400_000, 1: 60_000, 2: 30_000 };
const connectedClients = 1000;

function skip(why: string): never {
	console.log(`node: skipped: ${why}`);
	process.exit(0);
}

async function startMosquitto(folder: string): Promise<{ port: number; process: ChildProcess }> {
	const port = await freePort();
	// without a bound on its queues, for what it drops would be counted as lost
	const config = `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nlog_type error\nmax_inflight_messages ${inflight_max}\nuser root\n`;
	writeFileSync(join(folder, "mosquitto.conf"), config);
	const child = spawn("mosquitto", ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
	process.on("exit", () => child.kill());
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
	const gone = new Promise<never>((_, reject) => child.once("exit", (code) => reject(new Error(`mosquitto ended with ${code}`))));
	gone.catch(() => {});
	const listening = async () => {
		for (;;) {
			const open = await new Promise<boolean>((resolve) => {
				const socket = connect(port, "127.0.0.1", () => resolve(Boolean(socket.destroy())));
				socket.on("error", () => resolve(false));
			});
			if (open) return;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	};
	await Promise.race([listening(), gone]);
	return { port, process: child };
}

/** Runs one job in a new process. */
async function run(script: string, argument: string, job: Job, subscribed?: () => void): Promise<Result> {
	const child = fork(script, [argument], {
		execArgv: job.what === "heap" ? ["--expose-gc"] : (process.env.BENCH_NODE_OPTIONS?.split(" ") ?? []),
	});
	try {
		return await new Promise<Result>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${script}: no result of ${JSON.stringify(job)} in 30 s`)), 30_000);
			child.on("message", (message: Result | string) => {
				if (message === "ready") child.send(job);
				else if (message === "subscribed") subscribed?.();
				else {
					clearTimeout(timer);
					resolve(message as Result);
				}
			});
			child.once("exit", (code) => {
				clearTimeout(timer);
				reject(new Error(`${script} ended with ${code}`));
			});
		});
	} finally {
		// not killed: a profile is written at the end
		if (child.connected) child.disconnect();
	}
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rate = ({ messages, seconds }: Result) => messages / seconds;
const cost = ({ messages, processor }: Result) => (processor / messages) * 1e6;

function line(label: string, { ours: own, mqttjs: their, bare: least }: Record<SideName, Result[]>, aim: string): string {
	const [ours, theirs] = [median(own.map(rate)), median(their.map(rate))];
	const [ourCost, theirCost] = [median(own.map(cost)), median(their.map(cost))];
	const whole = (value: number) => Math.round(value).toLocaleString("en").padStart(11);
	const columns = [whole(ours), whole(theirs), (ours / theirs).toFixed(2).padStart(7), aim.padStart(5)];
	const calls = [own, their, least].map((results) =>
		median(results.map(({ calls, messages }) => calls / messages))
			.toFixed(2)
			.padStart(8),
	);
	const used = [
		ourCost.toFixed(2).padStart(8),
		theirCost.toFixed(2).padStart(8),
		(theirCost / ourCost).toFixed(2).padStart(7),
		median(least.map(cost)).toFixed(2).padStart(7),
	];
	return `${label.padEnd(12)} ${columns.join(" ")}   ${used.join(" ")}   ${calls.join(" ")}   ${own[0].messages.toLocaleString("en").padStart(8)}`;
}

const heading = `             messages/s                          processor, µs a message             reads, writes a message      messages
                ours     MQTT.js   ratio   aim       ours  MQTT.js   ratio    bare       ours  MQTT.js    bare    a round`;

async function main(): Promise<void> {
	if (spawnSync("sh", ["-c", "command -v mosquitto"], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }).status !== 0)
		skip("mosquitto not found (Debian: apt install mosquitto)");
	const found = mqttJs();
	if ("fault" in found) skip(found.fault);
	const library = found.home;
	process.env.PATH += ":/usr/sbin";
	const folder = mkdtempSync(join(tmpdir(), "lampwire-bench-"));
	const mosquitto = await startMosquitto(folder);
	try {
		const scripts = {} as Record<SideName, string>;
		for (const side of sides) {
			scripts[side] = join(folder, `${side}.mjs`);
			await build({
				entryPoints: [join(here, `rates/${side}.ts`)],
				bundle: true,
				platform: "node",
				format: "esm",
				target: "node20",
				outfile: scripts[side],
				logLevel: "error",
			});
		}
		const doJob = async (side: SideName, what: "out" | "in", QoS: QoS, broker: "Mosquitto" | "peer") => {
			const count = Math.ceil(counts[QoS] * scale);
			const all = count + Math.ceil(count / 5);
			const standIn = broker === "peer" ? await peer(QoS, all) : undefined;
			const port = standIn?.port ?? mosquitto.port;
			let fed: Promise<void> | undefined;
			try {
				const result = await run(scripts[side], library, { what, port, QoS, count }, () => {
					if (!standIn) fed = feed(port, all, QoS);
				});
				await fed;
				// two messages of QoS 1 say at QoS 0 that all have come
				const expected = all + (QoS === 0 ? 2 : 0);
				if (standIn && what === "out" && standIn.published() !== expected) throw new Error(`${standIn.published()} of ${expected} came`);
				return result;
			} finally {
				standIn?.close();
			}
		};
		const { version } = process;
		console.log(`Node ${version}, topic of 23 bytes, payload of 3, median of ${rounds} rounds, Lampwire and MQTT.js in turn`);
		for (const broker of ["Mosquitto", "peer"] as const) {
			if (only?.endsWith("peer") && broker !== "peer") continue;
			console.log(
				broker === "Mosquitto"
					? "\nThrough Mosquitto"
					: "\nWith a peer that only counts and acknowledges (packets made beforehand): where Mosquitto is not the limit",
			);
			console.log(heading);
			for (const what of ["out", "in"] as const)
				for (const QoS of [0, 1, 2] as const) {
					if (only !== undefined && !only.startsWith(`${what} ${QoS}`)) continue;
					const results: Record<SideName, Result[]> = { ours: [], mqttjs: [], bare: [] };
					for (let round = 0; round < rounds; round++)
						for (const side of round % 2 === 0 ? sides : sides.toReversed()) results[side].push(await doJob(side, what, QoS, broker));
					console.log(line(`${what.padEnd(3)} QoS ${QoS}`, results, aims[QoS]));
				}
		}
		console.log(`\nMemory a client, of ${connectedClients} connected to Mosquitto: KiB`);
		console.log("             V8 heap   buffers   resident");
		for (const side of ["ours", "mqttjs"] as const) {
			const job: Job = { what: "heap", port: mosquitto.port, QoS: 0, count: connectedClients };
			const { heap = 0, buffers = 0, resident = 0 } = await run(scripts[side], library, job);
			const kib = (bytes: number) => (bytes / 1024).toFixed(1).padStart(9);
			console.log(`${(side === "ours" ? "Lampwire" : "MQTT.js").padEnd(10)} ${kib(heap)} ${kib(buffers)} ${kib(resident)}`);
		}
	} finally {
		mosquitto.process.kill();
		rmSync(folder, { recursive: true, force: true });
	}
}

await main();
