// The SDK's modules as far as the ESP32 host needs them in Node: fakes that write down what is asked of them.
import assert from "node:assert/strict";
import { fakeModules, fromGlobals } from "../fake-modules.js";
import "./strings.js";

const names = [
	"mc/config",
	"net",
	"time",
	"timer",
	"wifi",
	"mc/ffi",
	"embedded:network/interface/wifi",
	"embedded:io/analog",
	"embedded:io/digital",
	"embedded:io/pwm",
	"embedded:io/socket/listener",
	"embedded:io/socket/tcp",
	"embedded:io/socket/udp",
	"embedded:network/http/client",
	"embedded:storage/key-value",
];
fakeModules(fromGlobals(...names));
const world = globalThis as unknown as Record<string, unknown>;

/** What `mc/config` holds; fill it anew for each test. */
export const given: Record<string, unknown> = {};
world["mc/config"] = given;

/** What the board did, in order. */
export const events: string[] = [];
world.trace = (...words: string[]) => events.push(`log ${words.join("").trimEnd()}`);

interface Timer {
	at: number;
	repeat: number;
	ring(): void;
}
/** Milliseconds since power-up, as many as there are; what a board counts are the last 32 bits of them. */
let passed = 0;
let timers: Timer[] = [];

export function pass(milliseconds: number): void {
	const until = passed + milliseconds;
	for (;;) {
		const next = timers.reduce<Timer | undefined>((first, timer) => (first && first.at <= timer.at ? first : timer), undefined);
		if (next === undefined || next.at > until) break;
		passed = next.at;
		if (next.repeat === 0) timers.splice(timers.indexOf(next), 1);
		next.at += next.repeat;
		next.ring();
	}
	passed = until;
}
/** As a wall clock is, or was. */
export function setBack(milliseconds: number): void {
	passed -= milliseconds;
}
/** Power off: nothing rings any more. */
export function reset(): void {
	timers = [];
	PWM.open.clear();
	events.length = 0;
}
world.time = {
	get ticks() {
		return passed | 0;
	},
	delta: (start: number, end: number) => (end - start) | 0,
};
function makeTimer(ring: () => void, delay: number, repeat = 0): Timer {
	// modTimersExecute compares in 32 bits with a sign: a timer that is set farther ahead rings at once
	assert.ok(delay < 2 ** 31 && repeat < 2 ** 31);
	const timer = { at: passed + delay, repeat, ring };
	timers.push(timer);
	return timer;
}
world.timer = {
	set: makeTimer,
	repeat: (ring: () => void, interval: number) => makeTimer(ring, interval, interval),
	schedule(timer: Timer, delay = Infinity, repeat = 0) {
		timer.at = passed + delay;
		timer.repeat = repeat;
	},
	clear(timer: Timer) {
		timers = timers.filter((other) => other !== timer);
	},
};
world["mc/ffi"] = class {
	esp_get_free_heap_size(): number {
		return 143_520;
	}
	/** `ESP_MAC_WIFI_STA` is 0. */
	esp_read_mac(mac: ArrayBuffer, type: number): number {
		if (type !== 0) return 0x102;
		new Uint8Array(mac).set([0x24, 0x6f, 0x28, 0xa1, 0xb2, 0xc3]);
		return 0;
	}
	esp_wifi_set_ps(type: number): number {
		events.push(`esp_wifi_set_ps ${type}`);
		return 0;
	}
};

/** As wifi-esp32.c: what it tells, and what it does not. */
export class Radio {
	static last: Radio;
	static fails = false;
	connection = 200;
	/** As the SDK's: none before DHCP has given one. */
	address: string | undefined;
	RSSI: number | undefined = -61;
	readonly MAC = "24:6f:28:A1:B2:C3";
	readonly calls: string[] = [];
	readonly #onChanged: () => void;
	constructor({ onChanged }: { onChanged(): void }) {
		if (Radio.fails) throw new Error("no radio");
		this.#onChanged = onChanged;
		Radio.last = this;
		events.push("radio");
	}
	connect({ SSID, password }: { SSID: string; password?: string }): void {
		if (this.connection > 200) throw new Error("already connecting");
		this.connection = 300;
		this.calls.push(`connect ${SSID} ${password}`);
	}
	/** As the SDK's: it tells nobody, for it changes `connection` itself before the event comes. */
	disconnect(): void {
		this.connection = 200;
		this.address = undefined;
		this.calls.push("disconnect");
	}
	scanning: { onFound(ap: { SSID: string; RSSI: number }): void; onComplete(): void } | undefined;
	scan(options: NonNullable<Radio["scanning"]>): void {
		this.calls.push("scan");
		this.scanning = options;
	}
	scanned(...found: [SSID: string, RSSI: number][]): void {
		for (const [SSID, RSSI] of found) this.scanning?.onFound({ SSID, RSSI });
		this.scanning?.onComplete();
	}
	becomes(connection: number, address = connection >= 500 ? "192.168.1.77" : undefined): void {
		this.connection = connection;
		this.address = address;
		this.#onChanged();
	}
}
world["embedded:network/interface/wifi"] = Radio;

