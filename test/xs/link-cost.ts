// Runs on XS: what messages through the link cost, over a fake socket. Defines the global functions that `Engine.cost` calls.
import { Link } from "../../src/mqtt/link/link.js";
import { FakeResolver, FakeSocket, fakeTime, publishBytes, ringAll } from "./fake.js";

const payload = new Uint8Array([0x31, 0x32, 0x37]);
let heard = 0;
let turn = 0;

const link = new Link({
	socket: { io: FakeSocket as never },
	dns: { io: FakeResolver },
	time: fakeTime,
	host: "broker",
	id: "cost",
	random: () => 0.5,
	firstId: 1,
});
link.subscribe("home/desk/light/#", 2, ({ bytes }) => {
	heard += bytes[0] === 0x31 ? 1 : 0;
});
let id = 0;

function connect(): void {
	ringAll();
	FakeSocket.last.onWritable(1_000_000);
	FakeSocket.last.deliver(new Uint8Array([0x20, 2, 0, 0]));
	next();
	FakeSocket.last.deliver(new Uint8Array([0x90, 3, id >> 8, id, 2]), true);
}

/** The packet id that the client takes next. */
function next(): void {
	id = (id % 65_535) + 1;
}
connect();

const one = publishBytes("home/desk/light/abcdef1", "127");
const other = publishBytes("home/desk/light/abcdef2", "128");
const acknowledged = publishBytes("home/desk/light/abcdef1", "127", 1);
const exactlyOnce = publishBytes("home/desk/light/abcdef1", "127", 2);
const pubrel = new Uint8Array([0x62, 2, 0, 10]);
const ack = new Uint8Array([0x40, 2, 0, 0]);

function acknowledge(first: number): void {
	ack[0] = first;
	ack[2] = id >> 8;
	ack[3] = id;
	FakeSocket.last.deliver(ack, true);
}

Object.assign(globalThis, {
	receiveOne(count: number) {
		for (let i = 0; i < count; i++) FakeSocket.last.deliver(one);
	},
	receiveInTurn(count: number) {
		for (let i = 0; i < count; i++) FakeSocket.last.deliver(i & 1 ? other : one);
	},
	receiveQoS1(count: number) {
		for (let i = 0; i < count; i++) FakeSocket.last.deliver(acknowledged);
	},
	publishQoS0(count: number) {
		for (let i = 0; i < count; i++) link.publish("home/desk/light/abcdef1", payload, 0, true);
	},
	publishInTurn(count: number) {
		for (let i = 0; i < count; i++) link.publish(turn++ & 1 ? "home/desk/light/abcdef1" : "home/desk/light/abcdef2", payload, 0, true);
	},
	publishQoS1(count: number) {
		for (let i = 0; i < count; i++) {
			link.publish("home/desk/light/abcdef1", payload, 1, true);
			next();
			acknowledge(0x40);
		}
	},
	receiveQoS2(count: number) {
		for (let i = 0; i < count; i++) {
			FakeSocket.last.deliver(exactlyOnce);
			FakeSocket.last.deliver(pubrel);
		}
	},
	publishQoS2(count: number) {
		for (let i = 0; i < count; i++) {
			link.publish("home/desk/light/abcdef1", payload, 2, true);
			next();
			acknowledge(0x50);
			acknowledge(0x70);
		}
	},
	/** The connection is lost, and made again. */
	reconnect() {
		FakeSocket.last.onError?.();
		ringAll(); // the back-off
		connect();
	},
	/** Throws unless everything went through. */
	check() {
		if (!link.up || link.counters.dropped !== 0 || heard !== link.counters.received) throw new Error(`heard ${heard}, up ${link.up}`);
	},
});
