// A knob that never rests: a hand pauses, a fault does not. A wiper that has come off, or readings that sag with every packet that the board
// sends, would publish 25 times a second for ever, without a line in the log. Time is an argument.

/** A hand that turns a knob to and fro pauses for so long now and then, however long it goes on. */
const pause_ms = 300;
/** A knob in motion for so long flutters; a pause counts eight times against that, so that a fault that stops for a moment is found all the same. */
const flutter_ms = 30_000;
const pause_weight = 8;
/** Without a change of level for so long, the knob flutters no more: a pin in the air that is seldom read may well keep still for a second. */
const still_ms = 5_000;
/**
 * A fluttering knob publishes at most four levels a second. A hand that is taken for a fault is still followed, and no broker is flooded.
 * The knob is then read 200 ms after each packet: readings that sag with packets are right by that time, and the flutter ends.
 */
export const slow_interval_ms = 250;
/** Noise moves the knob over at most so many levels; a pin that hangs in the air goes farther. */
const noise_levels = 16;

export class Flutter {
	/** The flutter has been found, and goes on. */
	active = false;

	/** Milliseconds in motion, less those of the pauses. */
	#motion = 0;
	#moved = -Infinity;
	#least = 0;
	#most = 0;

	/** The level has changed to `level` at `now` (milliseconds). True when the knob has just been found to flutter. */
	moved(level: number, now: number): boolean {
		const gap = now - this.#moved;
		this.#motion = gap < pause_ms ? this.#motion + gap : Math.max(0, this.#motion - gap * pause_weight);
		this.#moved = now;
		if (this.#motion === 0) this.#least = this.#most = level;
		if (level < this.#least) this.#least = level;
		if (level > this.#most) this.#most = level;
		if (this.active || this.#motion < flutter_ms) return false;
		this.active = true;
		return true;
	}

	/** Ends the flutter of a knob that is still at `now`. */
	look(now: number): void {
		if (!this.active || now - this.#moved < still_ms) return;
		this.active = false;
		this.#motion = 0;
	}

	/** The log's line about the flutter, to be logged once: a new string. */
	get told(): string {
		const what = `the knob flutters between ${this.#least} and ${this.#most}, and never rests`;
		const why =
			this.#most - this.#least > noise_levels
				? "is its middle leg, the wiper, on the pin? Or do readings sag after each packet (100 nF from the pin to GND)?"
				: "noise? 100 nF from the pin to GND, short wires, a knob of 10 kΩ";
		return `${what}; until it does, its level goes out 4 times a second; ${why}`;
	}
}
