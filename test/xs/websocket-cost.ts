// Runs on XS: what a message costs in our WebSocket, over a socket that costs nothing. Defines the global functions that `Engine.cost` calls.
import { base64 } from "../../src/mqtt/websocket/base64.js";
import { sha1 } from "../../src/mqtt/websocket/sha1.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";
import { fakeTime } from "./fake.js";
import { ascii, FakeStream, frame, into, message } from "./fake-stream.js";

let received = 0;
let sent = 0;
const socket = new FramedSocket({
	socket: { io: FakeStream as never },
	time: fakeTime,
	random: () => 0.6,
	host: "broker",
	address: "127.0.0.1",
	port: 80,
	path: "/mqtt",
	secure: false,
	onReadable() {
		received += socket.read(into) as number;
	},
	onWritable() {},
	onError(error: unknown) {
		throw error;
	},
} as never);
const stream = FakeStream.last;
stream.onWritable(1_000_000);
const [, key = ""] = /Sec-WebSocket-Key: (\S+)/.exec(stream.written) ?? [];
const accept = base64(sha1(ascii(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)));
const answer = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`;
stream.deliver(ascii(answer));

Object.assign(globalThis, {
	send(count: number) {
		for (let i = 0; i < count; i++) {
			socket.write(message);
			sent++;
		}
		stream.copies = false;
	},
	receive(count: number) {
		stream.copies = received === 0;
		for (let i = 0; i < count; i++) stream.deliver(frame);
	},
	/** Throws unless so many frames were received, whole, and as many sent. */
	check(frames: number): void {
		if (received !== frames * message.length) throw new Error(`${received} bytes of ${frames} frames`);
		if (sent !== frames) throw new Error(`${sent} frames were sent`);
	},
});
