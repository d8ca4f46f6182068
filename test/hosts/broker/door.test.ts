// What the door lets in: over real sockets, by a client that is not ours.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import mqtt, { type Packet } from "mqtt-packet";
import { WebSocket } from "ws";
import { defaults } from "../../../hosts/node/broker/limits.js";
import { isLoopback } from "../../../hosts/node/listen.js";
import { brokerOptions, readSettings } from "../../../hosts/node/options.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";
import { started, stopAfterEach } from "./make.js";

stopAfterEach();

const connect = mqtt.generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "page", keepalive: 0 });
const publish = (topic: string, payload: string, more: Partial<Packet> = {}) =>
	mqtt.generate({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false, ...more } as Packet);
/** PUBLISH of a topic that no library writes. */
const odd = (topic: Buffer) => [0x31, topic.length + 3, topic.length >> 8, topic.length & 255, ...topic, 0x39];

describe("before CONNECT", () => {
	it("a packet of 80 MB is refused at its header", async () => {
		const broker = await started();
		const stranger = Wire.raw(broker.mqttPort);
		// 80,000,000 as a remaining length
		stranger.bytes([0x10, 0x80, 0xea, 0x92, 0x26, 0, 4]);
		await until(() => stranger.ended, "closed");
		assert.deepEqual(broker.lines, ["broker: a connection from 127.0.0.1 sent a packet of 76 MiB, the most is 4 KiB: it was closed"]);
	});

	it("a connection that says nothing, or half a CONNECT, is closed", async () => {
		const broker = await started({ limits: { connect_timeout_ms: 50 } });
		const strangers = [Wire.raw(broker.mqttPort), Wire.raw(broker.mqttPort)];
		strangers[1]?.bytes(connect.subarray(0, 10));
		await until(() => strangers.every((stranger) => stranger.ended), "closed");
		assert.deepEqual(broker.lines, ["broker: a connection from 127.0.0.1 sent no CONNECT within 0.05 s: it was closed"]);
	});

	for (const [what, bytes] of [
		["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
		["a PUBLISH", publish("light", "9")],
		["a length without end", Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
		["a CONNECT that ends too early", Buffer.from([0x10, 8, 0, 4, ...Buffer.from("MQTT"), 4, 2])],
		["a client id with U+0000", Buffer.from([0x10, 13, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 0, 0, 1, 0])],
		["a will to a wildcard", Buffer.from([0x10, 19, 0, 4, ...Buffer.from("MQTT"), 4, 6, 0, 0, 0, 1, 0x77, 0, 1, 0x23, 0, 1, 0x39])],
	] as const)
		it(`${what} is answered by the end, with one line`, async () => {
			const broker = await started();
			const stranger = Wire.raw(broker.mqttPort);
			stranger.bytes(bytes);
			await until(() => stranger.ended, "closed");
			assert.equal(stranger.packets.length, 0);
			assert.equal(broker.lines.length, 1, broker.lines.join("\n"));
		});

	it("MQTT 5 is refused by a CONNACK, and the log says what to choose", async () => {
		const broker = await started();
		const five = Wire.raw(broker.mqttPort);
		five.bytes([0x10, 14, 0, 4, ...Buffer.from("MQTT"), 5, 2, 0, 0, 0, 0, 1, 0x77]);
		await until(() => five.ended, "closed");
		assert.equal(five.connack, 1);
		assert.match(broker.lines.join("\n"), /^broker: .* MQTT 5; this broker speaks 3\.1\.1: .*Home Assistant take Mosquitto$/);
	});

	it("who wants to be remembered needs a name", async () => {
		const broker = await started();
		const nameless = Wire.raw(broker.mqttPort);
		nameless.bytes([0x10, 12, 0, 4, ...Buffer.from("MQTT"), 4, 0, 0, 0, 0, 0]);
		await until(() => nameless.ended, "closed");
		assert.equal(nameless.connack, 2);
		assert.equal((await Wire.ask(broker.mqttPort, { clean: true })).connack, 0);
	});

	it("more connections than clients and strangers together are not even heard", async () => {
		const broker = await started({ limits: { clients_max: 2, strangers_max: 1 } });
		const strangers = [1, 2, 3].map(() => Wire.raw(broker.mqttPort));
		const fourth = Wire.raw(broker.mqttPort);
		await until(() => fourth.ended, "the fourth is dropped");
		assert.deepEqual(broker.lines, ["broker: 3 connections are open, the most there are (--max-clients)"]);
		assert.ok(strangers.every((one) => !one.ended));
	});

	it("more clients than there may be are refused, but not one that takes the place of itself", async () => {
		const broker = await started({ limits: { clients_max: 2 } });
		await Wire.connect(broker.mqttPort, "a");
		const b = await Wire.connect(broker.mqttPort, "b");
		assert.equal((await Wire.ask(broker.mqttPort, { clientId: "c" })).connack, 3);
		assert.deepEqual(broker.lines, ["broker: c was refused, 2 clients are connected: start with a larger --max-clients"]);
		assert.equal((await Wire.ask(broker.mqttPort, { clientId: "a" })).connack, 0);
		b.disconnect();
		await until(() => b.ended, "gone");
		assert.equal((await Wire.ask(broker.mqttPort, { clientId: "c" })).connack, 0);
	});
});

it("a class room fits in, and what the command line says counts", () => {
	const KiB = 1024;
	assert.deepEqual([defaults.packet_max, defaults.connect_max], [256 * KiB, 4 * KiB]);
	assert.ok(defaults.clients_max >= 200, "two connections a phone");
	const limits = (...args: string[]) => ({ ...defaults, ...brokerOptions(readSettings("broker", args)).limits });
	assert.deepEqual(limits(), defaults);
	const given = limits("--max-packet", "2", "--max-clients", "5", "--max-queue", "7", "--session-expiry", "90");
	assert.deepEqual(given, { ...defaults, packet_max: 2 * KiB, clients_max: 5, queue_max: 7, session_expiry_ms: 90_000 });
});

it("says when the network can connect, for then anyone there can switch and listen", async () => {
	// The loopback by a name that does not look like it: nothing is opened to a network here.
	const broker = await started({ host: "::ffff:127.0.0.1" });
	assert.deepEqual(broker.lines, [
		"::ffff:127.0.0.1 is open to the network, without a password: anyone on this network can switch and listen",
	]);
	for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) assert.ok(isLoopback(host), host);
	for (const host of ["0.0.0.0", "::", "192.0.2.10", "desk.local"]) assert.ok(!isLoopback(host), host);
});

describe("after CONNECT", () => {
	it("packets pass whole, however they are cut, up to the largest", async () => {
		const broker = await started({ limits: { packet_max: 1_000 } });
		const listener = await Wire.connect(broker.mqttPort, "listener");
		await listener.subscribe("#");
		const stuttering = Wire.raw(broker.mqttPort);
		for (const byte of Buffer.concat([connect, publish("a", "1"), publish("b", "2")])) stuttering.bytes([byte]);
		await listener.says("b", "2");
		const largest = "x".repeat(1_000 - 3 - 3);
		stuttering.bytes(publish("c", largest));
		await listener.says("c", largest);
		stuttering.bytes(publish("c", `${largest}x`));
		await until(() => stuttering.ended, "cut");
		assert.deepEqual(broker.lines, ["broker: page sent a packet of 1001 bytes, the most is 1000 bytes (--max-packet): it was closed"]);
		assert.deepEqual(
			listener.seen.map(({ topic }) => topic),
			["a", "b", "c"],
		);
	});

	it("DUP says nothing to those who receive a message: it is cleared", async () => {
		const broker = await started();
		const sender = await Wire.connect(broker.mqttPort, "sender");
		const listener = await Wire.connect(broker.mqttPort, "listener");
		await listener.subscribe("#");
		sender.bytes([0x38, 4, 0, 1, 0x61, 0x31]);
		sender.bytes([0x3b, 6, 0, 1, 0x62, 0, 7, 0x32]);
		await listener.says("b", "2");
		const late = await Wire.connect(broker.mqttPort, "late");
		await late.subscribe("#", 0);
		await late.says("b", "2");
		const dups = [...listener.packets, ...late.packets].flatMap((packet) => (packet.cmd === "publish" ? [packet.dup] : []));
		assert.deepEqual(dups, [false, false, false]);
		assert.equal(sender.ended, false);
	});

	for (const [what, topic] of [
		["U+0000", Buffer.from("a\0b")],
		["a surrogate", Buffer.from([0x61, 0xed, 0xa0, 0x80])],
		["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0xfe])],
		["an overlong form", Buffer.from([0xc0, 0xaf])],
		["a wildcard", Buffer.from("a/+")],
		["nothing", Buffer.alloc(0)],
	] as const)
		it(`a topic with ${what} is not kept, and its sender is cut`, async () => {
			const broker = await started();
			const sender = await Wire.connect(broker.mqttPort, "sender");
			sender.bytes(odd(topic));
			await until(() => sender.ended, "cut");
			assert.equal(broker.lines.length, 1, broker.lines.join("\n"));
			const listener = await Wire.connect(broker.mqttPort, "listener");
			await listener.subscribe("#");
			listener.publish("end", "x");
			await listener.says("end", "x");
			assert.deepEqual(
				listener.seen.map(({ topic }) => topic),
				["end"],
			);
		});

	it("what a bridge publishes to $SYS/ is acknowledged and left out, without a cut", async () => {
		const broker = await started();
		const bridge = await Wire.connect(broker.mqttPort, "bridge");
		const listener = await Wire.connect(broker.mqttPort, "listener");
		await listener.subscribe("$SYS/broker/#");
		const topic = "$SYS/broker/connection/bridge/state";
		for (const qos of [0, 1, 2] as const) bridge.bytes(publish(topic, "1", { qos, messageId: 40 + qos }));
		await until(() => bridge.packets.some(({ cmd }) => cmd === "pubrec"), "PUBREC");
		bridge.send({ cmd: "pubrel", messageId: 42 });
		await until(() => bridge.packets.some(({ cmd }) => cmd === "pubcomp"), "PUBCOMP");
		assert.deepEqual(bridge.packets.map(({ cmd, messageId }) => [cmd, messageId]).slice(1), [
			["puback", 41],
			["pubrec", 42],
			["pubcomp", 42],
		]);
		bridge.publish("end", "x");
		await listener.subscribe("end");
		bridge.publish("end", "y");
		await listener.says("end", "y");
		assert.ok(listener.seen.every(({ topic }) => topic === "end"));
		assert.equal(broker.lines.length, 1);
		assert.match(broker.lines[0] ?? "", /^broker: bridge published to \$SYS\/.*notifications false/);
	});

	it("a client may have so many QoS 2 messages half sent, and no more", async () => {
		const broker = await started({ limits: { half_sent_max: 3 } });
		const half = await Wire.connect(broker.mqttPort, "half");
		for (let id = 1; id <= 3; id++) half.bytes(publish("a", "x", { qos: 2, messageId: id }));
		await until(() => half.packets.filter(({ cmd }) => cmd === "pubrec").length === 3, "PUBRECs");
		half.send({ cmd: "pubrel", messageId: 1 });
		await until(() => half.packets.some(({ cmd }) => cmd === "pubcomp"), "PUBCOMP");
		half.bytes(publish("a", "x", { qos: 2, messageId: 4 }));
		await until(() => half.packets.filter(({ cmd }) => cmd === "pubrec").length === 4, "one makes room for another");
		half.bytes(publish("a", "x", { qos: 2, messageId: 5 }));
		await until(() => half.ended, "cut");
		assert.equal(broker.lines.length, 1, broker.lines.join("\n"));
	});

	it("a client has so many subscriptions, and those that it has may be renewed", async () => {
		const broker = await started({ limits: { subscriptions_max: 2 } });
		const greedy = await Wire.connect(broker.mqttPort, "greedy");
		for (const topic of ["a", "b", "c", "a"]) await greedy.subscribe(topic);
		const codes = greedy.packets.flatMap((packet) => (packet.cmd === "suback" ? packet.granted : []));
		assert.deepEqual(codes, [1, 1, 128, 1]);
		assert.match(broker.lines.join("\n"), /^broker: greedy has 2 subscriptions, the most there are: .*wildcards$/);
	});
});

describe("over WebSocket", () => {
	async function page(port: number): Promise<{ socket: WebSocket; closed: () => number }> {
		const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, "mqtt");
		let code = 0;
		socket.on("error", () => {});
		socket.on("close", (given) => {
			code = given;
		});
		await new Promise((resolve) => socket.once("open", resolve));
		return { socket, closed: () => code };
	}

	for (const [when, first] of [
		["instead of a CONNECT", undefined],
		["after a good CONNECT", connect],
	] as const)
		it(`a text frame ${when} is not obeyed, nor what comes after it`, async () => {
			const broker = await started();
			const listener = await Wire.connect(broker.mqttPort, "listener");
			await listener.subscribe("#");
			const { socket, closed } = await page(broker.wsPort);
			if (first) socket.send(first);
			else socket.send(connect.toString("latin1"));
			socket.send(publish("light", "77").toString("latin1"));
			socket.send(publish("light", "78"));
			await until(() => closed() !== 0, "closed");
			assert.equal(closed(), 1003);
			listener.publish("end", "x");
			await listener.says("end", "x");
			assert.deepEqual(
				listener.seen.map(({ topic }) => topic),
				["end"],
			);
			assert.equal(broker.lines.length, 1);
		});

	it("a frame that is too large closes it, and several packets in one do not", async () => {
		const broker = await started({ limits: { packet_max: 1_000 } });
		const listener = await Wire.connect(broker.mqttPort, "listener");
		await listener.subscribe("#");
		const { socket, closed } = await page(broker.wsPort);
		socket.send(Buffer.concat([connect, publish("a", "x".repeat(900)), publish("b", "x".repeat(900)), publish("end", "x")]));
		await listener.says("end", "x");
		socket.send(Buffer.alloc(4_001));
		await until(() => closed() !== 0, "closed");
		assert.equal(closed(), 1009);
		assert.equal(broker.lines.length, 1);
	});
});
