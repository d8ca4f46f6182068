// The lamp: the level of the intensity topic, as light.
import type { Alarm, PWM, Time } from "../../host.js";
import type { Message } from "../../mqtt/link/link.js";
import { IntensityParser, reasons, refused_already } from "../level/intensity.js";
import { Refusals } from "../level/refusals.js";
import { Rested } from "../level/rested.js";
import { checkRole, openLink, type RoleLink, type RoleOptions } from "../role.js";
import { type CurveOptions, makeCurve } from "./curve.js";
import { Fade, jump_fade_ms, stream_fade_ms, unchanged } from "./fade.js";
import { KeptLevel, powerOns } from "./kept-level.js";

/** 200 steps a second: with 7 ms of delay in a busy event loop still above 80 Hz, below which steps are seen (test/light/lamp/smooth.test.ts). */
const tick_ms = 5;
/** The longest fade for messages without a transition. */
const fade_max_ms = 60_000;

export interface LampOptions extends RoleOptions, CurveOptions {
	/**
	 * The light after a start. `follow` (default): the level that the topic holds, faded in. `last`: the lamp's level from before, kept by the
	 * device once it has stood for 10 s, until the topic gets another; for a light switched at the wall. `off`: dark, until the topic gets
	 * another level than it held, or ON. The held level again, in whatever form, does not switch the lamp on: it cannot be told from a heartbeat.
	 */
	powerOn?: (typeof powerOns)[number];
	/** Milliseconds of a fade for messages without a transition: 0 to 60,000, default 350. */
	fade?: number;
	/** The same for messages that stream in, such as those of a turning knob: 0 to 60,000, default 40, or `fade` where that is less. */
	streamFade?: number;
}

function checkFade(option: string, value: number): number {
	if (!(value >= 0 && value <= fade_max_ms)) throw new Error(`${option}: ${value} is no time for a fade; give 0 to ${fade_max_ms} ms`);
	return value;
}

/**
 * Shows the topic's level and holds it while the broker is away. A payload that is no level is counted and leaves the light as it is; the log
 * names each reason once, and again when a minute has passed and a good level arrived. `close` switches the light off.
 */
export class Lamp {
	/** Messages accepted as a level, and messages refused. */
	readonly counters = { accepted: 0, ignored: 0 };
	/** `counters.ignored` by reason, at the index that the reason has in `reasons` of intensity.ts. */
	readonly ignored = new Uint32Array(reasons.length);

	#level = 0;
	#rested = new Rested();
	/** With `powerOn: "off"`: true until another level comes; and the level that the topic held at the start, -1 while unknown. */
	#waiting: boolean;
	#held = -1;
	#refusals = new Refusals();

	#time: Time;
	#log: (line: string) => void;
	#led: PWM;
	#fade: Fade;
	#kept: KeptLevel | undefined;
	#parser = new IntensityParser();
	#link: RoleLink;
	#alarm: Alarm;
	#ticking = false;
	#onChange: (() => void) | undefined;
	#closed = false;

	/** Throws when an option is unfit, naming it: the light is off then. */
	constructor(options: LampOptions) {
		const { device, powerOn = "follow", fade = jump_fade_ms, streamFade = Math.min(stream_fade_ms, fade) } = options;
		// First of all, before anything can fail or take time: no flash at power-up.
		this.#led = new device.led.io(device.led);
		this.#led.write(0);
		try {
			checkRole(options);
			if (!powerOns.includes(powerOn)) throw new Error(`powerOn: "${powerOn}" is unknown; give one of ${powerOns.join(", ")}`);
			const curve = makeCurve(this.#led.resolution, options);
			this.#fade = new Fade(curve, checkFade("fade", fade), checkFade("streamFade", streamFade));
			this.#waiting = powerOn === "off";
			this.#time = device.time;
			this.#log = (line) => device.log(`lamp: ${line}`);
			this.#onChange = options.onChange;
			const changed = () => this.#onChange?.();
			this.#link = openLink("lamp", options, changed, changed, this.counters);
		} catch (error) {
			this.#led.close();
			throw error;
		}
		this.#alarm = device.time.alarm(() => this.#ring());
		if (powerOn === "last") {
			this.#kept = new KeptLevel(device.store, device.time, this.#log);
			this.#rested = new Rested(Math.max(0, this.#kept.level), this.#kept.on);
			this.#startAt(this.#kept.level);
		}
		// QoS 1: the dimmer's final level is at QoS 1, and must not be lost on its second leg.
		this.#link.subscribe(options.topic, 1, (message) => this.#received(message));
	}

	/** 0 to 254: the level that the light has, or fades to. */
	get level(): number {
		return this.#level;
	}

	/** The LED's present duty, 0 to `2 ** resolution - 1`. */
	get duty(): number {
		return this.#fade.duty;
	}

	/** Connected and announced. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** Switches the light off, publishes `offline`, ends the connection, then calls `done` from the event loop. A second call does nothing. */
	close(done?: () => void): void {
		if (!this.#closed) {
			this.#closed = true;
			this.#onChange = undefined;
			this.#alarm.close();
			this.#kept?.close();
			this.#led.write(0);
			this.#led.close();
		}
		this.#link.close(done);
	}

	#received(message: Message): void {
		if (this.#closed) return;
		const parser = this.#parser;
		const level = parser.read(message, this.#rested.on);
		if (level === refused_already) return;
		if (level < 0) {
			this.#refuse(-level, message);
			return;
		}
		const now = this.#time.now();
		const { retain } = message;
		// A retained message is a state: its transition belongs to the moment of its publication.
		const transition = retain ? -1 : parser.transition;
		this.counters.accepted++;
		this.#refusals.taken(now);
		this.#rested.heard(level, now, transition, retain);
		if (this.#waiting && this.#waits(level, retain)) return;
		// A retained level to which the light fades already does not hurry the fade.
		if (level !== this.#level || !retain) this.#show(level, now, transition);
	}

	#refuse(reason: number, message: Message): void {
		this.counters.ignored++;
		this.ignored[reason]++;
		if (this.#refusals.isNews(reason, this.#time.now())) this.#log(`message ignored: ${this.#parser.reason(-reason, message.bytes)}`);
	}

	/** Is `level` the one that the topic held before the start, and so not yet for this lamp? */
	#waits(level: number, retain: boolean): boolean {
		// Another retained level, after a reconnect, was set during the outage.
		if (retain && this.#held < 0) this.#held = level;
		this.#waiting = level === this.#held && (retain || this.#parser.named);
		return this.#waiting;
	}

	/** Fades in the level from before the power cut, before there is any network. -1: none is known. */
	#startAt(level: number): void {
		if (level <= 0) return;
		this.#level = level;
		this.#fade.retarget(level, this.#time.now());
		this.#step();
	}

	#show(level: number, now: number, transition: number): void {
		const changed = level !== this.#level;
		this.#level = level;
		this.#fade.retarget(level, now, transition);
		if (changed) this.#kept?.changed(level, this.#rested.on, now);
		// A running alarm is left to ring: a flood of messages that set it anew would stop the fade.
		if (!this.#ticking) this.#step();
		if (changed) this.#onChange?.();
	}

	#ring(): void {
		const before = this.#fade.duty;
		this.#step();
		if (this.#fade.duty !== before) this.#onChange?.();
	}

	#step(): void {
		const duty = this.#fade.step(this.#time.now());
		if (duty !== unchanged) this.#led.write(duty);
		this.#ticking = this.#fade.active;
		if (this.#ticking) this.#alarm.set(tick_ms);
	}
}
