// What ON means: the last level at which the light rested. A knob that is turned to off passes through every low level on its way, and ON must
// not bring back the last of these. Told by the topic alone, so that lamp, dimmer and page mean the same by it.
import { level_max } from "./intensity.js";

/** A level that stands for so long was meant; a hand that turns on does not pause for as long. */
export const rest_ms = 1_000;

export class Rested {
	#level: number;
	/** When `#level` was, or will be, there. */
	#since = -Infinity;
	#last: number;

	/** A light that is at `level` (0: off, or not known); `last` (1 to 254) is what it was before. */
	constructor(level = 0, last = level_max) {
		this.#level = level;
		this.#last = last;
	}

	/** What ON means, 1 to 254; to a light that is on, that is where it is. */
	get on(): number {
		return this.#level > 0 ? this.#level : this.#last;
	}

	/** The topic says `level` at `now` (milliseconds), to be reached in `transition` milliseconds (-1: it did not say). One that is `retained` has stood. */
	heard(level: number, now: number, transition: number, retained: boolean): void {
		if (level === this.#level) {
			if (now >= this.#since) return; // said again, it has stood since it was said first
		} else if (this.#level > 0 && now - this.#since >= rest_ms) this.#last = this.#level;
		this.#level = level;
		this.#since = retained ? -Infinity : transition > 0 ? now + transition : now;
	}
}
