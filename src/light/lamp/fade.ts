// From one level to another, along the curve of the eye, in steps of the PWM: the LED has 16 to 64 times more steps than the wire. A fade that
// is even in duty leaps out of the dark, where a step of duty is much light to the eye, and crawls in bright light, where a step is none.
import { level_max } from "../level/intensity.js";

/** Nothing to write: the duty has not changed. */
export const unchanged = -1;

/** Milliseconds of a fade from a turning knob: two publish intervals at 25 a second would lag, none would show steps. */
export const stream_fade_ms = 40;
/** Milliseconds of a fade from a single jump, such as a switch or a slider that was clicked. */
export const jump_fade_ms = 350;
/** Updates closer than this are a stream: a knob sends every 40 ms, a lost packet or a slow network makes that 80 or 120. */
const stream_gap_ms = 150;
/** A change of so many levels or more is a jump: a knob that begins to turn makes less, and must not wait for 350 ms. */
const jump_levels = 32;
/** Positions are in 1/256 of a level, which is finer than the PWM: a flood of retargets, each a moment after the last, still moves the light. */
const fraction = 256;

export class Fade {
	/** The duty of the last step, which the LED shows. */
	duty = 0;
	/** True until the target is reached: `step` must be called. */
	active = false;

	#curve: Uint16Array;
	#jump: number;
	#stream: number;
	/** The position of the last step. */
	#shown = 0;
	#from = 0;
	#to = 0;
	#start = 0;
	#span = 0;
	#updated = -Infinity;

	/** `curve` comes from `makeCurve`; `jump` and `stream` are the milliseconds of a single jump, and of an update in a stream. */
	constructor(curve: Uint16Array, jump = jump_fade_ms, stream = stream_fade_ms) {
		this.#curve = curve;
		this.#jump = jump;
		this.#stream = stream;
	}

	/**
	 * Goes to `level` (0..254) from the fade's position at `now`, in `transition` milliseconds. Without a transition (-1): in the time of a stream
	 * when updates are streaming in, else in that of a jump, or less for a small jump. Follow with `step`.
	 * A target that is repeated in the midst of its fade gets the new transition; without one the fade ends sooner, never later: a flood of one
	 * level must neither stop the fade nor hurry a usual one.
	 */
	retarget(level: number, now: number, transition = -1): void {
		const from = this.#position(now);
		const to = level * fraction;
		const jump = transition >= 0 ? transition : this.#spanOfJump(to - from);
		if (to === this.#to && (!this.active || (transition < 0 && jump >= this.#start + this.#span - now))) return;
		const streaming = transition < 0 && now - this.#updated < stream_gap_ms && to !== this.#to;
		this.#from = from;
		this.#to = to;
		this.#start = now;
		this.#span = streaming ? this.#stream : jump;
		this.#updated = now;
		this.active = true;
	}

	/** The duty to write at `now` (milliseconds, never less than before), or `unchanged`. */
	step(now: number): number {
		if (!this.active) return unchanged;
		// Turned back between two steps, the fade had gone farther than the LED shows: the shown position moves only to the target.
		const shown = this.#shown;
		const to = this.#to;
		let position = this.#position(now);
		position = to >= shown ? Math.min(Math.max(position, shown), to) : Math.max(Math.min(position, shown), to);
		this.#shown = position;
		if (now - this.#start >= this.#span) this.active = false;
		const duty = this.#dutyAt(position);
		if (duty === this.duty) return unchanged;
		this.duty = duty;
		return duty;
	}

	/** From the time of a stream, for no distance, to that of a jump. */
	#spanOfJump(way: number): number {
		const distance = Math.abs(way) / (jump_levels * fraction);
		return distance >= 1 ? this.#jump : this.#stream + (this.#jump - this.#stream) * distance;
	}

	#position(now: number): number {
		const elapsed = now - this.#start;
		if (!this.active || elapsed >= this.#span) return this.#to;
		return this.#from + Math.trunc(((this.#to - this.#from) * elapsed) / this.#span);
	}

	/** Between off and level 1 the light is that of level 1: less light flickers where `minimum` is set, and is dark on a narrow PWM. */
	#dutyAt(position: number): number {
		const curve = this.#curve;
		const level = position >> 8;
		if (level === 0) return position > 0 ? curve[1] : 0;
		const low = curve[level];
		return level >= level_max ? low : low + (((curve[level + 1] - low) * (position & 0xff)) >> 8);
	}
}
