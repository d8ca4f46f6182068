// The framed socket over Node's TCP keeps the contract of sockets; and against `ws`, in both roles, it says and hears the same.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import TCP from "../../../hosts/node/tcp.js";
import { time } from "../../../hosts/node/time.js";
import { FramedSocket } from "../../../src/mqtt/websocket/socket.js";
import { until } from "../../hosts/contract/probe.js";
import { tcpContract } from "../../hosts/contract/tcp.js";
import { tcpEndContract } from "../../hosts/contract/tcp-end.js";
import type { HostPieces } from "../../hosts/contract.js";
import { Random, seedOfRun } from "../../world/random.js";
import { listen } from "./peer.js";
import { frame } from "./played.js";

const provider = { io: FramedSocket, socket: { io: TCP }, time, random: Math.random, frame: 4_096 };
const host = { name: "WebSocket of our own", socket: provider, time, listen, framed: true } as unknown as HostPieces;

tcpContract(host);
tcpEndContract(host);

const seed = seedOfRun();

/** A server of `ws` that cuts what it sends into frames of its own, and one raw, which sends what the test makes. */
async function server(onConnection: (socket: WebSocket, raw: NetSocket) => void): Promise<{ port: number; close(): Promise<void> }> {
	const http = createServer();
	const sockets = new WebSocketServer({ server: http, handleProtocols: () => "mqtt", perMessageDeflate: false });
	sockets.on("connection", (socket, request) => onConnection(socket, request.socket));
	http.listen(0, "127.0.0.1");
	await once(http, "listening");
	return {
		port: (http.address() as AddressInfo).port,
		async close() {
			for (const socket of sockets.clients) socket.terminate();
			http.close();
			http.closeAllConnections();
			await once(http, "close");
		},
	};
}

/** Bytes of frames, some of them wrong, made by `random`. */
function anyFrames(random: Random): Buffer {
	const frames: Buffer[] = [];
	let within = false;
	for (let count = random.between(1, 12); count > 0; count--) {
		const dice = random.next();
		const payload = random.bytes(random.pick([0, 1, 125, 126, random.between(0, 300), random.between(60_000, 70_000)]));
		if (dice < 0.6) {
			const final = random.chance(0.6);
			frames.push(frame(within ? 0 : 2, payload, { final }));
			within = !final;
		} else if (dice < 0.8) frames.push(frame(random.pick([9, 10]), payload.subarray(0, 125)));
		else if (dice < 0.84) frames.push(frame(random.pick([0, 2, 3, 7, 8, 11, 15]), payload.subarray(0, 200), { final: random.chance(0.5) }));
		else if (dice < 0.87) frames.push(frame(random.pick([2, 9]), payload, { mask: random.bytes(4) }));
		else if (dice < 0.9) frames.push(frame(2, payload, { reserved: random.between(1, 7) }));
		else if (dice < 0.92) frames.push(frame(8, random.bytes(random.between(0, 3))));
		else if (dice < 0.94) frames.push(frame(8, [random.between(3, 19), random.between(0, 255), ...random.bytes(random.between(0, 6))]));
		else if (dice < 0.96) frames.push(frame(2, payload, { wide: 8 }));
	}
	// an end that both must tell
	if (random.chance(0.5)) frames.push(frame(8, [3, 232 + random.between(0, 3), ...Buffer.from("ende")]));
	return Buffer.concat(frames);
}

/** Sends `bytes` in the cuts that `random` makes, then the end. */
async function send(raw: NetSocket, bytes: Buffer, random: Random): Promise<void> {
	for (let at = 0; at < bytes.length && raw.writable; ) {
		const count = random.pick([1, random.between(1, 30), random.between(1, 5_000), bytes.length]);
		raw.write(bytes.subarray(at, at + count));
		at += count;
		if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
	}
	raw.end();
}

/** The code of the close frame that a client has sent: 1005 without one in it, 0 without a close frame. */
function codeIn(bytes: Buffer): { code: number; pongs: string[] } {
	let code = 0;
	const pongs: string[] = [];
	for (let at = 0; at + 6 <= bytes.length; ) {
		const length = bytes[at + 1] & 0x7f;
		assert.ok(length < 126, "only control frames are sent here");
		const payload = Buffer.from(bytes.subarray(at + 6, at + 6 + length));
		for (let i = 0; i < length; i++) payload[i] ^= bytes[at + 2 + (i % 4)];
		if ((bytes[at] & 15) === 10) pongs.push(payload.toString("hex"));
		else if ((bytes[at] & 15) === 8 && code === 0) code = length === 0 ? 1005 : payload.readUInt16BE();
		at += 6 + length;
	}
	return { code, pongs };
}

/** Whether every one of `some` stands in `all`, in this order. */
function inOrder(some: readonly string[], all: readonly string[]): boolean {
	let next = 0;
	return some.every((one) => (next = all.indexOf(one, next) + 1) > 0);
}

