// Receiving: payloads of any length, in any split, read at any pace; topics that are too long; packets that are malformed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ReadableInfo } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { reasonText } from "../../../src/mqtt/packets/sentences.js";
import { connected } from "../../world/connected.js";
import { linked } from "../../world/linked.js";
import { Random } from "../../world/random.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../../world/virtual.js";

test("read: any Byte Buffer, any count, never more than the message", () => {
	const { network, client, time } = connected({ onReadable() {} });
	const all = Uint8Array.from({ length: 40 }, (_, i) => i);
	network.socket.deliver([...publish("a", all), ...publish("a", "next")]);
	const buffers = [
		new ArrayBuffer(3),
		new Uint8Array(3),
		new Int8Array(3),
		new DataView(new ArrayBuffer(5), 1, 3),
		new SharedArrayBuffer(3),
	];
	let expected = 0;
	for (const buffer of buffers) {
		assert.equal(client.read(buffer), 3);
		const view = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
		assert.deepEqual([...new Uint8Array(view.buffer, view.byteOffset, 3)], [expected, expected + 1, expected + 2]);
		expected += 3;
	}
	assert.throws(() => client.read(0), RangeError);
	assert.throws(() => client.read(-1), RangeError);
	assert.throws(() => client.read(Number.NaN), RangeError);
	assert.deepEqual([...new Uint8Array(client.read(2) as ArrayBuffer)], [15, 16]);
	assert.equal(client.read(new Uint8Array(100)), 23);
	assert.equal(client.read(), undefined);
	time.pass(0);
	assert.equal((client.read(1000) as ArrayBuffer).byteLength, 4);
});

test("an empty payload is reported, and what follows it too", () => {
	const heard: unknown[] = [];
	const { network } = connected({
		onReadable(count, { more, topic, byteLength }) {
			heard.push([count, more, topic, byteLength, text(new Uint8Array(this.read() ?? new ArrayBuffer(0)))]);
		},
	});
	network.socket.deliver([...publish("a", ""), ...publish("a", "x"), ...publish("a", "")]);
	assert.deepEqual(heard, [
		[0, false, "a", 0, ""],
		[1, false, "a", 1, "x"],
		[0, false, "a", 0, ""],
	]);
});

test("an empty payload is a message like any other, in and out", () => {
	const heard: string[] = [];
	const { network, client, time } = connected({
		onReadable(count, { topic, more, byteLength, QoS }) {
			heard.push(`${topic} ${QoS} ${count} ${byteLength} ${more} ${this.read(new Uint8Array(4)) ?? "nothing"}`);
		},
	});
	for (const split of [false, true])
		for (const QoS of [0, 1, 2, 0, 1]) {
			const message = publish("a", "", { QoS, id: 7 });
			for (const piece of split ? Array.from(message, (byte) => [byte]) : [message]) network.socket.deliver(piece);
			time.pass(0);
			assert.equal(heard.pop(), `a ${QoS} 0 0 false nothing`);
			assert.equal(heard.length, 0, "once");
			assert.equal(toHex(network.socket.take()), ["", "40 02 00 07", "50 02 00 07"][QoS]);
			if (QoS === 2) network.socket.deliver([0x62, 2, 0, 7]);
			network.socket.take();
		}
	for (const nothing of [null, undefined, new Uint8Array(0), new ArrayBuffer(0)]) {
		client.write(nothing, { topic: "t", retain: true });
		assert.equal(toHex(network.socket.take()), "31 03 00 01 74");
	}
	const { network: other, link } = linked();
	const lengths: number[] = [];
	link.subscribe("a", 0, ({ length, byteLength, more }) => lengths.push(length, byteLength, Number(more)));
	other.accept();
	other.socket.deliver([0x90, 3, 0, 1, 0, ...publish("a", ""), ...publish("a", "")]);
	assert.deepEqual(lengths, [0, 0, 0, 0, 0, 0]);
	assert.ok(link.publish("a", new Uint8Array(0), 1));
});

