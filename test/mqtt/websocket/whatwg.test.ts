// The WebSocket socket class: the contract that TCP keeps, over `ws`; and what only WebSocket has, over a WebSocket that the test plays.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { time } from "../../../hosts/node/time.js";
import type { SocketOptions } from "../../../src/host.js";
import { type WebSocketLike, WebSocketStream } from "../../../src/mqtt/websocket/whatwg.js";
import { pattern, settle, tracking, until } from "../../hosts/contract/probe.js";
import { tcpContract } from "../../hosts/contract/tcp.js";
import { tcpEndContract } from "../../hosts/contract/tcp-end.js";
import type { HostPieces } from "../../hosts/contract.js";
import { listen } from "./peer.js";

const host = { name: "WebSocket", socket: { io: WebSocketStream, WebSocket, time }, time, listen } as unknown as HostPieces;

// Whatever the contract says of TCP holds here too.
tcpContract(host);
tcpEndContract(host);

/** A WebSocket as a browser has it, with the test for its network. */
class Played implements WebSocketLike {
	static last: Played;
	binaryType = "blob";
	bufferedAmount = 0;
	protocol = "mqtt";
	readyState = 0;
	onopen: unknown;
	onmessage: unknown;
	onerror: unknown;
	onclose: unknown;
	readonly sent: Uint8Array[] = [];
	closed = 0;
	readonly url: string;
	readonly offered: string;
	constructor(url: string, offered: string) {
		this.url = url;
		this.offered = offered;
		Played.last = this;
	}
	send(data: Uint8Array): void {
		assert.ok(!(data.buffer as ArrayBuffer).resizable, "a browser refuses what lies in a resizable buffer");
		this.sent.push(data);
		this.bufferedAmount += data.length;
	}
	close(): void {
		this.closed += 1;
		this.readyState = 2;
	}
	open(protocol = "mqtt"): void {
		this.protocol = protocol;
		this.readyState = 1;
		(this.onopen as () => void)();
	}
	frame(data: unknown): void {
		(this.onmessage as (event: { data: unknown }) => void)({ data });
	}
	gone(code: number, reason = ""): void {
		this.readyState = 3;
		(this.onclose as (event: { code: number; reason: string }) => void)({ code, reason });
	}
}

function play(more: Record<string, unknown> = {}) {
	const heard: string[] = [];
	const options: SocketOptions = {
		WebSocket: Played,
		time,
		address: "10.0.0.7",
		host: "broker.example",
		port: 9001,
		onReadable: (count) => void heard.push(`readable ${count}`),
		onWritable: (count) => void heard.push(`writable ${count}`),
		onError: (error) => void heard.push(`error ${(error as Error).message}`),
		...more,
	};
	const socket = new WebSocketStream(options);
	return { socket, heard, far: Played.last };
}

const most = 64 * 1024;
const buffer = (length: number) => pattern(length).buffer as ArrayBuffer;

