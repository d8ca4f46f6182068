// What goes wrong around a recorder: the broker, the disk, the file. Each is said plainly, nothing that was acknowledged is lost, and it goes on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { createDevice } from "../../hosts/node/index.js";
import { findDriver } from "../../hosts/node/recorder/driver.js";
import { Keeper } from "../../hosts/node/recorder/keeper.js";
import { SqliteStore } from "../../hosts/node/recorder/sqlite-store.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { type HistoryPlace, Keeping, noMosquitto, record, Sender, storedAt, Tap, whole } from "./load.js";

const skip = noMosquitto ?? false;
const undo: (() => unknown)[] = [];
after(async () => {
	Cli.killAll();
	for (const each of undo.reverse()) await each();
});

function folder(): string {
	const made = mkdtempSync(path.join(os.tmpdir(), "lampwire-faults-"));
	undo.push(() => rmSync(made, { recursive: true, force: true }));
	return made;
}

interface Bench {
	broker: Keeping;
	tap: Tap;
	sender: Sender;
	place: HistoryPlace;
}

async function bench(state = folder()): Promise<Bench> {
	const broker = await Keeping.open();
	undo.push(() => broker.end());
	const tap = await Tap.open(broker.port);
	undo.push(() => tap.close());
	const sender = await Sender.open(broker.port);
	undo.push(() => sender.close());
	return { broker, tap, sender, place: { state, store: undefined } };
}

/** All that was sent is acknowledged. */
async function answered({ tap, sender }: Bench, recorder: Cli): Promise<void> {
	await until(
		() => tap.acknowledged.size >= sender.sent,
		() => `${sender.sent} are acknowledged: ${tap.acknowledged.size}\n${recorder.out}${recorder.err}`,
	);
}

for (const signal of ["SIGTERM", "SIGKILL"] as const)
	test(`the broker ends (${signal}) and comes back: a gap says so, nothing is missing`, { skip }, async () => {
		const all = await bench();
		const { broker, tap, place } = all;
		const recorder = record(tap, place);
		await recorder.event("log", /online at/);
		all.sender.go(10);
		await until(() => tap.acknowledged.size > 200, "some are acknowledged");
		await broker.stop(signal);
		await recorder.event("log", /offline/);
		all.sender.close();
		const { sent } = all.sender;
		await broker.start();
		await until(() => recorder.events("log").filter((line) => /online at/.test(line)).length > 1, "it is back");
		const second = await Sender.open(broker.port);
		// on from where the first one was
		second.sent = sent;
		second.say(50);
		await until(
			() => tap.acknowledged.has(`m${second.sent}`),
			() => `the last is acknowledged\n${recorder.out}`,
		);
		second.close();
		assert.equal(await recorder.end("SIGTERM"), 0);
		const stored = await storedAt(place);
		// a broker that was killed knows no more what it has sent, and to whom: it may say again as new what it said before
		if (signal === "SIGKILL") for (const payload of stored.keys()) stored.set(payload, 1);
		whole(`broker ended by ${signal}`, tap, second.sent, stored);
		const { gaps } = await chart(place);
		const away = gaps.filter(({ kind }) => kind === "away");
		assert.equal(away.length, 1, JSON.stringify(gaps));
		assert.ok(away[0]?.to !== null);
		assert.equal(away[0]?.note, "no connection to the broker");
	});

interface Answer {
	gaps: { kind: string; note: string; from: number; to: number | null }[];
	rows: (number | null)[][];
}

async function chart({ state }: HistoryPlace): Promise<Answer> {
	const asked = new Cli(["history", "--state", state, "--format", "json", "--from", "1d"]);
	assert.equal(await asked.end(), 0, asked.err);
	return JSON.parse(asked.out);
}

test("the disk is full: said, nothing is acknowledged meanwhile, and it goes on when there is room", {
	skip: skip || (process.platform !== "linux" || process.getuid?.() !== 0 ? "needs a tmpfs, and root" : false),
}, async (t) => {
	const state = folder();
	if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", state]).status !== 0) return t.skip("a tmpfs cannot be mounted here");
	undo.push(() => spawnSync("umount", [state]));
	const all = await bench(state);
	const recorder = record(all.tap, all.place);
	await recorder.event("log", /online at/);
	all.sender.say(50);
	await answered(all, recorder);
	const filler = path.join(state, "filler");
	spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4k"], { stdio: "ignore" });
	all.sender.say(3_000);
	await recorder.event("log", /the disk is full, .*history\.sqlite cannot grow: make room/);
	const before = all.tap.acknowledged.size;
	assert.ok(before < 3_050, "not all can have been kept");
	rmSync(filler);
	await recorder.event("log", /the store takes messages again; nothing that was acknowledged is missing/);
	await answered(all, recorder);
	assert.equal(await recorder.end("SIGTERM"), 0);
	whole("disk full", all.tap, all.sender.sent, await storedAt(all.place));
	assert.equal((await storedAt(all.place)).size, all.sender.sent);
});

test("another program locks the file: said, nothing is acknowledged meanwhile, and it goes on", { skip }, async () => {
	const all = await bench();
	const recorder = record(all.tap, all.place);
	await recorder.event("log", /online at/);
	all.sender.say(20);
	await answered(all, recorder);
	const other = (await findDriver()).open(path.join(all.place.state, "history.sqlite"), false);
	other.exec("BEGIN IMMEDIATE");
	all.sender.say(100);
	await recorder.event("log", /history\.sqlite is locked by another program: close it there/);
	assert.equal(all.tap.acknowledged.size, 20);
	other.exec("ROLLBACK");
	other.close();
	await answered(all, recorder);
	assert.equal(await recorder.end("SIGTERM"), 0);
	whole("file locked", all.tap, 120, await storedAt(all.place));
});

