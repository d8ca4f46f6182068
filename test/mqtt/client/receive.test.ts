// Receiving: payloads of any length, in any split, read at any pace; topics that are too long; packets that are malformed.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { hex, publish, text, toHex } from "../../world/virtual.js";

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
