// The class room over real sockets: who may give orders, what is held, who stays out. The page of it is tested in test/page/class.test.ts.
import assert from "node:assert/strict";
import http from "node:http";
import { afterEach, describe, it } from "node:test";
import mqtt from "mqtt-packet";
import { WebSocket } from "ws";
import { Broker } from "../../hosts/node/broker/broker.js";
import type { Guest } from "../../hosts/node/broker/doorkeeper.js";
import { Classroom, door_closed, kept_out, taken_out } from "../../hosts/node/class/classroom.js";
import { Site } from "../../hosts/node/http/site.js";
import { until } from "./contract/probe.js";
import { Cli } from "./spawn.js";
import { Wire } from "./wire.js";

const topic = "light";
const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function desk(): Promise<{
	site: Site;
	broker: Broker;
	key: string;
	connect: (id: string, will?: { topic: string; text: string }) => Promise<Wire>;
}> {
	const site = new Site({ topic, folder: "nowhere", own: ["desk-lamp"] });
	const broker: Broker = new Broker({
		mqttPort: 0,
		wsPort: 0,
		log: () => {},
		onRequest: site.answer,
		onPublish: (publication) => site.published(publication),
		...(site.doorkeeper ? { doorkeeper: site.doorkeeper } : {}),
	});
	site.attach(broker);
	await broker.start();
	closing.push(() => {
		site.close();
		return broker.stop();
	});
	const connect = async (id: string, will?: { topic: string; text: string }) => {
		const wire = await Wire.connect(broker.mqttPort, id, will);
		closing.push(() => wire.cut());
		return wire;
	};
	return { site, broker, key: site.classPath?.replace("class#", "") ?? "", connect };
}

interface Answer {
	status: number;
	body: Record<string, unknown> & { fault?: string; pupils?: { id: string }[] };
}

function post(broker: Broker, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: "127.0.0.1", port: broker.wsPort, path, method: "POST", headers }, (response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk) => chunks.push(chunk));
			response.on("end", () => {
				const text = Buffer.concat(chunks).toString();
				resolve({ status: response.statusCode ?? 0, body: text.startsWith("{") ? JSON.parse(text) : {} });
			});
		});
		request.on("error", reject);
		request.end(typeof body === "string" ? body : JSON.stringify(body));
	});
}

/** The close code of a WebSocket that knocks, or 0: it was let in, and has its CONNACK. */
function knock(broker: Broker, { mark = "", id = "" }: { mark?: string; id?: string }): Promise<number> {
	return new Promise((resolve) => {
		const socket = new WebSocket(`ws://127.0.0.1:${broker.wsPort}/mqtt${mark === "" ? "" : `?mark=${mark}`}`, "mqtt");
		closing.push(() => socket.terminate());
		socket.on("error", () => {});
		socket.on("open", () =>
			socket.send(mqtt.generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: id, keepalive: 0 })),
		);
		socket.on("message", (data: Buffer) => data[0] === 0x20 && resolve(0));
		socket.on("close", resolve);
	});
}

const orders = ["look", "freeze", "let go", "close", "open", "sweep", "set", "rename", "take out", "keep out", "let in"];

describe("class: who may give orders", () => {
	it("never 25: without the key no order is obeyed, and nothing is told; a page of elsewhere is not even heard", async () => {
		const { broker, key, connect } = await desk();
		const anna = await connect("lamp-anna");
		anna.publish("light/ben/status", "offline", true);
		anna.publish(topic, "50", true);
		const look = async () => (await post(broker, "/api/class", { key, do: "look" })).body;
		let before = await look();
		while (before.level !== "50") before = await look();
		for (const wrong of [
			undefined,
			"",
			"x",
			key.slice(1),
			`${key} `,
			key.toLowerCase() === key ? "A".repeat(22) : key.toLowerCase(),
			[key],
			{ key },
		])
			for (const what of orders) {
				const answer = await post(broker, "/api/class", { key: wrong, do: what, id: "lamp-anna", level: 200, label: "x" });
				assert.equal(answer.status, 403, `${JSON.stringify(wrong)} ${what}`);
				assert.deepEqual(Object.keys(answer.body), ["fault"]);
			}
		for (const origin of ["http://evil.example", "null"])
			assert.equal((await post(broker, "/api/class", { key, do: "freeze" }, { origin, host: `127.0.0.1:${broker.wsPort}` })).status, 403);
		assert.equal((await post(broker, "/api/class", "x".repeat(5_000))).status, 400);
		for (const body of ["", "[]", "null", "{", '{"key":1}'])
			assert.ok([400, 403].includes((await post(broker, "/api/class", body)).status), body);
		const { now: _, ...after } = await look();
		const { now: __, ...was } = before;
		assert.deepEqual(after, was);
		assert.equal(anna.ended, false);
	});

	it("says what is wrong with an order, and does nothing then", async () => {
		const { broker, key } = await desk();
		for (const [order, fault] of [
			[{ do: "dance" }, "This is no order."],
			[{ do: "set", level: 255 }, "A level is a whole number from 0 to 254."],
			[{ do: "set", level: "12" }, "A level is a whole number from 0 to 254."],
			[{ do: "take out", id: "nobody" }, "There is nobody of this name any more."],
			[{ do: "let in", id: "nobody" }, "There is nobody of this name any more."],
		] as const)
			assert.deepEqual(await post(broker, "/api/class", { key, ...order }), { status: 409, body: { fault } });
	});
});

