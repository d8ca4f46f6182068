// The knob: its position on the intensity topic, retained.
import type { Alarm, Analog, Time } from "../../host.js";
import type { Message } from "../../mqtt/link/link.js";
import { type Digits, format, IntensityParser, makeDigits } from "../level/intensity.js";
import { Rested } from "../level/rested.js";
import { checkRole, openLink, type RoleLink, type RoleOptions } from "../role.js";
import { Calibration, calibrations, type Ends, keepEnds, keptEnds } from "./calibration.js";
import { Flutter, slow_interval_ms } from "./flutter.js";
import { Knob, lots, oversampling } from "./knob.js";
import { Ownership } from "./ownership.js";
import { final, heartbeat, interval_ms, moving, Pace, silent } from "./pace.js";
import { intervalOf, rate_max, rate_min } from "./rate.js";

/** Milliseconds from one lot of samples to the next. */
const tick_ms = 5;
const lot = oversampling / lots;
/**
 * For so long after its own packet the dimmer does not read the knob: the radio takes the supply down, on some ESP32 boards to a tenth of the
 * reading for 130 ms. While a hand turns, it is a packet's time on the air, and no lag; after a final level it ends before the hand corrects it.
 */
const quiet_ms = 200;
const quiet_moving_ms = 10;
const quiet_final_ms = 40;

export interface DimmerOptions extends RoleOptions {
	/** Raw samples at both ends of the knob's travel. Default: those of a guided calibration, else the converter's whole range. */
	calibration?: { minimum?: number; maximum?: number };
	/** True when the knob's ends are swapped. A guided calibration finds that out by itself, and then goes before this option. */
	invert?: boolean;
	/**
	 * Guided calibration: after the start the knob is to be turned fully left within 10 s, then fully right within another 10 s; the log says so
	 * too. The device keeps the ends. `now`: at this start; `once`: unless it has been done; `kept` (default): never, the kept ends are used.
	 * Meanwhile the knob publishes nothing.
	 */
	calibrate?: (typeof calibrations)[number];
	/**
	 * Soft take-over, default false: after another client has set the level, or while it is not known which client did, the knob is silent until
	 * it has been turned to that level, or through it. After a start too; when the topic holds no level, the knob publishes its own.
	 */
	pickup?: boolean;
	/** Messages a minute, 4 to 1,500: for a broker with a limit. The resting level is published in any case. Default: 25 a second. */
	rate?: number;
}

/**
 * Publishes the knob's level: once after a start, and from then on only when the knob is turned. A level that a page or another knob has set
 * meanwhile stands, over reconnects too. A knob that was turned while offline publishes its resting level after the reconnect.
 *
 * The heartbeat repeats the level every 30 s for a broker that lost its retained messages. It pauses while the topic holds another client's
 * level (which is why the dimmer subscribes to its own topic): a heartbeat then would take the light back from a page. A message never makes
 * the dimmer publish; it can only prevent a publish.
 */
export class Dimmer {
	/** Publishes that the link has taken; how often the knob was found to flutter; readings that the converter did not give. */
	readonly counters = { moving: 0, final: 0, heartbeat: 0, flutters: 0, failed: 0 };

	#options: DimmerOptions;
	#time: Time;
	#adc: Analog;
	#knob: Knob;
	#pace: Pace;
	/** Milliseconds between two levels, as the rate allows. */
	#interval: number;
	#digits: Digits = makeDigits();
	#parser = new IntensityParser();
	#topic: string;
	#link: RoleLink;
	#alarm: Alarm;
	#onChange: (() => void) | undefined;
	/** The level of ON on this topic, the same for the knob as for the lamp, whichever client set it. */
	#rested = new Rested();
	#flutter = new Flutter();
	/** The reading under way: the sum of its samples, and the number of lots in it. */
	#sum = 0;
	#lots = 0;
	/** The kind of the last publish, the link's count of packets then, and until when the knob is not read. */
	#said = silent;
	#packets = 0;
	#quiet = -Infinity;
	#ownership: Ownership;
	/** The guided calibration, while it is under way. */
	#calibration: Calibration | undefined;
	#log: (line: string) => void;
	#closed = false;

