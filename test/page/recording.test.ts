// What the wire view keeps, says and gives away as a file; without a browser. Wireshark's own `tshark` reads the file, where it is there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import mqtt, { type Packet as Sent } from "mqtt-packet";
import type { Connection } from "../../hosts/browser/page/wire/entry.js";
import { Log, ring_max } from "../../hosts/browser/page/wire/log.js";
import { pcapng } from "../../hosts/browser/page/wire/pcapng.js";
import { words } from "../../hosts/browser/page/wire/say.js";
import { type Recorded, Tape } from "../../hosts/browser/page/wire/tape.js";
import { kept_max_bytes } from "../../src/wire/cut.js";
import { noTshark, tshark } from "./tshark.js";

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const bytesOf = (packet: Sent) => Uint8Array.from(mqtt.generate(packet));
const publish = (more: Partial<Sent & { cmd: "publish" }>): Uint8Array =>
	bytesOf({ cmd: "publish", topic: "light", payload: "154", qos: 0, retain: false, dup: false, ...more } as Sent);

/** One of each of the fourteen, with who sends it to whom. */
const fourteen: [out: boolean, packet: Sent, says: string][] = [
	[
		true,
		{
			cmd: "connect",
			protocolId: "MQTT",
			protocolVersion: 4,
			clean: true,
			clientId: "anna",
			keepalive: 60,
			username: "u",
			password: Buffer.from("secret"),
			will: { topic: "light/anna/status", payload: Buffer.from("offline"), qos: 1, retain: true },
		},
		"I am anna, begin anew, I am never silent for more than 60 s; my will: “offline” to light/anna/status, keep it; user u, password •• 6 bytes",
	],
	[false, { cmd: "connack", returnCode: 0, sessionPresent: false }, "Welcome. I know nothing of you from before"],
	[true, { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "light/#", qos: 2 }] }, "I want light/# at QoS 2, #1"],
	[false, { cmd: "suback", messageId: 1, granted: [1] }, "#1: you get it at QoS 1"],
	[
		true,
		{ cmd: "publish", topic: "light", payload: "154", qos: 2, retain: true, dup: false, messageId: 7 },
		"“154” to light, keep it, QoS 2, #7",
	],
	[false, { cmd: "pubrec", messageId: 7 }, "#7 has arrived; I remember its number (QoS 2)"],
	[true, { cmd: "pubrel", messageId: 7 }, "#7 may be handed on now, and its number forgotten"],
	[false, { cmd: "pubcomp", messageId: 7 }, "#7 is done (QoS 2: exactly once)"],
	[
		false,
		{ cmd: "publish", topic: "light", payload: "154", qos: 1, retain: true, dup: false, messageId: 9 },
		"“154” on light, QoS 1, #9; a replay: the broker has kept it",
	],
	[true, { cmd: "puback", messageId: 9 }, "#9 has arrived (QoS 1: at least once)"],
	[true, { cmd: "unsubscribe", messageId: 2, unsubscriptions: ["light/#"] }, "I want no more of light/#, #2"],
	[false, { cmd: "unsuback", messageId: 2, granted: [] }, "#2: nothing more comes of that"],
	[true, { cmd: "pingreq" }, "Are you there?"],
	[false, { cmd: "pingresp" }, "I am here."],
	[true, { cmd: "disconnect" }, "Goodbye. A will is not needed."],
];

