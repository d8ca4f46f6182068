// The fast paths (src/mqtt/client/fast-receive.ts, fast-publish.ts): they do, and tell, the same as the general way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions, ReadableInfo } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { one, publish, text, toHex } from "../../world/virtual.js";

interface Heard extends ReadableInfo {
	text: string;
}

/** A client that reads all it is given; everything that it was told. */
function listening(options: Partial<ClientOptions> = {}) {
	const heard: Heard[] = [];
	const all = connected({
		onReadable(this: Client, count: number, info: ReadableInfo) {
			const into = new Uint8Array(count);
			this.read(into);
			heard.push({ ...info, text: String.fromCharCode(...into) });
		},
		...options,
	});
	return { ...all, heard, socket: all.network.socket };
}

const topics = [
	"a",
	"abc",
	"abcd",
	"light",
	"abcdefgh",
	"home/desk/light/abcdef1",
	"x".repeat(28),
	"x".repeat(29),
	"x".repeat(115),
	"x".repeat(128),
];

for (const topic of topics)
	test(`a topic of ${topic.length} bytes: levels of any length, any QoS, flags and other topics between`, () => {
		const { socket, heard } = listening();
		const other = `y${topic.slice(1)}`;
		const said: Heard[] = [];
		for (const [on, payload, QoS, retain] of [
			[topic, "127", 0, true],
			[topic, "128", 0, false],
			[topic, "9", 0, false],
			[topic, "129", 0, false],
			[topic, "129", 1, false],
			[topic, "", 1, false],
			[topic, "130", 2, false],
			[topic, "131", 2, false],
			[other, "131", 0, false],
			[other, "132", 0, true],
			[other, "133", 0, false],
			[topic, "133", 0, false],
			[topic, "134", 0, false],
		] as const) {
			socket.deliver(publish(on, payload, { QoS, id: 7 + said.length, flags: Number(retain) }));
			said.push({ more: false, topic: on, QoS, byteLength: payload.length, retain, duplicate: false, id: 0, text: payload });
		}
		assert.deepEqual(heard, said);
	});

