// Whose level the topic holds, and whether the knob may speak over it: soft take-over, the `pickup` of synthesizers and mixing desks. A knob
// cannot turn itself to where a page has set the light; with soft take-over it waits to be turned there, and the light never leaps.

/**
 * The knob takes over within so many levels of the topic's: 3 of 254 are 1.2 L*, about the least difference that can be seen (C. Poynton,
 * "Frequently Asked Questions about Color": a difference of 1 L* is roughly the threshold of visibility).
 */
const tolerance = 3;
/** What the topic holds comes with the SUBACK: after so long nothing does. Ten times a slow Wi-Fi's round trip. */
const patience_ms = 1_000;
/** A second's echoes and more: 25 publishes a second, and a round trip of as long. A power of 2. */
const echoes_max = 32;

export class Takeover {
	/** The topic holds somebody else's level. */
	overruled = false;
	/** The topic's level, while the knob waits to be turned through it; else -1. */
	target = -1;

	#pickup: boolean;
	/** Until when it is awaited what the topic holds; 0: it is known. */
	#asking: number;
	/** Where the knob stood when it began to wait. */
	#above = false;
	#published = -1;
	/** Own publishes that have not come back, oldest first: until the last has, what comes is older than what the knob says. */
	#echoes = new Uint8Array(echoes_max);
	#first = 0;
	#count = 0;

	constructor(pickup: boolean) {
		this.#pickup = pickup;
		this.#asking = pickup ? Infinity : 0;
	}

	/** Connected and subscribed at `now` (milliseconds): while away, others may have set another level, or the broker forgotten it. */
	connected(now: number): void {
		this.#count = 0;
		if (this.#pickup) this.#asking = now + patience_ms;
	}

	/** The knob has published `level`. */
	published(level: number): void {
		this.#published = level;
		this.overruled = false;
		if (this.#count === echoes_max) this.#drop(1);
		this.#echoes[(this.#first + this.#count++) % echoes_max] = level;
	}

	/** The topic holds `level`, the knob stands at `knob`. True when the knob has to leave it so: it is not the knob's own. */
	heard(level: number, knob: number): boolean {
		const asked = this.#asking !== 0;
		const echo = this.#isEcho(level);
		this.#asking = 0;
		this.target = -1;
		this.overruled = !echo && level !== this.#published;
		// Away, the knob's own level has stood on the topic; while connected, who says it again is somebody else.
		if (!this.#pickup || echo || (asked && !this.overruled)) return false;
		this.overruled = level !== knob;
		if (knob - level > tolerance || level - knob > tolerance) {
			this.target = level;
			this.#above = knob > level;
		}
		return true;
	}

	/** May the knob, which stands at `level`, speak at `now`? No: keep what it has to say when `target` is -1, else drop it. */
	allows(level: number, now: number): boolean {
		if (this.#asking !== 0) {
			if (now < this.#asking) return false;
			// Nobody has said a thing: nothing to be turned through.
			this.#asking = 0;
			this.target = -1;
		}
		if (this.target < 0) return true;
		const gap = level - this.target;
		if (this.#above ? gap > tolerance : gap < -tolerance) return false;
		this.target = -1;
		return true;
	}

	/** Takes `level`, and those before it that never came, from the echoes awaited. False when it is not among them. */
	#isEcho(level: number): boolean {
		for (let i = 0; i < this.#count; i++) {
			if (this.#echoes[(this.#first + i) % echoes_max] !== level) continue;
			this.#drop(i + 1);
			return true;
		}
		return false;
	}

	#drop(count: number): void {
		this.#first = (this.#first + count) % echoes_max;
		this.#count -= count;
	}
}
