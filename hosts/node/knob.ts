// A simulated potentiometer on a simulated ADC, with the flaws of real ones, so that tests show them too: every sample
// is noisy, and at both ends the wiper moves without changing the value.
import type { Analog as HostAnalog } from "../../src/host.js";

const resolution_bits = 12;
const sample_max = 2 ** resolution_bits - 1;

export interface PotOptions {
	/** Greatest error of a sample, as a share of full scale. */
	noise?: number;
	/** Share of the travel, at each end, over which the value does not change. */
	deadEnd?: number;
	/** The same seed gives the same noise. */
	seed?: number;
	position?: number;
}

/** The potentiometer that the user turns. */
export class Pot {
	readonly noise: number;
	readonly deadEnd: number;
	readonly #random: () => number;
	#position = 0;

	constructor({ noise = 0.015, deadEnd = 0.015, seed = 1, position = 0 }: PotOptions = {}) {
		this.noise = noise;
		this.deadEnd = deadEnd;
		this.#random = random(seed);
		this.position = position;
	}

	/** The position of the wiper: 0 to 1 of its mechanical travel. */
	get position(): number {
		return this.#position;
	}

	set position(position: number) {
		if (!(position >= 0 && position <= 1)) throw new RangeError(`Pot: position must be 0 to 1, not ${position}`);
		this.#position = position;
	}

	/** The value of an ideal ADC, 0 to 1. Setting it turns the wiper. */
	get value(): number {
		return clamp((this.#position - this.deadEnd) / (1 - 2 * this.deadEnd));
	}

	set value(value: number) {
		const inside = clamp(value);
		// 0 and 1 turn the wiper to the stop, not to the begin of the dead end.
		if (inside === 0 || inside === 1) this.position = inside;
		else this.position = this.deadEnd + inside * (1 - 2 * this.deadEnd);
	}

	/** One noisy sample, 0 to 1. The sum of two even distributions: small errors are common, the greatest are rare. */
	sample(): number {
		return clamp(this.value + (this.#random() + this.#random() - 1) * this.noise);
	}
}

/** ECMA-419 §10 Analog. */
export default class Analog implements HostAnalog {
	readonly resolution = resolution_bits;
	readonly #pot: Pot;
	#closed = false;

	constructor(options: { pot: Pot }) {
		if (!(options.pot instanceof Pot)) throw new TypeError("Analog: pot must be a Pot");
		this.#pot = options.pot;
	}

	read(): number {
		if (this.#closed) throw new Error("Analog: read after close");
		return Math.round(this.#pot.sample() * sample_max);
	}

	close(): void {
		this.#closed = true;
	}
}

/** mulberry32: 32 bits of state are plenty for noise, and the same seed repeats the noise. */
function random(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

function clamp(value: number): number {
	return Math.min(Math.max(value, 0), 1);
}
