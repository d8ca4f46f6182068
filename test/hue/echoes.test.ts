// No echo loop: a knob, a page, a Hue switch and Home Assistant's light move the same level against each other, over one broker that is late for
// each of them, in virtual time. When the last has spoken, all show what it said, and nobody says anything more.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Controller } from "../../src/light/controller/controller.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import type { QoS } from "../../src/mqtt/link/link.js";
import { type Clock, FakeLink, makeOptions, makeRandom, makeWorld } from "../light/world.js";
import { makeHue } from "./world.js";

const topic = "home/desk/light";

/** A broker that keeps each connection's order, as MQTT does, and the topic's last message. */
class Broker {
	readonly log: { at: number; from: FakeLink | undefined; text: string }[] = [];
	readonly #links: { link: FakeLink; freeIn: number; freeOut: number }[] = [];
	readonly #clock: Clock;
	readonly #delay: () => number;

	constructor(clock: Clock, delay: () => number) {
		this.#clock = clock;
		this.#delay = delay;
	}

	join(link: FakeLink): void {
		this.#links.push({ link, freeIn: 0, freeOut: 0 });
	}

	/** `from` says it, or somebody who is none of ours. */
	take(text: string, from?: FakeLink): void {
		const way = this.#links.find(({ link }) => link === from);
		const arrives = Math.max(way?.freeIn ?? 0, this.#clock.now() + this.#delay());
		if (way) way.freeIn = arrives;
		this.#at(arrives, () => {
			this.log.push({ at: arrives, from, text });
			for (const each of this.#links) {
				each.freeOut = Math.max(each.freeOut, arrives + this.#delay());
				this.#at(each.freeOut, () => each.link.deliver(text));
			}
		});
	}

	#at(time: number, then: () => void): void {
		const alarm = this.#clock.alarm(() => {
			alarm.close();
			then();
		});
		alarm.set(time - this.#clock.now());
	}
}

interface House {
	clock: Clock;
	broker: Broker;
	/** What each of the levels shows, by name. */
	shown(): Record<string, number>;
	/** Levels that the Hue role has published. */
	followed(): number;
	/** One hand does something; returns what the topic must hold at last, if it was the last, and how many switches it has moved. */
	acts: (() => { level: number; switched?: boolean; settles: number })[];
	dimmer: Dimmer;
}

