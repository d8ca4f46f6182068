// Randomness that can be replayed: the seed is printed, and SEED=n runs it again.

export class Random {
	#state: number;
	readonly seed: number;

	constructor(seed: number) {
		this.seed = seed;
		this.#state = seed >>> 0;
	}

	/** 0 ≤ x < 1 (mulberry32). */
	readonly next = (): number => {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};

	/** A whole number, `low` ≤ x ≤ `high`. */
	between(low: number, high: number): number {
		return low + Math.floor(this.next() * (high - low + 1));
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	pick<T>(values: readonly T[]): T {
		return values[Math.floor(this.next() * values.length)];
	}

	bytes(length: number): Uint8Array {
		return Uint8Array.from({ length }, () => Math.floor(this.next() * 256));
	}
}

/** The seed of this run: the environment's, or a new one. */
export function seedOfRun(): number {
	const given = process.env.SEED;
	return given === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(given);
}
