// Faults that a review of the shortcuts found: each as a test that was red first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, ReadableInfo } from "../../src/mqtt/client/types.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { connected } from "../world/connected.js";
import { publish, toHex, VirtualNetwork } from "../world/virtual.js";

const one = Uint8Array.of(1);
const puback = (id: number) => [0x40, 2, 0, id];

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

// 1
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

test("a SUBACK without a body does not make later connections of the session time out", () => {
	const { network, client, errors, time } = connected({ clean: false });
	const subscribe = { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] };
	client.write(null, subscribe);
	network.socket.deliver([0x90, 0, 0, 1]);
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	errors.length = 0;
	client.write(null, subscribe);
	network.socket.deliver([0x90, 3, 0, client.session.lastId, 0]);
	time.pass(60_000);
	assert.deepEqual([errors.map((error) => error.message), client.session.requests], [[], 0]);
});

// 2
test("a PUBREL that is refused for its id leaves nothing behind; packet id 0 is never sent [MQTT-2.3.1-1]", () => {
	for (const id of [Number.NaN, 0, -1, 1.5, 70_000, undefined]) {
		const { network, client } = connected();
		assert.throws(() => client.write(null, { operation: Client.PUBREL, id }), /^RangeError: id: /, String(id));
		assert.deepEqual([client.session.inflight, client.session.requests, client.session.lastId], [0, 0, 0], String(id));
		network.socket.take();
		client.write(one, { topic: "t", QoS: 1 });
		assert.equal(toHex(network.socket.take()), "32 06 00 01 74 00 01 01", String(id));
	}
});

test("a PUBREL that finds no room changes nothing: the message can be sent again", () => {
	const { network, client } = connected();
	client.write(one, { topic: "t", QoS: 2 });
	network.socket.room(2);
	assert.throws(() => client.write(null, { operation: Client.PUBREL, id: 1 }), /overflow/);
	network.socket.room(100);
	network.socket.take();
	client.write(one, { topic: "t", QoS: 2, id: 1, duplicate: true });
	assert.equal(toHex(network.socket.take()), "3c 06 00 01 74 00 01 01");
});

// 3
test("onControl throws while the socket has more: a shortcut before the alarm rings does not make it read too much", () => {
	const ids: number[] = [];
	const { network, client, time } = connected({
		limits: { inflight: 200 },
		onControl(operation, { id }) {
			if (operation !== Client.PUBACK) return;
			ids.push(id);
			if (id === 128) throw new Error("the listener's");
		},
	});
	for (let i = 0; i < 130; i++) client.write(null, { topic: "t", QoS: 1 });
	// 512 bytes are read, the listener throws at the last of them, 4 bytes stay with the socket
	assert.throws(() => network.socket.deliver(Array.from({ length: 129 }, (_, i) => puback(i + 1)).flat()), /the listener's/);
	network.socket.deliver(puback(130));
	time.pass(0);
	assert.deepEqual([ids.length, network.socket.unread], [130, 0]);
});

// 4
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

// 5
test("a socket that refuses one write and takes the next gets whole packets", () => {
	for (const before of [0, 1]) {
		const { network, client } = connected();
		const options = Object.freeze({ topic: "t", QoS: 1 as const });
		for (let i = 0; i < before; i++) client.write(one, options);
		const { socket } = network;
		socket.take();
		const write = socket.write.bind(socket);
		socket.write = () => {
			throw new Error("too long for a TLS record");
		};
		assert.throws(() => client.write(one, options), /TLS/);
		socket.write = write;
		client.write(null, { topic: "longer" });
		assert.equal(toHex(socket.take()), "30 08 00 06 6c 6f 6e 67 65 72");
	}
});

// 6
test("onControl throws at the acknowledgement that a refused write waits for: onWritable comes all the same", () => {
	for (const pieces of [[[0x40, 2, 0, 1]], [[0x40], [2, 0, 1]]]) {
		let fail = false;
		let writable = 0;
		const { network, client, time } = connected({
			limits: { inflight: 1 },
			onControl() {
				if (fail) throw new Error("the listener's");
			},
			onWritable() {
				writable += 1;
			},
		});
		client.write(one, { topic: "t", QoS: 1 });
		assert.throws(() => client.write(one, { topic: "t", QoS: 1 }), /inflight/);
		writable = 0;
		fail = true;
		assert.throws(() => {
			for (const piece of pieces) network.socket.deliver(piece);
		}, /the listener's/);
		time.pass(1000);
		assert.equal(writable, 1, `${pieces.length} pieces`);
	}
});

test("onControl throws at CONNACK: onWritable comes all the same", () => {
	const network = new VirtualNetwork();
	let writable = 0;
	new Client({
		...network.provider,
		host: "broker",
		onControl() {
			throw new Error("the listener's");
		},
		onWritable() {
			writable += 1;
		},
	});
	assert.throws(() => network.accept(), /the listener's/);
	network.time.pass(1000);
	assert.equal(writable, 1);
});

// 7
test("the payload of a SUBACK is told with that SUBACK only", () => {
	for (const throwing of [false, true]) {
		let fail = throwing;
		const payloads: unknown[] = [];
		const { network, client, time } = connected({
			onControl(operation, { payload }) {
				if (operation === Client.PUBACK) payloads.push(payload);
				if (operation === Client.SUBACK && fail) {
					fail = false;
					throw new Error("the listener's");
				}
			},
		});
		if (throwing) client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
		client.write(one, { topic: "t", QoS: 1 });
		const suback = () => network.socket.deliver([0x90, 3, 0, throwing ? 1 : 9, 0x80]);
		if (throwing) assert.throws(suback, /the listener's/);
		else suback(); // answers nothing that was asked: ignored
		time.pass(0);
		network.socket.deliver(puback(client.session.lastId));
		assert.deepEqual(payloads, [undefined], `${throwing}`);
	}
});

// 8
test("session.lastId is the id of the packet sent last, not of one that was refused", () => {
	const { network, client } = connected();
	client.write(one, { topic: "t", QoS: 1 });
	network.socket.room(10);
	assert.throws(() => client.write(one, { topic: "t", QoS: 1 }), /overflow/);
	assert.equal(client.session.lastId, 1);
});

// 9
test("a socket that reports 0 bytes: no message is made of what stands in the window", () => {
	const heard: string[] = [];
	const { network } = connected({
		onReadable(this: Client, count: number, info: ReadableInfo) {
			heard.push(`${info.topic} ${count}`);
			this.read(count);
		},
	});
	const { socket } = network;
	const read = socket.read.bind(socket);
	socket.read = (buffer) => (buffer.byteLength === 0 ? 0 : read(buffer));
	socket.deliver(publish("light", "1"));
	socket.options.onReadable(0);
	assert.deepEqual(heard, ["light 1"]);
});
