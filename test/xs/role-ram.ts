// Runs on XS, and in Node: the roles over a fake world, to count what they take at start, and what telling about a board costs.
import type { Device } from "../../src/host.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Info } from "../../src/light/info.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { FakeResolver, FakeSocket, fakeTime } from "./fake.js";

class Knob {
	resolution = 12;
	read(): number {
		return 2048;
	}
	close(): void {}
}

class Led {
	resolution = 14;
	hz = 4882;
	write(): void {}
	close(): void {}
}

const health = { board: "esp32c3", rssi: -61, heap: 143_520 };
const device = {
	name: "esp32",
	id: "a1b2c3",
	time: fakeTime,
	random: () => 0.5,
	log() {},
	health: () => health,
	network: { mqtt: { io: class {}, socket: { io: FakeSocket }, dns: { io: FakeResolver }, time: fakeTime } },
	knob: { io: Knob },
	led: { io: Led },
	store: { read() {}, write() {} },
} as unknown as Device;
const options = { device, host: "192.168.1.10", topic: "home/desk/light" };
const kept: unknown[] = new Array(100);
let at = 0;
const link = {
	up: true,
	counters: { connects: 1, published: 123_456, resent: 7, received: 88, oversize: 0, dropped: 3, refused: 0 },
	publish: () => true,
};

/** `count` of each, kept alive. */
export const take = {
	dimmer(count: number) {
		for (let i = 0; i < count; i++) kept[at++] = new Dimmer(options);
	},
	lamp(count: number) {
		for (let i = 0; i < count; i++) kept[at++] = new Lamp(options);
	},
};

let ring = (): void => {};
const time = {
	now: () => 1000,
	alarm(given: () => void) {
		ring = given;
		return { set() {}, clear() {}, close() {} };
	},
};
const minute = { ...device, time };
const info = new Info({ role: "lamp", device: minute, link, topic: "home/desk/light/a1b2c3/info", counters: { accepted: 77, ignored: 1 } });
info.up();

Object.assign(globalThis, take, {
	/** What is told once a minute, `count` times. */
	info(count: number) {
		for (let i = 0; i < count; i++) ring();
	},
});