/** Names that were asked for. */
export const asked: [string, (name: string, address?: string) => void][] = [];
export const net = { resolve: (...request: (typeof asked)[0]) => asked.push(request) };
world.net = net;

/** The SDK's PWM. `taken`: a pin that something else has. */
export class PWM {
	static taken = -1;
	/** As the SDK's, which keeps account of every pin. */
	static readonly open = new Set<number>();
	readonly #pin: number;
	readonly resolution: number;
	readonly hz: number;
	constructor({ pin, hz, resolution }: { pin: number; hz: number; resolution: number }) {
		if (pin === PWM.taken || PWM.open.has(pin)) throw new Error("in use");
		PWM.open.add(pin);
		this.#pin = pin;
		this.resolution = resolution;
		this.hz = hz;
		events.push(`pwm open ${pin}`);
	}
	write(duty: number): void {
		events.push(`pwm ${this.#pin}=${duty}`);
	}
	close(): void {
		PWM.open.delete(this.#pin);
		events.push(`pwm close ${this.#pin}`);
	}
}
world["embedded:io/pwm"] = PWM;

world["embedded:io/analog"] = class {
	resolution = 12;
	constructor({ pin, esp32 }: { pin: number; esp32: { calibrated: boolean } }) {
		if (given.broken) throw new Error("analog is broken");
		events.push(`analog ${pin} calibrated=${esp32.calibrated}`);
	}
	read(): number {
		return 2048;
	}
	close(): void {}
};
world["embedded:io/digital"] = class {
	static Output = 8;
	readonly #pin: number;
	constructor({ pin }: { pin: number }) {
		if (PWM.open.has(pin)) throw new Error("in use");
		this.#pin = pin;
	}
	write(value: number): void {
		events.push(`diode ${this.#pin}=${value}`);
	}
	/** A button that nobody presses. */
	read(): number {
		return 1;
	}
	close(): void {}
};
/** Never connects. */
world["embedded:io/socket/tcp"] = class {
	write(): void {}
	close(): void {}
};

/** What the flash keeps; each use of it is an event. */
export const flash = new Map<string, unknown>();
world["embedded:storage/key-value"] = {
	open: () => ({
		format: "",
		read(key: string) {
			events.push(`flash read ${key}`);
			const value = flash.get(key);
			if (value !== undefined && (typeof value === "string") !== (this.format === "string")) throw new TypeError("mismatch");
			return value;
		},
		write(key: string, value: unknown) {
			events.push(`flash write ${key}`);
			flash.set(key, value);
		},
		delete: (key: string) => flash.delete(key),
		close() {},
	}),
};

/** The setup page's radio, which looks round first. */
world.wifi = { Mode: { station: 1 }, mode: 0, scan: () => events.push("wifi scan"), accessPoint: () => events.push("access point") };
world["embedded:network/http/client"] = class {};
world["embedded:io/socket/listener"] = class {};

/** The SDK's UDP on lwIP: what was sent, and what is to be read. */
export class UDP {
	/** Open ones, in the order of their opening. */
	static readonly open: UDP[] = [];
	/** Packets that went out, of all of them. */
	static readonly sent: { bytes: Uint8Array; address: string; port: number }[] = [];
	/** No memory, or no network. */
	static fails = false;
	readonly port: number | undefined;
	readonly groups: string[] = [];
	readonly #onReadable: (packets: number) => void;
	#packets: ArrayBuffer[] = [];
	constructor({ port, onReadable }: { port?: number; onReadable(packets: number): void }) {
		if (UDP.fails) throw new Error("no network");
		this.port = port;
		this.#onReadable = onReadable;
		UDP.open.push(this);
	}
	add(group: string): void {
		this.groups.push(group);
	}
	read(): ArrayBuffer | undefined {
		assert.ok(UDP.open.includes(this), "read after close");
		return this.#packets.shift();
	}
	write(bytes: Uint8Array, address: string, port: number): void {
		assert.ok(UDP.open.includes(this), "write after close");
		if (UDP.fails) throw new Error("UDP send failed");
		UDP.sent.push({ bytes: bytes.slice(), address, port });
	}
	close(): void {
		assert.ok(UDP.open.includes(this), "closed twice");
		UDP.open.splice(UDP.open.indexOf(this), 1);
	}
	/** From somebody in the network. */
	receive(bytes: Uint8Array, address = "192.168.1.10", port = 5353): void {
		this.#packets.push(Object.assign(bytes.slice().buffer, { address, port }));
		this.#onReadable(1);
	}
}
world["embedded:io/socket/udp"] = UDP;

// Not by a constant: the root's tsconfig knows no XS.
export const load = (name: string) => import(`../../hosts/board/${name}.js`);
