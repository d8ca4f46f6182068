// What the broker keeps, and what gives way when there is too much of it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCore } from "../../../hosts/node/broker/core.js";
import { limitsOf } from "../../../hosts/node/broker/limits.js";
import { Notices } from "../../../hosts/node/broker/notices.js";
import { farthestId, Sessions } from "../../../hosts/node/broker/sessions.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";
import { finally_, started, stopAfterEach } from "./make.js";

stopAfterEach();

/** A client that wants to be remembered, of whom nothing is heard after this. */
async function leaves(port: number, clientId: string): Promise<void> {
	const phone = await Wire.ask(port, { clientId, clean: false });
	await phone.subscribe("#");
	phone.disconnect();
	await until(() => phone.ended, "gone");
}

/** Numbers 0 to `count` - 1 at QoS 1, all acknowledged. */
async function says(port: number, count: number): Promise<void> {
	const meter = await Wire.connect(port, "meter");
	for (let i = 0; i < count; i++) {
		meter.send({ cmd: "publish", topic: "meter", payload: String(i), qos: 1, messageId: i + 1, retain: false, dup: false });
	}
	await until(() => meter.packets.filter(({ cmd }) => cmd === "puback").length === count, "PUBACKs");
	meter.disconnect();
}

describe("a client that is away", () => {
	it("gets the newest messages when it is back, in order, and no more than are kept", async () => {
		const broker = await started({ limits: { queue_max: 50 } });
		await leaves(broker.mqttPort, "phone");
		await says(broker.mqttPort, 120);
		const back = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
		await until(() => back.seen.some(({ text }) => text === "119"), "the last one");
		assert.deepEqual(
			back.seen.map(({ text }) => Number(text)),
			Array.from({ length: 50 }, (_, i) => 70 + i),
		);
		assert.equal(broker.lines.length, 1);
		assert.match(broker.lines[0] ?? "", /^broker: phone is away, .*only the newest are kept, 50 and .*--max-queue/);
	});

	it("once acknowledged, a message does not come again", async () => {
		const broker = await started();
		await leaves(broker.mqttPort, "phone");
		await says(broker.mqttPort, 3);
		const back = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
		await until(() => back.seen.length === 3, "all three");
		back.disconnect();
		await until(() => back.ended, "gone");
		const again = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
		again.publish("end", "x");
		await again.says("end", "x");
		assert.deepEqual(
			again.seen.map(({ topic }) => topic),
			["end"],
		);
	});

	it("gets what is new under ids that no message has which it may still acknowledge", async (t) => {
		// aedes takes the first id of a connection from here: at any other number, one connection in some hundreds would show the fault.
		t.mock.method(Math, "random", () => 0.5);
		const broker = await started();
		const sender = await Wire.connect(broker.mqttPort, "sender");
		const says = (text: string, messageId: number) =>
			sender.send({ cmd: "publish", topic: "light", payload: text, qos: 2, messageId, retain: false, dup: false });
		let phone = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
		await phone.subscribe("light", 2);
		for (let round = 1; round <= 3; round++) {
			says(String(round), round);
			await phone.says("light", String(round));
			phone.cut();
			phone = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
			await until(() => phone.seen.length === round, "all again");
		}
		const ids = phone.packets.flatMap((packet) => (packet.cmd === "publish" ? [packet.messageId] : []));
		assert.equal(new Set(ids).size, 3, `ids ${ids.join(" ")}`);
	});

	it("the next id is as far as can be from those under way, over the end of their range", () => {
		assert.equal(farthestId([]), 1);
		assert.equal(farthestId([1]), 32_768);
		assert.equal(farthestId([65_535, 32_768, 1]), 16_384);
		assert.equal(farthestId([32_768]), 65_535);
		assert.equal(farthestId([40_000]), 7_232);
		assert.equal(farthestId(Array.from({ length: 65_535 }, (_, i) => i + 1)), 1);
	});

	it("is forgotten after the time that it was given, or with a clean session", async () => {
		const broker = await started({ limits: { session_expiry_ms: 1 } });
		await leaves(broker.mqttPort, "phone");
		await until(() => broker.lines.length === 1, "forgotten");
		assert.match(broker.lines[0] ?? "", /^broker: phone has been away for 0\.001 s: .*--session-expiry/);
		await says(broker.mqttPort, 3);
		const back = await Wire.ask(broker.mqttPort, { clientId: "phone", clean: false });
		const [connack] = back.packets;
		assert.equal(connack?.cmd === "connack" && connack.sessionPresent, false);
	});

	it("those longest away give way to others", async () => {
		const broker = await started({ limits: { clients_max: 3 } });
		for (const id of ["a", "b", "c", "d"]) await leaves(broker.mqttPort, id);
		await until(() => broker.lines.length === 1, "a line");
		assert.match(broker.lines[0] ?? "", /the session of a was ended$/);
		const present = async (clientId: string) => {
			const [connack] = (await Wire.ask(broker.mqttPort, { clientId, clean: false })).packets;
			return connack?.cmd === "connack" && connack.sessionPresent;
		};
		assert.deepEqual([await present("d"), await present("a")], [true, false]);
	});

	it("keeps no more subscriptions than a client may have, those that were refused least of all", async () => {
		const sessions = new Sessions(limitsOf({ subscriptions_max: 2 }), new Notices(() => {}));
		const phone = { id: "phone" };
		const wants = (...topics: string[]) =>
			sessions.addSubscriptions(
				phone,
				topics.map((topic) => ({ topic, qos: 1 as const })),
			);
		await wants("a");
		await wants("b", "c", "a");
		await wants("d");
		assert.deepEqual((await sessions.subscriptionsByClient(phone)).map(({ topic }) => topic).sort(), ["a", "b"]);
	});

	it("keeps no more bytes than a queue may have", async () => {
		const sessions = new Sessions(limitsOf({ queue_bytes: 10_000 }), new Notices(() => {}));
		for (let i = 0; i < 20; i++) {
			const packet = { brokerId: "x", brokerCounter: i, topic: "t", payload: Buffer.alloc(2_000) };
			await sessions.outgoingEnqueueCombi([{ clientId: "phone" }], packet);
		}
		const kept: { brokerCounter?: number }[] = await sessions.outgoingStream({ id: "phone" }).toArray();
		assert.deepEqual(
			kept.map(({ brokerCounter }) => brokerCounter),
			[16, 17, 18, 19],
		);
	});
});