test("an acknowledgement waits for room, and goes out before those that fall due later", () => {
	const { socket, heard } = listening();
	for (const id of [1, 2]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
	socket.take();
	socket.room(3);
	for (const id of [3, 4]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
	assert.equal(toHex(socket.take()), "");
	socket.room(100);
	assert.equal(toHex(socket.take()), "40 02 00 03 40 02 00 04");
	assert.equal(heard.length, 4);
});

test("PUBREL waits for room too", () => {
	const { client, socket } = listening();
	client.write(Uint8Array.of(1), { topic: "t", QoS: 2 });
	socket.take();
	socket.room(2);
	socket.deliver([0x50, 2, 0, 1]);
	assert.equal(toHex(socket.take()), "");
	socket.room(100);
	assert.equal(toHex(socket.take()), "62 02 00 01");
});

test("a socket that throws at an acknowledgement ends the connection from the event loop", () => {
	const { socket, heard, errors, time } = listening();
	for (const id of [1, 2]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
	socket.write = () => {
		throw new Error("not ready");
	};
	socket.deliver(publish("home/light", "2", { QoS: 1, id: 3 }));
	assert.deepEqual([heard.length, errors.length], [3, 0]);
	time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("a listener that throws loses nothing that comes after, and what it did not read can be read", () => {
	let fail = false;
	const texts: number[][] = [];
	const { network, time } = connected({
		onReadable(this: Client, count: number) {
			if (fail) throw new Error("the listener's");
			texts.push([...new Uint8Array(this.read(count) as ArrayBuffer)]);
		},
	});
	const { socket } = network;
	for (const id of [1, 2]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
	socket.take();
	fail = true;
	assert.throws(() => socket.deliver(publish("home/light", "2", { QoS: 1, id: 3 })), /the listener's/);
	fail = false;
	socket.deliver(publish("home/light", "3", { QoS: 1, id: 4 }));
	time.pass(0);
	assert.equal(texts.length, 2);
	assert.equal(toHex(socket.take()), "");
});

test("a message that is read in parts, and later, is acknowledged when the last part is taken", () => {
	const { network, client, time } = connected({ onReadable() {} });
	const { socket } = network;
	socket.deliver(publish("home/light", "1", { QoS: 1, id: 1 }));
	client.read(1);
	time.pass(0);
	socket.deliver(publish("home/light", "234", { QoS: 2, id: 2 }));
	socket.take();
	const into = new Uint8Array(2);
	assert.equal(client.read(into), 2);
	assert.deepEqual([...into], [0x32, 0x33]);
	time.pass(0);
	assert.equal(toHex(socket.take()), "");
	assert.equal(client.read(into), 1);
	assert.equal(into[0], 0x34);
	time.pass(0);
	assert.equal(toHex(socket.take()), "50 02 00 02");
});

test("close inside the listener: no acknowledgement, nothing afterwards", () => {
	let closing = false;
	const { network, client } = connected({
		onReadable(this: Client, count: number) {
			this.read(count);
			if (closing) this.close();
		},
	});
	const { socket } = network;
	for (const id of [1, 2]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
	socket.take();
	closing = true;
	socket.deliver(publish("home/light", "2", { QoS: 1, id: 3 }));
	assert.equal(toHex(socket.take()), "");
	assert.ok(socket.closed);
	assert.throws(() => client.write(Uint8Array.of(1), { topic: "t" }), /closed/);
});

test("a QoS 2 message that comes again is answered and not delivered again, also in the shortcut", () => {
	const { socket, heard } = listening();
	for (const id of [1, 2, 2]) socket.deliver(publish("home/light", "1", { QoS: 2, id }));
	assert.equal(heard.length, 2);
	assert.equal(toHex(socket.take()), "50 02 00 01 50 02 00 02 50 02 00 02");
	socket.deliver([0x62, 2, 0, 2]);
	socket.deliver(publish("home/light", "1", { QoS: 2, id: 2 }));
	assert.equal(heard.length, 3);
	assert.equal(toHex(socket.take()), "70 02 00 02 50 02 00 02");
});

test("packet id 0 is malformed in the shortcut too [MQTT-2.3.1-1]", () => {
	for (const packet of [publish("home/light", "1", { QoS: 1, id: 0 }), Uint8Array.of(0x40, 2, 0, 0), Uint8Array.of(0x62, 2, 0, 0)]) {
		const { socket, errors } = listening();
		for (const id of [1, 2]) socket.deliver(publish("home/light", "1", { QoS: 1, id }));
		socket.deliver(packet);
		assert.deepEqual(
			errors.map((error) => error.reason),
			[reason.BAD_ID],
		);
	}
});

test("topics that take turns, known and new, of any length that fits, go out as themselves", () => {
	const { client, network } = connected({ limits: { topic: 6, transmit: 64 } });
	for (const topic of ["a", "bb", "a", "bb", "ccc", "a", "x".repeat(20), "bb", "x".repeat(20), "abcdef", "a"]) {
		client.write(Uint8Array.of(7), { topic });
		assert.deepEqual(network.socket.take(), [...publish(topic, "\x07")]);
	}
	assert.throws(() => client.write(Uint8Array.of(7), {}), /^RangeError: topic: must be a string or a Byte Buffer/);
});

test("after a reconnect, an acknowledgement before CONNACK ends the connection, though its message waits for it [MQTT-3.2.0-1]", () => {
	const { client, network, socket, errors } = listening({ clean: false });
	client.write(Uint8Array.of(1), { topic: "t", QoS: 1 });
	socket.fail();
	client.reopen();
	network.connect();
	network.socket.deliver([0x40, 2, 0, 1]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST, reason.NOT_FIRST],
	);
	assert.equal(client.session.inflight, 1);
});

test("data that has the length of the last payload, but is no Byte Buffer, is refused in the fast path too", () => {
	const { client, socket } = listening();
	const options = Object.freeze({ topic: "t" });
	for (let i = 0; i < 2; i++) client.write(Uint8Array.of(1, 2), options);
	socket.take();
	for (const data of [Uint16Array.of(1, 2), "12"])
		assert.throws(() => client.write(data as unknown as Uint8Array, options), /^TypeError: data: must be a Byte Buffer/);
	assert.deepEqual(socket.take(), []);
});

test("after packet id 65,535 comes 1, in the fast path too, with nothing in flight [MQTT-2.3.1-1]", () => {
	const { client, socket } = listening({ firstId: 65_534 });
	const options = Object.freeze({ topic: "light", QoS: 1 as const });
	const ids = [1, 2, 3, 4, 5].map((level) => {
		socket.take();
		client.write(Uint8Array.of(0x30 + level), options);
		const sent = socket.take();
		const id = [sent.at(-3), sent.at(-2)] as [number, number];
		socket.deliver([0x40, 2, ...id]);
		return (id[0] << 8) | id[1];
	});
	assert.deepEqual(ids, [65_534, 65_535, 1, 2, 3]);
});

test("what looks like a repeated message but is not goes the general way", () => {
	const heard: string[] = [];
	const { network, errors } = connected({
		onReadable(_, { topic, QoS }) {
			heard.push(`${topic} ${QoS} ${text(new Uint8Array(this.read() ?? new ArrayBuffer(0)))}`);
		},
	});
	network.socket.deliver(publish("abc", "1"));
	// QoS 1 with too little left for its id, then with id 0
	network.socket.deliver(publish("abc", "1", { QoS: 1, id: 5 }));
	network.socket.deliver(publish("abd", "2"));
	network.socket.deliver(publish("abd", "2", { QoS: 1, id: 6 }));
	assert.deepEqual(heard, ["abc 0 1", "abc 1 1", "abd 0 2", "abd 1 2"]);
	network.socket.deliver([0x32, 5, 0, 3, 0x61, 0x62, 0x64]);
	assert.equal(errors[0].reason, reason.BAD_PACKET_LENGTH);
	for (const [bytes, expected] of [
		[[0x32, 7, 0, 3, 0x61, 0x62, 0x63, 0, 0], reason.BAD_ID],
		[[0x30, 3, 0, 3, 0x61], reason.BAD_PACKET_LENGTH],
		[[0x40, 2, 0, 0], reason.BAD_ID],
		[[0x41, 2, 0, 1], reason.BAD_FLAGS],
	] as const) {
		const other = connected();
		other.network.socket.deliver(publish("abc", "1"));
		other.network.socket.deliver(bytes);
		assert.equal(other.errors[0]?.reason, expected, toHex(bytes));
	}
});

for (const [name, packet, write] of [
	["SUBACK", [0x90, 0, 0, 1], (client: Client) => client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] })],
	["UNSUBACK", [0xb0, 0, 0, 1], (client: Client) => client.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "a" }] })],
	["PUBREC", [0x50, 0, 0, 1], (client: Client) => client.write(one, { topic: "t", QoS: 2 })],
] as const)
	test(`a ${name} without a body is malformed in the shortcut too`, () => {
		const { network, client, errors } = connected();
		write(client);
		network.socket.deliver(packet);
		assert.deepEqual(
			errors.map((error) => error.reason),
			[reason.BAD_PACKET_LENGTH],
		);
		assert.equal(client.session.inflight, 1, "nothing was acknowledged");
	});

