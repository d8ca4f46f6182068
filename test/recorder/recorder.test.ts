// The recorder as a role: on a virtual network, with a store that does what the test says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDevice } from "../../hosts/node/index.js";
import { Recorder, type RecorderOptions } from "../../src/recorder/recorder.js";
import type { Batch, HistoryStore, Kept } from "../../src/recorder/store.js";
import { publish, toHex, VirtualNetwork } from "../world/virtual.js";
import { row } from "./contract.js";

const empty: Kept = { alive: 0, last: [], seen: [], offline: [] };
const utc0 = Date.UTC(2026, 10, 28);

function recording(options: Partial<RecorderOptions> = {}) {
	const network = new VirtualNetwork();
	const log: string[] = [];
	const batches: Batch[] = [];
	/** What `append` does: null waits for the test. */
	const plan: { fails: string | undefined; waits: boolean; go: (() => void)[] } = { fails: undefined, waits: false, go: [] };
	let set = 0;
	const store = {
		append(batch: Batch) {
			if (plan.fails !== undefined) return Promise.reject(new Error(plan.fails));
			const keep = () => void batches.push(structuredClone(batch));
			if (!plan.waits) return Promise.resolve(keep());
			return new Promise<void>((resolve) =>
				plan.go.push(() => {
					keep();
					resolve();
				}),
			);
		},
	} as unknown as HistoryStore;
	const base = createDevice({ id: "r", time: network.time, random: () => 0.5, log: (line) => void log.push(line) });
	const device = { ...base, network: { ...base.network, mqtt: { ...base.network.mqtt, ...network.provider } } } as typeof base;
	const recorder = new Recorder({
		device,
		host: "broker",
		topic: "light",
		store,
		kept: empty,
		status: false,
		utc: () => utc0 + network.time.now() - 1000 + set,
		...options,
	});
	/** Lets promises and alarms have their turn. */
	const settle = async (milliseconds = 0) => {
		for (let i = 0; i < 4; i++) {
			await new Promise(setImmediate);
			network.time.pass(i === 0 ? milliseconds : 0);
		}
		await new Promise(setImmediate);
	};
	const up = async (present = false) => {
		network.accept(65_536, present);
		const asked = network.socket.take();
		for (let at = 0; at < asked.length; at += asked[at + 1] + 2)
			if (asked[at] === 0x82) network.socket.deliver([0x90, 3, asked[at + 2], asked[at + 3], 1]);
		await settle();
	};
	const say = (topic: string, payload: string, QoS = 1, id = 0, flags = 0) =>
		network.socket.deliver(publish(topic, payload, { QoS, id, flags }));
	const acked = async () => {
		await settle();
		return toHex(network.socket.take());
	};
	const rows = () => batches.flatMap((batch) => batch.rows);
	const gaps = () => batches.flatMap((batch) => batch.gaps);
	return { network, log, batches, plan, recorder, settle, up, say, acked, rows, gaps, leap: (by: number) => (set += by) };
}

test("PUBACK goes out after the commit, never before; what comes meanwhile is the next batch", async () => {
	const { up, say, acked, plan, batches, settle } = recording();
	await up();
	await acked();
	plan.waits = true;
	say("light", "1", 1, 5);
	await settle();
	say("light", "2", 1, 6);
	say("light", "3", 1, 7);
	assert.equal(await acked(), "");
	const kept = batches.length;
	plan.go.shift()?.();
	assert.equal(await acked(), "40 02 00 05");
	assert.equal(batches.length, kept + 1);
	plan.go.shift()?.();
	assert.equal(await acked(), "40 02 00 06 40 02 00 07");
	assert.deepEqual(
		batches.at(-1)?.rows.map(({ level }) => level),
		[2, 3],
	);
	assert.deepEqual(
		batches.at(-1)?.seen.map(({ id }) => id),
		[6, 7],
	);
});

