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

/** 200 steps a second: one that a busy event loop delays by 7 ms still comes above 80 Hz, where steps are seen (test/light/lamp/smooth.test.ts). */
const tick_ms = 5;
/** As long as a fade may take where the message does not say. */
const fade_max_ms = 60_000;

export interface LampOptions extends RoleOptions, CurveOptions {
	/**
	 * What a start shows. `follow` (default): the level that the topic holds, faded in. `last`: the level that it had before, kept by the
	 * device once it has stood for 10 s, until the topic says another; for a light switched at the wall. `off`: nothing, until the topic gets
	 * another level than it held, or ON. The held level said again, in whatever form, does not switch on: it cannot be told from a heartbeat.
	 */
	powerOn?: (typeof powerOns)[number];
	/** Milliseconds of a fade where the message does not say: 0 to 60,000, default 350. */
	fade?: number;
	/** The same for messages that stream in, such as those of a turning knob: 0 to 60,000, default 40, or `fade` where that is less. */
	streamFade?: number;
}

function checkFade(option: string, value: number): number {
	if (!(value >= 0 && value <= fade_max_ms)) throw new Error(`${option}: ${value} is no time for a fade; give 0 to ${fade_max_ms} ms`);
	return value;
}

/**
 * Shows the topic's level and holds it while the broker is away. What is no level is counted and leaves the light as it is; the log names
 * each reason once, and again when a minute has passed and a good level arrived. `close` switches the light off.
 */
export class Lamp {
	/** Messages taken for a level, and messages refused. */
	readonly counters = { accepted: 0, ignored: 0 };
	/** `counters.ignored` by reason, at the index that the reason has in `reasons` of intensity.ts. */
	readonly ignored = new Uint32Array(reasons.length);

	#level = 0;
	#rested = new Rested();
	/** With `powerOn: "off"`, until another level comes: the level that the topic held at the start, -1 while unknown. */
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

	/** Throws, naming the option, when one is unfit: the light is off then. */
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
		// QoS 1: the dimmer's last word is at QoS 1, and must not be lost on its second leg.
		this.#link.subscribe(options.topic, 1, (message) => this.#received(message));
	}

	/** 0 to 254: where the light is, or is fading to. */
	get level(): number {
		return this.#level;
	}

	/** What the LED is given now, 0 to `2 ** resolution - 1`. */
	get duty(): number {
		return this.#fade.duty;
	}

	/** Connected and announced. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** Switches the light off, says "offline", ends the connection, then calls `done` from the event loop. A second call does nothing. */
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
		// What is retained is a state: what it says of time was for those who heard it live.
		const transition = retain ? -1 : parser.transition;
		this.counters.accepted++;
		this.#refusals.taken(now);
		this.#rested.heard(level, now, transition, retain);
		if (this.#waiting && this.#waits(level, retain)) return;
		// A state that is where the light is going already does not hurry it.
		if (level !== this.#level || !retain) this.#show(level, now, transition);
	}

	#refuse(reason: number, message: Message): void {
		this.counters.ignored++;
		this.ignored[reason]++;
		if (this.#refusals.isNews(reason, this.#time.now())) this.#log(`message ignored: ${this.#parser.reason(-reason, message.bytes)}`);
	}

	/** Is `level` what the topic held before we started, and so not yet for us? */
	#waits(level: number, retain: boolean): boolean {
		// Another one that is retained, after a reconnect, was set while we were away.
		if (retain && this.#held < 0) this.#held = level;
		this.#waiting = level === this.#held && (retain || this.#parser.named);
		return this.#waiting;
	}

	/** The level of before the power cut, faded in before there is any network. -1: none is known. */
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
		// A running alarm is left to ring: set anew by every message, a flood of them would stop the fade.
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
