// The client and the link over WebSocket, through a real broker.
import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { Broker } from "../../hosts/node/broker/broker.js";
import { random } from "../../hosts/node/random.js";
import Resolver from "../../hosts/node/resolver.js";
import TCP from "../../hosts/node/tcp.js";
import { time } from "../../hosts/node/time.js";
import type { ResolverProvider, SocketProvider, Time } from "../../src/host.js";
import { Client } from "../../src/mqtt/client/client.js";
import { Link } from "../../src/mqtt/link/link.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";
import { WebSocketStream } from "../../src/mqtt/websocket/whatwg.js";
import { pattern, until } from "../hosts/contract/probe.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const classes = {
	"a browser's class": { io: WebSocketStream, WebSocket, time },
	"frames of our own": { io: FramedSocket, socket: { io: TCP }, time, random },
};
let socket: SocketProvider;

async function start(limits = {}): Promise<{
	broker: Broker;
	common: { socket: SocketProvider; dns: ResolverProvider; time: Time; host: string; port: number };
}> {
	const broker = new Broker({ mqttPort: 0, wsPort: 0, limits, log: () => {} });
	cleanups.push(() => broker.stop());
	await broker.start();
	return { broker, common: { socket, dns: { io: Resolver }, time, host: "localhost", port: broker.wsPort } };
}

type ClientOptions = ConstructorParameters<typeof Client>[0];
type LinkOptions = ConstructorParameters<typeof Link>[0];

for (const [name, provider] of Object.entries(classes))
	describe(`over WebSocket, ${name}`, () => {
		before(() => {
			socket = provider;
		});
		for (const QoS of [0, 1, 2] as const)
			it(`the client publishes and receives at QoS ${QoS}, in order`, async () => {
				const { common } = await start();
				const received: string[] = [];
				let next = 0;
				const publish = () => {
					while (next < 500 && next < received.length + 10)
						client.write(new Uint8Array(Buffer.from(String(next++))), { topic: "home/desk/light", QoS });
				};
				const client: Client = new Client({
					...common,
					id: "page",
					limits: { inflight: 64 },
					onControl(opcode) {
						if (opcode === Client.CONNACK) this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "home/#", QoS }] });
						if (opcode === Client.SUBACK) publish();
					},
					onReadable() {
						received.push(Buffer.from(this.read() as ArrayBuffer).toString());
						publish();
					},
				} satisfies ClientOptions);
				cleanups.push(() => client.close());
				await until(
					() => received.length >= 500,
					() => `500 received: ${received.length}`,
				);
				assert.deepEqual(
					received,
					Array.from({ length: 500 }, (_, index) => String(index)),
				);
			});

		it("a payload of 1 MiB goes both ways through small buffers", async () => {
			const total = 1 << 20;
			const { common } = await start({ packet_max: 2 * total });
			const got = new Uint8Array(total);
			let [sent, taken] = [0, 0];
			const piece = new Uint8Array(1_000);
			const more = (client: Client, room: number) => {
				while (sent > 0 && sent < total && room > 0) {
					const count = Math.min(room, 4_000, total - sent);
					room = client.write(pattern(count, sent));
					sent += count;
				}
			};
			const client = new Client({
				...common,
				onControl(opcode) {
					if (opcode === Client.CONNACK) this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "big" }] });
					if (opcode !== Client.SUBACK) return;
					sent = 100;
					more(this, this.write(pattern(100), { topic: "big", byteLength: total }));
				},
				onWritable(room) {
					more(this, room);
				},
				onReadable() {
					for (let count = this.read(piece); count !== undefined; count = this.read(piece)) {
						got.set(piece.subarray(0, count), taken);
						taken += count;
					}
				},
			} satisfies ClientOptions);
			cleanups.push(() => client.close());
			await until(() => taken === total, "received");
			assert.deepEqual(got, pattern(total));
		});

		it("the link comes back after a restart of the broker, and says goodbye", async () => {
			const { broker, common } = await start();
			const seen: string[] = [];
			const downs: string[] = [];
			const link = new Link({
				...common,
				id: "link",
				status: "light/link/status",
				random: () => 0,
				onDown: (reason) => downs.push(reason),
			} satisfies LinkOptions);
			cleanups.push(() => link.close());
			link.subscribe("light/#", 1, ({ topic, bytes, length }) => void seen.push(`${topic} ${Buffer.from(bytes.subarray(0, length))}`));
			await until(() => link.up, "up");
			link.publish("light", Uint8Array.of(0x37), 1, true);
			await until(() => seen.includes("light 7"), "published");
			await broker.stop();
			await until(() => downs.length > 0, "down");
			await broker.start();
			await until(() => link.up, "up again");
			assert.equal(link.counters.connects, 2);
			const watcher = new Link({ ...common, id: "watcher", random: () => 0 } satisfies LinkOptions);
			cleanups.push(() => watcher.close());
			let status = "";
			watcher.subscribe("light/link/status", 1, ({ bytes, length }) => {
				status = Buffer.from(bytes.subarray(0, length)).toString();
			});
			await until(() => status === "online", "online");
			await new Promise<void>((resolve) => link.close(resolve));
			await until(() => status === "offline", "offline");
		});

		it("a port where nothing listens, and one where no WebSocket is spoken, end by onError", async () => {
			const { broker, common } = await start();
			const errors: string[] = [];
			for (const port of [broker.mqttPort, 1]) {
				const client = new Client({ ...common, port, onError: (error) => errors.push(error.message) } satisfies ClientOptions);
				cleanups.push(() => client.close());
			}
			await until(() => errors.length === 2, "both told");
			for (const error of errors) assert.match(error, /^transport/);
		});
	});
