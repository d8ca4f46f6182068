// Ours against `mqtt-packet`, the codec of MQTT.js and aedes: what it generates we parse to the same fields, what we generate it parses.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as mqtt from "mqtt-packet";
import { Client } from "../../src/mqtt/client/client.js";
import type { QoS } from "../../src/mqtt/client/options.js";
import { decode, Inbound } from "../../src/mqtt/packets/inbound.js";
import { Random, seedOfRun } from "../world/random.js";
import { VirtualNetwork } from "../world/virtual.js";

const seed = seedOfRun();
const runs = 100_000;
const letters = ["a", "b", "Z", "0", "/", "-", "_", " ", "$", "ü", "€", "💡", "\ufeff"];

function topic(random: Random): string {
	return Array.from({ length: random.between(1, 20) }, () => random.pick(letters)).join("");
}

/** A packet that a server may send, for `mqtt-packet` to write, and the fields that ours must find. */
function fromServer(random: Random): { packet: mqtt.Packet; fields: Record<string, unknown> } {
	const messageId = random.between(1, 65_535);
	switch (random.between(0, 8)) {
		case 0: {
			const returnCode = random.between(0, 5);
			const sessionPresent = returnCode === 0 && random.chance(0.5);
			return { packet: { cmd: "connack", returnCode, sessionPresent }, fields: { operation: 2, returnCode, sessionPresent } };
		}
		case 1:
			return { packet: { cmd: "pingresp" }, fields: { operation: 13, length: 0 } };
		case 2: {
			const granted = Array.from({ length: random.between(1, 16) }, () => random.pick([0, 1, 2, 128]));
			return { packet: { cmd: "suback", messageId, granted }, fields: { operation: 9, id: messageId, codesLength: granted.length } };
		}
		case 3: {
			const cmd = random.pick(["puback", "pubrec", "pubrel", "pubcomp", "unsuback"] as const);
			const operation = { puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, unsuback: 11 }[cmd];
			return { packet: { cmd, messageId } as mqtt.Packet, fields: { operation, id: messageId } };
		}
		default: {
			const qos = random.between(0, 2) as QoS;
			const dup = qos > 0 && random.chance(0.3);
			const retain = random.chance(0.3);
			const name = topic(random);
			const payload = Buffer.from(random.bytes(random.chance(0.05) ? random.between(0, 20_000) : random.between(0, 40)));
			const flags = (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
			const fields = { operation: 3, id: qos ? messageId : 0, flags, topic: name, payload: payload.toString("hex") };
			return { packet: { cmd: "publish", qos, dup, retain, topic: name, payload, messageId }, fields };
		}
	}
}

test(`what mqtt-packet writes, ours reads (${runs} packets, SEED=${seed})`, () => {
	const random = new Random(seed);
	const packet = new Inbound();
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	for (let run = 0; run < runs; run++) {
		const { packet: sent, fields } = fromServer(random);
		const bytes = mqtt.generate(sent);
		const taken = decode(bytes, 0, bytes.length, packet);
		assert.ok(taken > 0, `SEED=${seed}, run ${run}: ${taken} for ${JSON.stringify(sent)}`);
		const seen: Record<string, unknown> = { ...packet };
		if (packet.operation === 3) {
			seen.topic = decoder.decode(bytes.subarray(packet.topicStart, packet.topicStart + packet.topicLength));
			seen.payload = bytes.subarray(taken).toString("hex");
		}
		for (const [name, value] of Object.entries(fields)) assert.equal(seen[name], value, `SEED=${seed}, run ${run}: ${name}`);
	}
});

test(`what ours writes, mqtt-packet reads (SEED=${seed})`, () => {
	const random = new Random(seed + 1);
	const parser = mqtt.parser({ protocolVersion: 4 });
	const parsed: mqtt.Packet[] = [];
	parser.on("packet", (packet: mqtt.Packet) => parsed.push(packet));
	parser.on("error", (error: Error) => assert.fail(`SEED=${seed}: ${error.message}`));
	const network = new VirtualNetwork();
	const client = new Client({ ...network.provider, host: "b", id: "x", limits: { inflight: 16 } });
	network.accept(1 << 20);
	network.socket.writes.length = 0;
	let id = 0;
	for (let run = 0; run < 20_000; run++) {
		network.socket.writable = 1 << 20;
		network.socket.room(1 << 20);
		const QoS = random.between(0, 2) as QoS;
		const name = topic(random);
		let expected: Record<string, unknown>;
		if (random.chance(0.8)) {
			const payload = random.bytes(random.chance(0.1) ? random.between(0, 3000) : random.between(0, 40));
			const retain = random.chance(0.5);
			const options = { topic: name, QoS, retain };
			client.write(payload, random.chance(0.5) ? Object.freeze(options) : options);
			expected = { cmd: "publish", topic: name, qos: QoS, retain, dup: false, payload: Buffer.from(payload).toString("hex") };
		} else {
			const operation = random.pick([Client.SUBSCRIBE, Client.UNSUBSCRIBE]);
			const items = Array.from({ length: random.between(1, 4) }, () => ({ topic: topic(random), QoS: random.between(0, 2) as QoS }));
			client.write(null, { operation, items });
			expected = operation === Client.SUBSCRIBE ? { cmd: "subscribe" } : { cmd: "unsubscribe" };
			expected.filters = items.map((item) => (operation === Client.SUBSCRIBE ? `${item.topic} ${item.QoS}` : item.topic)).join();
		}
		parser.parse(Buffer.concat(network.socket.writes));
		network.socket.writes.length = network.socket.taken = 0;
		const packet = parsed.pop() as unknown as Record<string, unknown>;
		assert.ok(packet && parsed.length === 0, `SEED=${seed}, run ${run}: one packet`);
		if (packet.cmd === "publish") packet.payload = (packet.payload as Buffer).toString("hex");
		if (packet.cmd === "subscribe")
			packet.filters = (packet.subscriptions as { topic: string; qos: number }[]).map((s) => `${s.topic} ${s.qos}`).join();
		if (packet.cmd === "unsubscribe") packet.filters = (packet.unsubscriptions as string[]).join();
		for (const [field, value] of Object.entries(expected)) assert.equal(packet[field], value, `SEED=${seed}, run ${run}: ${field}`);
		if (packet.cmd === "publish" && QoS === 0) continue;
		id = (id % 65_535) + 1;
		assert.equal(packet.messageId, id, `SEED=${seed}, run ${run}: id`);
		// settled at once, so that ids and entries never run out
		const [high, low] = [id >> 8, id & 255];
		if (packet.cmd === "subscribe") {
			const codes = (packet.subscriptions as unknown[]).map(() => 0);
			network.socket.deliver([0x90, codes.length + 2, high, low, ...codes]);
		} else if (packet.cmd === "unsubscribe") network.socket.deliver([0xb0, 2, high, low]);
		else if (QoS === 1) network.socket.deliver([0x40, 2, high, low]);
		else {
			network.socket.deliver([0x50, 2, high, low, 0x70, 2, high, low]);
			assert.equal(network.socket.writes.length, 1);
			network.socket.writes.length = 0;
		}
		assert.equal(client.session.inflight, 0);
	}
});

test(`CONNECT with every combination of its fields (SEED=${seed})`, () => {
	const random = new Random(seed + 2);
	for (let run = 0; run < 2000; run++) {
		const network = new VirtualNetwork();
		const user = random.chance(0.5) ? topic(random) : undefined;
		const password = user !== undefined && random.chance(0.5) ? topic(random) : undefined;
		const message = random.chance(0.5) ? random.bytes(random.between(0, 30)) : topic(random);
		const will = random.chance(0.5)
			? { topic: topic(random), message, QoS: random.between(0, 2) as QoS, retain: random.chance(0.5) }
			: undefined;
		const keepAlive = random.between(0, 65_535);
		const clean = random.chance(0.5);
		const id = clean && random.chance(0.3) ? "" : topic(random);
		new Client({ ...network.provider, host: "b", id, user, password, will, clean, keepAlive: keepAlive * 1000 });
		const seen: mqtt.IConnectPacket[] = [];
		const parser = mqtt.parser({ protocolVersion: 4 });
		parser.on("packet", (packet: mqtt.Packet) => seen.push(packet as mqtt.IConnectPacket));
		parser.parse(Buffer.from(network.connect()));
		const [packet] = seen;
		const where = `SEED=${seed}, run ${run}`;
		assert.deepEqual([packet.clientId, packet.clean, packet.keepalive, packet.protocolVersion], [id, clean, keepAlive, 4], where);
		assert.equal(packet.username, user, where);
		assert.equal(packet.password?.toString(), password, where);
		assert.equal(packet.will?.topic, will?.topic, where);
		if (will) {
			assert.deepEqual([packet.will?.qos, packet.will?.retain], [will.QoS, will.retain], where);
			const expected = Buffer.from(message as string);
			assert.ok(expected.equals(packet.will?.payload as Buffer), where);
		}
	}
});
