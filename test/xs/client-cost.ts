// Runs on XS: what one publish and one receive of our client cost. Defines the global functions that `Engine.cost` calls.
import { topic_max_bytes } from "../../src/limits.js";
import { Client } from "../../src/mqtt/client/client.js";
import { FakeResolver, FakeSocket, fakeTime, publishBytes, ringAll } from "./fake.js";

const topic = "home/desk/light/abcdef1"; // 23 bytes
const payload = new Uint8Array([0x31, 0x32, 0x37]);
const shorter = payload.slice(0, 2);
const into = new Uint8Array(16);
let received = 0;

// the benchmark defines `general` before it evaluates this script: then every packet goes the general way
const client = new Client(
	{
		host: "broker",
		id: "cost",
		socket: { io: FakeSocket as never },
		dns: { io: FakeResolver },
		time: fakeTime,
		onReadable() {
			received += this.read(into) as number;
		},
		onControl() {},
	},
	{ fast: !("general" in globalThis) },
);
ringAll();
const socket = FakeSocket.last;
socket.onWritable(1_000_000);
socket.deliver(new Uint8Array([0x20, 2, 0, 0]));

const options = [0, 1, 2].map((QoS) => Object.freeze({ topic, QoS: QoS as 0 | 1 | 2 }));
const longest = Object.freeze({ topic: "x".repeat(topic_max_bytes), QoS: 0 as const });
const other = Object.freeze({ topic: "home/desk/light/abcdef2", QoS: 0 as const });
const plain = [0, 1, 2].map((QoS) => ({ topic, QoS: QoS as 0 | 1 | 2 }));
const incoming = [0, 1, 2].map((QoS) => publishBytes(topic, "127", QoS));
const pubrel = new Uint8Array([0x62, 2, 0, 10]);
const ack = new Uint8Array([0x40, 2, 0, 0]);
let id = 0;

function acknowledge(first: number): void {
	ack[0] = first;
	ack[2] = id >> 8;
	ack[3] = id;
	socket.deliver(ack, true);
}

Object.assign(globalThis, {
	publish0(count: number) {
		for (let i = 0; i < count; i++) client.write(payload, options[0]);
	},
	/** 99, 100, 99, …: the level gains a digit and loses it. */
	publishInTurn(count: number) {
		for (let i = 0; i < count; i++) client.write(i & 1 ? payload : shorter, options[0]);
	},
	/** On two topics in turn, one of them of `limits.topic` bytes, or none. */
	publishLongest(count: number) {
		for (let i = 0; i < count; i++) client.write(payload, i & 1 ? longest : options[0]);
	},
	publishTwo(count: number) {
		for (let i = 0; i < count; i++) client.write(payload, i & 1 ? other : options[0]);
	},
	/** Options as users write them: an object a message, which the caller makes. */
	publish0plain(count: number) {
		for (let i = 0; i < count; i++) client.write(payload, plain[0]);
	},
	publish1plain(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, plain[1]);
			id++;
			acknowledge(0x40);
		}
	},
	publish2plain(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, plain[2]);
			id++;
			acknowledge(0x50);
			acknowledge(0x70);
		}
	},
	publish1(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, options[1]);
			id++;
			acknowledge(0x40);
		}
	},
	publish2(count: number) {
		for (let i = 0; i < count; i++) {
			client.write(payload, options[2]);
			id++;
			acknowledge(0x50);
			acknowledge(0x70);
		}
	},
	receive0(count: number) {
		for (let i = 0; i < count; i++) socket.deliver(incoming[0]);
	},
	receive1(count: number) {
		for (let i = 0; i < count; i++) socket.deliver(incoming[1]);
	},
	receive2(count: number) {
		for (let i = 0; i < count; i++) {
			socket.deliver(incoming[2]);
			socket.deliver(pubrel);
		}
	},
	/** The second half of `receive2`, as far as it costs the same: of a message that is not remembered. */
	release(count: number) {
		for (let i = 0; i < count; i++) socket.deliver(pubrel, true);
	},
	/** Throws unless everything sent was acknowledged, and `count` messages of 3 bytes were received since the last call. */
	check(count: number) {
		const seen = received / 3;
		received = 0;
		if (seen !== count || client.session.inflight !== 0 || client.session.ignored !== 0)
			throw new Error(`received ${seen}, in flight ${client.session.inflight}, ignored ${client.session.ignored}`);
	},
});
