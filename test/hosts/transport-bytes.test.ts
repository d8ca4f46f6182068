// The bytes of MQTT that bench/transports counts are those that go over the wire: a proxy between client and broker, which is no part of either, sees
// as many, and a parser that is not ours finds in them as many messages as the links count.
import assert from "node:assert/strict";
import net from "node:net";
import { afterEach, describe, it } from "node:test";
import mqtt, { type Packet } from "mqtt-packet";
import { readFrames, roundTrips } from "../../bench/transports/capture.js";
import { delayed } from "../../bench/transports/delay.js";
import { events, LightServer, longPolling, polling, webSocket } from "../../bench/transports/http.js";
import { nextLight } from "../../bench/transports/light.js";
import { MqttWay, type Scheme } from "../../bench/transports/mqtt.js";
import { Broker } from "../../hosts/node/broker/broker.js";
import { until } from "./contract/probe.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

interface Tap {
	port: number;
	/** Bytes of each connection, by direction. */
	readonly up: Buffer[][];
	readonly down: Buffer[][];
}

/** A proxy that keeps what passes. */
async function tap(target: number): Promise<Tap> {
	const tapped: Tap = { port: 0, up: [], down: [] };
	const sockets: net.Socket[] = [];
	const server = net.createServer((client) => {
		const broker = net.connect(target, "127.0.0.1");
		const [up, down]: Buffer[][] = [[], []];
		tapped.up.push(up);
		tapped.down.push(down);
		for (const [one, other, seen] of [
			[client, broker, up],
			[broker, client, down],
		] as const) {
			sockets.push(one);
			one.on("data", (bytes) => {
				seen.push(bytes);
				other.write(bytes);
			});
			one.on("error", () => {});
			one.on("close", () => other.destroy());
		}
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	closing.push(() => {
		for (const socket of sockets) socket.destroy();
		return new Promise((resolve) => server.close(resolve));
	});
	tapped.port = (server.address() as net.AddressInfo).port;
	return tapped;
}

const total = (all: Buffer[][]) => all.flat().reduce((sum, { length }) => sum + length, 0);

function packetsIn(all: Buffer[][]): Packet[] {
	const packets: Packet[] = [];
	for (const chunks of all) {
		const parser = mqtt.parser({ protocolVersion: 4 });
		parser.on("packet", (packet) => packets.push(packet));
		for (const chunk of chunks) parser.parse(chunk);
	}
	return packets;
}

describe("bytes of the transports", () => {
	for (const scheme of ["mqtt", "ws"] as const satisfies readonly Scheme[])
		for (const QoS of [0, 1, 2] as const)
			it(`${scheme} at QoS ${QoS}: the wire, the socket and the links agree`, async () => {
				const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
				await broker.start();
				closing.push(() => broker.stop());
				const wire = await tap(scheme === "mqtt" ? broker.mqttPort : broker.wsPort);
				const way = new MqttWay(scheme, QoS);
				const light = nextLight();
				let level = -1;
				const lamp = way.lamp(wire.port, light, (heard) => {
					level = heard;
				});
				const knob = await way.knob(wire.port, light);
				closing.push(() => {
					lamp.close();
					knob.close();
				});
				await until(() => way.counters.every(({ connects }) => connects === 1), "both are up");
				for (const to of [100, 7, 254, 0, 99]) {
					await knob.set(to);
					await until(() => level === to, `${to} is heard`);
				}
				const counted = () => [way.bytes.written, way.bytes.read];
				// the last acknowledgements may be on their way
				await until(
					() => counted().join() === [total(wire.up), total(wire.down)].join(),
					() => `the client counts ${counted()}, the wire has ${[total(wire.up), total(wire.down)]}`,
				);
				const [published, received] = (["published", "received"] as const).map((name) =>
					way.counters.reduce((sum, counters) => sum + counters[name], 0),
				);
				assert.deepEqual([published, received], [5, 5]);
				if (scheme === "ws") return;
				const [up, down] = [packetsIn(wire.up), packetsIn(wire.down)].map((packets) => packets.filter(({ cmd }) => cmd === "publish"));
				assert.deepEqual([up?.length, down?.length], [published, received]);
				// MQTT 3.1.1 §3.3: two bytes of header, two of length, five of topic, two of id above QoS 0, and the payload
				const fixed = 2 + 2 + light.length + (QoS > 0 ? 2 : 0);
				const levels = ["100", "7", "254", "0", "99"];
				assert.deepEqual(
					packetsIn(wire.up).flatMap((packet) => (packet.cmd === "publish" ? [2 + (packet.length ?? 0)] : [])),
					levels.map(({ length }) => fixed + length),
				);
			});
});

describe("the other ways of the bench", () => {
	const ways = [polling(20), longPolling, events, webSocket];
	for (const way of ways)
		it(`${way.name}: each level of the knob is in the lamp, the first one at once; also over a slow network`, async () => {
			const server = new LightServer();
			const port = await server.listen();
			const slow = await delayed(port, 5);
			closing.push(() => {
				slow.close();
				server.close();
			});
			for (const place of [port, slow.port]) {
				const light = nextLight();
				const knob = await way.knob(place, light);
				await knob.set(42);
				let level = -1;
				const lamp = way.lamp(place, light, (heard) => {
					level = heard;
				});
				for (const to of [42, 0, 254, 17]) {
					await knob.set(to);
					await until(() => level === to, `${to} is heard`);
				}
				lamp.close();
				knob.close();
			}
		});
});

describe("the capture", () => {
	/** A record of the classic format: Ethernet, IPv4 without options, TCP with 12 bytes of options; the payload is not captured. */
	function record(seconds: number, from: number, to: number, payload: number): Buffer {
		const bytes = Buffer.alloc(16 + 14 + 20 + 32);
		bytes.writeUInt32LE(seconds, 0);
		bytes.writeUInt32LE(500, 4);
		bytes.writeUInt32LE(66, 8);
		bytes.writeUInt32LE(66 + payload, 12);
		bytes[30] = 0x45;
		bytes.writeUInt16BE(52 + payload, 32);
		bytes[39] = 6;
		bytes.writeUInt16BE(from, 50);
		bytes.writeUInt16BE(to, 52);
		bytes[62] = 8 << 4;
		return bytes;
	}
	const head = Buffer.alloc(24);
	head.writeUInt32LE(0xa1b2c3d4, 0);
	head.writeUInt32LE(1, 20);

	it("is read as lengths of IP packets and of payloads; a record that is cut off is left out", () => {
		const file = Buffer.concat([head, record(1, 40_000, 1883, 0), record(2, 1883, 40_000, 7), record(3, 1, 2, 0).subarray(0, 40)]);
		assert.deepEqual(readFrames(file), [
			{ at: 1000.5, from: 40_000, to: 1883, bytes: 52, payload: 0 },
			{ at: 2000.5, from: 1883, to: 40_000, bytes: 59, payload: 7 },
		]);
		assert.throws(() => readFrames(Buffer.alloc(24)), /no capture of Ethernet/);
	});

	it("counts a round trip for TCP, and one each time that the server answers", () => {
		const up = (at: number, payload = 5) => ({ at, from: 40_000, to: 1883, bytes: 52 + payload, payload });
		const down = (at: number, payload = 5) => ({ at, from: 1883, to: 40_000, bytes: 52 + payload, payload });
		const frames = [up(1, 0), down(2, 0), up(3), up(4), down(5), down(6), up(7, 0), up(8), down(9), up(10), down(20)];
		assert.equal(roundTrips(frames, 1883, 15), 3);
		assert.equal(roundTrips(frames, 1883, 25), 4);
	});
});
