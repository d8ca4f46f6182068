// The recorder: messages a second from a real Mosquitto at QoS 1 into SQLite and PostgreSQL, beside the simplest recorder with MQTT.js, with one
// insert a message and with batches; a week at one a second, read as the page reads it and as a download, and what it keeps in memory; bytes a
// row on the disk. Each side has a session at the broker in which the same messages wait; they take turns, and each has a process of its own.
// BENCH_SCALE (of the count) and BENCH_ROUNDS change how long it takes; BENCH_ONLY is "rates" or "week".
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { get } from "node:http";
import os from "node:os";
import path from "node:path";
import { openHistory } from "../hosts/node/recorder/keeper.js";
import type { Row } from "../src/recorder/store.js";
import { until } from "../test/hosts/contract/probe.js";
import { Cli } from "../test/hosts/spawn.js";
import { Wire } from "../test/hosts/wire.js";
import { Keeping, noMosquitto } from "../test/recorder/load.js";
import { missing as noPostgres, postgres, type Server } from "../test/recorder/postgres-server.js";
import { mqttJs } from "./library.js";

const here = import.meta.dirname;
const scale = Number(process.env.BENCH_SCALE ?? 1);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const count = Math.round(200_000 * scale);
const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-bench-"));
const loader = path.join(here, "../hosts/node/ts-node.mjs");

const children = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of children) child.kill();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

type Kind = "sqlite" | "postgres";

interface Side {
	name: string;
	kind: Kind;
	/** Connects, so that the session is there, and goes again. */
	prepare(round: number): Promise<void>;
	/** Messages a second, from the first until the last is committed, or for long enough. `then`: once it listens. */
	measure(round: number, then: () => Promise<void>): Promise<number>;
}

function ours(port: number, kind: Kind, place: (round: number) => Promise<string>): Side {
	const id = (round: number) => `ours-${kind}-${round}`;
	const start = async (round: number) => {
		const where = kind === "sqlite" ? ["--state", await place(round)] : ["--state", folder, "--store", await place(round)];
		const cli = new Cli(["record", "--broker", `mqtt://127.0.0.1:${port}`, "--id", id(round), ...where]);
		await cli.event("log", /online at/);
		return cli;
	};
	return {
		name: "Lampwire",
		kind,
		async prepare(round) {
			await (await start(round)).end("SIGTERM");
		},
		async measure(round, then) {
			const from = Date.now();
			const cli = await start(round);
			await then();
			const at = await place(round);
			const { store } = await openHistory(
				kind === "sqlite" ? { state: at, store: undefined } : { state: folder, store: at },
				"bench",
				true,
			);
			const ended = async () => (await store.rows({ topic: lastTopic(round), from: 0, to: 1e14 }, undefined, 1)).length > 0;
			while (!(await ended())) await new Promise((resolve) => setTimeout(resolve, 20));
			const end = Date.now();
			// from when it has heard the first: what waits comes before the link says that it is up
			const [first] = await store.rows({ topic: "light", from, to: 1e14 }, undefined, 1);
			let kept = 0;
			for (let after = undefined as Row | undefined, more = true; more; ) {
				const page: Row[] = await store.rows({ topic: "light", from, to: 1e14 }, after, 5_000);
				kept += page.length;
				after = page.at(-1);
				more = page.length > 0;
			}
			if (kept !== count) throw new Error(`${id(round)}: ${kept} of ${count} were kept`);
			await store.close();
			await cli.end("SIGTERM");
			await discard(port, id(round));
			return count / ((end - (first as Row).time) / 1000);
		},
	};
}

function theirs(home: string, port: number, kind: Kind, way: "one" | "batch", place: (round: number) => Promise<string>): Side {
	const id = (round: number) => `theirs-${kind}-${way}-${round}`;
	const start = async (round: number, where: string) => {
		const child: ChildProcess = fork(
			path.join(here, "history/peer.ts"),
			[home, String(port), id(round), kind, where, way, lastTopic(round)],
			{
				execArgv: ["--disable-warning=ExperimentalWarning", "--import", loader],
				stdio: ["ignore", "inherit", "inherit", "ipc"],
			},
		);
		children.add(child);
		const said = (kind: string) => new Promise<unknown>((resolve) => child.on("message", (word) => typeof word === kind && resolve(word)));
		return { child, subscribed: said("string"), rate: said("number") };
	};
	const stop = async (child: ChildProcess) => {
		const ended = new Promise((resolve) => child.once("exit", resolve));
		child.kill();
		await ended;
	};
	return {
		name: way === "one" ? "MQTT.js, one insert a message" : "MQTT.js, batches of up to 1,000, acknowledged before",
		kind,
		async prepare(round) {
			const { child, subscribed } = await start(round, await place(round));
			await subscribed;
			await stop(child);
		},
		async measure(round, then) {
			const { child, subscribed, rate } = await start(round, await place(round + 1_000));
			await subscribed;
			await then();
			const value = Number(await rate);
			await stop(child);
			await discard(port, id(round));
			return value;
		},
	};
}

