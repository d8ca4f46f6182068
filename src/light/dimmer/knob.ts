// From the noisy samples of a potentiometer to a level that moves when the hand moves, and only then. There is no clock: readings are counted.
//
// 16 samples → mean → median of 3 → exponential average → snap zones → hysteresis. The average is slow while the knob rests and follows
// the faster the farther it lags: an average that is quick enough for the hand chatters at rest, and an average without chatter lags behind.
// When the knob comes to rest the level takes the nearest value, and the hold is centred there: one place of the knob is one level,
// whichever way the hand came, and the noise stays away from the edge of the hold.
import { level_max } from "../level/intensity.js";

//
// At rest, the timing of the samples rejects mains hum. Samples all at once every 10 ms would meet the 100 Hz of lamps on 50 Hz at the same
// phase each time, and pass it as a slow drift that no average removes. So a reading is two lots of 8 samples, 5 ms apart:
// - 100 Hz has turned by half a period between the lots, and cancels (120 Hz to a third); with an inexact tick the rest of it is slow but
//   small: 8 % of the hum at 5 % of error.
// - 50, 60 and 120 Hz stay. Read a hundred times a second they seem to be 50, 40 and 20 Hz, which the average at rest reduces to a twentieth,
//   and they keep far from 0 Hz: at 5 % of error above 13 Hz.
// While turning the average is quicker and lets more of this hum through; that is less than the hand's own unrest.

/** Samples of one reading, every 10 ms. `Knob` takes their sum: on XS a call for each sample costs more than the filter. */
export const oversampling = 16;
/** The samples are taken in so many lots, evenly in time, those of a lot back to back. */
export const lots = 2;

/** Positions are in 1/256 of a wire step. */
const step = 256;
/** At each end this much of the travel, in thousandths, is 0 or 254: no potentiometer and no converter reaches its very end. */
const snap_permille = 15;
/** How far the position may stray before the level follows: while turning, from the level, so that turning back takes 1.5 steps … */
const hold_turning = 1.25 * step;
/** … and at rest, from where the knob came to rest. The level then makes one step, so that none is skipped, and turning has begun. */
const hold_resting = 1.5 * step;
/**
 * The place of rest is averaged on, over some 10 s (2 ** 10 readings), and when it is a whole step from the level, the level takes that step: a
 * nudge too small to count, or a hand slower than the average, must not leave the knob at the edge of the hold for days. In 1/256 position.
 */
const rest_shift = 10;
const fine = 256;
/** Readings without a change of level that make a rest: 160 ms, which is before the pace calls a level final. */
const rest_readings = 16;
/** Beyond the ends the position is kept within this, so that it comes back from a dead end at once. */
const overshoot = 4 * step;
/** The average's gain in 1/64: little while the reading is near the average, rising to 1 (follow at once) as the reading strays. */
const gain_one = 64;
const gain_turning = 8;
const near_turning = 2 * step;
/** Set so that noise of 2 % of the range, all day, does not move the level (test/light/dimmer/knob.test.ts). */
const gain_resting = 3;
const near_resting = 3 * step;

export interface KnobOptions {
	/** Bits of a sample, 8 to 16. From 10 bits on every level can be reached, noise or no noise. */
	resolution: number;
	/** Two-point calibration: the raw samples at both ends of the travel. Default: 0 and the highest sample. */
	minimum?: number;
	maximum?: number;
	/** True when the knob's ends are swapped. Default false. */
	invert?: boolean;
}

function checkRaw(option: string, raw: number, highest: number): void {
	if (!(raw >= 0 && raw <= highest) || raw !== Math.floor(raw)) {
		throw new Error(`calibration.${option}: ${raw} is no sample of this converter; give a whole number from 0 to ${highest}`);
	}
}

export class Knob {
	/** 0 to 254; -1 until the first reading. */
	level = -1;

	/** The highest sum of 16 samples. No sum here is ever divided: the mean's four extra bits are real, made by the noise. */
	#highest: number;
	/** The sum at level 0, and the width from there to the sum at level 254. */
	#low: number;
	#width: number;
	#invert: boolean;
	/** The median's other two readings. */
	#older = 0;
	#newer = 0;
	#average = 0;
	/** Readings since the level changed, up to `rest_readings`: then the knob rests, at `#rest`. */
	#still = 0;
	#rest = 0;

