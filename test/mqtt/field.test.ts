// What brokers in the field do to a client, each seen before it was mended: the numbers are those of the list in issue 15.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketOptions } from "../../src/host.js";
import { Candidates } from "../../src/mqtt/client/candidates.js";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../src/mqtt/client/types.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { AwaitPuback, Session } from "../../src/mqtt/session/session.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

function connected(options: Partial<ClientOptions> = {}, sessionPresent = false) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const told: string[] = [];
	const client = new Client({
		...network.provider,
		host: "broker",
		id: "x",
		firstId: 1,
		onError: (error) => errors.push(error),
		onTolerated: (what) => told.push(what),
		...options,
	});
	network.accept(65_536, sessionPresent);
	network.socket.take();
	return { network, client, errors, told, time: network.time, sent: () => toHex(network.socket.take()) };
}

test("field 1: PUBACK in answer to a QoS 2 PUBLISH completes it; told once, counted each time", () => {
	const operations: number[] = [];
	const { network, client, errors, told } = connected({ onControl: (operation) => operations.push(operation) });
	operations.length = 0;
	for (let i = 1; i <= 40; i++) {
		client.write(null, { topic: "t", QoS: 2 });
		network.socket.deliver([0x40, 2, 0, i]);
	}
	assert.deepEqual(operations, Array(40).fill(4));
	assert.deepEqual([client.session.inflight, client.session.ignored, client.tolerated], [0, 0, 40]);
	assert.deepEqual(told, [reason.reasonText(reason.OTHER_ACK)]);
	assert.equal(errors.length, 0);
});

test("field 1: PUBACK after PUBREC ends a QoS 2 message too; for a request, and in place of nothing, it is ignored", () => {
	const { network, client, sent } = connected();
	client.write(null, { topic: "t", QoS: 2 });
	network.socket.deliver([0x50, 2, 0, 1, 0x40, 2, 0, 1]);
	assert.deepEqual([client.session.inflight, client.tolerated], [0, 1]);
	sent();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	network.socket.deliver([0x40, 2, 0, 2, 0x40, 2, 0, 9]);
	assert.deepEqual([client.session.inflight, client.session.ignored, client.tolerated], [1, 2, 1]);
});

/** QoS 2 messages with these ids. */
const burst = (first: number, count: number) =>
	Array.from({ length: count }, (_, i) => [...publish("t", "1", { QoS: 2, id: first + i })]).flat();

test("field 2: where every id has a place the table is never full; where not, a full one is told by the name of its limit", () => {
	const all = connected({ limits: { received: 65_535 } });
	for (let first = 1; first < 60_000; first += 1000) {
		all.network.socket.deliver(burst(first, 1000));
		all.network.socket.room();
	}
	assert.deepEqual([all.errors.length, all.client.session.receivedMost], [0, 60_000]);
	all.network.socket.deliver(publish("t", "1", { QoS: 2, id: 7 }));
	assert.equal(all.client.session.receivedMost, 60_000, "a duplicate takes none");
	all.network.socket.deliver([0x62, 2, 0, 7]);
	assert.deepEqual([all.client.session.isDuplicate(7), all.client.session.isDuplicate(8)], [false, true]);
	all.network.socket.deliver([0x62, 2, 0, 7]);
	assert.equal(all.client.session.ignored, 1, "a second PUBREL releases nothing");
	const few = connected({ clean: false, limits: { received: 64 } });
	few.network.socket.deliver(burst(1, 65));
	assert.equal(few.errors[0]?.reason, reason.TOO_MANY_RECEIVED);
	assert.match(few.errors[0]?.message ?? "", /limits\.received/);
});