describe("WebSocket", () => {
	it("[MQTT-6.0.0-3] offers the subprotocol mqtt, at a URL made of the host's name", () => {
		const urls = [{}, { secure: true, path: "/" }, { host: "::1" }, { host: undefined }].map((more) => {
			const { far, socket } = play(more);
			assert.deepEqual([far.offered, far.binaryType], ["mqtt", "arraybuffer"]);
			socket.close();
			return far.url;
		});
		assert.deepEqual(urls, [
			"ws://broker.example:9001/mqtt",
			"wss://broker.example:9001/",
			"ws://[::1]:9001/mqtt",
			"ws://10.0.0.7:9001/mqtt",
		]);
	});

	it("refuses bad options by name", () => {
		for (const [name, value] of Object.entries({
			host: "evil.example/path?",
			path: "mqtt",
			WebSocket: undefined,
			time: undefined,
			port: 1.5,
			address: "",
		}))
			assert.throws(() => play({ [name]: value }), new RegExp(`WebSocket: ${name}`));
	});

	it("[MQTT-6.0.0-4] ends when the server has chosen another subprotocol", () => {
		const { far, heard } = play();
		far.open("");
		assert.deepEqual(heard, ['error the server chose the subprotocol "" [MQTT-6.0.0-4]']);
		assert.equal(far.closed, 1);
	});

	it("[MQTT-6.0.0-1] a frame of text ends the connection, once what came before it is read", async () => {
		const { far, heard, socket } = play();
		far.open();
		far.frame(buffer(3));
		far.frame("text");
		far.frame(buffer(3));
		far.gone(1005);
		await settle();
		assert.deepEqual(heard, [`writable ${most}`, "readable 3"]);
		socket.read(new Uint8Array(3));
		assert.equal(heard.length, 2, "not from inside read");
		await until(() => heard.length === 3, "ended");
		assert.equal(heard[2], "error a frame came that is not binary [MQTT-6.0.0-1]");
		assert.equal(far.closed, 1);
	});

	it("[MQTT-6.0.0-2] takes any cut into frames, empty ones too", () => {
		const { far, heard, socket } = play();
		far.open();
		for (const length of [1, 0, 70_000, 5]) far.frame(buffer(length));
		assert.deepEqual(heard.slice(1), ["readable 1", "readable 70001", "readable 70006"]);
		const into = tracking(70_006);
		assert.equal(socket.read(into.view), 70_006);
		assert.deepEqual([...into.view], [...pattern(1), ...pattern(70_000), ...pattern(5)]);
		socket.close();
	});

	it("sends what is written in one turn as one frame, a copy of it", async () => {
		const { far, socket } = play();
		far.open();
		const lent = tracking(3);
		lent.view.set([1, 2, 3]);
		assert.equal(socket.write(lent.view), most - 3);
		lent.view.fill(9);
		lent.resize(1);
		assert.equal(socket.write(lent.view), most - 4);
		await Promise.resolve();
		assert.deepEqual(
			far.sent.map((frame) => [...frame]),
			[[1, 2, 3, 9]],
		);
		socket.write(Uint8Array.of(7));
		await Promise.resolve();
		assert.deepEqual([...far.sent[0]], [1, 2, 3, 9], "what was handed over does not change");
		socket.close();
	});

	it("tells of room as the network takes what was sent", async () => {
		const { far, heard, socket } = play();
		far.open();
		socket.write(pattern(most));
		await settle();
		assert.deepEqual(heard, [`writable ${most}`], "nothing was taken");
		far.bufferedAmount = 1_000;
		await until(() => heard.length === 2, "room");
		far.bufferedAmount = 0;
		await until(() => heard.length === 3, "more room");
		await settle();
		assert.deepEqual(heard, [`writable ${most}`, `writable ${most - 1_000}`, `writable ${most}`]);
		socket.close();
	});

	it("gives nothing to a WebSocket that is closing, which a browser would complain of, and ends", async () => {
		const { socket, heard, far } = play();
		far.open();
		far.readyState = 2; // the peer's close frame is there, its event is not
		socket.write(Uint8Array.of(1, 2, 3));
		await settle();
		assert.deepEqual(far.sent, []);
		assert.deepEqual(heard.slice(1), ["error the WebSocket is closing"]);
		socket.close();
		const other = play();
		other.far.open();
		other.socket.write(Uint8Array.of(1));
		other.far.readyState = 2;
		other.socket.close();
		assert.deepEqual(other.far.sent, []);
	});

	it("sends the last words before it closes", () => {
		const { far, socket } = play();
		far.open();
		socket.write(Uint8Array.of(0xe0, 0));
		socket.close();
		socket.close();
		assert.deepEqual([...far.sent[0]], [0xe0, 0]);
		assert.equal(far.closed, 1);
	});

	it("gives the reason of the close, and what the WebSocket said was wrong", () => {
		for (const [message, code, reason, error] of [
			[undefined, 1006, "", "the WebSocket was closed with 1006"],
			[undefined, 1003, "why", "the WebSocket was closed with 1003 why"],
			["refused", 1006, "", "refused"],
		] as const) {
			const { far, heard } = play();
			(far.onerror as (event: { message?: string }) => void)({ message });
			far.gone(code, reason);
			assert.deepEqual(heard, [`error ${error}`]);
		}
	});

	it("ends when more comes than is ever read", async () => {
		const { far, heard, socket } = play();
		far.open();
		const megabyte = buffer(2 ** 20);
		for (let count = 0; count < 20; count++) far.frame(megabyte);
		assert.equal(heard.length - 1, 17);
		assert.equal(far.closed, 1);
		socket.read(new Uint8Array(17 * 2 ** 20));
		await until(() => heard.at(-1)?.startsWith("error 17825792 bytes wait") === true, "ended");
	});

	it("lets out what its constructor throws, and leaves no alarm behind", () => {
		let alarms = 0;
		const counting = {
			now: () => 0,
			alarm: () => {
				alarms += 1;
				return { set() {}, clear() {}, close() {} };
			},
		};
		class Refuses {
			constructor() {
				throw new SyntaxError("mixed content");
			}
		}
		assert.throws(() => play({ WebSocket: Refuses, time: counting }), /mixed content/);
		assert.equal(alarms, 0);
	});
});
