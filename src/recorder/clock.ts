// The recorder's clock: UTC as the host has it, and whether it was set. After the clock was set back, the times of new rows stand still until it
// has caught up, and stored rows are not moved: which clock was right is not known, and the gap `clock` marks the doubtful time.

/** A clock that leaps so far between two looks was set. NTP's own corrections are smaller, or slow. */
const set_ms = 2_000;

export class WallClock {
	readonly #utc: () => number;
	readonly #steady: () => number;
	/** UTC less the steady clock, at the last look. */
	#offset: number;

	/** `utc`: milliseconds since 1970; `steady`: milliseconds that never run backwards. */
	constructor(utc: () => number, steady: () => number) {
		this.#utc = utc;
		this.#steady = steady;
		this.#offset = utc() - steady();
	}

	now(): number {
		return Math.floor(this.#utc());
	}

	/** How much the clock was set ahead (or, below 0, back) since the last look, in milliseconds; 0: it was not. */
	leap(): number {
		const offset = this.#utc() - this.#steady();
		const leap = offset - this.#offset;
		this.#offset = offset;
		return Math.abs(leap) >= set_ms ? Math.round(leap) : 0;
	}
}

/** `1 h 5 min`, in the two largest units. */
export function length(milliseconds: number): string {
	const seconds = Math.round(Math.abs(milliseconds) / 1000);
	const units: [number, string][] = [
		[86_400, "d"],
		[3_600, "h"],
		[60, "min"],
		[1, "s"],
	];
	const found = units.findIndex(([size]) => seconds >= size);
	const first = found < 0 ? units.length - 1 : found;
	let rest = seconds;
	const words: string[] = [];
	for (const [size, unit] of units.slice(first, first + 2)) {
		const count = Math.floor(rest / size);
		rest -= count * size;
		if (count > 0 || words.length === 0) words.push(`${count} ${unit}`);
	}
	return words.join(" ");
}
