// The SDK's conventions, one by one, in Node: the modules of XS are fakes, the network is virtual.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeModules } from "../fake-modules.js";
import { publish, toHex, VirtualNetwork } from "../world/virtual.js";

fakeModules({ time: "export default undefined", timer: "export default undefined" });
(String as unknown as { fromArrayBuffer: unknown }).fromArrayBuffer = (buffer: ArrayBuffer) => new TextDecoder().decode(buffer);

// Not by a constant: the root's tsconfig knows no XS.
const { default: MQTTClient } = await import(`../../adapters/sdk/${"client"}.js`);
const bytes = (text: string) => new TextEncoder().encode(text).buffer;

// biome-ignore lint/suspicious/noExplicitAny: the SDK's messages are not typed
type Message = any;

function connected(options: Record<string, unknown> = {}) {
	const network = new VirtualNetwork();
	const messages: Message[] = [];
	const rooms: number[] = [];
	const client = new MQTTClient({
		...network.provider,
		host: "broker",
		id: "x",
		onControl: (message: Message) => messages.push({ ...message }),
		onWritable: (count: number) => rooms.push(count),
		...options,
	});
	const connect = toHex(network.connect());
	network.socket.deliver([0x20, 2, 0, 0]);
	return { network, client, connect, messages, rooms };
}

test("onControl has one argument, and `this` is the instance", () => {
	const seen: unknown[] = [];
	const { client } = connected({
		onControl(...given: unknown[]) {
			seen.push(this, given.length, (given[0] as Message).operation);
		},
	});
	assert.deepEqual(seen, [client, 1, MQTTClient.CONNACK]);
});

test("what the SDK takes for absent is absent", () => {
	const plain = connected().connect;
	const empty = {
		user: "",
		password: null,
		will: null,
		keepAlive: undefined,
		keepalive: 0,
		onReadable: null,
		onError: 0,
		clean: undefined,
	};
	assert.equal(connected(empty).connect, plain);
	assert.equal(connected({ will: { topic: "" }, id: bytes("x") }).connect, plain);
	assert.throws(() => connected({ format: "number" }), RangeError);
	for (const name of ["onReadable", "onWritable", "onControl", "onError"])
		assert.throws(() => connected({ [name]: 5 }), new TypeError(`${name}: must be a function`));
});

test("keepalive in milliseconds, a port as text, a will without message, fields longer than the transmit buffer", () => {
	assert.equal(connected({ keepalive: 60_000 }).connect.slice(30, 35), "00 3c");
	assert.equal(connected({ keepAlive: 2_000, keepalive: 60_000 }).connect.slice(30, 35), "00 02");
	assert.equal(connected({ port: "1884" }).network.socket.options.port, 1884);
	assert.match(connected({ will: { topic: bytes("w"), message: null } }).connect, /00 01 78 00 01 77 00 00$/);
	assert.equal(connected({ user: "u", password: "p".repeat(2_000) }).connect.length, (3 + 10 + 3 + 3 + 2_002) * 3 - 1);
});

test("no entry for an acknowledgement is free: 0 can be written, and onWritable comes when one is", () => {
	const { client, network, rooms } = connected({ limits: { inflight: 2 } });
	assert.ok(client.write(bytes("1"), { topic: "t", QoS: 1, id: 7 }) > 0);
	assert.equal(client.write(bytes("2"), { topic: "t", QoS: 1, id: 8 }), 0);
	rooms.length = 0;
	network.socket.room(65_536);
	assert.deepEqual(rooms, []);
	network.socket.deliver([0x40, 2, 0, 8]);
	assert.deepEqual(rooms, [65_528]);
});

test("a streamed message goes on while no entry is free; its fragments come with null for options", () => {
	const { client, rooms, network } = connected({ limits: { inflight: 1 } });
	assert.ok(client.write(bytes("ab"), { topic: "t", QoS: 1, byteLength: 4 }) > 0);
	rooms.length = 0;
	network.socket.room(100);
	assert.deepEqual(rooms, [92]);
	assert.equal(client.write(new DataView(bytes("cd")), null), 0);
});

test("ids beyond 65,535 are folded, and unfolded in the acknowledgement", () => {
	const { client, network, messages } = connected();
	for (const [id, wire] of [
		[65_535, 65_535],
		[65_536, 1],
		[65_537, 2],
		[131_070, 65_535],
		[131_071, 1],
	]) {
		network.socket.take();
		client.write(bytes("1"), { topic: "t", QoS: 1, id });
		const sent = network.socket.take();
		assert.equal((sent[5] << 8) | sent[6], wire);
		network.socket.deliver([0x40, 2, sent[5], sent[6]]);
		assert.equal(messages.at(-1).id, id);
	}
	client.write(bytes("1"), { topic: "t", QoS: 1, id: 131_070 + 65_535 });
	client.write(bytes("1"), { topic: "t", QoS: 1, id: 131_070 + 65_536 });
	network.socket.deliver([0x40, 2, 255, 255]);
	assert.equal(messages.at(-1).id, 131_070 + 65_535, "of the turn before");
});

test("PUBREL of a message that an instance before this one has published: its PUBCOMP is told", () => {
	const { client, network, messages } = connected();
	network.socket.take();
	client.write(null, { operation: MQTTClient.PUBREL, id: 9 });
	assert.equal(toHex(network.socket.take()), "62 02 00 09");
	network.socket.deliver([0x70, 2, 0, 9]);
	assert.deepEqual([messages.at(-1).operation, messages.at(-1).id], [MQTTClient.PUBCOMP, 9]);
	assert.equal(client.session.inflight, 0);
});

test("read(0) of an empty message is an empty buffer", () => {
	const read: unknown[] = [];
	const { network } = connected({
		onReadable(this: { read(count: number): ArrayBuffer }, count: number) {
			read.push(this.read(count).byteLength);
		},
	});
	network.socket.deliver([...publish("a", ""), ...publish("a", "xyz")]);
	assert.deepEqual(read, [0, 3]);
});

test("it closes itself after onError, and close() inside onError is fine", () => {
	for (const onError of [
		undefined,
		function (this: { close(): void }) {
			this.close();
		},
	]) {
		const { client, network } = connected({ onError });
		network.socket.fail();
		assert.equal(network.time.alarms, 0);
		client.close();
		assert.throws(() => client.write(null, { topic: "t" }), /closed/);
	}
});
