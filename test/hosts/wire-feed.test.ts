// What the desk tells a page that shows the wire: what it keeps, the level over HTTP, and with `--wire` every client's packets.
import assert from "node:assert/strict";
import http from "node:http";
import { afterEach, describe, it } from "node:test";
import mqtt from "mqtt-packet";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Onlooker } from "../../hosts/node/broker/onlooker.js";
import { Site } from "../../hosts/node/http/site.js";
import { readPacket } from "../../src/wire/fields.js";
import { until } from "./contract/probe.js";
import { Wire } from "./wire.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function desk(wire: boolean): Promise<{ broker: Broker; connect: (id: string) => Promise<Wire> }> {
	const site = new Site({ topic: "light", folder: "nowhere", wire });
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {}, onRequest: site.answer, ...(site.look ? { look: site.look } : {}) });
	site.attach(broker);
	await broker.start();
	closing.push(() => {
		site.close();
		return broker.stop();
	});
	const connect = async (id: string) => {
		const made = await Wire.connect(broker.mqttPort, id);
		closing.push(() => made.cut());
		return made;
	};
	return { broker, connect };
}

function get(broker: Broker, path: string): Promise<{ status: number; text: string }> {
	return new Promise((resolve, reject) => {
		http
			.get({ host: "127.0.0.1", port: broker.wsPort, path, agent: false }, (response) => {
				const chunks: Buffer[] = [];
				response.on("data", (chunk) => chunks.push(chunk));
				response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
			})
			.on("error", reject);
	});
}

type Told = [connection: number, client: string, out: boolean, at: number, bytes: string, length: number];

/** Listens at `/api/wire`; `packets` and `lost` as they come. */
async function listen(broker: Broker): Promise<{ packets: Told[]; lost: () => number; response: http.IncomingMessage }> {
	const packets: Told[] = [];
	let lost = 0;
	let rest = "";
	const response = await new Promise<http.IncomingMessage>((resolve) =>
		http.get({ host: "127.0.0.1", port: broker.wsPort, path: "/api/wire" }, resolve),
	);
	response.on("data", (chunk) => {
		const events = (rest + chunk).split("\n\n");
		rest = events.pop() ?? "";
		for (const event of events) {
			const [, name, data = ""] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
			if (name === "packets") packets.push(...JSON.parse(data));
			if (name === "lost") lost += JSON.parse(data);
		}
	});
	closing.push(() => response.destroy());
	return { packets, lost: () => lost, response };
}

describe("the wire, told by the desk", () => {
	it("says what it keeps on the topics of a filter, and the level with the bytes of the question", async () => {
		const { broker, connect } = await desk(false);
		const wire = await connect("teller");
		await wire.subscribe("#");
		for (const [topic, text, retain] of [
			["light", "154", true],
			["light/a/status", "online", true],
			["light/b", "gone", true],
			["light/b", "", true],
			["light/c", "news", false],
			["other", "1", true],
		] as const) {
			wire.publish(topic, text, retain);
			await wire.says(topic, text);
		}
		const kept = async (filter: string) => {
			const { status, text } = await get(broker, `/api/kept?filter=${encodeURIComponent(filter)}`);
			return status === 200
				? JSON.parse(text).topics.map(({ topic, text: payload }: { topic: string; text: string }) => `${topic}=${payload}`)
				: status;
		};
		assert.deepEqual((await kept("light/#")).sort(), ["light/a/status=online", "light=154"].sort());
		assert.deepEqual(await kept("light/+/status"), ["light/a/status=online"]);
		for (const bad of ["light/#/x", "a+", "\0"]) assert.equal(await kept(bad), 400, bad);
		const { level, asked } = JSON.parse((await get(broker, "/api/level")).text);
		assert.equal(level, "154");
		assert.equal(asked, `GET /api/level HTTP/1.1\r\nHost: 127.0.0.1:${broker.wsPort}\r\nConnection: close\r\n\r\n`.length);
		assert.equal((await get(broker, "/api/wire")).status, 404, "it was not asked for");
	});

	it("--wire: every packet of every client, both ways and in order, also of one who is refused", async () => {
		const { broker, connect } = await desk(true);
		const { packets } = await listen(broker);
		const anna = await connect("anna");
		await anna.subscribe("light");
		anna.send({ cmd: "publish", topic: "light", payload: "7", qos: 2, retain: false, dup: false, messageId: 9 });
		await until(() => anna.last("light") === "7", "it comes back");
		anna.send({ cmd: "pubrel", messageId: 9 });
		await until(() => anna.packets.some(({ cmd }) => cmd === "pubcomp"), "PUBCOMP");
		anna.disconnect();
		const named = () =>
			packets
				.filter(([, client]) => client === "anna")
				.map(([, , out, , bytes]) => `${out ? ">" : "<"}${readPacket(Buffer.from(bytes, "base64")).name}`);
		await until(
			() => named().at(-1) === ">DISCONNECT",
			() => named().join(" "),
		);
		const all = named();
		assert.deepEqual(all.slice(0, 5), [">CONNECT", "<CONNACK", ">SUBSCRIBE", "<SUBACK", ">PUBLISH"]);
		assert.deepEqual(
			[...all].sort(),
			[
				">CONNECT",
				"<CONNACK",
				">SUBSCRIBE",
				"<SUBACK",
				">PUBLISH",
				"<PUBREC",
				"<PUBLISH",
				">PUBACK",
				">PUBREL",
				"<PUBCOMP",
				">DISCONNECT",
			].sort(),
		);
		const five = await Wire.ask(broker.mqttPort, { clientId: "five", protocolVersion: 5 });
		closing.push(() => five.cut());
		await until(
			() => packets.some(([, , out, , bytes]) => !out && Buffer.from(bytes, "base64").equals(Buffer.from([0x20, 2, 0, 1]))),
			() => `the refusal: ${JSON.stringify(packets.slice(-4))}`,
		);
	});

	it("masks a copy: the broker gets the password as it was sent", () => {
		const told: string[] = [];
		const onlooker = new Onlooker({ packet: ({ bytes }) => void told.push(Buffer.from(bytes).toString()), closed() {} });
		const connect = {
			cmd: "connect",
			protocolId: "MQTT",
			protocolVersion: 4,
			clean: true,
			clientId: "a",
			keepalive: 0,
			username: "u",
			password: Buffer.from("secret"),
		} as const;
		const packet = mqtt.generate(connect);
		const before = Buffer.from(packet);
		onlooker.from(packet);
		assert.ok(packet.equals(before));
		assert.ok(told[0]?.includes("******") && !told[0].includes("secret"));
	});

	it("a listener that reads nothing costs a bounded memory, holds nobody up, and is told how much it missed", async () => {
		const { broker, connect } = await desk(true);
		const slow = await listen(broker);
		slow.response.pause();
		const [anna, ben] = [await connect("anna"), await connect("ben")];
		await ben.subscribe("a");
		const text = "x".repeat(4_000);
		let sent = 0;
		for (; sent < 3_000; sent++) {
			anna.publish("a", text);
			if (sent % 100 === 99) await until(() => ben.seen.length === sent + 1, "ben hears all of it");
		}
		slow.response.resume();
		// Told with the next packets that it can take.
		for (let tries = 0; tries < 1_000 && slow.lost() === 0; tries++) {
			anna.publish("a", "more");
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		// How many it is depends on the buffers of the network.
		assert.ok(slow.lost() > 0, `${slow.lost()} were left out`);
		assert.ok(slow.packets.length > 0);
	});
});