	/** Throws when an option is unfit, naming it; passes on an error of the host's knob, such as for a pin that cannot be read. */
	constructor(options: DimmerOptions) {
		checkRole(options);
		const { device, calibrate = "kept" } = options;
		if (!calibrations.includes(calibrate)) {
			throw new Error(`calibrate: "${calibrate}" is unknown; give one of ${calibrations.join(", ")}`);
		}
		const { rate } = options;
		if (rate !== undefined && !(rate >= rate_min && rate <= rate_max))
			throw new Error(`rate: ${rate} is no rate; give ${rate_min} to ${rate_max} messages a minute`);
		this.#interval = rate === undefined ? interval_ms : Math.max(interval_ms, intervalOf(rate));
		this.#pace = new Pace(this.#interval);
		this.#options = options;
		this.#time = device.time;
		this.#topic = options.topic;
		this.#onChange = options.onChange;
		this.#log = (line) => device.log(`dimmer: ${line}`);
		this.#ownership = new Ownership(options.pickup ?? false);
		this.#adc = new device.knob.io(device.knob);
		try {
			this.#knob = this.#makeKnob();
			this.#look();
			this.#link = openLink(
				"dimmer",
				options,
				() => this.#up(),
				() => this.#down(),
				this.counters,
			);
		} catch (error) {
			this.#adc.close();
			throw error;
		}
		if (calibrate === "now" || (calibrate === "once" && keptEnds(device.store, this.#highest) === undefined)) {
			this.#calibration = new Calibration(this.#highest);
			this.#log(this.#calibration.guide);
		}
		this.#link.subscribe(this.#topic, 1, (message) => this.#received(message));
		this.#alarm = device.time.alarm(() => this.#tick());
		this.#alarm.set(tick_ms);
	}

	/** 0 to 254: the level of the knob's position; -1 until the converter has given a reading. */
	get level(): number {
		return this.#knob.level;
	}

	/** Connected and announced. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** Publishes `offline`, ends the connection, then calls `done` from the event loop. The level stays on the topic. A second call does nothing. */
	close(done?: () => void): void {
		if (!this.#closed) {
			this.#closed = true;
			this.#onChange = undefined;
			this.#alarm.close();
			this.#adc.close();
		}
		this.#link.close(done);
	}

	get #highest(): number {
		return 2 ** this.#adc.resolution - 1;
	}

	#makeKnob(): Knob {
		const { device, calibration, invert } = this.#options;
		const { resolution } = this.#adc;
		const ends = calibration === undefined ? keptEnds(device.store, this.#highest) : undefined;
		if (ends === undefined) return new Knob({ ...calibration, invert, resolution });
		const { off, full } = ends;
		return new Knob({ minimum: Math.min(off, full), maximum: Math.max(off, full), invert: off > full, resolution });
	}

