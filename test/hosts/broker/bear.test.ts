// The two parts that we ship bear each other: whatever anybody publishes through the broker, well-formed or not, our own client at "#"
// stays connected, and hears all that was well-formed.
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { createDevice } from "../../../hosts/node/index.js";
import { Link } from "../../../src/mqtt/link/link.js";
import { seedOfRun } from "../../world/random.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";
import { finally_, started, stopAfterEach } from "./make.js";

stopAfterEach();

const seed = seedOfRun();
const runs = 200;

interface Publication {
	first: number;
	topic: Uint8Array;
	id: number;
	payload: Uint8Array;
}

const text = fc.oneof(
	fc.constantFrom("light", "light/a/status", "$SYS/x", "$x/y", "a\0b", "a+b", "a/#", "/", "\ufeff", "💡/🏠", "constructor", "__proto__"),
	fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
	fc.string({ maxLength: 12 }),
);
const topic = fc.oneof(
	{ weight: 4, arbitrary: text.map((name) => new Uint8Array(Buffer.from(name))) },
	fc.uint8Array({ maxLength: 20 }),
	fc.constant(new Uint8Array(300).fill(0x61)),
);
const publication: fc.Arbitrary<Publication> = fc.record({
	// any flags: QoS 3, DUP at QoS 0, retained or not
	first: fc.integer({ min: 0x30, max: 0x3f }),
	topic,
	id: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 65_535 }) }, fc.constant(0)),
	payload: fc.uint8Array({ maxLength: 1_500 }),
});

function bytesOf({ first, topic, id, payload }: Publication): Buffer {
	const body = Buffer.concat([
		Buffer.from([topic.length >> 8, topic.length & 255]),
		topic,
		Buffer.from(first & 6 ? [id >> 8, id & 255] : []),
		payload,
	]);
	const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
	return Buffer.concat([Buffer.from([first, ...length]), body]);
}

it(`our client bears what anybody publishes through our broker (${runs} runs, SEED=${seed})`, async () => {
	const broker = await started();
	const downs: string[] = [];
	const heard: string[] = [];
	const link = (id: string) => {
		const { network } = createDevice({ id });
		const made = new Link({
			...network.mqtt,
			host: "127.0.0.1",
			port: broker.mqttPort,
			id,
			random: Math.random,
			onDown: (reason) => downs.push(`${id}: ${reason}`),
		});
		finally_(() => new Promise<void>((done) => made.close(done)));
		return made;
	};
	const listener = link("listener");
	listener.subscribe("#", 2, ({ topic }) => heard.push(topic));
	await until(() => listener.up, "up");
	const marker = await Wire.connect(broker.mqttPort, "marker");
	let run = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(publication, { minLength: 1, maxLength: 8 }), async (publications) => {
			run += 1;
			const end = `end/${run}`;
			for (const one of publications) {
				// Each by a sender of its own: a bad one is cut, and must not take the others with it.
				const sender = await Wire.connect(broker.mqttPort, `sender-${run}`);
				sender.bytes(bytesOf(one));
				sender.bytes([0xc0, 0]);
				await until(() => sender.ended || sender.packets.some(({ cmd }) => cmd === "pingresp"), "an answer");
				const well = !sender.ended;
				const name = Buffer.from(one.topic).toString();
				sender.cut();
				// A topic beyond the client's own limit is drained; `$` is not for "#".
				if (well && one.topic.length <= 128 && !name.startsWith("$") && (one.first & 6) < 4) {
					await until(
						() => heard.includes(name),
						() => `${JSON.stringify(name)} heard`,
					);
				}
			}
			marker.publish(end, "x");
			await until(() => heard.includes(end) || downs.length > 0, "the end of the run");
			heard.length = 0;
			assert.deepEqual(downs, []);
		}),
		{ seed, numRuns: runs, endOnFailure: true },
	);
	// What was retained meanwhile is borne too.
	const late = link("late");
	let count = 0;
	late.subscribe("#", 1, () => count++);
	await until(() => late.up, "up");
	marker.publish("end/late", "x");
	await until(() => heard.includes("end/late"), "the end");
	await until(() => count > 0, "retained messages");
	assert.deepEqual(downs, []);
});