test("streaming in: a 1 MiB payload through small buffers", () => {
	const got: number[] = [];
	let first: unknown;
	const { network } = connected({
		limits: { receive: 64 },
		onReadable(count, { topic, byteLength }) {
			assert.ok(count <= 64);
			if (topic !== undefined) first = [topic, byteLength];
			for (const byte of new Uint8Array(this.read() as ArrayBuffer)) got.push(byte);
		},
	});
	const payload = Uint8Array.from({ length: 1 << 16 }, (_, i) => i * 7);
	const bytes = publish("big", payload);
	for (let at = 0; at < bytes.length; at += 1460) network.socket.deliver(bytes.subarray(at, at + 1460));
	assert.deepEqual(first, ["big", 1 << 16]);
	assert.deepEqual(Uint8Array.from(got), payload);
});

test("TCP segments and WebSocket frames are no packets: the same bytes in any split say the same [MQTT-6.0.0-2]", () => {
	const stream = [
		[0x20, 2, 0, 0],
		[...publish("light", "100"), ...publish("light", "101", { QoS: 1, id: 1 }), ...publish("light", "")],
		[0x90, 3, 0, 1, 1, 0x40, 2, 0, 2, 0x50, 2, 0, 3, 0xd0, 0],
		[...publish("ü€💡", "x".repeat(300), { QoS: 2, id: 5 }), 0x62, 2, 0, 5, 0x70, 2, 0, 3, 0xb0, 2, 0, 4],
		publish("light", "102", { QoS: 1, id: 6 }),
	].flatMap((part) => [...part]);
	const fed = (frames: number[][]) => {
		const network = new VirtualNetwork();
		const heard: string[] = [];
		let payload = "";
		new Client({
			...network.provider,
			host: "b",
			onControl(operation, { id, payload }) {
				heard.push(`${operation} ${id} ${payload}`);
				if (operation !== Client.CONNACK) return;
				this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "#" }] });
				this.write(null, { topic: "t", QoS: 1 });
				this.write(null, { topic: "t", QoS: 2 });
				this.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "#" }] });
			},
			onReadable(_, { topic, more }) {
				payload += `${topic ?? ""} ${text(new Uint8Array(this.read() ?? []))}`.trimStart();
				if (more) return;
				heard.push(payload);
				payload = "";
			},
			onError: ({ message }) => heard.push(message),
		});
		network.connect();
		for (const frame of frames) network.socket.deliver(frame);
		return [...heard, toHex(network.socket.take())];
	};
	const expected = fed([stream]);
	assert.equal(expected.length, 14, expected.join("\n"));
	assert.deepEqual(fed(stream.map((byte) => [byte])), expected);
	for (let cut = 1; cut < stream.length; cut++) assert.deepEqual(fed([stream.slice(0, cut), stream.slice(cut)]), expected, `cut at ${cut}`);
	const random = new Random(13);
	for (let run = 0; run < 300; run++) {
		const frames: number[][] = [];
		for (let at = 0; at < stream.length; ) {
			const size = random.between(0, 40);
			frames.push(stream.slice(at, at + size));
			at += size;
		}
		assert.deepEqual(fed(frames), expected, `run ${run}`);
	}
});

test("a message too large is never dropped in silence, and never ends the connection", () => {
	let heard = "";
	const told: number[][] = [];
	const { network, client, errors } = connected({
		limits: { receive: 64, topic: 20 },
		onReadable() {
			heard += text(new Uint8Array(this.read() as ArrayBuffer));
		},
		onOversize: (...lengths) => told.push(lengths),
	});
	const large = "0123456789".repeat(5000);
	network.socket.deliver(publish("t", large));
	assert.equal(heard, large, "a payload may be larger than every buffer");
	network.socket.deliver([...publish("t".repeat(21), large, { QoS: 1, id: 7 }), ...publish("t", "next")]);
	assert.deepEqual([told, client.oversize], [[[21, 50_000]], 1], "a topic may not, which is told and counted");
	assert.equal(toHex(network.socket.take()), "40 02 00 07", "and acknowledged, or it would come for ever");
	assert.deepEqual([heard.slice(large.length), errors, network.socket.closed], ["next", [], false]);
});

