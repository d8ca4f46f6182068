// Runs on XS: what the knob's samples and the lamp's steps cost, from the converter to the PWM, over a fake socket. Defines the global
// functions that `Engine.cost` calls; call each with 100 before, for what is made once.
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Knob } from "../../src/light/dimmer/knob.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import type { RoleOptions } from "../../src/light/role.js";
import { FakeResolver, FakeSocket, fakeTime, publishBytes, ringAll } from "./fake.js";

let now = 1000;
/** The roles' own alarms; the link's are the fake's. */
const rings: (() => void)[] = [];
const time = {
	now: () => now,
	alarm(ring: () => void) {
		rings.push(ring);
		return { set() {}, clear() {}, close() {} };
	},
};
let raw = 2000;
/** A hand, and what nobody can hold still: a cheap sequence that never repeats within a reading. */
let noise = 1;
class FakeKnob {
	resolution = 12;
	read(): number {
		noise = (noise * 75) % 65_537;
		return raw + (noise & 31);
	}
	close(): void {}
}
let duties = 0;
class FakeLed {
	resolution = 14;
	hz = 4882;
	write(): void {
		duties++;
	}
	close(): void {}
}

const kept = { read: () => undefined, write() {} };
const mqtt = { io: class {}, socket: { io: FakeSocket as never }, dns: { io: FakeResolver }, time: fakeTime, firstId: 1 };
const device = {
	name: "xs",
	id: "a1b2c3",
	time,
	random: () => 0.5,
	log() {},
	network: { mqtt, http: { io: class {} as never } },
	knob: { io: FakeKnob },
	led: { io: FakeLed },
	store: kept,
};
// without info, the first alarm of a role is its own
const options: RoleOptions = { device, host: "broker", topic: "home/desk/light", info: false };

/** Online, subscribed, announced. */
function online<T>(make: () => T): { role: T; tick: () => void; socket: FakeSocket } {
	const first = rings.length;
	const role = make();
	const tick = rings[first];
	ringAll();
	const socket = FakeSocket.last;
	socket.onWritable(1_000_000);
	socket.deliver(new Uint8Array([0x20, 2, 0, 0]));
	socket.deliver(new Uint8Array([0x90, 3, 0, 1, 1]));
	socket.deliver(new Uint8Array([0x40, 2, 0, 2]));
	return { role, tick, socket };
}

const knob = new Knob({ resolution: 12 });
const dimmer = online(() => new Dimmer(options));
const lamp = online(() => new Lamp({ ...options, powerOn: "last" }));
const dimmerTwo = online(() => new Dimmer({ ...options, pickup: true }));
const levels = Array.from({ length: 200 }, (_, i) => publishBytes("home/desk/light", String(55 + i)));
const slow = [254, 1].map((level) => publishBytes("home/desk/light", `{"brightness":${level},"transition":60}`));
const said = [
	'{"brightness": 100, "state": "ON", "transition": 0.5, "effect": ["a\\n", null, true, {}]}',
	"OFF",
	"on",
	"FALSE",
	"12abc",
].map((text) => publishBytes("home/desk/light", text));
let next = 0;

/** A tick of 5 ms. Turned, the knob goes from level 110 to 250 and back: levels of three digits, see `turnThroughDigits`. */
function tick(count: number, role: typeof dimmer, turned: number, low = 1900, high = 3950): void {
	for (let i = 0; i < count; i++) {
		now += 5;
		if (turned === 0) raw = 2000;
		else {
			if (raw >= high) direction = -1;
			else if (raw <= low) direction = 1;
			raw += turned * direction;
		}
		role.tick();
	}
}
let direction = 1;

for (const role of [dimmer, dimmerTwo]) tick(200, role, 0);

Object.assign(globalThis, {
	/** One reading, of 16 samples added up. */
	reading(count: number) {
		for (let i = 0; i < count; i++) knob.read(32_000 + (i & 31));
	},
	/** A tick of 5 ms: 8 samples, every second time a reading, the pace. No heartbeat is due. */
	rest(count: number) {
		tick(count, dimmer, 0);
	},
	/** The same while the knob is turned: one tick in eight publishes. */
	turn(count: number) {
		tick(count, dimmer, 10);
	},
	turnWithPickup(count: number) {
		tick(count, dimmerTwo, 10);
	},
	/** The same over the whole range, where a level has one, two or three digits. */
	turnThroughDigits(count: number) {
		tick(count, dimmer, 20, 100, 3950);
	},
	/** A level that comes in, and restarts the fade. */
	level(count: number) {
		for (let i = 0; i < count; i++) {
			next = (next + 7) % levels.length;
			lamp.socket.deliver(levels[next]);
		}
	},
	/** Messages of every other kind: JSON, words, nonsense. */
	words(count: number) {
		for (let i = 0; i < count; i++) lamp.socket.deliver(said[i % said.length]);
	},
	/** A tick of 5 ms of a slow fade, there and back. */
	step(count: number) {
		for (let i = 0; i < count; i++) {
			now += 5;
			if (i % 10_000 === 0) lamp.socket.deliver(slow[(next = (next + 1) % 2)]);
			else lamp.tick();
		}
	},
	/** Throws unless it was work that was measured. */
	check() {
		const { moving } = dimmer.role.counters;
		if (!dimmer.role.up || !lamp.role.up || moving < 100 || dimmerTwo.role.counters.moving < 100)
			throw new Error(`moving ${moving}, with pickup ${dimmerTwo.role.counters.moving}`);
		if (lamp.role.counters.accepted < 900 || lamp.role.counters.ignored > 0 || duties < 10)
			throw new Error(`accepted ${lamp.role.counters.accepted}, duties ${duties}`);
	},
});
