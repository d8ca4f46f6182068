// Which client's level the topic holds, and whether the knob may publish over it: soft take-over, the `pickup` of synthesizers and mixing desks.
// A knob cannot turn itself to a level that a page has set; with soft take-over it waits to be turned there, and the light never leaps.

/**
 * The knob takes over within so many levels of the topic's: 3 of 254 are 1.2 L*, about the least difference that can be seen (C. Poynton,
 * "Frequently Asked Questions about Color": a difference of 1 L* is roughly the threshold of visibility).
 */
const tolerance = 3;
/** The level that the topic holds comes with the SUBACK: after so long without one, it holds none. Ten times a slow Wi-Fi's round trip. */
const patience_ms = 1_000;
/** The echoes of two and a half seconds: 25 publishes a second, and a round trip of as long. */
const echoes_max = 64;

export class Ownership {
	/** The topic holds another client's level. */
	overruled = false;
	/** The topic's level, while the knob waits to be turned through it; else -1. */
	target = -1;

	#pickup: boolean;
	/** Until when the topic's level is awaited. 0: it is known; Infinity: there is no connection. */
	#asking: number;
	/** The knob stood above `target` when it began to wait. */
	#above = false;
	/** The level received last, from any client; -1: none. */
	#heard = -1;
	#published = -1;
	/**
	 * Own publishes that have not come back, oldest first: until the last has come back, each level received is older than the knob's. Taken for
	 * another client's level, it would silence the knob.
	 */
	#echoes = new Uint8Array(echoes_max);
	#first = 0;
	#count = 0;
	/** Later publishes for which there was no room: once those in `#echoes` have come back, as many messages are taken for own. */
	#beyond = 0;
	/** The level of the own publish that came back last. */
	#returned = -1;
	/** The connection of `#echoes` is gone: the topic may hold one of these levels, but they come back no more. */
	#broken = false;

	constructor(pickup: boolean) {
		this.#pickup = pickup;
		this.#asking = pickup ? Infinity : 0;
	}

	/** Own publishes have yet to come back. */
	get awaiting(): boolean {
		return this.#count > 0 || this.#beyond > 0;
	}

	/** From now on another client may set a level that does not come here, or the broker may lose the topic's level. */
	disconnected(): void {
		this.#broken = true;
		if (this.#pickup) this.#asking = Infinity;
	}

	/** Connected and subscribed at `now` (milliseconds). The topic's level may have come already. */
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
	 * A client has published `level`, or the topic has held it (`retained`); the knob stands at `knob`. True when the knob has to leave the light
	 * at `level`, which is not the knob's own.
	 */
	heard(level: number, knob: number, retained: boolean): boolean {
		const held = retained || this.#asking !== 0;
		// The topic may have held the knob's own level during an outage; while connected, another client has published it again.
		const own = this.#isEcho(level) || (held && (level === this.#published || level === this.#returned));
		if (retained) this.#forget();
		this.#heard = level;
		this.#asking = 0;
		this.target = -1;
		if (own) {
			// A publish without retain leaves the topic as it is: the own level there does not prove that no other client has published over it.
			if (!held) this.overruled = false;
			return false;
		}
		this.overruled = level !== this.#published;
		return this.#pickup && this.#leave(level, knob);
	}

	/** The knob stands at `knob` after a calibration, which sets no light. True when the knob has to leave the light as it is. */
	calibrated(knob: number): boolean {
		return this.#pickup && this.#heard >= 0 && this.#leave(this.#heard, knob);
	}

	/** May the knob, which stands at `level`, publish at `now`? No: keep the level for later when `target` is -1, else drop it. */
	allows(level: number, now: number): boolean {
		if (this.#asking !== 0) {
			if (now < this.#asking) return false;
			// No level has come: there is none to be turned through.
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
		// In the order in which the levels come back: those without room are the newest.
		if (this.#count === echoes_max || this.#beyond > 0) this.#beyond++;
		else this.#echoes[(this.#first + this.#count++) % echoes_max] = level;
	}

	/** Takes `level`, and those before it that never came, from the echoes awaited. False when `level` is not among them. */
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

	/** Stops waiting for the echoes that a broken connection has lost, but for the last: a link publishes again the message that it has kept. */
	#forget(): void {
		if (!this.#broken) return;
		this.#broken = false;
		const last = this.awaiting;
		this.#count = this.#beyond = 0;
		if (last) this.#await(this.#published);
	}
}
