// A packet as its fields, over the vectors of what servers and clients send; what is no packet is told, and never thrown.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cutter, kept_max_bytes } from "../../src/wire/cut.js";
import { readPacket } from "../../src/wire/fields.js";
import { redactPassword } from "../../src/wire/redact.js";
import { bad, good } from "../vectors/inbound.js";
import { connects } from "../vectors/outbound.js";
import { hex } from "../world/virtual.js";

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Each byte belongs to one field, in order. */
function assertTiled(bytes: Uint8Array): void {
	let at = 0;
	for (const { name, start, end } of readPacket(bytes).fields) {
		assert.equal(start, at, name);
		assert.ok(end > start, name);
		at = end;
	}
	assert.equal(at, bytes.length);
}

for (const { name, bytes, expect } of good)
	test(`fields: ${name}`, () => {
		const whole = hex(bytes);
		const packet = readPacket(whole);
		assertTiled(whole);
		assert.equal(packet.type, expect.operation);
		for (const key of ["id", "topic", "returnCode", "sessionPresent"] as const)
			if (expect[key] !== undefined) assert.equal(packet[key], expect[key], key);
		if (typeof expect.payload === "string") assert.equal(packet.payloadLength, hex(expect.payload).length);
		if (typeof expect.codes === "string") assert.deepEqual(Uint8Array.from(packet.codes), hex(expect.codes));
		assert.equal(packet.fault, "");
	});

test("fields: what a server may not send is read as far as it goes", () => {
	for (const { bytes } of bad) assertTiled(hex(bytes));
});

for (const { name, bytes, options } of connects)
	test(`fields: ${name}`, () => {
		const whole = hex(bytes);
		assertTiled(whole);
		const packet = readPacket(whole);
		assert.equal(packet.fault, "");
		assert.equal(packet.client, options.id ?? "");
		assert.equal(packet.clean, options.clean ?? true);
		assert.equal(packet.keepAlive, Math.ceil((options.keepAlive ?? 0) / 1_000));
		assert.equal(packet.user, options.user);
		assert.equal(packet.will, options.will !== undefined);
	});

test("fields: random bytes are read without an exception, every byte in one field", (t) => {
	t.diagnostic(`SEED=${seed}`);
	fc.assert(
		fc.property(fc.uint8Array({ minLength: 2, maxLength: 64 }), (bytes) => {
			if ((bytes[1] as number) > 127) bytes[1] = bytes.length - 2;
			assertTiled(bytes);
		}),
		{ seed, numRuns: 2_000 },
	);
});

const encode = (text: string) => [...new TextEncoder().encode(text)];
const text = (value: string) => [value.length >> 8, value.length & 255, ...encode(value)];
function connect(flags: number, ...parts: number[][]): Uint8Array {
	const body = [...text("MQTT"), 4, flags, 0, 60, ...parts.flat()];
	return Uint8Array.of(0x10, body.length, ...body);
}

test("mask: of a CONNECT nothing of the password is left, and its length stays", () => {
	const secret = "correct horse";
	for (const bytes of [
		connect(0xc2, text("anna"), text("user"), text(secret)),
		connect(0xc6, text("anna"), text("t"), text("gone"), text("user"), text(secret)),
		// without a user, with more behind it, and cut off
		connect(0x42, text("anna"), text(secret)),
		connect(0x02, text("anna"), text(secret)),
		connect(0xc2, text("anna"), text("user"), [0, 99, ...encode(secret)]),
	]) {
		const masked = bytes.slice();
		redactPassword(masked);
		const told = JSON.stringify([new TextDecoder("latin1").decode(masked), readPacket(masked).fields]);
		assert.doesNotMatch(told, /correct|horse/);
		assert.equal(masked.length, bytes.length);
	}
	// MQTT 5 has another layout: nothing of its body is told.
	const five = connect(0xc2, text("anna"), text("user"), text(secret));
	five[8] = 5;
	redactPassword(five);
	assert.doesNotMatch(new TextDecoder("latin1").decode(five), /correct|anna/);
	// Anything else stays.
	const publish = Uint8Array.of(0x30, 5, 0, 1, 97, 49, 50);
	const before = publish.slice();
	redactPassword(publish);
	assert.deepEqual(publish, before);
});

test("cut: however the bytes are split, the packets are the same; of a long one the beginning is kept", (t) => {
	t.diagnostic(`SEED=${seed}`);
	const long = new Uint8Array(5 + 100_000);
	long.set([0x30, 0xa0, 0x8d, 0x06, 0]);
	const packets = [hex("c0 00"), hex("20 02 00 00"), hex("30 04 00 01 61 31"), long.subarray(0, 4 + 100_000), hex("40 02 00 07")];
	const stream = new Uint8Array(packets.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const packet of packets) {
		stream.set(packet, at);
		at += packet.length;
	}
	fc.assert(
		fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), (cuts) => {
			const seen: [Uint8Array, number][] = [];
			const cutter = new Cutter();
			let from = 0;
			for (const to of [...cuts, stream.length].sort((a, b) => a - b)) {
				cutter.take(stream.subarray(from, to), (bytes, length) => seen.push([bytes, length]));
				from = to;
			}
			assert.deepEqual(
				seen.map(([bytes, length]) => [length, bytes.length]),
				packets.map(({ length }) => [length, Math.min(length, kept_max_bytes)]),
			);
			for (const [i, [bytes]] of seen.entries()) assert.deepEqual(bytes, packets[i]?.slice(0, kept_max_bytes));
		}),
		{ seed, numRuns: 200 },
	);
	const broken = new Cutter();
	broken.take(hex("30 ff ff ff ff 01 00"), () => assert.fail("no packet"));
	assert.ok(broken.broken);
});
