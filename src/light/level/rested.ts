// The level of ON: the last level at which the light rested. A knob that is turned to off passes through every low level on its way, and ON must
// not bring back the last of these. It follows from the topic alone, so that ON is the same level for lamp, dimmer and page.
import { level_max } from "./intensity.js";

/** A level that stands for so long has rested; a hand that goes on turning does not pause for as long. */
export const rest_ms = 1_000;

export class Rested {
	#level: number;
	/** When the light came, or will come, to `#level`. */
	#since = -Infinity;
	#last: number;

	/** A light that is at `level` (0: off, or not known); `last` (1 to 254) is its level before. */
	constructor(level = 0, last = level_max) {
		this.#level = level;
		this.#last = last;
	}

	/** The level of ON, 1 to 254; for a light that is on, its own level. */
	get on(): number {
		return this.#level > 0 ? this.#level : this.#last;
	}

	/** The topic gets `level` at `now`, to be reached in `transition` (both in milliseconds; -1: none given). A `retained` level has stood. */
	heard(level: number, now: number, transition: number, retained: boolean): void {
		if (level === this.#level) {
			if (now >= this.#since) return; // a repeated level has stood since it first came
		} else if (this.#level > 0 && now - this.#since >= rest_ms) this.#last = this.#level;
		this.#level = level;
		this.#since = retained ? -Infinity : transition > 0 ? now + transition : now;
	}
}
