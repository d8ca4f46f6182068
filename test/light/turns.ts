// Knob to light in virtual time: a hand that turns, a noisy converter, both roles, and a network of 20 ms between them. Measures, for every
// level that the hand passes, when the knob, the wire and the light came to it. Shared by budget.test.ts and bench/latency.ts.
import { makeCurve } from "../../src/light/curve.js";
import { Dimmer } from "../../src/light/dimmer.js";
import { Lamp } from "../../src/light/lamp.js";
import type { LinkOptions, Message, QoS } from "../../src/mqtt/link.js";
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

type Trace = { at: number; level: number }[];

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
				onMessage({ topic, QoS: 0, retain: false, duplicate: false, byteLength: length, bytes, length, offset: 0, more: false });
			});
		}
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

/** When, from `from` on, a trace is first at `level` or past it. */
function reached(trace: Trace, from: number, level: number, up: boolean): number {
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

/** `turns` turns of a hand: between random places, in 0.15 to 2 s, smooth as hands are (minimum jerk, Flash and Hogan 1985). */
export function turns(seed: number, count: number, network = 20): Stages[] {
	const random = makeRandom(seed);
	const world = makeWorld();
	const { clock } = world;
	const curve = makeCurve(14);
	const { WireLink, published, delivered } = makeWire(clock, network);
	let move = { from: 127, to: 127, start: clock.now(), span: 1 };
	const placeAt = (now: number) => {
		const share = Math.min(1, (now - move.start) / move.span);
		return move.from + (move.to - move.from) * share ** 3 * (10 - 15 * share + 6 * share * share);
	};
	world.hand.sample = () => {
		const value = 0.015 + (0.97 * placeAt(clock.now())) / 254 + (random() + random() - 1) * 0.015;
		return Math.round(4095 * Math.min(1, Math.max(0, value)));
	};
	const knob: Trace = [];
	const light: Trace = [];
	const options = { device: world.device, host: "broker", topic: "light", link: WireLink };
	const dimmer: Dimmer = new Dimmer({ ...options, onChange: () => knob.push({ at: clock.now(), level: dimmer.level }) });
	new Lamp(options);
	clock.run(3000 + 10 * random());
	const crossings: { at: number; level: number; up: boolean }[] = [];
	for (let turn = 0; turn < count; turn++) {
		const from = move.to;
		let to = from;
		while (Math.abs(to - from) < 4) to = Math.floor(random() * 255);
		move = { from, to, start: clock.now(), span: 150 + 1850 * random() ** 2 };
		const up = to > from;
		let next = from + (up ? 1 + tolerance : -1 - tolerance);
		for (; clock.now() < move.start + move.span; clock.run(1)) {
			const place = placeAt(clock.now());
			for (; up ? next <= place : next >= place; next += up ? 1 : -1) crossings.push({ at: clock.now(), level: next, up });
		}
		crossings.push({ at: clock.now(), level: to, up });
		// Nothing is in step with the dimmer's ticks.
		clock.run(1000 + 1000 * random());
	}
	let at = 0;
	for (const { at: when, duty } of world.writes) {
		const up = duty >= curve[at];
		while (up && at < 254 && curve[at + 1] <= duty) at++;
		while (!up && curve[at] > duty) at--;
		light.push({ at: when, level: at });
	}
	return crossings.map(({ at: begun, level, up }) => {
		const atKnob = reached(knob, begun, level, up);
		const sent = reached(published, begun, level, up);
		const got = reached(delivered, begun, level, up);
		const seen = reached(light, begun, level, up);
		return { knob: atKnob - begun, publish: sent - atKnob, network: got - sent, fade: seen - got, total: seen - begun };
	});
}

export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
