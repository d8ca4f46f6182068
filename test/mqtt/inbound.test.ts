// The vectors of what servers send, through the decoder alone and through a whole client, whole and in pieces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { MqttError } from "../../src/mqtt/client/types.js";
import { decode, Inbound } from "../../src/mqtt/packets/inbound.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { reasonText } from "../../src/mqtt/packets/sentences.js";
import { bad, good, kind } from "../vectors/inbound.js";
import { hex, publish, toHex, VirtualNetwork } from "../world/virtual.js";

const reasons = reason as unknown as Record<string, number>;

function decoded(bytes: Uint8Array): { taken: number; seen: Record<string, unknown> } {
	const packet = new Inbound();
	const taken = decode(bytes, 0, bytes.length, packet);
	const seen: Record<string, unknown> = { ...packet };
	if (packet.operation === 3 && taken > 0) {
		seen.topic = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
			bytes.subarray(packet.topicStart, packet.topicStart + packet.topicLength),
		);
		seen.payload = toHex(bytes.subarray(taken, taken + packet.payloadLength));
	}
	if (packet.operation === 9) seen.codes = toHex(bytes.subarray(packet.codesStart, packet.codesStart + packet.codesLength));
	return { taken, seen };
}

for (const { name, bytes, expect } of good)
	test(`decode: ${name}`, () => {
		const whole = hex(bytes);
		const { taken, seen } = decoded(whole);
		assert.ok(taken > 0, `taken ${taken}`);
		for (const [field, value] of Object.entries({ ...expect, odd: 0 })) assert.equal(seen[field], value, field);
		const tail = decoded(Uint8Array.from([...whole, 0xff, 0xff]));
		assert.deepEqual([tail.taken, tail.seen.length], [taken, seen.length], "a tail changes nothing");
		for (let cut = 0; cut < taken; cut++) assert.equal(decoded(whole.subarray(0, cut)).taken, reason.NEED_MORE, `cut at ${cut}`);
	});

for (const { name, bytes, expect, odd } of kind)
	test(`decode takes, and notes: ${name}`, () => {
		const { taken, seen } = decoded(hex(bytes));
		assert.equal(taken, hex(bytes).length);
		for (const [field, value] of Object.entries({ ...expect, odd: reasons[odd] })) assert.equal(seen[field], value, field);
	});

for (const { name, bytes, reason: expected } of bad.filter(({ reason }) => reason !== "BAD_TOPIC"))
	test(`decode refuses: ${name}`, () => {
		const whole = hex(bytes);
		assert.equal(decoded(whole).taken, reasons[expected]);
		// it must never be taken for good with less of it
		for (let cut = 0; cut < whole.length; cut++) assert.ok(decoded(whole.subarray(0, cut)).taken <= 0, `cut at ${cut}`);
	});

test("every reason has its own sentence, which says whose fault it is", () => {
	const codes = Object.entries(reasons).filter(([, value]) => typeof value === "number" && value < 0);
	const sentences = new Set(codes.map(([, code]) => reasonText(code)));
	assert.equal(sentences.size, codes.length);
	for (const sentence of sentences) assert.match(sentence, /^(peer|resource|transport|configuration): /);
});

/** A connected client that notes everything that it hears. */
function listening() {
	const network = new VirtualNetwork();
	const heard: string[] = [];
	let error: MqttError | undefined;
	let payload: number[] = [];
	const client = new Client({
		...network.provider,
		host: "broker",
		id: "vectors",
		onReadable(count, { more, topic, QoS, retain, duplicate }) {
			if (topic !== undefined) heard.push(`${topic} QoS ${QoS}${retain ? " retain" : ""}${duplicate ? " duplicate" : ""}`);
			const buffer = new Uint8Array(count);
			if (count > 0) assert.equal(this.read(buffer), count);
			payload.push(...buffer);
			if (more) return;
			heard.push(toHex(payload));
			payload = [];
		},
		onControl(operation, { id, payload }) {
			heard.push(`control ${operation} ${id} ${payload ? toHex(payload) : ""}`);
		},
		onError(ended) {
			assert.equal(error, undefined, "onError twice");
			error = ended;
		},
	});
	network.accept();
	heard.length = 0;
	return { network, client, heard, error: () => error };
}

/** Makes what the acknowledgements among the vectors acknowledge. */
function expectAcknowledgements(client: Client): void {
	client.write(null, { topic: "t", QoS: 1, id: 7 });
	client.write(null, { topic: "t", QoS: 2, id: 256 });
}

function fed(chunks: Uint8Array[]): string[] {
	const { network, client, heard, error } = listening();
	expectAcknowledgements(client);
	for (const chunk of chunks) network.socket.deliver(chunk);
	assert.equal(error()?.message, undefined);
	client.close();
	return heard;
}

const stream = good.filter(
	({ expect }) => expect.operation !== 2 && expect.operation !== 9 && expect.operation !== 11 && expect.operation !== 7,
);
const whole = Uint8Array.from(stream.flatMap(({ bytes }) => [...hex(bytes)]));

test("client: all packets in one piece, byte by byte, and split at every point, are heard alike", () => {
	const expected = fed([whole]);
	assert.ok(expected.length > stream.length, `heard ${expected.length}`);
	assert.deepEqual(fed(Array.from(whole, (byte) => Uint8Array.of(byte))), expected);
	for (let cut = 1; cut < whole.length; cut++)
		assert.deepEqual(fed([whole.subarray(0, cut), whole.subarray(cut)]), expected, `cut at ${cut}`);
});

test("client: a smaller receive buffer changes only the fragments", () => {
	const network = new VirtualNetwork();
	const got: number[] = [];
	new Client({
		...network.provider,
		host: "broker",
		limits: { receive: 7 },
		onReadable(count) {
			assert.ok(count <= 7);
			if (count > 0) got.push(...new Uint8Array(this.read() as ArrayBuffer));
		},
	});
	network.accept();
	const payload = Array.from({ length: 100 }, (_, i) => i);
	network.socket.deliver(publish("a/topic/longer/than/one/read", payload));
	assert.deepEqual(got, payload);
});

for (const { name, bytes, reason: expected } of bad)
	test(`client ends the connection, once, saying nothing, for: ${name}`, () => {
		for (const pieces of [
			[hex(bytes)],
			Array.from(hex(bytes), (byte) => Uint8Array.of(byte)),
			[Uint8Array.from([...hex(bytes), 0xd0, 0])],
		]) {
			const { network, heard, error } = listening();
			for (const piece of pieces) network.socket.deliver(piece);
			assert.equal(error()?.reason, reasons[expected], error()?.message);
			assert.ok(network.socket.closed);
			assert.deepEqual(network.socket.take(), [], "nothing is sent first");
			assert.deepEqual(heard, []);
		}
	});
