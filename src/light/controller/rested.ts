// What ON brings back: the last level that was at rest, and not off. Not the last one that was not off: a fader on its way down to off passes
// them all, and the light would come back at 1.
import { level_max } from "../level/intensity.js";

/** A level that has stood for so long was at rest: while a knob turns, they come 25 a second, and a slow network adds half a second. */
const rest_ms = 1_000;

export class Rested {
	/** 1 to 254; before any is known, full light. */
	level = level_max;
	#heard = -1;
	#at = 0;

	/** `level` has been said for good. */
	keep(level: number): void {
		if (level > 0) this.level = level;
	}

	/** `level` has come from the topic at `now` (milliseconds). */
	heard(level: number, now: number): void {
		if (level === this.#heard) return;
		this.left(now);
		this.#heard = level;
		this.#at = now;
	}

	/** At `now` what was heard last stands no more. */
	left(now: number): void {
		if (this.#heard > 0 && now - this.#at >= rest_ms) this.level = this.#heard;
		this.#heard = -1;
	}
}
