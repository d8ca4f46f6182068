// The order of a client's messages: MQTT 3.1.1 §4.6. A dimmer sends a level at QoS 0 while it is turned, and the level of rest at QoS 1; after a
// stall both come in one piece. Taken in another order, the light stays at a level that the hand has left.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import mqtt, { type Packet } from "mqtt-packet";
import type { Broker } from "../../../hosts/node/broker/broker.js";
import { Random, seedOfRun } from "../../world/random.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";
import { started, stopAfterEach } from "./make.js";

stopAfterEach();

interface Sent {
	text: string;
	qos: 0 | 1 | 2;
	retain: boolean;
}

const bytesOf = (message: Sent, messageId: number, dup = false) =>
	mqtt.generate({ cmd: "publish", topic: "light", payload: message.text, ...message, dup, messageId } as Packet);
const words = ({ seen }: Wire) => seen.map(({ text }) => text).join(" ");
const hears = (listener: Wire, count: number) =>
	until(
		() => listener.seen.length >= count,
		() => words(listener),
	);

async function kept(broker: Broker): Promise<string> {
	return (await broker.kept("#", 9)).map(({ payload }) => Buffer.from(payload).toString()).join(" ");
}

async function listening(): Promise<{ broker: Broker; published: string[]; sender: Wire; listener: Wire }> {
	const published: string[] = [];
	const broker = await started({ onPublish: ({ payload }) => void published.push(Buffer.from(payload).toString()) });
	const listener = await Wire.connect(broker.mqttPort, "listener");
	await listener.subscribe("light");
	return { broker, published, sender: await Wire.connect(broker.mqttPort, "sender"), listener };
}

describe("order", () => {
	it("a level at QoS 0 does not pass the one at QoS 1 before it, for listeners nor in what is kept", async () => {
		const { broker, published, sender, listener } = await listening();
		const levels: Sent[] = [
			{ text: "36", qos: 0, retain: true },
			{ text: "37", qos: 1, retain: true },
			{ text: "40", qos: 0, retain: true },
		];
		sender.bytes(Buffer.concat(levels.map((level) => bytesOf(level, 7))));
		await hears(listener, 3);
		assert.deepEqual([words(listener), published.join(" "), await kept(broker)], ["36 37 40", "36 37 40", "40"]);
	});

	it("a message that is not retained does not make the retained one before it vanish", async () => {
		const { sender, listener } = await listening();
		sender.bytes(Buffer.concat([bytesOf({ text: "1", qos: 0, retain: true }, 0), bytesOf({ text: "2", qos: 0, retain: false }, 0)]));
		await hears(listener, 2);
		assert.equal(words(listener), "1 2");
	});

	it("a QoS 2 message that is sent again stops none behind it", async () => {
		const { sender, listener } = await listening();
		const first: Sent = { text: "1", qos: 2, retain: false };
		sender.bytes(bytesOf(first, 7));
		await hears(listener, 1);
		assert.equal(words(listener), "1");
		sender.bytes(Buffer.concat([bytesOf(first, 7, true), bytesOf({ text: "2", qos: 0, retain: false }, 0)]));
		await hears(listener, 2);
		assert.equal(words(listener), "1 2");
	});

	it("what came before DISCONNECT, or before the end, is passed on", async () => {
		const { broker, listener } = await listening();
		const levels: Sent[] = [1, 2, 3, 4, 5, 6].map((level) => ({
			text: String(level),
			qos: level % 2 === 0 ? 0 : 1,
			retain: level % 3 === 0,
		}));
		const bytes = Buffer.concat(levels.map((level, i) => bytesOf(level, i + 1)));
		const one = await Wire.connect(broker.mqttPort, "one");
		one.bytes(Buffer.concat([bytes, mqtt.generate({ cmd: "disconnect" })]));
		await hears(listener, 6);
		const other = await Wire.connect(broker.mqttPort, "other");
		other.bytes(bytes);
		other.end();
		await hears(listener, 12);
		assert.equal(words(listener), "1 2 3 4 5 6 1 2 3 4 5 6");
	});

	it("a will comes after all that its client has published", async () => {
		const { broker, published } = await listening();
		for (let i = 1; i <= 20; i++) {
			const device = await Wire.connect(broker.mqttPort, `device-${i}`, { topic: "light", text: "offline" });
			device.bytes(bytesOf({ text: "online", qos: 1, retain: true }, 1));
			if (i % 2 === 0) device.end();
			else device.bytes([0xf0, 0]);
			await until(
				() => published.length === 2 * i,
				() => published.join(" "),
			);
			assert.deepEqual([published.slice(-2).join(" "), await kept(broker)], ["online offline", "offline"]);
		}
	});

	const seed = seedOfRun();
	it(`messages at every QoS, in pieces of every length, keep their order (SEED=${seed})`, async () => {
		const random = new Random(seed);
		for (let round = 0; round < 20; round++) {
			const { broker, published, sender, listener } = await listening();
			const messages = Array.from(
				{ length: 60 },
				(_, i): Sent => ({
					text: `${round}.${i}`,
					qos: random.between(0, 2) as 0 | 1 | 2,
					retain: random.chance(0.5),
				}),
			);
			const bytes = Buffer.concat(messages.map((message, i) => bytesOf(message, i + 1)));
			for (let at = 0; at < bytes.length; ) {
				const length = random.between(1, 400);
				sender.bytes(bytes.subarray(at, (at += length)));
				if (random.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
			}
			const all = messages.map(({ text }) => text).join(" ");
			await hears(listener, messages.length);
			assert.deepEqual([words(listener), published.join(" ")], [all, all]);
			assert.equal(await kept(broker), messages.findLast(({ retain }) => retain)?.text ?? "");
			await broker.stop();
		}
	});
});
