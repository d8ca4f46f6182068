// Runs on XS: the Moddable SDK's own WebSocket client, driven as test/xs/websocket-cost.ts drives ours: same message, same fake socket.
// The SDK's modules are found when the bundle is made; nothing of them is in this repository.

// @ts-expect-error the module is the SDK's, and typed elsewhere
import WebSocketClient from "embedded:network/websocket/client";
import { ascii, FakeStream, frame, into, message } from "../test/xs/fake-stream.js";

class Resolver {
	resolve({ host, onResolved }: { host: string; onResolved(host: string, address: string): void }): void {
		onResolved(host, "127.0.0.1");
	}
	close(): void {}
}

let received = 0;
const socket = new WebSocketClient({
	host: "broker",
	path: "/mqtt",
	protocol: "mqtt",
	socket: { io: FakeStream },
	dns: { io: Resolver },
	onReadable() {
		received += socket.read(into) as number;
	},
	onWritable() {},
	onError() {
		throw new Error("the SDK's WebSocket ended");
	},
});
const stream = FakeStream.last;
stream.onWritable(1_000_000);
// it does not look at what the key should give
stream.deliver(ascii("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"));

Object.assign(globalThis, {
	send(count: number) {
		for (let i = 0; i < count; i++) socket.write(message);
		stream.copies = false;
	},
	receive(count: number) {
		stream.copies = received === 0;
		for (let i = 0; i < count; i++) stream.deliver(frame);
	},
});