test("a file that is cut in the middle stands aside, whole as it is, and the next one has what came since; a newer one is left alone", {
	skip,
}, async () => {
	const all = await bench();
	const file = path.join(all.place.state, "history.sqlite");
	let recorder = record(all.tap, all.place);
	await recorder.event("log", /online at/);
	all.sender.say(2_000);
	await answered(all, recorder);
	await recorder.end("SIGTERM");
	all.sender.say(100);
	const driver = await findDriver();
	const schema = (sql: string) => {
		const db = driver.open(file, false);
		db.exec(sql);
		db.close();
	};
	schema("PRAGMA user_version = 99");
	const newer = record(all.tap, all.place);
	assert.equal(await newer.end(), 1);
	assert.match(newer.err, /history\.sqlite is of a newer lampwire, and is left as it is: update this one, or give another --state/);
	assert.equal(all.tap.acknowledged.size, 2_000, "what waits at the broker still waits");
	schema("PRAGMA user_version = 1");
	truncateSync(file, Math.floor(statSync(file).size / 2));
	const half = readFileSync(file);
	recorder = record(all.tap, all.place);
	await recorder.event("log", /history\.sqlite was damaged; it stands aside as history\.sqlite\.damaged-.*a new one begins/);
	await answered(all, recorder);
	assert.equal(await recorder.end("SIGTERM"), 0);
	const aside = readdirSync(all.place.state).find((name) => /\.damaged-[\dTZ-]+$/.test(name)) as string;
	assert.ok(readFileSync(path.join(all.place.state, aside)).equals(half));
	const stored = await storedAt(all.place);
	assert.equal(stored.size, 100);
	assert.ok(stored.has("m2001") && stored.has("m2100"));
});

test("a retained value is recorded once over ten restarts; a level that is set again is recorded again", async () => {
	const state = folder();
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
	await broker.start();
	undo.push(() => broker.stop());
	const hand = await Wire.connect(broker.mqttPort, "hand");
	hand.publish("light", "77", true);
	await hand.subscribe("light");
	await hand.says("light", "77");
	const place = { state, store: undefined, keep: 86_400_000, keepBytes: 1e9 };
	const life = async (work: (keeper: Keeper) => Promise<void>) => {
		const device = createDevice({ id: "again", log: () => {} });
		const options = { device, id: "again", host: "127.0.0.1", port: broker.mqttPort, topic: "light", status: false };
		const keeper = await Keeper.start(place, "the test", options, () => {});
		try {
			await until(() => keeper.recorder.up, "it is up");
			await work(keeper);
		} finally {
			await keeper.stop();
		}
	};
	for (let start = 0; start < 10; start++)
		await life(async ({ recorder: { counters } }) => {
			await until(() => counters.stored + counters.known > 0, "the retained value has come");
			assert.deepEqual([counters.stored, counters.known], start === 0 ? [1, 0] : [0, 1], `start ${start}`);
		});
	await life(async ({ recorder: { counters } }) => {
		await until(() => counters.known > 0, "the retained value has come");
		hand.publish("light", "77", true);
		await until(() => counters.stored === 1, "it was set again");
	});
	hand.cut();
	const { rows } = await chart({ state, store: undefined });
	assert.deepEqual(
		rows.map(([, level]) => level),
		[77, 77],
	);
});

test("what is new is for its owner alone: the folder, the file and all beside it; what is there keeps its mode", {
	skip: process.platform === "win32" && "has no modes",
}, async () => {
	const state = path.join(folder(), "of", "its own");
	const open = () => SqliteStore.open({ folder: state, holder: "the test", readOnly: false });
	let store = await open();
	undo.push(() => store.close());
	await store.append({ rows: [], gaps: [], seen: [{ id: 1, hash: 1 }], forget: false, alive: 1 });
	const mode = (name: string) => (statSync(path.join(state, name)).mode & 0o777).toString(8);
	assert.equal(mode("."), "700");
	assert.ok(["history.sqlite-wal", "history.lock"].every((name) => readdirSync(state).includes(name)));
	for (const name of readdirSync(state)) assert.equal(mode(name), "600", name);
	await store.close();
	chmodSync(path.join(state, "history.sqlite"), 0o640);
	store = await open();
	await store.close();
	assert.equal(mode("history.sqlite"), "640");
});

test("without any SQLite the desk runs without history, and says so; record and history say what to do", async () => {
	// a copy that has no libsql beside it, in a Node that has no SQLite or is told to have none
	const root = path.join(import.meta.dirname, "../..");
	const copy = folder();
	for (const name of ["package.json", "dist", "hosts/node"]) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
	mkdirSync(path.join(copy, "node_modules"));
	for (const name of readdirSync(path.join(root, "node_modules")))
		if (!/libsql|^\./.test(name)) symlinkSync(path.join(root, "node_modules", name), path.join(copy, "node_modules", name), "junction");
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const env: Record<string, string> = major > 22 || (major === 22 && minor >= 13) ? { NODE_OPTIONS: "--no-experimental-sqlite" } : {};
	const program = path.join(copy, "hosts/node/lampwire.mjs");
	const desk = new Cli(["desk", "--mqtt-port", "0", "--ws-port", "0"], env, program);
	await desk.event("log", /no history: this Node\.js has no SQLite, and the package libsql has none for this machine: take Node\.js 24/);
	await desk.event("link", /^desk-lamp up$/);
	assert.equal(await desk.end("SIGTERM"), 0);
	assert.equal(desk.err, "");
	for (const command of ["record", "history"]) {
		const said = new Cli([command, "--state", folder()], env, program);
		assert.equal(await said.end(), 1);
		assert.match(said.err, /this Node\.js has no SQLite/);
	}
});
