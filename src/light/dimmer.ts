// The knob: its position on the intensity topic, retained.
import type { Alarm, Analog, Time } from "../host.js";
import type { Message } from "../mqtt/link.js";
import { type Digits, format, IntensityParser, level_max, makeDigits } from "./intensity.js";
import { Knob, oversampling } from "./knob.js";
import { final, heartbeat, moving, Pace, silent } from "./pace.js";
import { checkRole, openLink, type RoleLink, type RoleOptions } from "./role.js";

const tick_ms = 10;

export interface DimmerOptions extends RoleOptions {
	/** Raw samples at both ends of the knob's travel. Default: the converter's whole range. */
	calibration?: { minimum?: number; maximum?: number };
	/** True when the knob's ends are swapped. */
	invert?: boolean;
}

/**
 * Publishes the knob's level. After a start it speaks once, and from then on only when it is turned: what a page or another knob has set
 * meanwhile stands, over reconnects too. Turned while offline, it says its resting level on reconnecting.
 *
 * The heartbeat repeats the level every 30 s for a broker that lost its retained messages. It pauses while the topic holds somebody else's
 * level (which is why the dimmer listens to its own topic): repeated then, it would take the light back from a page. A message never makes
 * the dimmer publish; it can only keep it from doing so.
 */
export class Dimmer {
	/** Publishes that the link has taken. */
	readonly counters = { moving: 0, final: 0, heartbeat: 0 };

	#time: Time;
	#adc: Analog;
	#knob: Knob;
	#pace = new Pace();
	#digits: Digits = makeDigits();
	#parser = new IntensityParser();
	#topic: string;
	#link: RoleLink;
	#alarm: Alarm;
	#onChange: (() => void) | undefined;
	#published = -1;
	/** The topic's level is not the one that we published last. */
	#overruled = false;
	#closed = false;

	/** Throws, naming the option, when one is unfit; also what the host's knob throws, such as for a pin that cannot be read. */
	constructor(options: DimmerOptions) {
		checkRole(options);
		const { device } = options;
		this.#time = device.time;
		this.#topic = options.topic;
		this.#onChange = options.onChange;
		this.#adc = new device.knob.io(device.knob);
		try {
			this.#knob = new Knob({ ...options.calibration, invert: options.invert, resolution: this.#adc.resolution });
			this.#sample();
			this.#link = openLink(
				"dimmer",
				options,
				() => this.#up(),
				() => this.#onChange?.(),
				this.counters,
			);
		} catch (error) {
			this.#adc.close();
			throw error;
		}
		this.#link.subscribe(this.#topic, 1, (message) => this.#received(message));
		this.#alarm = device.time.alarm(() => this.#tick());
		this.#alarm.set(tick_ms);
	}

	/** 0 to 254: where the knob stands. */
	get level(): number {
		return this.#knob.level;
	}

	/** Connected and announced. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** Says "offline", ends the connection, then calls `done` from the event loop. The level stays on the topic. A second call does nothing. */
	close(done?: () => void): void {
		if (!this.#closed) {
			this.#closed = true;
			this.#onChange = undefined;
			this.#alarm.close();
			this.#adc.close();
		}
		this.#link.close(done);
	}

	#up(): void {
		this.#pace.postpone(this.#time.now());
		this.#onChange?.();
	}

	/** True when the level has changed. */
	#sample(): boolean {
		let changed = false;
		for (let i = 0; i < oversampling; i++) changed = this.#knob.sample(this.#adc.read()) || changed;
		return changed;
	}

	#tick(): void {
		this.#alarm.set(tick_ms);
		const changed = this.#sample();
		const now = this.#time.now();
		const what = this.#pace.due(now, this.#knob.level);
		if (what !== silent && this.#link.up) this.#publish(now, what);
		if (changed) this.#onChange?.();
	}

	#publish(now: number, what: number): void {
		if (what === heartbeat && this.#overruled) {
			this.#pace.postpone(now); // not merely held back: a message that ends the overruling must not set it off
			return;
		}
		const { level } = this.#knob;
		if (!this.#link.publish(this.#topic, format(level, this.#digits), what === final ? 1 : 0, true)) return;
		this.#pace.sent(now, what);
		this.#published = level;
		this.#overruled = false;
		if (what === moving) this.counters.moving++;
		else if (what === final) this.counters.final++;
		else this.counters.heartbeat++;
	}

	#received(message: Message): void {
		const level = this.#parser.read(message, this.#published > 0 ? this.#published : level_max);
		if (level >= 0) this.#overruled = level !== this.#published;
	}
}