async function hearWithOurs(port: number): Promise<Buffer> {
	const pieces: Buffer[] = [];
	let ended = false;
	const socket: FramedSocket = new FramedSocket({
		...provider,
		address: "127.0.0.1",
		host: "127.0.0.1",
		port,
		onWritable() {},
		onReadable(count) {
			const piece = Buffer.alloc(count);
			socket.read(piece);
			pieces.push(piece);
		},
		onError() {
			ended = true;
		},
	});
	await until(() => ended, "ended");
	socket.close();
	return Buffer.concat(pieces);
}

async function hearWithWs(port: number): Promise<Buffer> {
	const pieces: Buffer[] = [];
	const socket = new WebSocket(`ws://127.0.0.1:${port}`, "mqtt", { perMessageDeflate: false });
	socket.on("message", (data) => void pieces.push(data as Buffer));
	socket.on("error", () => {});
	await new Promise((resolve) => socket.on("close", resolve));
	return Buffer.concat(pieces);
}

describe("WebSocket of our own beside ws", () => {
	it(`as clients of one server both hear the same bytes, answer the same pings and close with the same code, seed ${seed}`, async () => {
		const random = new Random(seed);
		let bytes: Buffer = Buffer.alloc(0);
		let cuts = 0;
		let received: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
		const far = await server((socket, raw) => {
			socket.on("error", () => {});
			raw.removeAllListeners("data");
			raw.removeAllListeners("end");
			const chunks: Buffer[] = [];
			raw.on("data", (chunk) => chunks.push(chunk));
			raw.on("error", () => {});
			received = new Promise((resolve) => raw.on("close", () => resolve(Buffer.concat(chunks))));
			raw.resume();
			void send(raw, bytes, new Random(cuts));
		});
		const codes = new Map<number, number>();
		try {
			for (let life = 0; life < 200; life++) {
				bytes = anyFrames(random);
				cuts = random.between(0, 2 ** 31);
				const where = `life ${life} of seed ${seed}`;
				const theirs = await hearWithWs(far.port);
				const wanted = codeIn(await received);
				const ours = await hearWithOurs(far.port);
				const got = codeIn(await received);
				// `ws` hands over whole messages, and of one that is cut off nothing
				assert.deepEqual(ours.subarray(0, theirs.length), theirs, `bytes, ${where}`);
				if (wanted.code === 1000) assert.equal(ours.length >= theirs.length, true, where);
				assert.equal(got.code, wanted.code, `code, ${where}`);
				assert.ok(inOrder(got.pongs, wanted.pongs), `pongs, ${where}`);
				codes.set(got.code, (codes.get(got.code) ?? 0) + 1);
			}
		} finally {
			await far.close();
		}
		// of 200 lives some eight end cleanly: each kind has to be among them, how often is chance (seed 298476930: four)
		for (const code of [0, 1000, 1002]) assert.ok(codes.has(code), `${JSON.stringify([...codes])}: all kinds of lives`);
	});

	it(`a server of ws takes what ours sends and ours what it sends, in any pieces, seed ${seed}`, async () => {
		const random = new Random(seed);
		for (let life = 0; life < 20; life++) {
			const total = random.between(1, 300_000);
			const sent = random.bytes(total);
			const pieces: Buffer[] = [];
			let closed: [number, string] | undefined;
			// what it hears it sends back, in fragments, with pings between
			const far = await server((socket) => {
				socket.on("message", (data, isBinary) => {
					assert.ok(isBinary);
					const bytes = data as Buffer;
					for (let at = 0; at < bytes.length; ) {
						const count = random.between(1, bytes.length);
						socket.send(bytes.subarray(at, at + count), { fin: at + count >= bytes.length });
						at += count;
						if (random.chance(0.2)) socket.ping(random.bytes(random.between(0, 125)));
					}
				});
				socket.on("close", (code, reason) => {
					closed = [code, String(reason)];
				});
			});
			let [at, got] = [0, 0];
			const fill = (room: number) => {
				while (room > 0 && at < total) {
					const count = Math.min(total - at, random.between(1, room));
					room = socket.write(sent.subarray(at, at + count));
					at += count;
					if (random.chance(0.3)) break;
				}
			};
			const errors: unknown[] = [];
			const socket: FramedSocket = new FramedSocket({
				...provider,
				address: "127.0.0.1",
				host: "127.0.0.1",
				port: far.port,
				onWritable: fill,
				onReadable(count) {
					const piece = Buffer.alloc(random.between(1, count));
					socket.read(piece);
					pieces.push(piece);
					got += piece.length;
					if (piece.length === count) return;
					const rest = Buffer.alloc(count - piece.length);
					setImmediate(() => {
						socket.read(rest);
						pieces.push(rest);
						got += rest.length;
					});
				},
				onError: (error) => errors.push(error),
			});
			try {
				await until(
					() => got === total || errors.length > 0,
					() => `${got} of ${total} bytes, life ${life} of seed ${seed}`,
				);
				assert.deepEqual(errors, []);
				assert.ok(Buffer.concat(pieces).equals(Buffer.from(sent)), `life ${life} of seed ${seed}`);
				socket.close();
				await until(() => closed !== undefined, "closed");
				assert.deepEqual(closed, [1000, ""]);
			} finally {
				socket.close();
				await far.close();
			}
		}
	});
});
