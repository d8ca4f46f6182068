// Is what the controller shows true now? A connection that was slept through looks open and is gone; a level of before it is old.

/**
 * - `connecting`: nothing is known yet.
 * - `empty`: connected, and the topic holds nothing.
 * - `known`: the level is what the topic holds, or what the hand is setting.
 * - `checking`: connected, but the level is from before a sleep or a reconnect, until the broker has said that it stands.
 * - `lost`: not connected; the level is from before.
 */
export type State = "connecting" | "empty" | "known" | "checking" | "lost";

/** What the topic holds comes with the SUBACK: after so long nothing does. */
const patience_ms = 1_000;

/** While somebody looks, the broker is asked for a sign of life so often. */
export const look_ms = 10_000;

export class Freshness {
	/**
	 * Asleep, or woken and the broker has given no sign of life yet. From the sleep on: a browser passes on what it has kept before it tells that
	 * the sleep is over.
	 */
	waking = false;
	#awake = true;
	#lookAt = Infinity;
	/** A level has come on this connection. */
	#fresh = false;
	/** It was connected once. */
	#known = false;
	/** Since when it is; Infinity: it is not. */
	#since = Infinity;

	/** Connected and subscribed at `now` (milliseconds). */
	up(now: number): void {
		this.#known = true;
		this.#since = now;
		this.#fresh = false;
		this.waking = !this.#awake;
		this.#lookAt = this.#awake ? now + look_ms : Infinity;
	}

	down(): void {
		this.#since = this.#lookAt = Infinity;
		this.waking = this.#fresh = false;
	}

	sleep(): void {
		this.#awake = false;
		this.#lookAt = Infinity;
		this.waking = this.#since !== Infinity;
	}

	wake(): void {
		this.#awake = true;
		this.waking = this.#since !== Infinity;
	}

	/** The broker has given a sign of life at `now`. */
	proved(now: number): void {
		this.waking = false;
		if (this.#awake) this.#lookAt = now + look_ms;
	}

	/** Is it time to ask for one? */
	asks(now: number): boolean {
		if (now < this.#lookAt) return false;
		this.#lookAt = now + look_ms;
		return true;
	}

	/** A level has come. */
	heard(): void {
		this.#fresh = true;
	}

	/** `before`: a level is known, from this connection or one before. */
	state(now: number, before: boolean): State {
		if (this.#since === Infinity) return this.#known ? "lost" : "connecting";
		// asleep, nobody looks, and nothing is written to be looked at
		if (this.waking && this.#awake) return "checking";
		if (this.#fresh) return "known";
		if (now - this.#since >= patience_ms) return "empty";
		return before ? "checking" : "connecting";
	}

	/** When `state` says something new though nothing has happened, or a sign of life is to be asked for; Infinity: never. */
	deadline(now: number): number {
		const due = this.#since + patience_ms;
		return Math.min(this.#lookAt, this.#fresh || now >= due ? Infinity : due);
	}
}