/** Behind all others of a round. A recorder says its own status, too: that is none. */
const lastTopic = (round: number) => `light/end-${round}/status`;

/** The session of `id` ends, with what waits in it: a later round must not hear of this one. */
async function discard(port: number, id: string): Promise<void> {
	(await Wire.connect(port, id)).disconnect();
}

/** Messages for all sessions: as fast as the broker takes them. */
async function fill(port: number, round: number): Promise<void> {
	const wire = await Wire.connect(port, "filler");
	for (let sent = 0; sent < count; sent++) {
		wire.send({
			cmd: "publish",
			topic: "light",
			payload: String(sent % 255),
			qos: 1,
			retain: false,
			dup: false,
			messageId: (sent % 65_535) + 1,
		});
		const under = () => sent - wire.packets.length;
		if (under() > 500) await until(() => under() < 100, "PUBACK");
	}
	wire.send({ cmd: "publish", topic: lastTopic(round), payload: "online", qos: 1, retain: false, dup: false, messageId: 1 });
	await until(() => wire.packets.length > count, "the last PUBACK");
	wire.disconnect();
}

async function rates(server: Server | undefined): Promise<void> {
	const found = mqttJs();
	if ("fault" in found) console.log(`${found.fault}\nno peers`);
	const home = "fault" in found ? undefined : found.home;
	for (const live of [false, true]) {
		// how many are on the way at once is Mosquitto's doing: 2.0.11 was seen to go beyond its max_inflight_messages in both cases
		const words = live ? "that come while it listens, as fast as this program sends" : "that wait at Mosquitto";
		const broker = new Keeping({ inflight: 20, persistence: false });
		process.once("exit", () => broker.cut());
		await broker.start();
		const { port } = broker;
		let made = 0;
		const places = new Map<string, Promise<string>>();
		const place = (key: string, make: () => Promise<string>) => (round: number) => {
			const name = `${key}-${round}`;
			if (!places.has(name)) places.set(name, make());
			return places.get(name) as Promise<string>;
		};
		const file = (key: string) => place(key, async () => path.join(folder, `${live}-${++made}.sqlite`));
		const database = (key: string) => place(key, () => (server as Server).database());
		const state = mkdtempSync(path.join(folder, "state-"));
		const sides: Side[] = [ours(port, "sqlite", async () => state)];
		const one = server && (await server.database());
		if (one) sides.push(ours(port, "postgres", async () => one));
		if (home !== undefined)
			for (const way of ["one", "batch"] as const) {
				sides.push(theirs(home, port, "sqlite", way, file(`s-${way}`)));
				if (server) sides.push(theirs(home, port, "postgres", way, database(`p-${way}`)));
			}
		const figures = new Map(sides.map((side) => [side, [] as number[]]));
		for (let round = 0; round < rounds; round++) {
			if (!live) {
				for (const side of sides) await side.prepare(round);
				await fill(port, round);
			}
			for (const side of sides) figures.get(side)?.push(await side.measure(round, async () => void (live && (await fill(port, round)))));
		}
		console.log(`\nMessages a second, ${count} at QoS 1 ${words}; median of ${rounds} (lowest, highest)`);
		for (const kind of ["sqlite", "postgres"] as const)
			for (const [{ name, kind: of }, values] of figures) {
				if (of !== kind) continue;
				const sorted = values.sort((a, b) => a - b);
				const tell = (at: number) => Math.round(sorted[at] ?? 0).toLocaleString("en");
				console.log(
					`  ${kind === "sqlite" ? "SQLite    " : "PostgreSQL"}  ${name.padEnd(54)}${tell(sorted.length >> 1).padStart(8)}  (${tell(0)}, ${tell(sorted.length - 1)})`,
				);
			}
		await broker.end();
	}
}

/** Reads an answer to its end, without keeping it. */
function read(url: string): Promise<{ bytes: number; lines: number }> {
	return new Promise((resolve, reject) => {
		get(url, (response) => {
			let bytes = 0;
			let lines = 0;
			response.on("data", (chunk: Buffer) => {
				bytes += chunk.length;
				for (const byte of chunk) if (byte === 10) lines += 1;
			});
			response.on("end", () => resolve({ bytes, lines }));
		}).on("error", reject);
	});
}

interface Served {
	child: ChildProcess;
	url: string;
	memory(): Promise<{ heap: number; resident: number }>;
}

