// From one duty to another, in PWM space: the LED has 16 to 64 times more steps than the wire, and a fade that uses them shows none.

/** Nothing to write: the duty has not changed. */
export const unchanged = -1;

/** A fade of a turning knob: two publish intervals at 25 a second would lag, none would show steps. */
export const stream_fade_ms = 40;
/** A fade of a single jump, such as a switch or a slider that was clicked. */
export const jump_fade_ms = 350;
/** Updates closer than this are a stream: a knob sends every 40 ms, a lost packet or a slow network makes that 80 or 120. */
const stream_gap_ms = 150;
/** Positions are kept in 1/256 of a duty step, so that a flood of retargets, each a moment after the last, still moves the light. */
const fraction = 256;

export class Fade {
	/** The duty last stepped to; what the LED shows. */
	duty = 0;
	/** True until the target is reached: `step` wants to be called. */
	active = false;

	#from = 0;
	#to = 0;
	#start = 0;
	#span = 0;
	#updated = -Infinity;

	/**
	 * Goes to `target` (duty) from wherever the fade is at `now`, in `transition` milliseconds; without one (-1) in 40 ms when updates
	 * are streaming in and in 350 ms otherwise. Follow with `step`.
	 */
	retarget(target: number, now: number, transition = -1): void {
		const streaming = now - this.#updated < stream_gap_ms;
		this.#from = this.#position(now);
		this.#to = target * fraction;
		this.#start = now;
		this.#span = transition >= 0 ? transition : streaming ? stream_fade_ms : jump_fade_ms;
		this.#updated = now;
		this.active = true;
	}

	/** The duty to write at `now` (milliseconds, never less than before), or `unchanged`. */
	step(now: number): number {
		if (!this.active) return unchanged;
		const position = this.#position(now);
		if (now - this.#start >= this.#span) this.active = false;
		const duty = Math.floor(position / fraction);
		if (duty === this.duty) return unchanged;
		this.duty = duty;
		return duty;
	}

	#position(now: number): number {
		const elapsed = now - this.#start;
		if (!this.active || elapsed >= this.#span) return this.#to;
		return this.#from + Math.trunc(((this.#to - this.#from) * elapsed) / this.#span);
	}
}
