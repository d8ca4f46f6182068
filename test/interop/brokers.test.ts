// Interoperability with real brokers: connect, will, retain, every QoS that the broker knows, a session resumed after its connection was
// cut, and payloads a thousand times larger than any buffer. Each broker as it is, without any extension [MQTT-7.0.0-2].
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { device } from "../../hosts/node/index.js";
import { transportOf } from "../../hosts/node/transports.js";
import { Client } from "../../src/mqtt/client/client.js";
import type { Scheme } from "../../src/mqtt/link/broker-url.js";
import { Link, type LinkOptions } from "../../src/mqtt/link/link.js";
import { type Broker, brokers, ca, type Running } from "./brokers.js";
import { CutWire } from "./cut-wire.js";

async function until(what: string | (() => string), condition: () => boolean): Promise<void> {
	for (let tries = 0; tries < 12_000; tries++) {
		if (condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	assert.fail(`waited in vain for: ${typeof what === "string" ? what : what()}`);
}

const decode = (bytes: Uint8Array, length: number) => new TextDecoder().decode(bytes.subarray(0, length));
const encode = (text: string) => new TextEncoder().encode(text);

for (const broker of brokers) for (const scheme of ["mqtt", ...(broker.transports ?? [])] as const) suite(broker, scheme);

function suite(broker: Broker, scheme: Scheme): void {
	describe(scheme === "mqtt" ? broker.name : `${broker.name} over ${scheme}:`, { skip: broker.missing }, () => {
		const socket = transportOf({ scheme, host: "127.0.0.1", port: 0, path: "/mqtt", user: undefined }, { ca });
		let running: Running;
		/** Where the transport is. */
		let port = 0;
		const links: Link[] = [];
		const wires: CutWire[] = [];
		const wireTo = (there: number) => {
			const wire = new CutWire(there);
			wires.push(wire);
			return wire;
		};
		const limits = { received: broker.received };
		const link = (id: string, port: number, options: Partial<LinkOptions> = {}) => {
			const made = new Link({
				...device.network.mqtt,
				socket,
				host: "127.0.0.1",
				port,
				id,
				random: () => 0.05,
				keepAlive: 10_000,
				limits,
				...options,
			});
			links.push(made);
			return made;
		};
		before(async () => {
			running = await broker.start();
			port = scheme === "mqtt" ? running.port : (running.ports?.[scheme] ?? 0);
		});
		after(async () => {
			// one that a test which fails leaves open would keep the process from its end
			for (const wire of wires) await wire.close();
			await Promise.all(links.map((made) => new Promise<void>((resolve) => made.close(resolve))));
			await running?.stop();
		});

		test("status: online when up, retained; the will when it is cut; offline at goodbye", async () => {
			const heard: string[] = [];
			const observer = link("observer", port);
			observer.subscribe("s/#", 1, ({ topic, bytes, length }) => heard.push(`${topic} ${decode(bytes, length)}`));
			await until("observer up", () => observer.up);
			const wire = wireTo(port);
			const watched = link("watched", await wire.listen(), { status: "s/watched", random: () => 0.9 });
			await until("online", () => heard.includes("s/watched online"));
			heard.length = 0;
			wire.cut();
			await until("the will", () => heard.includes("s/watched offline"));
			await until("online again", () => heard.at(-1) === "s/watched online");
			const late: string[] = [];
			const lateObserver = link("late", port);
			lateObserver.subscribe("s/watched", 1, ({ bytes, length, retain }) => late.push(`${decode(bytes, length)} ${retain}`));
			await until("the retained status", () => late.includes("online true"));
			heard.length = 0;
			await new Promise<void>((resolve) => watched.close(resolve));
			await until("offline at goodbye", () => heard.includes("s/watched offline"));
			await wire.close();
		});

		for (const QoS of [0, 1, 2] as const)
			test(`QoS ${QoS} both ways: 500 messages, in order, each once`, {
				skip: QoS > broker.QoS && `${broker.name} knows QoS ${broker.QoS} at the most`,
			}, async () => {
				const heard: number[] = [];
				const subscriber = link(`s${QoS}`, port);
				subscriber.subscribe(`q/${QoS}`, QoS, ({ bytes, length }) => heard.push(Number(decode(bytes, length))));
				const publisher = link(`p${QoS}`, port, { policy: "refuse" });
				await until("both up", () => subscriber.up && publisher.up);
				for (let i = 0; i < 500; ) {
					if (publisher.publish(`q/${QoS}`, encode(`${i}`), QoS)) i += 1;
					else await new Promise((resolve) => setTimeout(resolve, 1));
				}
				await until("all heard", () => heard.length >= 500);
				assert.deepEqual(
					heard,
					Array.from({ length: 500 }, (_, i) => i),
				);
			});

		const lowered = async () => {
			const heard: string[] = [];
			const subscriber = link("lowered", port);
			subscriber.subscribe("lowered", 1, ({ bytes, length }) => heard.push(decode(bytes, length)));
			const publisher = link("lowering", port, { policy: "refuse" });
			await until("both up", () => subscriber.up && publisher.up);
			for (let i = 0; i < 40; ) {
				if (publisher.publish("lowered", encode(`${i}`), 2)) i += 1;
				else await new Promise((resolve) => setTimeout(resolve, 1));
			}
			await until("all heard", () => heard.length >= 40);
			assert.deepEqual(
				heard,
				Array.from({ length: 40 }, (_, i) => `${i}`),
			);
			await until("nothing is kept", () => publisher.kept === 0);
		};
		if (broker.lowers) test("QoS 2, answered as QoS 1: each of 40 is complete, and the next has room", lowered);

		for (const [place, own] of [
			["in Node.js", device.network.mqtt.limits],
			["on a board", {}],
		] as const)
			test(`bursts at QoS 2 from five links at their default limits: 3,000 of 3,000 arrive ${place}, each once`, {
				skip: broker.QoS < 2 && `${broker.name} knows QoS ${broker.QoS} at the most`,
			}, async (t) => {
				const heard: string[] = [];
				const errors: string[] = [];
				let granted = false;
				const topic = place.replaceAll(/\W/g, "");
				const subscriber = new Client({
					...device.network.mqtt,
					socket,
					limits: own,
					host: "127.0.0.1",
					port,
					id: `burst ${topic}`,
					keepAlive: 10_000,
					onControl(operation) {
						if (operation === Client.CONNACK) this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic, QoS: 2 }] });
						if (operation === Client.SUBACK) granted = true;
					},
					onReadable(_count, info) {
						const piece = new TextDecoder().decode(this.read());
						if (info.topic !== undefined) heard.push(piece);
						else heard[heard.length - 1] += piece;
					},
					onError: ({ message }) => errors.push(message),
				});
				await until("subscribed", () => granted || errors.length > 0);
				assert.deepEqual(errors, []);
				const limits = device.network.mqtt.limits as LinkOptions["limits"];
				const wanted: string[] = [];
				for (let i = 0; i < 5; i++) {
					const publisher = link(`p${i} ${topic}`, port, { limits, policy: "refuse" });
					await until("up", () => publisher.up);
					for (let k = 0; k < 600; k++) {
						assert.ok(publisher.publish(topic, encode(`${i} ${k}`), 2), "kept");
						wanted.push(`${i} ${k}`);
					}
				}
				const state = () => {
					const { incoming, session, transport } = subscriber.connection;
					const unread = transport.readable + incoming.end - incoming.start;
					return `all heard: ${heard.length}, ${unread} bytes unread, ${session.pendingAcks} acknowledgements pending, at most ${session.receivedMost} between PUBLISH and PUBREL`;
				};
				await until(state, () => heard.length >= wanted.length || errors.length > 0);
				t.diagnostic(`the most between PUBLISH and PUBREL: ${subscriber.session.receivedMost}`);
				subscriber.close();
				assert.deepEqual([errors, heard.sort()], [[], wanted.sort()]);
			});

		test("a session survives cuts of its connection: nothing lost at QoS 1, nothing doubled at QoS 2", async () => {
			const QoS = broker.QoS as 1 | 2;
			const heard: number[] = [];
			const wire = wireTo(port);
			const cuttable = await wire.listen();
			const subscriber = link("resumed-s", cuttable, { clean: false });
			subscriber.subscribe("r", QoS, ({ bytes, length }) => heard.push(Number(decode(bytes, length))));
			const publisher = link("resumed-p", cuttable, { clean: false, policy: "refuse" });
			await until("both up", () => subscriber.up && publisher.up);
			const total = 300;
			for (let i = 0; i < total; ) {
				if (publisher.publish("r", encode(`${i}`), QoS)) {
					i += 1;
					if (i % 60 === 0) wire.cut();
				} else await new Promise((resolve) => setTimeout(resolve, 1));
			}
			await until("all heard", () => new Set(heard).size === total);
			assert.ok(publisher.counters.connects > 2, `${publisher.counters.connects} connects`);
			if (QoS === 2 && broker.orderly)
				assert.deepEqual(
					heard,
					Array.from({ length: total }, (_, i) => i),
				);
			else
				assert.deepEqual(
					[...new Set(heard)].sort((a, b) => a - b),
					Array.from({ length: total }, (_, i) => i),
				);
			await new Promise<void>((resolve) => publisher.close(resolve));
			await new Promise<void>((resolve) => subscriber.close(resolve));
			await wire.close();
		});

		// Mosquitto takes some 20 ms for each frame that it sends.
		const size = scheme.startsWith("ws") ? Math.min(broker.largest, 1 << 17) : broker.largest;
		test(`a payload of ${size} bytes, out and in, through buffers of 1 KiB`, async () => {
			const small = { receive: 1024, transmit: 1024 };
			let got = 0;
			let wrong = 0;
			const errors: string[] = [];
			const piece = new Uint8Array(1024);
			const expected = (at: number) => (at * 31 + (at >> 8)) & 255;
			let sent = 0;
			const client = new Client({
				...device.network.mqtt,
				socket,
				host: "127.0.0.1",
				port,
				id: "big",
				keepAlive: 5000,
				limits: small,
				onControl(operation) {
					if (operation === Client.CONNACK) this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "big", QoS: 0 }] });
					if (operation === Client.SUBACK) send(this, 1024);
				},
				onWritable(count) {
					if (sent > 0) send(this, count);
				},
				onReadable() {
					for (let count = this.read(piece); count !== undefined; count = this.read(piece))
						for (let i = 0; i < count; i++) if (piece[i] !== expected(got++)) wrong += 1;
				},
				onError: ({ message }) => errors.push(message),
			});
			function send(to: Client, room: number): void {
				while (sent < size && room > 0) {
					const data = Uint8Array.from({ length: Math.min(room, size - sent, 900) }, (_, i) => expected(sent + i));
					room = sent === 0 ? to.write(data, { topic: "big", byteLength: size, QoS: 1 }) : to.write(data);
					sent += data.length;
				}
			}
			await until("all of it back", () => got === size || errors.length > 0);
			assert.deepEqual([errors, wrong, got], [[], 0, size]);
			client.write(null, { operation: Client.DISCONNECT });
			client.close();
		});
	});
}