describe("retained messages", () => {
	const keeper = (limits: object) => {
		const lines: string[] = [];
		const sessions = new Sessions(limitsOf(limits), new Notices((line) => lines.push(line)));
		const keep = (topic: string, bytes: number) => sessions.storeRetained({ topic, payload: Buffer.alloc(bytes, 65) });
		const kept = async () => (await (sessions as unknown as Kept).createRetainedStream("#").toArray()).map(({ topic }) => topic);
		return { lines, keep, kept };
	};
	interface Kept {
		createRetainedStream(filter: string): { toArray(): Promise<{ topic: string }[]> };
	}

	it("are kept on so many topics; cleared, one makes room for another", async () => {
		const { lines, keep, kept } = keeper({ retained_max: 2 });
		for (const topic of ["a", "b", "c"]) await keep(topic, 1);
		assert.deepEqual(await kept(), ["a", "b"]);
		assert.match(lines.join("\n"), /^broker: no more retained messages are kept, it is full \(2 topics, .*clear topics/);
		await keep("a", 2);
		await keep("b", 0);
		await keep("c", 1);
		assert.deepEqual(await kept(), ["a", "c"]);
	});

	it("have so many bytes; a topic whose new message has no room does not go on with its old one", async () => {
		const { keep, kept } = keeper({ retained_bytes: 3_000 });
		await keep("a", 1_000);
		await keep("b", 1_000);
		await keep("a", 2_000);
		assert.deepEqual(await kept(), ["b"]);
		await keep("c", 1_000);
		assert.deepEqual(await kept(), ["b", "c"]);
	});
});

it("a core that is closed leaves no timer behind", async () => {
	const core = await createCore(limitsOf(), new Notices(() => {}));
	finally_(() => core.close());
	await core.close();
});

it("a line comes once a minute for each who is told of", () => {
	const lines: string[] = [];
	let now = 0;
	const notices = new Notices(
		(line) => lines.push(line),
		() => now,
	);
	for (now of [0, 1, 59_999, 60_000, 60_001]) for (const who of ["a", "b"]) notices.tell(who, `${who} at ${now}`);
	assert.deepEqual(lines, ["broker: a at 0", "broker: b at 0", "broker: a at 60000", "broker: b at 60000"]);
});