describe("class: what is held", () => {
	it("levels at QoS 0, 1 and 2 and wills are acknowledged, and go no farther; other topics do", async () => {
		const { broker, key, connect } = await desk();
		const [anna, ben, watcher] = [await connect("lamp-anna"), await connect("ben", { topic, text: "99" }), await connect("watcher")];
		await watcher.subscribe("#");
		anna.publish(topic, "50", true);
		await watcher.says(topic, "50");
		await post(broker, "/api/class", { key, do: "freeze" });
		anna.publish(topic, "1", true);
		anna.send({ cmd: "publish", topic, payload: "2", qos: 1, retain: true, dup: false, messageId: 1 });
		anna.send({ cmd: "publish", topic, payload: "3", qos: 2, retain: true, dup: false, messageId: 2 });
		await until(() => anna.packets.some(({ cmd, messageId }) => cmd === "puback" && messageId === 1), "PUBACK");
		await until(() => anna.packets.some(({ cmd, messageId }) => cmd === "pubrec" && messageId === 2), "PUBREC");
		anna.send({ cmd: "pubrel", messageId: 2 });
		await until(() => anna.packets.some(({ cmd, messageId }) => cmd === "pubcomp" && messageId === 2), "PUBCOMP");
		ben.cut();
		anna.publish("light/note", "hello");
		await watcher.says("light/note", "hello");
		// Those who have tried are told what the light is; the teacher's own goes through.
		await until(() => watcher.seen.filter(({ text }) => text === "50").length === 2, "the truth again");
		const { body } = await post(broker, "/api/class", { key, do: "set", level: 127 });
		assert.equal(body.held, true);
		await until(() => watcher.last(topic) === "127", "the teacher's");
		const { body: now } = await post(broker, "/api/class", { key, do: "look" });
		assert.equal(now.dropped, 4);
		assert.deepEqual([now.level, now.setBy], ["127", "the teacher"]);
		await post(broker, "/api/class", { key, do: "let go" });
		anna.publish(topic, "60", true);
		await watcher.says(topic, "60");
		assert.deepEqual([...new Set(watcher.seen.filter(({ topic: on }) => on === topic).map(({ text }) => text))], ["50", "127", "60"]);
	});
});

