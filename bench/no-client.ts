// Runs on XS: what the fake socket and the loops cost by themselves: the reads and writes that any client must do, and no client.
// test/xs/client-cost.ts and sdk-client.ts do the same with a client.
import { FakeSocket, publishBytes } from "../test/xs/fake.js";

const payload = new Uint8Array([0x31, 0x32, 0x37]);
const incoming = [0, 1, 2].map((QoS) => publishBytes("home/desk/light/abcdef1", "127", QoS));
const pubrel = new Uint8Array([0x62, 2, 0, 10]);
const ack = new Uint8Array([0x40, 2, 0, 0]);
const views = new Map<number, Uint8Array>();
for (const { length } of [...incoming, ack]) views.set(length, new Uint8Array(length));
const whole = views.get(incoming[0].length);
const withId = views.get(incoming[1].length);
const short = views.get(ack.length);

const socket = new FakeSocket({
	onReadable(count) {
		socket.read(count === 4 ? short : count === 30 ? whole : withId);
	},
	onWritable() {},
});

function acknowledge(first: number): void {
	ack[0] = first;
	socket.deliver(ack, true);
}

Object.assign(globalThis, {
	publish0(count: number) {
		for (let i = 0; i < count; i++) socket.write(payload);
	},
	publish1(count: number) {
		for (let i = 0; i < count; i++) {
			socket.write(payload);
			acknowledge(0x40);
		}
	},
	publish2(count: number) {
		for (let i = 0; i < count; i++) {
			socket.write(payload);
			acknowledge(0x50);
			socket.write(payload);
			acknowledge(0x70);
		}
	},
	receive0(count: number) {
		for (let i = 0; i < count; i++) socket.deliver(incoming[0]);
	},
	receive1(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(incoming[1]);
			socket.write(payload);
		}
	},
	receive2(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(incoming[2]);
			socket.write(payload);
			socket.deliver(pubrel);
			socket.write(payload);
		}
	},
	release(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(pubrel, true);
			socket.write(payload);
		}
	},
});
