// Many rows as few: each stretch of time with its minimum, maximum and mean. The mean is over the time, for a lamp that was at 254 for a minute
// was brighter than a lamp that passed 254.
import type { Minute } from "./store.js";

/** A level from `time` on; or a stretch that is summed up already. */
export interface Point {
	/** UTC, milliseconds. */
	time: number;
	level: number;
	/** Of a stretch from `time` on: its own summary. */
	minute?: Minute;
}

/** The state before the first point. */
export interface Start {
	/** The level that stood, -1: not known; and since when, UTC, milliseconds. */
	level: number;
	from: number;
	/** When silences have begun since the level came, oldest first: from then on no level is known, until the next point. */
	silences: readonly number[];
}

const minute_ms = 60_000;

export class Buckets {
	readonly #step: number;
	readonly #silences: readonly number[];
	#nextSilence = 0;
	readonly #out: (bucket: Minute) => void;
	#bucket: Minute | undefined;
	/** The level that stands, -1: none is known; since when; and the bucket's sums so far: level × milliseconds, and milliseconds. */
	#level: number;
	#since: number;
	#area = 0;
	#known = 0;

	/** `step`: milliseconds. `out` gets each bucket that has a point, oldest first. */
	constructor(step: number, { level, from, silences }: Start, out: (bucket: Minute) => void) {
		this.#step = step;
		this.#silences = silences;
		this.#level = level;
		this.#since = from;
		this.#out = out;
	}

	/** The next point; never earlier than the last. */
	add({ time, level, minute }: Point): void {
		this.#silent(time);
		const bucket = this.#at(time);
		this.#pass(time);
		if (minute === undefined) {
			this.#widen(level, level);
			bucket.count += 1;
			this.#level = level;
		} else {
			this.#widen(minute.min, minute.max);
			bucket.count += minute.count;
			this.#area += minute.mean * minute_ms;
			this.#known += minute_ms;
			this.#level = minute.last;
			this.#since = time + minute_ms;
		}
		bucket.last = this.#level;
	}

	/** Takes the silences that have begun by `time`. */
	#silent(time: number): void {
		for (; (this.#silences[this.#nextSilence] ?? Number.POSITIVE_INFINITY) <= time; this.#nextSilence++)
			this.#unknown(this.#silences[this.#nextSilence]);
	}

	#unknown(time: number): void {
		if (this.#level >= 0 && time > this.#since) {
			this.#at(time);
			this.#pass(time);
		}
		this.#level = -1;
		if (this.#since < time) this.#since = time;
	}

	/** The bucket of `time`; the one before it is over. */
	#at(time: number): Minute {
		const start = Math.floor(time / this.#step) * this.#step;
		if (this.#bucket?.time === start) return this.#bucket;
		this.#end();
		const bucket: Minute = { time: start, min: 255, max: -1, mean: 0, last: -1, count: 0 };
		this.#bucket = bucket;
		if (this.#since < start) this.#since = start;
		// the level at the beginning of the bucket is a part of it
		if (this.#level >= 0) this.#widen(this.#level, this.#level);
		return bucket;
	}

	/** No more points before `time`. */
	finish(time: number): void {
		this.#silent(time);
		const bucket = this.#bucket;
		if (bucket !== undefined) this.#pass(Math.min(time, bucket.time + this.#step));
		this.#close();
	}

	/** The next point belongs to another bucket: this one is over. */
	#end(): void {
		if (this.#bucket === undefined) return;
		this.#pass(this.#bucket.time + this.#step);
		this.#close();
	}

	#close(): void {
		const bucket = this.#bucket;
		if (bucket === undefined) return;
		bucket.mean = this.#known > 0 ? this.#area / this.#known : bucket.last;
		if (bucket.count > 0) this.#out(bucket);
		this.#bucket = undefined;
		this.#area = this.#known = 0;
	}

	/** The level stood until `time`. */
	#pass(time: number): void {
		if (time <= this.#since) return;
		if (this.#level >= 0) {
			this.#area += this.#level * (time - this.#since);
			this.#known += time - this.#since;
		}
		this.#since = time;
	}

	#widen(min: number, max: number): void {
		const bucket = this.#bucket as Minute;
		if (min < bucket.min) bucket.min = min;
		if (max > bucket.max) bucket.max = max;
	}
}