/** A client whose `onReadable` reads, then throws when `fail.now` says so; what it has read. */
function failing(options: Partial<ClientOptions> = {}) {
	const fail = { now: false, reads: true };
	const heard: string[] = [];
	const all = connected({
		onReadable(this: Client, count: number) {
			if (fail.reads) heard.push(String.fromCharCode(...new Uint8Array(this.read(count) as ArrayBuffer)));
			if (fail.now) throw new Error("the listener's");
		},
		...options,
	});
	// from the second message on a topic, the shortcut is taken
	all.network.socket.deliver(publish("home/light", "1", { QoS: 2, id: 1 }));
	all.network.socket.take();
	return { ...all, fail, heard };
}

for (const QoS of [1, 2] as const)
	test(`QoS ${QoS}: a listener that throws in the shortcut: acknowledged from the event loop, as in the general way`, () => {
		const { network, time, fail } = failing();
		fail.now = true;
		assert.throws(() => network.socket.deliver(publish("home/light", "2", { QoS, id: 3 })), /the listener's/);
		time.pass(0);
		assert.equal(toHex(network.socket.take()), QoS === 1 ? "40 02 00 03" : "50 02 00 03");
	});

test("a listener that throws in the shortcut before it has read: acknowledged when it reads later", () => {
	const { network, client, time, fail } = failing();
	fail.reads = false;
	fail.now = true;
	assert.throws(() => network.socket.deliver(publish("home/light", "2", { QoS: 1, id: 3 })), /the listener's/);
	time.pass(0);
	client.read();
	time.pass(0);
	assert.equal(toHex(network.socket.take()), "40 02 00 03");
});

test("exactly once: what a listener has read before it threw in the shortcut is not heard again on the next connection", () => {
	const { network, client, time, fail, heard } = failing({ clean: false });
	fail.now = true;
	assert.throws(() => network.socket.deliver(publish("home/light", "2", { QoS: 2, id: 3 })), /the listener's/);
	fail.now = false;
	time.pass(1000);
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	network.socket.deliver(publish("home/light", "2", { QoS: 2, id: 3, flags: 8 }));
	assert.deepEqual(heard, ["1", "2"]);
});

test("the same frozen options again: only the payload differs, and nothing else slips through", () => {
	const { network, client } = connected();
	network.socket.take();
	const options = Object.freeze({ topic: "light", retain: true });
	const say = (payload: Parameters<Client["write"]>[0]) => {
		client.write(payload, options);
		return toHex(network.socket.take());
	};
	const head = "31 0a 00 05 6c 69 67 68 74";
	assert.equal(say(Uint8Array.of(1, 2, 3)), `${head} 01 02 03`);
	assert.equal(say(Uint8Array.of(4, 5, 6)), `${head} 04 05 06`);
	assert.equal(say(Uint8Array.of(7)), "31 08 00 05 6c 69 67 68 74 07");
	assert.equal(say(Uint8Array.of(8)), "31 08 00 05 6c 69 67 68 74 08");
	assert.equal(say(Uint8Array.of(9).buffer), "31 08 00 05 6c 69 67 68 74 09");
	assert.equal(say(new DataView(Uint8Array.of(10).buffer)), "31 08 00 05 6c 69 67 68 74 0a");
	assert.equal(say(null), "31 07 00 05 6c 69 67 68 74");
	client.write(null, { topic: "other" });
	network.socket.take();
	assert.equal(say(Uint8Array.of(11)), "31 08 00 05 6c 69 67 68 74 0b");
	network.socket.room(17);
	assert.throws(() => say(Uint8Array.of(12)), /overflow: 10 bytes, 9 can be written/);
	network.socket.room(18);
	assert.equal(say(Uint8Array.of(13)), "31 08 00 05 6c 69 67 68 74 0d");
	const mutable = { topic: "light", QoS: 0 as 0 | 1 };
	client.close();
	const second = connected();
	second.network.socket.take();
	second.client.write(Uint8Array.of(1), mutable);
	mutable.QoS = 1;
	second.client.write(Uint8Array.of(1), mutable);
	assert.equal(toHex(second.network.socket.take()), "30 08 00 05 6c 69 67 68 74 01 32 0a 00 05 6c 69 67 68 74 00 01 01");
});

test("a frozen QoS 1 publish again: a new id each time, refused when none is free", () => {
	const { network, client } = connected({ limits: { inflight: 2 } });
	const options = Object.freeze({ topic: "t", QoS: 1 as const });
	for (const id of [1, 2]) {
		client.write(Uint8Array.of(7), options);
		assert.equal(toHex(network.socket.take()), `32 06 00 01 74 00 0${id} 07`);
	}
	assert.throws(() => client.write(Uint8Array.of(7), options), /inflight/);
	network.socket.deliver([0x40, 2, 0, 1]);
	client.write(Uint8Array.of(8), options);
	assert.equal(toHex(network.socket.take()), "32 06 00 01 74 00 03 08");
});