async function serve(state: string): Promise<Served> {
	const child = fork(path.join(here, "history/served.ts"), [state], {
		execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning", "--import", loader],
		stdio: ["ignore", "inherit", "inherit", "ipc"],
	});
	children.add(child);
	const next = () => new Promise<never>((resolve) => child.once("message", (said) => resolve(said as never)));
	const url = await (next() as Promise<string>);
	return {
		child,
		url,
		memory: () => {
			child.send("memory");
			return next();
		},
	};
}

async function week(): Promise<void> {
	const state = path.join(folder, "week");
	const rows = 604_800;
	const to = Math.floor(Date.now() / 60_000) * 60_000;
	const from = to - rows * 1_000;
	const { store, where } = await openHistory({ state, store: undefined }, "bench");
	for (let at = 0; at < rows; at += 7_200)
		await store.append({
			rows: Array.from({ length: 7_200 }, (_, i) => ({
				time: from + (at + i) * 1_000,
				n: 0,
				topic: "light",
				level: Math.round(127 + 127 * Math.sin((at + i) / 3_000)),
				payload: undefined,
				QoS: 1 as const,
				retain: false,
				sender: "desk-dimmer",
			})),
			gaps: [],
			seen: [],
			forget: false,
			alive: from + at * 1_000,
		});
	await store.close();
	const file = path.join(state, "history.sqlite");
	const before = statSync(file).size;
	console.log(
		`\nA week at one a second: ${rows} rows, ${(before / rows).toFixed(1)} bytes a row on the disk ${where.replace(/.*\(/, "(")}`,
	);
	const served = await serve(state);
	const mb = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
	for (const [name, query] of [
		["as the page asks (a step of 1,008 s)", "step=1008s"],
		["each row, as CSV", "format=csv"],
		["each row, as JSON", ""],
	] as const) {
		const begin = performance.now();
		const { bytes, lines } = await read(`${served.url}/api/history?from=${from}&to=${to}&${query}`);
		const seconds = (performance.now() - begin) / 1000;
		const { heap, resident } = await served.memory();
		console.log(
			`  ${name.padEnd(38)} ${String(lines).padStart(7)} lines  ${mb(bytes).padStart(6)} MB  ${seconds.toFixed(2).padStart(6)} s  the desk's heap at most +${mb(heap)} MB, resident +${mb(resident)} MB`,
		);
	}
	await browser(served);
	served.child.kill();
	const again = await openHistory({ state, store: undefined }, "bench");
	const begin = performance.now();
	await again.store.tidy(to, 0, 1e12);
	const seconds = (performance.now() - begin) / 1000;
	await again.store.close();
	const after = statSync(file).size;
	console.log(
		`  compacted to minutes in ${seconds.toFixed(1)} s: ${(after / rows).toFixed(2)} bytes a row that was, ${(after / (rows / 60)).toFixed(1)} a minute (${mb(before)} MB, then ${mb(after)} MB)`,
	);
}

/** The page draws the week, again and again. */
async function browser({ url }: Served): Promise<void> {
	const { launch, skip } = await import("../test/page/chromium.js");
	if (skip !== false) return console.log(`  the page: skipped: ${skip}`);
	const chromium = await launch({ args: ["--no-sandbox", "--js-flags=--expose-gc"] });
	const page = await (await chromium.newContext()).newPage();
	await page.goto(`${url}/history`);
	const draw = async (name: string) => {
		const begin = performance.now();
		const answer = page.waitForResponse((response) => /step=1\d\d\ds/.test(response.url()));
		await page.getByRole("button", { name }).click();
		const response = await answer;
		await response.finished();
		await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
		return { seconds: (performance.now() - begin) / 1000, url: response.url() };
	};
	const heap = () =>
		page.evaluate(() => {
			(globalThis as unknown as { gc(): void }).gc();
			return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1024 / 1024;
		});
	const first = await draw("Week");
	const start = await heap();
	let last = first;
	for (let i = 0; i < 10; i++) {
		await page.getByRole("button", { name: "Hour" }).click();
		last = await draw("Week");
	}
	console.log(
		`  the page draws it in ${first.seconds.toFixed(2)} s, the eleventh time in ${last.seconds.toFixed(2)} s; its heap ${start.toFixed(1)} MB after the first, ${(await heap()).toFixed(1)} MB after the eleventh`,
	);
	await chromium.close();
}

const only = process.env.BENCH_ONLY;
const server = noPostgres === undefined ? await postgres() : undefined;
try {
	if (noMosquitto !== undefined) console.log(`messages a second: skipped: ${noMosquitto}`);
	else if (only !== "week") await rates(server);
	if (noPostgres !== undefined) console.log(`PostgreSQL: skipped: ${noPostgres}`);
	if (only !== "rates") await week();
} finally {
	Cli.killAll();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
}
process.exit();
