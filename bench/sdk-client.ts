// Runs on XS: the Moddable SDK's own client, driven as test/xs/client-cost.ts drives ours: same topic, same payload, same fake socket.
// The SDK's modules are found when the bundle is made; nothing of them is in this repository.

// @ts-expect-error the module is the SDK's, and typed elsewhere
import MQTTClient from "embedded:network/mqtt/client";
import { FakeSocket, publishBytes } from "../test/xs/fake.js";

const topic = "home/desk/light/abcdef1"; // 23 bytes
const payload = new Uint8Array([0x31, 0x32, 0x37]);
const into = new Uint8Array(3);
let resolve: (host: string, address: string) => void = () => {};

class Resolver {
	resolve(options: { onResolved: typeof resolve }): void {
		resolve = options.onResolved;
	}
	close(): void {}
}

const client = new MQTTClient({
	host: "broker",
	id: "cost",
	socket: { io: FakeSocket },
	dns: { io: Resolver },
	onReadable(this: { read(into: Uint8Array): unknown }) {
		this.read(into);
	},
	onControl() {},
});
resolve("broker", "127.0.0.1");
const socket = FakeSocket.last;
socket.onWritable(1_000_000);
socket.deliver(new Uint8Array([0x20, 2, 0, 0]));

const options = [0, 1, 2].map((QoS) => Object.freeze({ topic, QoS }));
const incoming = [0, 1, 2].map((QoS) => publishBytes(topic, "127", QoS));
const ack = new Uint8Array([0x40, 2, 0, 1]);
const pubrel = new Uint8Array([0x62, 2, 0, 10]);

/** Its acknowledgements go out from a timer: what that timer would do. */
function drain(): void {
	socket.onWritable(1_000_000);
}

function acknowledge(first: number): void {
	ack[0] = first;
	socket.deliver(ack, true);
}

Object.assign(globalThis, {
	publish0(count: number) {
		for (let i = 0; i < count; i++) client.write(payload, options[0]);
	},
	publish1(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, options[1]);
			acknowledge(0x40);
		}
	},
	publish2(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, options[2]);
			acknowledge(0x50);
			drain();
			acknowledge(0x70);
		}
	},
	receive0(count: number) {
		for (let i = 0; i < count; i++) socket.deliver(incoming[0]);
	},
	receive1(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(incoming[1]);
			drain();
		}
	},
	receive2(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(incoming[2]);
			drain();
			socket.deliver(pubrel);
			drain();
		}
	},
});