describe("class: who stays out", () => {
	it("a closed door: strangers are sent away, by their mark or by their id, over TCP too; who was in may come back", async () => {
		const { broker, key, connect } = await desk();
		const anna = await connect("lamp-anna");
		assert.equal(await knock(broker, { mark: "in-1", id: "lamp-ben" }), 0);
		await post(broker, "/api/class", { key, do: "close" });
		assert.equal(await knock(broker, { mark: "new-1", id: "lamp-ben" }), door_closed.code);
		assert.equal(await knock(broker, { id: "stranger" }), door_closed.code);
		assert.equal((await Wire.ask(broker.mqttPort, { clientId: "stranger" })).connack, 5);
		// A phone that was in, under another name; a board that was in; the desk's own.
		assert.equal(await knock(broker, { mark: "in-1", id: "lamp-benny" }), 0);
		anna.cut();
		await connect("lamp-anna");
		await connect("desk-lamp");
		const { body } = await post(broker, "/api/class", { key, do: "look" });
		assert.equal(body.knocks, 3);
		await post(broker, "/api/class", { key, do: "open" });
		assert.equal(await knock(broker, { mark: "new-1", id: "lamp-ben" }), 0);
	});

	it("the desk's own clients are no pupils: knob, lamp, recorder, virtual Hue bridge", async () => {
		const cli = new Cli(["desk", "--mqtt-port", "0", "--ws-port", "0", "--virtual-hue"]);
		closing.push(() => cli.child.kill("SIGKILL"));
		const [, url = "", key = ""] = /^(.*)class#(.*)$/.exec(await cli.event("class", /#/)) ?? [];
		let view: { pupils: { id: string; own: boolean }[] } = { pupils: [] };
		for (let tries = 0; tries < 1_200 && view.pupils.length < 4; tries++) {
			await new Promise((resolve) => setTimeout(resolve, 100));
			const answer = await fetch(`${url}api/class`, { method: "POST", body: JSON.stringify({ key, do: "look" }) });
			view = (await answer.json()) as typeof view;
		}
		const ids = view.pupils.map(({ id }) => id).sort();
		assert.deepEqual(
			ids.filter((id) => !id.startsWith("hue-")),
			["dimmer-desk-dimmer", "lamp-desk-lamp", "recorder-desk"],
		);
		assert.equal(ids.length, 4);
		assert.deepEqual(
			view.pupils.filter(({ own }) => !own),
			[],
		);
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("taken out: comes back when it asks to; kept out: does not; the desk's own lamp stays", async () => {
		const { broker, key } = await desk();
		const marked = { mark: "m-1", id: "lamp-anna" };
		const out = knock(broker, marked);
		assert.equal(await out, 0);
		await post(broker, "/api/class", { key, do: "take out", id: "lamp-anna" });
		assert.equal(await knock(broker, marked), taken_out.code);
		assert.equal((await post(broker, "/api/join", { mark: "another" })).status, 409);
		assert.equal((await post(broker, "/api/join", { mark: "m-1" })).status, 200);
		assert.equal(await knock(broker, marked), 0);
		await post(broker, "/api/class", { key, do: "keep out", id: "lamp-anna" });
		assert.equal((await post(broker, "/api/join", { mark: "m-1" })).status, 409);
		assert.equal(await knock(broker, { mark: "m-1", id: "lamp-angel" }), kept_out.code, "another name");
		assert.equal(await knock(broker, { mark: "m-2", id: "dimmer-anna" }), kept_out.code, "another tab, the same name as a knob");
		assert.equal(await knock(broker, { mark: "m-3", id: "lamp-carl" }), 0, "another phone");
		assert.equal((await post(broker, "/api/class", { key, do: "let in", id: "anna" })).status, 200);
		assert.equal(await knock(broker, { mark: "m-1", id: "lamp-angel" }), 0);
		await knock(broker, { mark: "m-4", id: "lamp-desk-lamp" });
		assert.equal((await post(broker, "/api/class", { key, do: "keep out", id: "lamp-desk-lamp" })).status, 409);
	});

	it("kept out by address, where nobody else has it: another tab, another name, no mark", () => {
		const room = new Classroom({ topic, shared: (address) => address === "192.0.2.1" });
		const sent: string[] = [];
		const guest = (name: string, mark: string, address: string): Guest => ({
			name,
			mark,
			address,
			dismiss: ({ reason }) => void sent.push(`${name} ${reason}`),
		});
		const [phone, other, tab] = [
			guest("lamp-anna", "m-1", "192.0.2.77"),
			guest("knob", "m-2", "192.0.2.77"),
			guest("lamp-ben", "m-3", "192.0.2.1"),
		];
		for (const each of [phone, other, tab]) room.came(each);
		room.takeOut("lamp-anna", true);
		assert.deepEqual(sent, ["lamp-anna kept out", "knob kept out"]);
		assert.equal(room.meets({ mark: "m-9", address: "192.0.2.77" }), kept_out);
		assert.equal(room.judges("anybody", { mark: "", address: "192.0.2.77" }), kept_out);
		assert.equal(room.meets({ mark: "m-9", address: "192.0.2.78" }), undefined);
		room.takeOut("lamp-ben", true);
		assert.equal(room.meets({ mark: "m-10", address: "192.0.2.1" }), undefined, "an address that many share keeps nobody out");
		assert.equal(room.meets({ mark: "m-3", address: "192.0.2.1" }), kept_out);
		room.open(true);
		assert.equal(room.meets({ mark: "m-1", address: "192.0.2.77" }), undefined);
	});

	it("what strangers make it remember has an end", () => {
		const room = new Classroom({ topic });
		for (let i = 0; i < 10_000; i++) {
			const guest: Guest = { name: `lamp-${i}`, mark: `m-${i}`, address: "192.0.2.7", dismiss() {} };
			room.came(guest);
			room.label(guest.name, "x");
			room.published({ topic: `light/${i}/status`, payload: Buffer.from("offline"), QoS: 1, retain: true, client: guest.name, will: true });
			if (i % 2 === 0) room.takeOut(guest.name, true);
			room.left(guest);
		}
		const { pupils, gone, out } = room.view();
		assert.deepEqual([pupils.length, gone.length, out.length], [0, 2_000, 2_000]);
	});
});
