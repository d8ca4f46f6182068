// Knob to light in virtual time: a hand that turns, a noisy converter, both roles, and a network of 20 ms between them. Measures, for every
// level that the hand passes, when the knob, the wire and the light came to it. Shared by budget.test.ts and bench/latency.ts.

import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { makeCurve } from "../../src/light/lamp/curve.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import type { LinkOptions, Message, QoS } from "../../src/mqtt/link/link.js";
import { type Clock, makeRandom, makeWorld } from "./world.js";

/**
 * "There" is within 2 levels: the knob's hysteresis, and 0.8 L*, which is less than the eye can tell (see smooth.test.ts).
 */
export const tolerance = 2;

export interface Stages {
	/** Milliseconds from the hand at a level to the dimmer's level there: converter, median, average, hysteresis. */
	knob: number;
	/** From there to the publish: the pace of 25 a second. */
	publish: number;
	/** From there to the lamp. */
	network: number;
	/** From there to the duty: the fade. */
	fade: number;
	/** All of it. */
	total: number;
}

/** What stood somewhere since when, in order. */
export type Trace = { at: number; level: number }[];

/** A level that the hand passes. */
export interface Crossing {
	at: number;
	level: number;
	up: boolean;
}

/** A hand that turns between random places, in 0.15 to 2 s, smooth as hands are (minimum jerk, Flash and Hogan 1985). */
export class Hand {
	readonly crossings: Crossing[] = [];
	readonly #random: () => number;
	#from = 127;
	#to = 127;
	#start = 0;
	#span = 0;
	#next = 0;

	constructor(random: () => number) {
		this.#random = random;
	}

	/** Where it stands at `now`, 0 to 254. */
	place(now: number): number {
		const share = this.#span > 0 ? Math.min(1, (now - this.#start) / this.#span) : 1;
		return this.#from + (this.#to - this.#from) * share ** 3 * (10 - 15 * share + 6 * share * share);
	}

	/** Begins a turn at `now`. */
	turn(now: number): void {
		this.#from = this.#to;
		while (Math.abs(this.#to - this.#from) < 4) this.#to = Math.floor(this.#random() * 255);
		this.#start = now;
		this.#span = 150 + 1850 * this.#random() ** 2;
		this.#next = this.#from + (this.#up ? 1 + tolerance : -1 - tolerance);
	}

	get #up(): boolean {
		return this.#to > this.#from;
	}

	/** Notes what it has passed by `now`. False when the turn is over. */
	look(now: number): boolean {
		const up = this.#up;
		const place = this.place(now);
		for (; up ? this.#next <= place : this.#next >= place; this.#next += up ? 1 : -1)
			this.crossings.push({ at: now, level: this.#next, up });
		return now < this.#start + this.#span;
	}
}

/** The level that each duty shows, of the greatest that it reaches. */
export function levelsOf(writes: readonly { at: number; duty: number }[]): Trace {
	const curve = makeCurve(14);
	return writes.map(({ at, duty }) => {
		let level = 0;
		while (level < 254 && curve[level + 1] <= duty) level++;
		return { at, level };
	});
}

/** Both ends of a broker whose two hops take `network` milliseconds together. */
function makeWire(clock: Clock, network: number) {
	const heard: ((level: string) => void)[] = [];
	const published: Trace = [];
	const delivered: Trace = [];
	const after = (milliseconds: number, then: () => void) => {
		const alarm = clock.alarm(() => {
			alarm.close();
			then();
		});
		alarm.set(milliseconds);
	};
	class WireLink {
		up = true;
		readonly counters = { connects: 1, published: 0, resent: 0, received: 0, dropped: 0, refused: 0, oversize: 0 };
		constructor(options: LinkOptions) {
			after(0, () => options.onUp?.(false));
		}
		subscribe(topic: string, _QoS: QoS, onMessage: (message: Message) => void): void {
			const bytes = new Uint8Array(16);
			heard.push((text) => {
				for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
				const { length } = text;
				onMessage({ topic, QoS: 0, retain: false, duplicate: false, id: 0, byteLength: length, bytes, length, offset: 0, more: false });
			});
		}
		kept = 0;
		unsubscribe(): void {}
		prove(): void {}
		publish(_topic: string, payload: Uint8Array): boolean {
			const text = String.fromCharCode(...payload);
			published.push({ at: clock.now(), level: Number(text) });
			after(network, () => {
				delivered.push({ at: clock.now(), level: Number(text) });
				for (const hear of heard) hear(text);
			});
			return true;
		}
		close(done?: () => void): void {
			done?.();
		}
	}
	return { WireLink, published, delivered };
}

/** When, from the crossing on, a trace is first there or past it. */
export function reached(trace: Trace, { at: from, level, up }: Crossing): number {
	let low = 0;
	let high = trace.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (trace[middle].at <= from) low = middle + 1;
		else high = middle;
	}
	const there = ({ level: now }: Trace[0]) => (up ? now >= level - tolerance : now <= level + tolerance);
	if (low > 0 && there(trace[low - 1])) return from;
	for (let i = low; i < trace.length; i++) if (there(trace[i])) return trace[i].at;
	return Infinity;
}

/** `count` turns of a hand; `hum`, in parts of the range, is added to what the knob says at a time. */
export function turns(seed: number, count: number, network = 20, hum: (now: number) => number = () => 0): Stages[] {
	const random = makeRandom(seed);
	const world = makeWorld();
	const { clock } = world;
	const { WireLink, published, delivered } = makeWire(clock, network);
	const hand = new Hand(random);
	world.hand.sample = () => {
		const value = 0.015 + (0.97 * hand.place(clock.now())) / 254 + (random() + random() - 1) * 0.015 + hum(clock.now());
		return Math.round(4095 * Math.min(1, Math.max(0, value)));
	};
	const knob: Trace = [];
	const options = { device: world.device, host: "broker", topic: "light", link: WireLink };
	const dimmer: Dimmer = new Dimmer({ ...options, onChange: () => knob.push({ at: clock.now(), level: dimmer.level }) });
	new Lamp(options);
	clock.run(3000 + 10 * random());
	for (let turn = 0; turn < count; turn++) {
		hand.turn(clock.now());
		while (hand.look(clock.now())) clock.run(1);
		// Nothing is in step with the dimmer's ticks.
		clock.run(1000 + 1000 * random());
	}
	const light = levelsOf(world.writes);
	return hand.crossings.map((crossing) => {
		// Each from the one before: where noise takes the knob back a level, what is still on the wire would be there before it was sent.
		const atKnob = reached(knob, crossing);
		const sent = reached(published, { ...crossing, at: atKnob });
		const got = reached(delivered, { ...crossing, at: sent });
		const seen = reached(light, { ...crossing, at: got });
		return { knob: atKnob - crossing.at, publish: sent - atKnob, network: got - sent, fade: seen - got, total: seen - crossing.at };
	});
}

export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