test("field 2: in a clean session nothing comes again, so that a full table on a board ends nothing: each is heard once", () => {
	let heard = 0;
	const onReadable: ClientOptions["onReadable"] = function (this: Client, _count, { topic }) {
		if (topic !== undefined) heard += 1;
		this.read();
	};
	const { network, client, errors, sent } = connected({ onReadable, limits: { received: 4, receive: 16, topic: 3 } });
	const oversize = publish("long", "1", { QoS: 2, id: 500 });
	for (let first = 1; first <= 300; first += 100) {
		network.socket.deliver([...burst(first, 100), ...oversize]);
		for (let turn = 0; turn < 200; turn++) network.time.pass(0);
		const PUBREC = sent().match(/50 02 \w\w \w\w/g) ?? [];
		assert.deepEqual([PUBREC.length, new Set(PUBREC).size], [101, 101], "PUBREC for each");
		const PUBREL = Array.from({ length: 100 }, (_, i) => [0x62, 2, (first + i) >> 8, (first + i) & 255]).flat();
		network.socket.deliver([...PUBREL, 0x62, 2, 500 >> 8, 500 & 255]);
		for (let turn = 0; turn < 200; turn++) network.time.pass(0);
		assert.equal(sent().match(/70 02 \w\w \w\w/g)?.length, 101, "PUBCOMP for each");
	}
	assert.deepEqual([heard, errors.length], [300, 0]);
	assert.deepEqual([client.session.receivedMost, client.session.ignored], [101, 0]);
	network.socket.deliver([0x62, 2, 0, 1]);
	assert.equal(client.session.ignored, 1, "one PUBREL more than there were messages");
	network.socket.deliver(burst(1, 5));
	network.socket.fail();
	client.reopen();
	network.accept();
	network.socket.deliver([...burst(1, 1), 0x62, 2, 0, 1, 0x62, 2, 0, 1]);
	assert.deepEqual([heard, client.session.ignored], [306, 2], "the next connection begins with an empty table");
});

test("field 5: SUBACK behind a long message that trickles in is waited for, and no longer than a bound", () => {
	const { network, client, errors, time } = connected();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	const bytes = publish("big", new Uint8Array(30_000));
	for (let at = 0; at < bytes.length; at += 1000) {
		network.socket.deliver(bytes.subarray(at, at + 1000));
		time.pass(1000);
	}
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	assert.equal(errors.length + client.session.requests, 0);
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	for (let second = 0; second < 600 && errors.length === 0; second++) {
		network.socket.deliver(publish("other", "1"));
		time.pass(1000);
	}
	assert.equal(errors[0]?.reason, reason.SUBACK_TIMEOUT);
});

test("field 5: an event loop that stood still is no reason to give up: what has come meanwhile is looked at first", () => {
	for (const [what, answer] of [
		["PINGREQ", [0xd0, 0]],
		["SUBSCRIBE", [0x90, 3, 0, 1, 0]],
	] as const) {
		const { network, client, errors, time } = connected({ keepAlive: 6000 });
		if (what === "PINGREQ") client.write(null, { operation: Client.PINGREQ });
		else client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
		// the answer waits in the kernel; the alarm is what the event loop sees first
		time.late(12_000, () => network.socket.deliver(answer));
		assert.equal(errors.length, 0, what);
		time.pass(100);
		assert.equal(errors.length, 0, what);
	}
	const { network, client, errors, time } = connected({ keepAlive: 6000 });
	client.write(null, { operation: Client.PINGREQ });
	time.late(12_000, () => {});
	assert.deepEqual([errors[0]?.reason, network.socket.closed], [reason.PINGRESP_TIMEOUT, true], "and where nothing has come, it ends");
});

test("field 5: the name, TCP and CONNACK are looked at, too, before they are given up", () => {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	new Client({ ...network.provider, host: "b", id: "x", onError: (error) => errors.push(error) });
	network.resolves = false;
	network.time.pass(0);
	network.time.late(20_000, () => network.questions[0].onResolved("b", "192.0.2.1"));
	network.time.late(20_000, () => network.socket.room());
	network.time.late(20_000, () => network.socket.deliver([0x20, 2, 0, 0]));
	assert.equal(errors.length, 0);
});

test("field 6: a listener that takes its time starves neither PINGREQ nor acknowledgements", () => {
	let heard = 0;
	const { network, errors, time } = connected({
		keepAlive: 3000,
		limits: { due: 4 },
		onReadable() {
			this.read();
			heard += 1;
			time.stand(60); // its work
		},
	});
	network.socket.deliver(Array.from({ length: 200 }, (_, i) => [...publish("t", "1", { QoS: i & 1, id: 1 + i })]).flat());
	assert.ok(heard < 10, `the drain took ${heard} before the event loop turned`);
	for (let turn = 0; turn < 1000 && heard < 200; turn++) time.pass(0);
	time.pass(0);
	assert.equal(heard, 200);
	assert.equal(errors.length, 0, "12 s of work, 3 s of keep-alive");
	assert.equal(network.socket.writes.filter((write) => write[0] === 0x40).length, 100);
});

test("field 6: with nothing to acknowledge, PINGREQ goes out all the same, and silence behind our own work proves nothing", () => {
	let heard = 0;
	const { network, errors, time } = connected({
		keepAlive: 3000,
		onReadable() {
			this.read();
			heard += 1;
			time.stand(60);
		},
	});
	network.socket.deliver(Array.from({ length: 500 }, () => [...publish("t", "1")]).flat());
	for (let turn = 0; turn < 1000 && heard < 500; turn++) time.pass(0);
	assert.deepEqual([heard, errors.length], [500, 0]);
	assert.ok(network.socket.writes.some((write) => write[0] === 0xc0));
});

