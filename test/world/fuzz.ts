// Mutated input through the decoder and through a whole client: nothing may throw, loop or grow, whatever comes.
import assert from "node:assert/strict";
import { Client } from "../../src/mqtt/client/client.js";
import type { MqttError } from "../../src/mqtt/client/types.js";
import { decode, Inbound } from "../../src/mqtt/packets/inbound.js";
import { reasonText } from "../../src/mqtt/packets/sentences.js";
import { bad, good, kind } from "../vectors/inbound.js";
import type { Random } from "./random.js";
import { hex, publish, VirtualNetwork } from "./virtual.js";

const corpus: Uint8Array[] = [
	...[...good, ...kind, ...bad].map(({ bytes }) => hex(bytes)),
	publish("home/desk/light/abcdef1", "127"),
	publish("home/desk/light/abcdef1", "127", { QoS: 1, id: 10 }),
	publish("home/desk/light/abcdef1", "127", { QoS: 2, id: 10 }),
	publish("a/long/topic/".repeat(20), "drained"),
	publish("light", new Uint8Array(300)),
];

/** A packet or several, with a few bytes changed, lost, doubled or put in. */
export function mutated(random: Random): Uint8Array {
	const bytes: number[] = [];
	for (let packets = random.between(1, 3); packets > 0; packets--) bytes.push(...random.pick(corpus));
	for (let changes = random.between(0, 4); changes > 0 && bytes.length > 0; changes--) {
		const at = random.between(0, Math.min(bytes.length - 1, 12));
		const kind = random.between(0, 4);
		if (kind === 0) bytes[at] ^= 1 << random.between(0, 7);
		else if (kind === 1) bytes[at] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff, random.between(0, 255)]);
		else if (kind === 2) bytes.splice(at, random.between(1, 3));
		else if (kind === 3) bytes.splice(at, 0, random.between(0, 255));
		else bytes.splice(at, 0, ...bytes.slice(at, at + random.between(1, 8)));
	}
	return Uint8Array.from(bytes);
}

/** `runs` inputs through the decoder alone. */
export function fuzzDecoder(random: Random, runs: number): void {
	const packet = new Inbound();
	for (let run = 0; run < runs; run++) {
		const bytes = random.chance(0.1) ? random.bytes(random.between(0, 40)) : mutated(random);
		const end = random.between(0, bytes.length);
		const taken = decode(bytes, 0, end, packet);
		assert.ok(Number.isInteger(taken) && taken <= end, `SEED=${random.seed}, run ${run}: ${taken} of ${end}`);
		if (taken < 0) assert.match(reasonText(taken), /^peer: /);
		else if (taken > 0)
			assert.ok(packet.topicStart + packet.topicLength <= end || packet.operation !== 3, `SEED=${random.seed}, run ${run}`);
	}
}

/** `runs` inputs, in pieces, through one client that connects again whenever it has hung up. Returns how often that was. */
export function fuzzClient(random: Random, runs: number): number {
	const network = new VirtualNetwork();
	const into = new Uint8Array(64);
	let hungUp = 0;
	let error: MqttError | undefined;
	let unread = 0;
	const client = new Client({
		...network.provider,
		host: "b",
		id: "fuzz",
		clean: false,
		limits: { topic: 40, receive: 32, received: 4, pendingAcks: 3, inflight: 4 },
		onReadable(count) {
			unread = count;
			// an application reads at once, in part, or later
			if (random.chance(0.8)) while ((this.read(into) ?? 0) > 0);
			else if (random.chance(0.5)) this.read(into.subarray(0, 1));
		},
		onError(ended) {
			assert.equal(error, undefined, "told twice");
			error = ended;
			hungUp += 1;
		},
	});
	network.accept(1 << 20);
	for (let run = 0; run < runs; run++) {
		const where = `SEED=${random.seed}, run ${run}`;
		const bytes = mutated(random);
		try {
			for (let at = 0; at < bytes.length && error === undefined; ) {
				const size = random.chance(0.5) ? bytes.length : random.between(1, 9);
				network.socket.deliver(bytes.subarray(at, at + size));
				at += size;
			}
			if (error === undefined && random.chance(0.3)) {
				unread = client.read(into) ?? 0;
				network.time.pass(0);
			}
			if (error === undefined && random.chance(0.1)) network.socket.room(random.between(0, 30));
		} catch (thrown) {
			throw new Error(`${where}: ${thrown instanceof Error ? thrown.stack : thrown}`);
		}
		const { session } = client;
		assert.ok(session.pendingAcks <= session.pendingAcks_max && session.inflight <= 4 && unread <= 32, where);
		if (error === undefined && network.socket.unread < 5000 && random.chance(0.99)) continue;
		if (error === undefined) network.socket.fail();
		// what was received before the end is delivered first
		for (let turns = 0; error === undefined && turns < 10_000; turns++) {
			client.read(into);
			network.time.pass(0);
		}
		assert.ok(network.socket.closed, where);
		error = undefined;
		client.reopen();
		// what is behind us is forgotten, so that a long run does not fill the test's own memory
		network.sockets.length = network.questions.length = 0;
		network.accept(1 << 20, random.chance(0.5));
	}
	client.close();
	assert.equal(network.time.alarms, 0);
	return hungUp;
}