test("a topic that is too long: the message is drained, acknowledged and told; the next one is heard", () => {
	for (const QoS of [0, 1, 2])
		for (const size of [1, 7, 100_000]) {
			const told: number[][] = [];
			const heard: string[] = [];
			const { network, client, errors } = connected({
				limits: { topic: 20, receive: 16, filters: 1 },
				onOversize: (...lengths) => told.push(lengths),
				onReadable(_, { topic = "" }) {
					heard.push(topic, text(new Uint8Array(this.read() as ArrayBuffer)));
				},
			});
			network.socket.take();
			const bytes = [...publish("t".repeat(21), "long topic", { QoS, id: 9 }), ...publish("t".repeat(20), "fits", { QoS, id: 10 })];
			for (let at = 0; at < bytes.length; at += size) network.socket.deliver(bytes.slice(at, at + size));
			assert.deepEqual(errors, []);
			assert.deepEqual(told, [[21, 10]]);
			assert.equal(client.oversize, 1);
			assert.equal(heard.join(""), `${"t".repeat(20)}fits`);
			assert.equal(toHex(network.socket.take()), ["", "40 02 00 09 40 02 00 0a", "50 02 00 09 50 02 00 0a"][QoS]);
		}
});

test("a drained message with packet id 0 is as malformed as any other (found by the fuzzer)", () => {
	const { network, errors } = connected({ limits: { topic: 20 } });
	for (const byte of publish("t".repeat(50), "x", { QoS: 1, id: 0 })) network.socket.deliver([byte]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.BAD_ID],
	);
});

test("malformed input ends the connection (each in inbound.test.ts)", () => {
	for (const bytes of ["36 06 00 01 61 00 0a 31", "30 03 00 05 61", "40 01 00", "50 00"]) {
		const { network, errors } = connected();
		network.socket.deliver(hex(bytes));
		assert.equal(errors.length, 1, bytes);
		assert.match(errors[0].message, /^peer: /);
	}
});

test("nobody listens: messages are taken and acknowledged all the same", () => {
	const { network } = connected();
	network.socket.deliver([...publish("a", "1", { QoS: 1, id: 1 }), ...publish("a", "2", { QoS: 1, id: 2 })]);
	network.socket.deliver(publish("a", "3", { QoS: 1, id: 3 }));
	assert.equal(toHex(network.socket.take()), "40 02 00 01 40 02 00 02 40 02 00 03");
});

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

test("a socket whose read throws while it lives has a fault of its own: it is not hidden", () => {
	const { network, errors, time } = connected();
	network.socket.read = () => {
		throw new Error("the socket's");
	};
	assert.throws(() => network.socket.deliver(publish("a", "1".repeat(200))), /the socket's/);
	time.pass(0);
	assert.deepEqual(errors, []);
});

test("a write of an acknowledgement that throws, with messages in the buffer and in the socket: the connection is lost, and nothing else is wrong", () => {
	const { network, errors } = connected({
		limits: { pendingAcks: 8 },
		onReadable() {
			this.read();
		},
	});
	network.socket.writable = 0;
	network.socket.room(0);
	network.socket.deliver(Array.from({ length: 60 }, (_, i) => [...publish("light/of/the/kitchen", "127", { QoS: 1, id: i + 1 })]).flat());
	network.socket.write = () => {
		throw new Error("the socket's");
	};
	network.socket.room(100);
	network.time.pass(0);
	assert.deepEqual(
		errors.map(({ message }) => message),
		[reasonText(reason.CONNECTION_LOST)],
	);
});