	/** Throws, naming the option, when the calibration is impossible. */
	constructor(options: KnobOptions) {
		const { resolution } = options;
		if (!(resolution >= 8 && resolution <= 16) || resolution !== Math.floor(resolution)) {
			throw new Error(`knob: a converter of ${resolution} bits cannot read a knob; 8 to 16 bits can`);
		}
		const highest = 2 ** resolution - 1;
		const minimum = options.minimum ?? 0;
		const maximum = options.maximum ?? highest;
		checkRaw("minimum", minimum, highest);
		checkRaw("maximum", maximum, highest);
		// A knob that is wired well spans more than a quarter of the range, a pin that hangs in the air less.
		if ((maximum - minimum) * 4 < highest) {
			throw new Error(
				`calibration: ${minimum} to ${maximum} is too narrow; it must span a quarter of 0 to ${highest} (swapped ends: use invert)`,
			);
		}
		const span = (maximum - minimum) * oversampling;
		const snap = Math.trunc((span * snap_permille) / 1000);
		this.#highest = highest * oversampling;
		this.#low = minimum * oversampling + snap;
		this.#width = span - 2 * snap;
		this.#invert = options.invert ?? false;
	}

	/** Takes the sum of `oversampling` raw samples; true when it has changed `level`. A sum beyond the converter's range counts as its end. */
	read(sum: number): boolean {
		const reading = this.#positionOf(sum > 0 ? Math.min(sum, this.#highest) : 0); // NaN counts as 0 too
		if (this.level < 0) {
			this.#older = reading;
			this.#newer = reading;
			this.#average = reading;
		}
		this.#follow(median(this.#older, this.#newer, reading));
		this.#older = this.#newer;
		this.#newer = reading;
		return this.#settle();
	}

	/** The position of a sum of 16 samples, in 1/256 steps, 0 to 254 × 256 and a little beyond. */
	#positionOf(sum: number): number {
		let position = Math.trunc(((sum - this.#low) * level_max * step) / this.#width);
		if (this.#invert) position = level_max * step - position;
		return clamp(position, -overshoot, level_max * step + overshoot);
	}

	#follow(reading: number): void {
		const lag = reading - this.#average;
		const size = lag < 0 ? -lag : lag;
		const resting = this.#still === rest_readings;
		const near = resting ? near_resting : near_turning;
		let gain = resting ? gain_resting : gain_turning;
		if (size >= 2 * near) gain = gain_one;
		else if (size > near) gain += Math.trunc(((gain_one - gain) * (size - near)) / near);
		this.#average += Math.trunc((lag * gain) / gain_one);
	}

	/** Hysteresis. While turning the ends have none: they are always reached, and left only by a turn of the hand. */
	#settle(): boolean {
		const position = this.#average;
		const nearest = clamp(Math.floor(position / step + 0.5), 0, level_max);
		let level = this.level;
		if (this.#still === rest_readings) {
			const stray = position * fine - this.#rest;
			if (stray > -hold_resting * fine && stray < hold_resting * fine) return this.#rests(stray);
			level = clamp(stray > 0 ? level + 1 : level - 1, 0, level_max);
		} else if (++this.#still === rest_readings) {
			this.level = nearest;
			this.#restAt(position * fine);
			return level !== nearest; // not a turn: at half a step, the level would take the nearest value for ever
		} else {
			const stray = Math.abs(position - level * step);
			if (level < 0 || position <= 0 || position >= level_max * step || stray >= hold_turning) level = nearest;
		}
		if (level === this.level) return false;
		this.level = level;
		this.#still = 0;
		return true;
	}

	/** At rest, `stray` from the place of rest. True when that place has moved to the next level. */
	#rests(stray: number): boolean {
		this.#restAt(this.#rest + (stray >> rest_shift));
		const off = this.#rest - this.level * step * fine;
		if (off > -step * fine && off < step * fine) return false;
		this.level += off > 0 ? 1 : -1;
		return true;
	}

	/** Clamped to the ends: out of a dead end, the hold is measured from where the range begins. */
	#restAt(place: number): void {
		this.#rest = clamp(place, 0, level_max * step * fine);
	}
}

function clamp(value: number, lowest: number, highest: number): number {
	return Math.max(lowest, Math.min(value, highest));
}

function median(a: number, b: number, c: number): number {
	return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
