// A fleet: 10,000 lamps in four processes at one Mosquitto. What a lamp takes of memory; a level to all of them; the broker killed, and how the
// herd comes back, beside what the law of the back-off says; then the same with MQTT.js. And an hour of levels in virtual time.
// BENCH_LAMPS=1000 makes it smaller.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { device } from "../hosts/node/index.js";
import { Link } from "../src/mqtt/link/link.js";
import { Mosquitto, missing } from "./fleet/broker.js";
import type { Hour } from "./fleet/hour.js";
import { bound, share, worstSecond } from "./fleet/law.js";
import { now, type Question, type Records, type Started, type Tally, topic } from "./fleet/side.js";
import { mqttJs } from "./library.js";

const lamps = Number(process.env.BENCH_LAMPS ?? 10_000);
const processes = 4;
const rounds = 10;
/** How long the broker is dead. */
const away_ms = 10_000;
/** Whoever has not come by then is lost, or left behind. */
const level_patience_ms = 20_000;
const herd_patience_ms = 90_000;
const hourLamps = 200;

const here = import.meta.dirname;
const started = performance.now();
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const children = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

function spawnNode(script: string, argument: string): ChildProcess {
	const child = fork(script, [argument], { execArgv: ["--expose-gc"], serialization: "advanced" });
	children.add(child);
	child.once("exit", () => children.delete(child));
	return child;
}

/** What comes of a process next; rejects when it ends before. */
function next<Answer>(child: ChildProcess): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const ended = (code: number | null) => reject(new Error(`a process of the fleet ended with ${code}`));
		child.once("exit", ended);
		child.once("message", (message) => {
			child.off("exit", ended);
			resolve(message as Answer);
		});
	});
}

async function ask<Answer>(child: ChildProcess, question: Question): Promise<Answer> {
	const answer = next<{ answer: Answer }>(child);
	child.send(question);
	return (await answer).answer;
}

/** Sets the light, as a knob does. */
class Knob {
	readonly #link: Link;

	constructor({ port }: Mosquitto, id: string) {
		this.#link = new Link({ ...device.network.mqtt, host: "127.0.0.1", port, id, random: () => 0 });
	}