test("the session lasts: no clean start, QoS 1, and never # by itself", async () => {
	const { network, up } = recording({ filters: ["home/+/light"] });
	const connect = network.connect();
	assert.equal(connect[9] & 2, 0, "clean session is off");
	network.socket.deliver([0x20, 2, 0, 0]);
	const asked = String.fromCharCode(...network.socket.take());
	for (const filter of ["light\u0001", "light/+/status\u0001", "home/+/light\u0001"]) assert.ok(asked.includes(filter), filter);
	void up;
	assert.throws(() => recording({ filters: ["#"] }), /"#" is everything that the broker has/);
});

test("rows: level, raw payload where it is none, QoS, retain, and the sender where the broker has told", async () => {
	const { up, say, rows, settle } = recording({ sender: (_topic, payload) => (payload.length === 3 ? "dimmer-1" : "") });
	await up();
	say("light", "127", 1, 1);
	say("light", "OFF", 1, 2);
	say("light", '{"brightness":9}', 0);
	say("light", "dark", 1, 3);
	say("light/a/status", "7", 1, 4);
	await settle(1_000);
	assert.deepEqual(
		rows().map(({ topic, level, payload, QoS, retain, sender }) => [
			topic,
			level,
			payload && new TextDecoder().decode(payload),
			QoS,
			retain,
			sender,
		]),
		[
			["light", 127, undefined, 1, false, "dimmer-1"],
			["light", 0, "OFF", 1, false, "dimmer-1"],
			["light", 9, '{"brightness":9}', 0, false, ""],
			["light", -1, "dark", 1, false, ""],
			["light/a/status", 7, undefined, 1, false, ""],
		],
	);
});

test("a retained value that is known is no news, over any number of starts; another one is; a level set again is", async () => {
	const { up, say, rows, acked } = recording({ kept: { ...empty, last: [row({ level: 50 })] } });
	await up();
	await acked();
	say("light", "50", 1, 1, 1);
	assert.equal(await acked(), "40 02 00 01");
	assert.deepEqual(rows(), []);
	say("light", "50", 1, 2);
	say("light", "50", 1, 3);
	say("light", "60", 1, 4, 1);
	await acked();
	assert.deepEqual(
		rows().map(({ level, retain }) => [level, retain]),
		[
			[50, false],
			[50, false],
			[60, true],
		],
	);
});

test("what was committed and not acknowledged is known when it comes again: in this life, and in the next", async () => {
	const first = recording();
	await first.up();
	first.say("light", "1", 1, 5);
	await first.settle();
	first.network.socket.fail();
	await first.settle(60_000);
	first.network.accept(65_536, true);
	first.network.socket.take();
	first.say("light", "1", 1, 5, 8);
	assert.equal(await first.acked(), "40 02 00 05");
	assert.equal(first.rows().length, 1);
	const { seen } = first.batches.find(({ rows }) => rows.length > 0) as Batch;
	const second = recording({ kept: { ...empty, alive: utc0 - 5, seen } });
	await second.up(true);
	await second.acked();
	second.say("light", "1", 1, 5, 8);
	second.say("light", "2", 1, 6, 8);
	assert.equal(await second.acked(), "40 02 00 05 40 02 00 06");
	assert.deepEqual(
		second.rows().map(({ level }) => level),
		[2],
	);
});

test("in a new session ids of before mean nothing", async () => {
	const { up, say, acked, rows, batches } = recording({ kept: { ...empty, seen: [{ id: 5, hash: 1 }] } });
	await up(false);
	assert.ok(batches.some(({ forget }) => forget));
	say("light", "1", 1, 5, 8);
	await acked();
	assert.equal(rows().length, 1);
});

test("a message that was not committed when the connection broke is acknowledged for the new connection, once", async () => {
	const { network, up, say, acked, plan, rows, settle } = recording();
	await up();
	plan.waits = true;
	say("light", "1", 1, 5);
	await settle();
	network.socket.fail();
	await settle(60_000);
	network.accept(65_536, true);
	network.socket.take();
	say("light", "1", 1, 5, 8);
	assert.equal(await acked(), "");
	while (plan.go.length > 0) {
		plan.go.shift()?.();
		await settle();
	}
	assert.equal(await acked(), "40 02 00 05");
	assert.equal(rows().length, 1);
});

