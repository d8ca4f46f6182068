// A world for the roles: a clock that a test winds, a link that a test plays the broker of, a knob and an LED that it holds.
import type { Alarm, Device, Time } from "../../src/host.js";
import type { LinkOptions, Message, QoS } from "../../src/mqtt/link/link.js";

/** Seeded xorshift32, 0 ≤ value < 1: a failure replays from its seed, and a day of noise takes seconds. */
export function makeRandom(seed: number): () => number {
	let s = (seed * 2654435761) | 1;
	return () => {
		s ^= s << 13;
		s ^= s >>> 17;
		s ^= s << 5;
		return (s >>> 0) / 4294967296;
	};
}

class Timer {
	at = Infinity;
	ring: () => void;
	constructor(ring: () => void) {
		this.ring = ring;
	}
}

export class Clock implements Time {
	#now = 1000;
	#timers: Timer[] = [];
	now(): number {
		return this.#now;
	}
	alarm(ring: () => void): Alarm {
		const timer = new Timer(ring);
		this.#timers.push(timer);
		return {
			set: (ms: number) => {
				if (!(ms >= 0)) throw new Error(`alarm set to ${ms}`);
				if (!this.#timers.includes(timer)) throw new Error("alarm set after close");
				timer.at = this.#now + ms;
			},
			clear: () => {
				timer.at = Infinity;
			},
			close: () => {
				this.#timers = this.#timers.filter((other) => other !== timer);
			},
		};
	}
	/** Alarms that are set. */
	get waiting(): number {
		return this.#timers.filter((timer) => timer.at < Infinity).length;
	}
	run(ms: number): void {
		const until = this.#now + ms;
		for (;;) {
			let first: Timer | undefined;
			for (const timer of this.#timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
			if (!first) break;
			this.#now = first.at;
			first.at = Infinity;
			first.ring();
		}
		this.#now = until;
	}
}

export interface Publication {
	at: number;
	topic: string;
	text: string;
	qos: number;
	retain: boolean;
}

export class FakeLink {
	static last: FakeLink;
	up = false;
	closed = false;
	/** What `publish` answers. */
	takes = true;
	readonly counters = { connects: 0, published: 0, resent: 0, received: 0, dropped: 0, refused: 0, oversize: 0 };
	readonly options: LinkOptions;
	readonly published: Publication[] = [];
	/** Not acknowledged yet. */
	kept = 0;
	/** Signs of life asked for: how long to wait, and whom to tell. */
	readonly proofs: { patience: number; proved: () => void }[] = [];
	filter = "";
	qos: QoS = 0;
	#onMessage: (message: Message) => void = () => {};

	constructor(options: LinkOptions) {
		this.options = options;
		FakeLink.last = this;
	}
	subscribe(filter: string, qos: QoS, onMessage: (message: Message) => void): void {
		this.filter = filter;
		this.qos = qos;
		this.#onMessage = onMessage;
	}
	unsubscribe(): void {}
	prove(patience: number, proved: () => void): void {
		this.proofs.push({ patience, proved });
	}
	publish(topic: string, payload: Uint8Array, qos: QoS = 0, retain = false): boolean {
		if (this.closed) throw new Error("published after close");
		if (!this.takes) return false;
		this.counters.published++;
		this.published.push({ at: this.options.time.now(), topic, text: String.fromCharCode(...payload), qos, retain });
		return true;
	}
	close(done?: () => void): void {
		if (this.closed) return;
		this.up = false;
		this.closed = true;
		done?.();
	}

	rise(): void {
		this.up = true;
		this.options.onUp?.(false);
	}
	fall(reason = "connection lost"): void {
		this.up = false;
		this.options.onDown?.(reason, 1000);
	}
	/** Delivers one message, in fragments of `size` bytes. */
	deliver(payload: string | Uint8Array, { retain = false, size = Infinity }: { retain?: boolean; size?: number } = {}): void {
		const whole = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
		const lent = new Uint8Array(1024).fill(0x39); // digits behind the end: a reader that overruns the length is caught
		let offset = 0;
		do {
			const part = whole.subarray(offset, Math.min(whole.length, offset + Math.min(size, 1024)));
			lent.set(part);
			lent.fill(0x39, part.length);
			const more = offset + part.length < whole.length;
			const common = { topic: this.filter, QoS: 0 as const, retain, duplicate: false, id: 0, byteLength: whole.length };
			this.#onMessage({ ...common, bytes: lent, length: part.length, offset, more });
			offset += part.length;
		} while (offset < whole.length);
	}
}

export interface World {
	clock: Clock;
	device: Device;
	log: string[];
	/** What the knob's next sample is; a test replaces it. */
	hand: { sample: () => number | undefined };
	/** What the device keeps, and how often it was written. */
	kept: { values: Map<string, number | string>; writes: number; fails: boolean };
	/** Every duty written, and when. */
	writes: { at: number; duty: number }[];
	closed: { knob: number; led: number };
}

/** `clock` stands at 1,000; the knob at 0. Bits: of the converter, and of the PWM. */
export function makeWorld({ knobBits = 12, ledBits = 14 } = {}): World {
	const clock = new Clock();
	const log: string[] = [];
	const hand: World["hand"] = { sample: () => 0 };
	const writes: World["writes"] = [];
	const closed = { knob: 0, led: 0 };
	const knob = class {
		resolution = knobBits;
		read(): number | undefined {
			return hand.sample();
		}
		close(): void {
			closed.knob++;
		}
	};
	const led = class {
		resolution = ledBits;
		hz = 4882;
		write(duty: number): void {
			if (!Number.isInteger(duty) || duty < 0 || duty > 2 ** ledBits - 1) throw new Error(`duty ${duty}`);
			writes.push({ at: clock.now(), duty });
		}
		close(): void {
			closed.led++;
		}
	};
	const kept: World["kept"] = { values: new Map(), writes: 0, fails: false };
	const store = {
		read: (key: string) => kept.values.get(key),
		write(key: string, value: number | string): void {
			if (kept.fails) throw new Error("store: full");
			kept.writes++;
			kept.values.set(key, value);
		},
	};
	const unused = { io: class {} };
	const device = {
		name: "test",
		id: "a1b2c3",
		time: clock,
		random: () => 0.5,
		log: (line: string) => log.push(line),
		network: { mqtt: { io: class {}, socket: unused, dns: unused, time: clock } },
		knob: { io: knob },
		led: { io: led },
		store,
	} as unknown as Device;
	return { clock, device, log, hand, kept, writes, closed };
}

/** The options that every role test starts from. */
export function makeOptions(world: World) {
	return { device: world.device, host: "broker", topic: "home/desk/light", link: FakeLink, info: false };
}