test("field 7: packet ids begin where the host's randomness says", () => {
	for (const [random, first] of [
		[0, 1],
		[0.5, 32_768],
		[0.999_999, 65_535],
	]) {
		const { client } = connected({ firstId: undefined, random: () => random });
		client.write(null, { topic: "t", QoS: 1 });
		assert.equal(client.session.lastId, first);
		client.write(null, { topic: "t", QoS: 1 });
		assert.equal(client.session.lastId, first === 65_535 ? 1 : first + 1);
	}
	assert.throws(() => connected({ firstId: 0 }), /^RangeError: firstId: must be a whole number from 1 to 65535/);
	assert.throws(() => connected({ random: 1 as never }), /^TypeError: random: must be a function/);
});

test("field 8: where nothing is at risk a broker that errs is taken all the same: counted, told once a kind", () => {
	const codes: unknown[] = [];
	const { network, client, errors, told } = connected({ onControl: (_, { payload }) => payload && codes.push(payload) });
	for (let id = 1; id < 3; id++) {
		client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }, { topic: "b" }] });
		network.socket.deliver([0x90, 4, 0, id, 0x87, 1]);
		network.socket.deliver(hex("38 03 00 01 61"));
	}
	assert.deepEqual(codes, [
		[0x80, 1],
		[0x80, 1],
	]);
	assert.deepEqual(
		told,
		[reason.BAD_SUBACK, reason.BAD_DUP].map((code) => reason.reasonText(code)),
	);
	assert.deepEqual([client.tolerated, errors.length], [4, 0]);
});

test("field 8: session present for a clean session is not believed, and ends nothing", () => {
	const presents: boolean[] = [];
	const { client, errors, told } = connected({ onControl: (_, { sessionPresent }) => presents.push(sessionPresent) }, true);
	assert.deepEqual([presents, errors.length, client.tolerated], [[false], 0, 1]);
	assert.deepEqual(told, [reason.reasonText(reason.SESSION_KEPT)]);
});

test("field 10: what was announced and not read when the peer closes is delivered before the end is told", () => {
	const heard: string[] = [];
	const { network, client, errors, time } = connected({ onReadable: (count) => heard.push(`${count}`) });
	network.socket.deliver([...publish("t", "first"), ...publish("t", "second")]);
	assert.deepEqual(heard, ["5"], "the application takes its time");
	network.socket.fail();
	time.pass(0);
	assert.equal(errors.length, 0);
	assert.equal(text(new Uint8Array(client.read() as ArrayBuffer)), "first");
	time.pass(0);
	assert.deepEqual(heard, ["5", "6"]);
	assert.equal(text(new Uint8Array(client.read() as ArrayBuffer)), "second");
	assert.equal(errors.length, 0, "not from inside read");
	time.pass(0);
	assert.equal(errors[0]?.reason, reason.CONNECTION_LOST);
});

test("field 10: and an application that never reads keeps a dead connection no longer than its keep-alive", () => {
	const { network, errors, time } = connected({ keepAlive: 3000, onReadable() {} });
	network.socket.deliver(publish("t", "first"));
	network.socket.fail();
	for (let second = 0; second < 60; second++) time.pass(1000);
	assert.equal(errors.length, 1);
});

test("field 10: a table of every packet id finds a free one at once, and its entry", () => {
	const session = new Session({ inflight: 65_535, received: 1, due: 1 }, 60_000);
	for (let i = 0; i < 65_535; i++) {
		const id = session.nextId(AwaitPuback);
		session.expect(id, AwaitPuback, 0);
	}
	assert.equal(session.nextId(AwaitPuback), 0);
	assert.ok(session.inflight === 65_535 && !session.room);
	let steps = 0;
	for (let id = 65_535; id > 0; id -= 2) {
		steps += 1;
		session.acknowledge(4, id);
		assert.equal(session.state(id), 0);
	}
	assert.equal(session.inflight, 65_535 - steps);
	for (let i = 0; i < steps; i++) {
		const id = session.nextId(AwaitPuback);
		assert.equal(id % 2, 1);
		session.expect(id, AwaitPuback, 0);
	}
	assert.equal(session.inflight, 65_535);
});

