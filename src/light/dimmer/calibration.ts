// Two-point calibration: the converter's samples at both ends of the knob's travel. Chips differ by 6 %, potentiometers too, and a knob with a
// resistor above it ends far below full. Guided, by the clock alone: a board without a screen has nothing else that its user could follow.
import type { Store } from "../../host.js";
import { oversampling } from "./knob.js";

/** Time for each end, in readings of 10 ms; only the last second of it counts, for a knob that is at rest before may stand anywhere. */
const turn_readings = 1_000;
const hold_readings = 100;
/** Readings at rest stay within this share of the range, in thousandths: samples that are 2 % off, sixteen of them averaged. */
const rest_permille = 30;

/** When to ask for the ends, for the `calibrate` of a dimmer. */
export const calibrations = Object.freeze(["kept", "once", "now"] as const);

/** Raw samples at level 0 and at level 254; the first is the greater where the ends are swapped. */
export interface Ends {
	off: number;
	full: number;
}

const key_off = "knob_off";
const key_full = "knob_full";

/** Why `off` and `full` cannot be the ends of a knob whose highest sample is `highest`; empty when they can. */
export function endsFault(off: number, full: number, highest: number): string {
	const least = Math.min(off, full);
	const most = Math.max(off, full);
	const whole = off === Math.floor(off) && full === Math.floor(full);
	if (!(whole && least >= 0 && most <= highest)) return `${off} and ${full} are no samples of this converter`;
	// A knob that is wired well spans more than a quarter of the range, a pin that hangs in the air less.
	return (most - least) * 4 < highest
		? `${off} and ${full} are too near each other: the ends must be a quarter of 0 to ${highest} apart`
		: "";
}

/** The ends that a guided calibration has kept, unless they are damaged, or from another converter. */
export function keptEnds(store: Store, highest: number): Ends | undefined {
	const off = store.read(key_off);
	const full = store.read(key_full);
	if (typeof off !== "number" || typeof full !== "number") return undefined;
	return endsFault(off, full, highest) === "" ? { off, full } : undefined;
}

/** Throws when the device cannot keep the ends. A power cut between the two writes leaves a mixed pair, which `keptEnds` gives: ends move little. */
export function keepEnds(store: Store, { off, full }: Ends): void {
	store.write(key_off, off);
	store.write(key_full, full);
}

export class Calibration {
	/** The instruction for the user; changes when `read` returns true. */
	guide = "turn the knob fully to the left, its off end, and leave it there: 10 s from now";
	/** True once it has ended: `ends` holds them, or else `guide` says why it does not. */
	done = false;
	ends: Ends | undefined;

	#highest: number;
	#off = -1;
	#readings = 0;
	#total = 0;
	#least = Infinity;
	#most = 0;

	/** `highest`: the converter's highest sample. */
	constructor(highest: number) {
		this.#highest = highest;
	}

	/** Takes the sum of `oversampling` raw samples, one every 10 ms; true when `guide` has changed. */
	read(sum: number): boolean {
		if (this.done) return false;
		if (++this.#readings > turn_readings - hold_readings) {
			this.#total += sum;
			if (sum < this.#least) this.#least = sum;
			if (sum > this.#most) this.#most = sum;
		}
		if (this.#readings < turn_readings) return false;
		this.#take();
		return true;
	}

	#take(): void {
		const end = Math.round(this.#total / (hold_readings * oversampling));
		const moved = (this.#most - this.#least) * 1000 > rest_permille * oversampling * this.#highest;
		this.#readings = 0;
		this.#total = 0;
		this.#least = Infinity;
		this.#most = 0;
		if (moved) this.#end("the knob was still being turned");
		else if (this.#off < 0) {
			this.#off = end;
			this.guide = "now turn it fully to the right, and leave it there: 10 s from now";
		} else {
			const fault = endsFault(this.#off, end, this.#highest);
			if (fault === "") this.ends = { off: this.#off, full: end };
			this.#end(fault);
		}
	}

	#end(fault: string): void {
		this.done = true;
		if (fault !== "") this.guide = `not calibrated: ${fault}; the knob stays as it was; start again to try again`;
		else if (this.ends !== undefined) this.guide = `calibrated: off at ${this.ends.off}, full at ${this.ends.full}`;
	}
}
