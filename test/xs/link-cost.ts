// Runs on XS: what messages through the link cost, over a fake socket. Defines the global functions that `Engine.cost` calls.
import { Link } from "../../src/mqtt/link.js";
import { FakeResolver, FakeSocket, fakeTime, publishBytes, ringAll } from "./fake.js";

const payload = new Uint8Array([0x31, 0x32, 0x37]);
let heard = 0;

const link = new Link({
	socket: { io: FakeSocket as never },
	dns: { io: FakeResolver },
	time: fakeTime,
	host: "broker",
	id: "cost",
	random: () => 0.5,
});
link.subscribe("home/desk/light/#", 1, ({ bytes }) => {
	heard += bytes[0] === 0x31 ? 1 : 0;
});
ringAll();
FakeSocket.last.onWritable(1_000_000);
FakeSocket.last.deliver(new Uint8Array([0x20, 2, 0, 0]));
FakeSocket.last.deliver(new Uint8Array([0x90, 3, 0, 1, 1]));

const one = publishBytes("home/desk/light/abcdef1", "127");
const other = publishBytes("home/desk/light/abcdef2", "128");
const acknowledged = publishBytes("home/desk/light/abcdef1", "127", 1);
const ack = new Uint8Array([0x40, 2, 0, 0]);
let id = 1;

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
	publishQoS1(count: number) {
		for (let i = 0; i < count; i++) {
			link.publish("home/desk/light/abcdef1", payload, 1, true);
			id = (id % 65_535) + 1;
			ack[2] = id >> 8;
			ack[3] = id;
			FakeSocket.last.deliver(ack, true);
		}
	},
	/** Throws unless everything went through. */
	check() {
		if (!link.up || link.counters.dropped !== 0 || heard !== link.counters.received) throw new Error(`heard ${heard}, up ${link.up}`);
	},
});