	async say(level: number): Promise<void> {
		while (!this.#link.up) await sleep(10);
		this.#link.publish(topic, new TextEncoder().encode(`${level}`), 1, true);
	}

	close(): Promise<void> {
		return new Promise((resolve) => this.#link.close(resolve));
	}
}

interface Result {
	heap: number;
	resident: number;
	brokerResident: number;
	/** Milliseconds from the knob to each lamp. */
	latencies: number[];
	lost: number;
	/** µs of processor time of a delivered level. */
	lampCost: number;
	brokerCost: number;
	back: number;
	at: number;
	/** Milliseconds from the broker's new start until each lamp was online. */
	ups: number[];
	/** The same, until the tries that led to it fell due; 0 where nobody tells. */
	dues: number[];
	/** Connections tried by one lamp, on average. */
	tries: number;
	/** How long nothing listened. */
	away: number;
}

/** Until all are there, or `patience` is over. */
async function gather(sides: readonly ChildProcess[], level: number, patience: number): Promise<Tally> {
	const end = now() + patience;
	for (;;) {
		const tallies = await Promise.all(sides.map((side) => ask<Tally>(side, { what: "tally", level })));
		const all = { up: tallies.reduce((sum, { up }) => sum + up, 0), at: tallies.reduce((sum, { at }) => sum + at, 0) };
		if ((all.up === lamps && all.at === lamps) || now() > end) return all;
		await sleep(100);
	}
}

const each = <Answer>(sides: readonly ChildProcess[], question: Question) => Promise.all(sides.map((side) => ask<Answer>(side, question)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function levels(
	sides: readonly ChildProcess[],
	broker: Mosquitto,
): Promise<Pick<Result, "latencies" | "lost" | "lampCost" | "brokerCost">> {
	const knob = new Knob(broker, "knob");
	await knob.say(1);
	await gather(sides, 1, level_patience_ms);
	const latencies: number[] = [];
	let lost = 0;
	let lampProcessor = 0;
	const before = broker.used().processor;
	for (let round = 0; round < rounds; round++) {
		const level = 10 + round;
		await each(sides, { what: "clear" });
		const said = now();
		await knob.say(level);
		const { at } = await gather(sides, level, level_patience_ms);
		lost += lamps - at;
		for (const { arrivals, processor } of await each<Records>(sides, { what: "read" })) {
			lampProcessor += processor;
			for (const arrival of arrivals) if (!Number.isNaN(arrival)) latencies.push(arrival - said);
		}
	}
	const messages = lamps * rounds;
	const brokerProcessor = broker.used().processor - before;
	await knob.close();
	return { latencies, lost, lampCost: (lampProcessor / messages) * 1e6, brokerCost: (brokerProcessor / messages) * 1e6 };
}

async function herd(
	sides: readonly ChildProcess[],
	broker: Mosquitto,
): Promise<Pick<Result, "back" | "at" | "ups" | "dues" | "tries" | "away">> {
	await each(sides, { what: "clear" });
	const killed = now();
	await broker.kill();
	await sleep(away_ms);
	await broker.start();
	const there = now();
	const last = 200;
	const knob = new Knob(broker, "knob-again");
	await knob.say(last);
	const { up, at } = await gather(sides, last, herd_patience_ms);
	await knob.close();
	const records = await each<Records>(sides, { what: "read" });
	const ups = records.flatMap((record) => record.ups).map((time) => time - there);
	const dues = records.flatMap((record) => record.dues).map((time) => (time === 0 ? 0 : time - there));
	const sorted = (times: number[]) => times.sort((a, b) => a - b);
	return {
		back: up,
		at,
		ups: sorted(ups),
		dues: sorted(dues),
		tries: sum(records.map(({ tries }) => tries)) / lamps,
		away: there - killed,
	};
}

async function fleet(script: string, argument: string, folder: string): Promise<Result> {
	const broker = await Mosquitto.start(folder, lamps);
	const empty = broker.used().resident;
	const sides = Array.from({ length: processes }, () => spawnNode(script, argument));
	await Promise.all(sides.map((side) => next(side)));
	const part = (index: number) => Math.floor((index * lamps) / processes);
	const memories = await Promise.all(
		sides.map((side, index) => {
			const host = broker.addresses[index % broker.addresses.length] as string;
			return ask<Started>(side, { what: "start", first: part(index), count: part(index + 1) - part(index), host, port: broker.port });
		}),
	);
	const brokerResident = (broker.used().resident - empty) / lamps;
	const grown = (name: "heap" | "resident") => sum(memories.map((memory) => memory.all[name] - memory.first[name])) / (lamps - processes);
	const heard = await levels(sides, broker);
	const came = await herd(sides, broker);
	for (const side of sides) side.kill("SIGKILL");
	await broker.kill();
	return { heap: grown("heap"), resident: grown("resident"), brokerResident, ...heard, ...came };
}

async function bundle(name: string, folder: string): Promise<string> {
	const outfile = path.join(folder, `${name}.mjs`);
	await build({
		entryPoints: [path.join(here, `fleet/${name}.ts`)],
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node20",
		outfile,
		logLevel: "error",
	});
	return outfile;
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
const kib = (bytes: number) => (bytes / 1024).toFixed(1);

function at(sorted: readonly number[], part: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

type Row = readonly [label: string, value: (result: Result) => string];
const rows: readonly Row[] = [
	["memory a lamp, KiB: heap and buffers", ({ heap }) => kib(heap)],
	["memory a lamp, KiB: resident", ({ resident }) => kib(resident)],
	["memory of the broker a lamp, KiB: resident", ({ brokerResident }) => kib(brokerResident)],
	[`a level to all, ${rounds} times, QoS 1: p50, ms`, ({ latencies }) => whole(at(latencies, 0.5))],
	["  p99, ms", ({ latencies }) => whole(at(latencies, 0.99))],
	["  lost", ({ lost }) => whole(lost)],
	["  µs of processor a lamp and level: the lamps", ({ lampCost }) => lampCost.toFixed(0)],
	["  µs of processor a lamp and level: the broker", ({ brokerCost }) => brokerCost.toFixed(0)],
	["broker killed and started: back online", ({ back }) => `${whole(back)} of ${whole(lamps)}`],
	["  at the last level", ({ at }) => `${whole(at)} of ${whole(lamps)}`],
	["  half of them back after, s", ({ ups }) => (at(ups, 0.5) / 1000).toFixed(1)],
	["  the last one after, s", ({ ups }) => (at(ups, 1) / 1000).toFixed(1)],
	["  tries that fell due in the worst second", ({ dues }) => (at(dues, 1) === 0 ? "–" : percent(worstSecond(dues, lamps).share))],
	["  connects in the worst second", ({ ups }) => percent(worstSecond(ups, lamps).share)],
	["  connections tried by one lamp", ({ tries }) => tries.toFixed(1)],
];

function seconds(ups: readonly number[]): string {
	const last = Math.ceil(at(ups, 1) / 1000);
	const counts = Array.from({ length: Math.min(last, 30) }, () => 0);
	for (const time of ups) {
		const second = Math.max(0, Math.floor(time / 1000));
		if (second < counts.length) counts[second] = (counts[second] as number) + 1;
	}
	return counts.map((count) => whole(count)).join(" ");
}

async function hour(folder: string): Promise<Hour> {
	const child = spawnNode(await bundle("hour", folder), `${hourLamps}`);
	return next<Hour>(child);
}

/** Prints all; false when a lamp of ours is missing, or too many came at once. */
function print(results: ReadonlyMap<string, Result>, flat: Hour): boolean {
	console.log(
		`Node ${process.version}, ${os.availableParallelism()} processors, load ${os.loadavg()[0]?.toFixed(1)}; ${whole(lamps)} lamps in ${processes} processes, one Mosquitto\n`,
	);
	console.log(`${"".padEnd(50)}${[...results.keys()].map((name) => name.padStart(18)).join("")}`);
	for (const [label, value] of rows)
		console.log(`${label.padEnd(50)}${[...results.values()].map((one) => value(one).padStart(18)).join("")}`);
	console.log("\nConnects in each second after the start:");
	for (const [name, { ups }] of results) console.log(`  ${name.padEnd(9)} ${seconds(ups)}`);
	const ours = results.get("Lampwire") as Result;
	const law = share(ours.away);
	const most = bound(law, lamps);
	const worst = worstSecond(ours.dues, lamps).share;
	console.log(`
The back-off's law (src/mqtt/link/backoff.ts), for a host that refuses ${(ours.away / 1000).toFixed(1)} s long: ${percent(law)} try in the worst second; by chance up to ${percent(most)}.
Seen: ${percent(worst)}, ${worst <= most ? "not more" : "MORE"}; processes that wait for their processor connect later, and may do so at once. After a long time: ${percent(share(600_000))}; while the host is gone (a try 10 s): ${percent(share(3_600_000, false, 10_000))}. MQTT.js: each lamp once a second, 100 %.`);
	console.log(`
An hour of virtual levels, one a second, for ${flat.lamps} lamps that lose their broker every ten minutes: ${whole(flat.levels)} levels, ${whole(flat.connects)} connects, ${flat.at} of ${flat.lamps} at the last level;
heap and buffers of the process, MiB, after each quarter and a collection: ${flat.quarters.map((bytes) => (bytes / 1024 / 1024).toFixed(2)).join(", ")}.`);
	return ours.back === lamps && ours.at === lamps && ours.lost === 0 && worst <= most && flat.at === flat.lamps;
}

const why = missing(lamps);
if (why !== undefined) {
	console.log(`fleet: skipped: ${why}`);
	process.exit(0);
}
const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const flat = await hour(folder);
const results = new Map<string, Result>([["Lampwire", await fleet(await bundle("ours", folder), "", folder)]]);
const library = mqttJs();
if ("fault" in library) console.log(library.fault);
else results.set("MQTT.js", await fleet(await bundle("mqttjs", folder), library.home, folder));
for (const { latencies } of results.values()) latencies.sort((a, b) => a - b);
const good = print(results, flat);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exit(good ? 0 : 1);