	#up(): void {
		const now = this.#time.now();
		this.#pace.postpone(now);
		this.#ownership.connected(now);
		this.#onChange?.();
	}

	#down(): void {
		this.#ownership.disconnected();
		this.#onChange?.();
	}

	/** Reads the knob at once, for its present level. */
	#look(): void {
		this.#sum = this.#lots = 0;
		for (let i = 0; i < lots; i++) if (this.#sample()) this.#knob.read(this.#sum);
	}

	/** Takes a lot of samples. True when that completes a reading, in `#sum`. */
	#sample(): boolean {
		if (this.#lots === lots) this.#sum = this.#lots = 0;
		for (let i = 0; i < lot; i++) {
			const sample = this.#adc.read();
			if (sample === undefined) return this.#fail();
			this.#sum += sample;
		}
		return ++this.#lots === lots;
	}

	/** Without a sample there is no reading: the level stays as it is. Returns false. */
	#fail(): boolean {
		this.#sum = this.#lots = 0;
		if (this.counters.failed++ === 0) {
			this.#log("the converter gives no reading: the level stays as it is; is the pin one of ADC1, and free? Told once, counted in info");
		}
		return false;
	}

	/** Is a packet of this dimmer on the air, or was it just now? */
	#isQuiet(now: number): boolean {
		const packets = this.#link.counters.published;
		if (packets !== this.#packets) {
			this.#packets = packets;
			let quiet = quiet_ms;
			if (this.#said === moving && !this.#flutter.active) quiet = quiet_moving_ms;
			else if (this.#said === final && !this.#flutter.active) quiet = quiet_final_ms;
			// The next packet without a level of this dimmer comes while the knob rests.
			if (this.#said === final) this.#said = silent;
			this.#quiet = now + quiet;
		}
		return now < this.#quiet;
	}

	#guide(calibration: Calibration): void {
		this.#log(calibration.guide);
		if (!calibration.done) return;
		this.#calibration = undefined;
		if (calibration.ends !== undefined) this.#keep(calibration.ends);
		if (this.#ownership.calibrated(this.#knob.level)) this.#pace.skip(this.#knob.level);
	}

	#keep(ends: Ends): void {
		try {
			keepEnds(this.#options.device.store, ends);
			this.#knob = this.#makeKnob();
			this.#look();
		} catch (error) {
			this.#log(`calibration not kept: ${error instanceof Error ? error.message : error}`);
		}
	}

	#tick(): void {
		this.#alarm.set(tick_ms);
		const now = this.#time.now();
		if (this.#isQuiet(now)) {
			this.#sum = this.#lots = 0; // the lots of a reading must be one tick apart
			return;
		}
		const whole = this.#sample();
		if (!whole && this.#lots > 0) return;
		const changed = whole && this.#knob.read(this.#sum);
		if (changed) this.#move(now);
		else this.#flutter.look(now);
		if (this.#calibration === undefined) this.#speak(now);
		else if (whole && this.#calibration.read(this.#sum)) this.#guide(this.#calibration);
		if (changed) this.#onChange?.();
	}

	#move(now: number): void {
		if (!this.#flutter.moved(this.#knob.level, now)) return;
		if (this.counters.flutters++ === 0) this.#log(this.#flutter.told);
	}

	#speak(now: number): void {
		const { level } = this.#knob;
		if (level < 0) return;
		if (!this.#ownership.allows(level, now)) {
			if (this.#ownership.target >= 0) this.#pace.skip(level);
			return;
		}
		this.#pace.interval = this.#flutter.active ? Math.max(slow_interval_ms, this.#interval) : this.#interval;
		const what = this.#pace.due(now, level);
		if (what !== silent && this.#link.up) this.#publish(now, level, what);
	}

	#publish(now: number, level: number, what: number): void {
		if (what === heartbeat && this.#ownership.overruled) {
			this.#pace.postpone(now); // not merely held back: a message that ends the overruling must not set off a heartbeat
			return;
		}
		if (!this.#link.publish(this.#topic, format(level, this.#digits), what === final ? 1 : 0, true)) return;
		this.#pace.sent(now, what);
		this.#said = what;
		this.#ownership.published(level);
		if (what === moving) this.counters.moving++;
		else if (what === final) this.counters.final++;
		else this.counters.heartbeat++;
	}

	#received(message: Message): void {
		const { retain } = message;
		const level = this.#parser.read(message, this.#rested.on);
		if (level < 0) return;
		this.#rested.heard(level, this.#time.now(), retain ? -1 : this.#parser.transition, retain);
		const { target } = this.#ownership;
		if (!this.#ownership.heard(level, this.#knob.level, retain)) return;
		// A level that the knob has still to publish is too late now.
		this.#pace.skip(this.#knob.level);
		if (target < 0 && this.#ownership.target >= 0) this.#log(`waits to be turned through ${level}, which somebody else has set`);
	}
}
