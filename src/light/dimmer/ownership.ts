// Whose level the topic holds, and whether the knob may speak over it: soft take-over, the `pickup` of synthesizers and mixing desks. A knob
// cannot turn itself to where a page has set the light; with soft take-over it waits to be turned there, and the light never leaps.

/**
 * The knob takes over within so many levels of the topic's: 3 of 254 are 1.2 L*, about the least difference that can be seen (C. Poynton,
 * "Frequently Asked Questions about Color": a difference of 1 L* is roughly the threshold of visibility).
 */
const tolerance = 3;
/** What the topic holds comes with the SUBACK: after so long nothing does. Ten times a slow Wi-Fi's round trip. */
const patience_ms = 1_000;
/** Two and a half seconds' echoes: 25 publishes a second, and a round trip of as long. */
const echoes_max = 64;

export class Ownership {
	/** The topic holds somebody else's level. */
	overruled = false;
	/** The topic's level, while the knob waits to be turned through it; else -1. */
	target = -1;

	#pickup: boolean;
	/** Until when it is awaited what the topic holds. 0: it is known; Infinity: there is no connection. */
	#asking: number;
	/** Where the knob stood when it began to wait. */
	#above = false;
	/** What was heard last, whoever said it; -1: nothing. */
	#heard = -1;
	#published = -1;
	/**
	 * Own publishes that have not come back, oldest first: until the last has, what comes is older than what the knob says. Taken for
	 * another client's level, it would silence the knob.
	 */
	#echoes = new Uint8Array(echoes_max);
	#first = 0;
	#count = 0;
	/** Later ones for which there was no room: once those in `#echoes` have come back, as many messages are taken for own. */
	#beyond = 0;
	/** The own publish that came back last. */
	#returned = -1;
	/** The connection of `#echoes` is gone: they tell what the topic may hold, but come no more. */
	#broken = false;

	constructor(pickup: boolean) {
		this.#pickup = pickup;
		this.#asking = pickup ? Infinity : 0;
	}

	/** Own publishes have yet to come back. */
	get awaiting(): boolean {
		return this.#count > 0 || this.#beyond > 0;
	}

	/** From now on others may set another level unheard, or the broker forget it. */
	disconnected(): void {
		this.#broken = true;
		if (this.#pickup) this.#asking = Infinity;
	}

	/** Connected and subscribed at `now` (milliseconds). What the topic holds may have been heard already. */
	connected(now: number): void {
		if (this.#asking === Infinity) this.#asking = now + patience_ms;
	}

	/** The knob has published `level`. */
	published(level: number): void {
		this.#forget();
		this.#published = level;
		this.overruled = false;
		this.#await(level);
	}

	/**
	 * Somebody has said `level`, or the topic has held it (`retained`); the knob stands at `knob`. True when the knob has to leave it so: it is
	 * not the knob's own.
	 */
	heard(level: number, knob: number, retained: boolean): boolean {
		const held = retained || this.#asking !== 0;
		// Away, the knob's own level has stood on the topic; while connected, who says it again is somebody else.
		const own = this.#isEcho(level) || (held && (level === this.#published || level === this.#returned));
		if (retained) this.#forget();
		this.#heard = level;
		this.#asking = 0;
		this.target = -1;
		if (own) {
			// What is not retained leaves the topic as it is: an own level there does not tell that nobody has spoken over it.
			if (!held) this.overruled = false;
			return false;
		}
		this.overruled = level !== this.#published;
		return this.#pickup && this.#leave(level, knob);
	}

	/** The knob stands at `knob`, but no hand has meant the light by it. True when the knob has to leave the light as it is. */
	calibrated(knob: number): boolean {
		return this.#pickup && this.#heard >= 0 && this.#leave(this.#heard, knob);
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

	#leave(level: number, knob: number): boolean {
		this.overruled = level !== knob;
		if (knob - level > tolerance || level - knob > tolerance) {
			this.target = level;
			this.#above = knob > level;
		}
		return true;
	}

	#await(level: number): void {
		// In the order in which they come back: what finds no room is the newest.
		if (this.#count === echoes_max || this.#beyond > 0) this.#beyond++;
		else this.#echoes[(this.#first + this.#count++) % echoes_max] = level;
	}

	/** Takes `level`, and those before it that never came, from the echoes awaited. False when it is not among them. */
	#isEcho(level: number): boolean {
		for (let i = 0; i < this.#count; i++) {
			if (this.#echoes[(this.#first + i) % echoes_max] !== level) continue;
			this.#first = (this.#first + i + 1) % echoes_max;
			this.#count -= i + 1;
			this.#returned = level;
			return true;
		}
		if (this.#count > 0 || this.#beyond === 0 || this.#broken) return false;
		this.#beyond--;
		this.#returned = level;
		return true;
	}

	/** Awaits no more what a broken connection took with it, but for the last: a link says again what it has kept. */
	#forget(): void {
		if (!this.#broken) return;
		this.#broken = false;
		const last = this.awaiting;
		this.#count = this.#beyond = 0;
		if (last) this.#await(this.#published);
	}
}