function makeHouse(seed: number): House {
	const random = makeRandom(seed);
	const slow = 1 + Math.floor(random() * 250);
	let broker: Broker | undefined;
	class BusLink extends FakeLink {
		override publish(to: string, payload: Uint8Array, qos: QoS = 0, retain = false): boolean {
			const taken = super.publish(to, payload, qos, retain);
			if (to === topic) broker?.take(this.published.at(-1)?.text as string, this);
			return taken;
		}
	}
	const hue = makeHue({ seed, secure: random() < 0.5, follow: true, lights: ["Desk", "Window"], link: BusLink });
	const { clock } = hue;
	const bus = new Broker(clock, () => Math.floor(random() * slow));
	broker = bus;
	bus.join(hue.link);
	hue.weather.delay = () => 1 + Math.floor(random() * 150);
	const part = () => {
		const world = makeWorld();
		Object.assign(world.device, { time: clock, random });
		return { world, options: { ...makeOptions(world), link: BusLink } };
	};
	const joined = <T>(role: T): T => {
		bus.join(FakeLink.last);
		FakeLink.last.rise();
		return role;
	};
	const knob = part();
	let at = 2_000;
	knob.world.hand.sample = () => Math.max(0, Math.min(4_095, at + Math.floor(random() * 9) - 4));
	const dimmer = joined(new Dimmer({ ...knob.options, pickup: false }));
	const lamp = joined(new Lamp(part().options));
	const pages = [joined(new Controller(part().options)), joined(new Controller(part().options))];
	/** Home Assistant: says what its light card is set to, and shows what the topic says; it never speaks by itself. */
	const any = () => Math.floor(random() * 255);
	const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;

	const acts: House["acts"] = [
		// the knob, to another place, in some steps
		() => {
			const to = (at + 900 + Math.floor(random() * 2_200)) % 4_096;
			const from = at;
			const steps = 1 + Math.floor(random() * 12);
			for (let i = 1; i <= steps; i++) {
				at = Math.round(from + ((to - from) * i) / steps);
				clock.run(20 + Math.floor(random() * 60));
			}
			return { level: -1, settles: 600 };
		},
		// a page: a button, or a drag
		() => {
			const page = one(pages);
			const level = any();
			if (random() < 0.5) page.press(level);
			else {
				page.hold();
				for (let i = 0; i < 8; i++) {
					page.turn(any());
					clock.run(Math.floor(random() * 60));
				}
				page.turn(level);
				page.release();
			}
			return { level, settles: 0 };
		},
		// a wall switch, an app
		() => {
			const { bridge } = hue;
			const light = one(bridge.lights);
			const on = random() < 0.7;
			const level = on ? 1 + Math.floor(random() * 254) : 0;
			bridge.switch(light as never, on ? { on, level } : { on });
			return { level, switched: true, settles: 0 };
		},
		// Home Assistant's light, as its templates say it
		() => {
			const level = 1 + Math.floor(random() * 254);
			const transition = Math.round(random() * 30) / 10;
			const [text, wanted] = one([
				[String(level), level],
				[`{"state":"ON","brightness":${level},"transition":${transition}}`, level],
				["0", 0],
				[`{"state":"OFF","transition":${transition}}`, 0],
			] as const);
			bus.take(text);
			return { level: wanted, settles: 0 };
		},
	];
	return {
		clock,
		broker: bus,
		followed: () => hue.hue.counters.followed,
		acts,
		dimmer,
		shown: () => ({
			lamp: lamp.level,
			page: pages[0]?.level as number,
			other: pages[1]?.level as number,
			...Object.fromEntries(hue.bridge.lights.map(({ name, on, level }) => [name, on ? level : 0])),
		}),
	};
}

/** `last`: which of the four speaks last. */
function quarrel(seed: number, last: number): void {
	const random = makeRandom(seed + 77_777);
	const { clock, broker, shown, followed, acts, dimmer } = makeHouse(seed);
	const message = () => `SEED=${seed}, last ${last}: ${JSON.stringify(shown())}`;
	clock.run(5_000);
	let switches = 0;
	const act = (index: number) => {
		const done = (acts[index] as House["acts"][0])();
		if (done.switched) switches++;
		return done;
	};
	const count = 5 + Math.floor(random() * 10);
	for (let i = 0; i < count; i++) {
		act(Math.floor(random() * acts.length));
		clock.run(Math.floor(random() * 700));
	}
	// those who spoke have been heard: what comes now is the last
	clock.run(8_000);
	const said = broker.log.length;
	const { level, settles } = act(last);
	clock.run(settles);
	const wanted = level < 0 ? dimmer.level : level;
	clock.run(12_000);
	// a heartbeat of the knob may say the level again, and nothing else is said
	const settled = broker.log.length;
	const agree = () => {
		// a switch that moves a light by one step is the bridge's rounding, and said to nobody; but off is off
		const near = (a: number, b: number) => a === b || (last === 2 && a > 0 && b > 0 && Math.abs(a - b) <= 1);
		for (const each of Object.values(shown())) assert.ok(near(each, wanted), `${message()}, not ${wanted}`);
	};
	agree();
	clock.run(70_000);
	const later = broker.log.slice(settled).map(({ text }) => Number(text));
	const { lamp: lit } = shown();
	assert.ok(later.length <= 3 && later.every((each) => each === lit), `${message()}: ${later}`);
	agree();
	assert.ok(followed() <= switches, `${message()}: ${followed()} levels published for ${switches} switches`);
	// the last act: a knob's 12 steps or a drag's 9, and a heartbeat
	assert.ok(settled - said <= 40, `${message()}: ${settled - said} messages for one act`);
}

describe("no echo loop", () => {
	for (let seed = 1; seed <= 1_000; seed += 100)
		test(`seeds ${seed} to ${seed + 99}: all settle on the last command, within a bounded number of messages`, () => {
			for (let s = seed; s < seed + 100; s++) quarrel(s, s % 4);
		});
});