test("field 10: U+007F to U+009F in a topic of the peer is heard as it is: the standard only says that it should not be there", () => {
	const heard: unknown[] = [];
	const { network, errors } = connected({
		onReadable(_, { topic }) {
			heard.push(topic);
			this.read();
		},
	});
	network.socket.deliver(publish("a\x7f\x85\x9fb", "1"));
	assert.deepEqual([heard, errors.length], [["a\x7f\x85\x9fb"], 0]);
});

/** A name with these addresses; `dial` says how the connection to each ends. */
function named(addresses: string[], options: Partial<ClientOptions> = {}) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	network.resolves = false;
	const dials: string[] = [];
	class TCP extends network.provider.socket.io {
		constructor(given: SocketOptions) {
			super(given);
			dials.push(given.address);
		}
	}
	const socket = { io: TCP };
	const client = new Client({ ...network.provider, socket, host: "pair", id: "x", onError: (error) => errors.push(error), ...options });
	network.time.pass(0);
	network.questions[0].onResolved("pair", addresses[0], addresses.slice(1));
	const dialled = () => dials;
	return { network, client, errors, dialled, time: network.time };
}

test("field 16: every address of a name is tried, in the system's order, the families in turn", () => {
	const { network, errors, dialled, time } = named(["::1", "fd00::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
	for (let i = 0; i < 5; i++) {
		assert.equal(errors.length, 0);
		network.socket.fail(new Error(`${dialled().at(-1)} refused`));
		time.pass(0);
	}
	assert.deepEqual(dialled(), ["::1", "192.0.2.1", "fd00::1", "192.0.2.2", "192.0.2.3"]);
	assert.equal(errors.length, 1);
	assert.match(errors[0].message, /::1 refused; .*192\.0\.2\.3 refused/);
	assert.ok(network.sockets.every(({ closed }) => closed));
});

test("field 16: the family of the first address begins, be it IPv4 or IPv6", () => {
	const order = (...addresses: string[]) => {
		const candidates = new Candidates();
		candidates.add("broker", 1883, addresses);
		return addresses.map(() => candidates.next()?.address);
	};
	assert.deepEqual(order("192.0.2.1", "192.0.2.2", "2001:db8::1"), ["192.0.2.1", "2001:db8::1", "192.0.2.2"]);
	assert.deepEqual(order("2001:db8::1", "2001:db8::2", "192.0.2.1"), ["2001:db8::1", "192.0.2.1", "2001:db8::2"]);
});

test("field 16: an address that swallows everything takes its share of one deadline, and no more", () => {
	const { network, errors, dialled, time } = named(["192.0.2.1", "192.0.2.2"], { limits: { connectTimeout: 10_000 } });
	time.pass(4_999);
	assert.deepEqual(dialled(), ["192.0.2.1"]);
	time.pass(1);
	assert.deepEqual(dialled(), ["192.0.2.1", "192.0.2.2"]);
	network.socket.room();
	network.socket.deliver([0x20, 2, 0, 0]);
	assert.equal(errors.length, 0);
	const dead = named(["192.0.2.1", "192.0.2.2"], { limits: { connectTimeout: 10_000 } });
	dead.time.pass(9_999);
	assert.equal(dead.errors.length, 0);
	dead.time.pass(1);
	assert.equal(dead.errors[0]?.reason, reason.CONNECT_TIMEOUT);
});

test("field 16: who closes before CONNACK is no broker; a refusal is an answer", () => {
	const { network, dialled, time, errors } = named(["192.0.2.1", "192.0.2.2"]);
	network.socket.room();
	network.socket.fail();
	time.pass(0);
	assert.equal(dialled().length - errors.length, 2);
	network.socket.room();
	assert.equal(network.socket.writes[0][0], 0x10, "CONNECT again");
	network.socket.deliver([0x20, 2, 0, 5]);
	assert.equal(errors[0]?.reason, reason.REFUSED);
	const refused = named(["192.0.2.1", "192.0.2.2"]);
	refused.network.socket.room();
	refused.network.socket.deliver([0x20, 2, 0, 4]);
	assert.deepEqual([refused.errors[0]?.returnCode, refused.dialled().length], [4, 1]);
});

test("field 17: a token as password needs no option; one that is longer than its limit is refused by its name", () => {
	const token = "e".repeat(2_000);
	const network = new VirtualNetwork();
	new Client({ ...network.provider, host: "b", id: "x", user: "u", password: token });
	assert.equal(network.connect().length, 5 + 8 + 2 + 3 + 3 + 2_002 - 2);
	assert.throws(
		() => connected({ user: "u", password: "e".repeat(5_000) }),
		/^RangeError: password: has 5001 bytes, with the user name; limits\.login of 4096 allows no more/,
	);
});