describe("wire view: what is kept", () => {
	it("each of the fourteen has its sentence, and a QoS 2 handshake its four steps", () => {
		const log = new Log();
		const you = log.connection("you", "", true);
		const seen = fourteen.map(([out, packet]) => {
			const bytes = bytesOf(packet);
			return log.packet(you, out, bytes, bytes.length, 0);
		});
		assert.deepEqual(
			seen.map(words),
			fourteen.map(([, , says]) => says),
		);
		assert.equal(log.types.filter((count) => count > 0).length, 14);
		assert.equal(you.client, "anna");
		const steps = seen.filter(({ exchange }) => exchange?.number === 1);
		assert.deepEqual(
			steps.map(({ step, out, packet }) => [step, out, packet?.name]),
			[
				[1, true, "PUBLISH"],
				[2, false, "PUBREC"],
				[3, true, "PUBREL"],
				[4, false, "PUBCOMP"],
			],
		);
		assert.ok(!JSON.stringify(seen.map(({ bytes }) => new TextDecoder().decode(bytes))).includes("secret"));
	});

	it("each direction has its own ids: #7 of ours is not #7 of the broker", () => {
		const log = new Log();
		const you = log.connection("you", "", true);
		const add = (out: boolean, packet: Sent) => {
			const bytes = bytesOf(packet);
			return log.packet(you, out, bytes, bytes.length, 0);
		};
		const ours = add(true, { cmd: "publish", topic: "a", payload: "1", qos: 1, retain: false, dup: false, messageId: 7 });
		const theirs = add(false, { cmd: "publish", topic: "a", payload: "1", qos: 1, retain: false, dup: false, messageId: 7 });
		assert.equal(add(true, { cmd: "puback", messageId: 7 }).exchange, theirs.exchange);
		assert.equal(add(false, { cmd: "puback", messageId: 7 }).exchange, ours.exchange);
	});

	it("a ring of 500, counts that forget nothing, handshakes without end that do not pile up", () => {
		const log = new Log();
		const you = log.connection("you", "", true);
		for (let i = 0; i < 2_000; i++) {
			const bytes = publish({ qos: 1, messageId: 1 + i });
			log.packet(you, false, bytes, bytes.length, i);
		}
		assert.equal(log.total, 2_000);
		assert.equal(log.entries.length, ring_max);
		assert.deepEqual([log.entries[0]?.number, log.entries.at(-1)?.number], [1_501, 2_000]);
		assert.equal(log.received.packets, 2_000);
		assert.equal(log.received.bytes, 2_000 * publish({ qos: 1, messageId: 1 }).length);
		assert.ok(you.exchanges.size <= 200);
	});

	it("the tape gives back the newest packets, whole and in order, whatever comes", (t) => {
		t.diagnostic(`SEED=${seed}`);
		const packet = fc.record({ out: fc.boolean(), connection: fc.nat(9), bytes: fc.uint8Array({ minLength: 2, maxLength: 90 }) });
		fc.assert(
			fc.property(fc.array(packet, { maxLength: 60 }), fc.integer({ min: 128, max: 900 }), (packets, size) => {
				const tape = new Tape(size & ~7);
				const given: Recorded[] = packets.map((each, at) => ({ ...each, at, length: each.bytes.length }));
				for (const [i, each] of given.entries()) {
					tape.add(each);
					const kept = [...tape].map(({ bytes, ...rest }) => ({ ...rest, bytes: bytes.slice() }));
					assert.equal(kept.length, tape.count);
					assert.equal(tape.lost, i + 1 - tape.count);
					assert.deepEqual(
						kept,
						given
							.slice(i + 1 - kept.length, i + 1)
							.map(({ at, connection, out, bytes, length }) => ({ at, connection, out, length, bytes })),
					);
					// No more gives way than must: what is kept with one more like the largest would not fit.
					if (tape.lost > 0) assert.ok(kept.reduce((sum, { bytes }) => sum + 24 + ((bytes.length + 7) & ~7), 0) > (size & ~7) - 2 * 120);
				}
			}),
			{ seed, numRuns: 300 },
		);
	});
});

describe("wire view: the recording as a file", () => {
	const recorded = (connections: readonly Connection[], tape: Tape) =>
		pcapng(tape, new Map(connections.map((connection) => [connection.number, connection])), "Lampwire test");

	it("Wireshark dissects all fourteen, and finds nothing wrong", { skip: noTshark }, () => {
		const log = new Log();
		const you = log.connection("you", "anna", true);
		const guest = log.connection("guest", "", true);
		const tape = new Tape();
		for (const connection of [you, guest])
			for (const [i, [out, packet]] of fourteen.entries()) {
				const bytes = bytesOf(packet);
				tape.add({ at: 1_790_000_000_123 + i, connection: connection.number, out, bytes, length: bytes.length });
			}
		const lines = tshark(
			recorded([you, guest], tape),
			"frame.time_epoch",
			"ip.src",
			"mqtt.msgtype",
			"mqtt.topic",
			"frame.comment",
			"_ws.expert.message",
		);
		const packets = lines.map((line) => line.split("|"));
		const types = packets.map(([, , type]) => type).filter((type) => type !== "");
		assert.deepEqual(
			types,
			[...fourteen, ...fourteen].map(([, packet]) => String(mqtt.generate(packet)[0]! >> 4)),
		);
		assert.equal(packets.length, 2 * (3 + fourteen.length), "a TCP handshake for each connection");
		assert.match(packets[3]?.[0] ?? "", /^1790000000\.123000/);
		assert.equal(packets[3]?.[4], "you (anna)");
		const complaints = packets
			.map(([, , , , , expert]) => expert ?? "")
			.filter((text) => !/^$|^you \(anna\)$|^guest$|Connection (establish|finish)/.test(text));
		assert.deepEqual(complaints, []);
	});

	it("a packet of which only the beginning was kept is told as such; what follows is dissected", { skip: noTshark }, () => {
		const log = new Log();
		const you = log.connection("you", "", true);
		const tape = new Tape();
		const long = publish({ payload: Buffer.alloc(150_000, 120) });
		tape.add({ at: 1, connection: you.number, out: false, bytes: long.subarray(0, kept_max_bytes), length: long.length });
		tape.add({ at: 2, connection: you.number, out: false, bytes: publish({}), length: publish({}).length });
		const types = tshark(recorded([you], tape), "mqtt.msgtype", "_ws.malformed").filter((line) => line !== "|");
		assert.equal(types.at(-1), "3|");
	});
});