test("a store that fails: said once, tried again, acknowledged when it works; QoS 0 beyond the room is a gap", async () => {
	const { up, say, acked, plan, rows, log, settle, recorder, gaps } = recording({ keepAlive: 0 });
	await up();
	await acked();
	plan.fails = "the disk is full";
	say("light", "1", 1, 5);
	await settle(20_000);
	assert.equal(await acked(), "");
	assert.equal(log.filter((line) => line.includes("the disk is full")).length, 1);
	assert.equal(recorder.trouble, "the disk is full");
	for (let i = 0; i < 65_600; i++) say("light", String(i % 200), 0);
	plan.fails = undefined;
	for (let turn = 0; turn < 20; turn++) await settle(2_000);
	assert.equal(recorder.trouble, undefined);
	assert.ok(log.some((line) => line.includes("takes messages again")));
	assert.equal(rows().length, 65_536 + 1);
	assert.ok(
		gaps().some(({ kind, note }) => kind === "lost" && note.startsWith("64 messages at QoS 0")),
		JSON.stringify(gaps()),
	);
});

test("gaps: off since the last life, away without a connection, a device by its status", async () => {
	const { network, up, say, settle, gaps } = recording({ kept: { ...empty, alive: utc0 - 60_000, last: [row()] } });
	await up();
	say("light/a/status", "offline", 1, 1);
	await settle();
	say("light/a/status", "offline", 1, 2);
	say("light/a/status", "online", 1, 3);
	await settle();
	network.socket.fail();
	await settle(60_000);
	await up(true);
	assert.deepEqual(
		gaps().map(({ kind, source, from, to }) => [kind, source, from !== undefined, to !== undefined]),
		[
			["away", "", false, true],
			["off", "", false, true],
			["off", "", true, false],
			["off", "", false, true],
			["offline", "a", true, false],
			["offline", "a", false, true],
			["away", "", true, false],
			["away", "", false, true],
		],
	);
	assert.equal(gaps()[2].from, utc0 - 60_000);
});

test("a clock that is set: said, kept as a gap, and no time runs backwards within a topic", async () => {
	const { up, say, settle, rows, gaps, log, leap } = recording();
	await up();
	say("light", "1", 1, 1);
	leap(-3_600_000);
	say("light", "2", 1, 2);
	say("light", "3", 1, 3);
	await settle();
	leap(366 * 86_400_000);
	say("light", "4", 1, 4);
	await settle();
	const [one, two, three, four] = rows();
	assert.deepEqual([two.time - one.time, two.n, three.n], [0, 1, 2]);
	assert.ok(four.time > three.time + 300 * 86_400_000);
	assert.deepEqual(
		gaps()
			.filter(({ kind }) => kind === "clock")
			.map(({ note }) => note),
		["the clock was set back by 1 h", "the clock was set ahead by 366 d"],
	);
	assert.ok(log.some((line) => line.includes("times stand still until it has caught up")));
});

test("at 4,096 messages without a commit the broker waits", async () => {
	const { network, up, say, plan, settle } = recording();
	await up();
	plan.waits = true;
	for (let id = 1; id <= 4_200; id++) say("light", String(id % 255), 1, id);
	await settle();
	assert.ok(network.socket.unread > 100);
	while (plan.go.length > 0) {
		plan.go.shift()?.();
		await settle();
	}
	assert.equal(network.socket.unread, 0);
});

test("close keeps what has come, also when the store fails at that moment", async () => {
	for (const fails of [undefined, "the disk is full"]) {
		const { up, say, settle, plan, recorder, rows } = recording();
		await up();
		say("light", "1", 0);
		plan.fails = fails;
		let done = false;
		recorder.close(() => (done = true));
		await settle(5_000);
		await settle();
		assert.equal(done, true);
		assert.equal(rows().length, fails === undefined ? 1 : 0);
	}
});
