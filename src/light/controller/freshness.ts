// Is the level that the controller shows true now? A connection from before a sleep can seem open when it is gone; a level from before is old.

/**
 * - `connecting`: no level is known yet.
 * - `empty`: connected, and the topic holds no level.
 * - `known`: the level is the one that the topic holds, or the one that the hand is setting.
 * - `checking`: connected, but the level is from before a sleep or a reconnect, until the broker has confirmed it.
 * - `lost`: not connected; the level is from before.
 */
export type State = "connecting" | "empty" | "known" | "checking" | "lost";

/** The level that the topic holds comes with the SUBACK: after so long without one, the topic holds none. */
const patience_ms = 1_000;

/** While the page is in sight, the broker is asked for a sign of life once in so long. */
export const look_ms = 10_000;

export class Freshness {
	/**
	 * Asleep, or awake again without a sign of life from the broker yet. Set from the sleep on: after a sleep, a browser first delivers
	 * the messages that it has kept, and then reports the end of the sleep.
	 */
	waking = false;
	#awake = true;
	#lookAt = Infinity;
	/** A level has come on this connection. */
	#fresh = false;
	/** There has been a connection. */
	#known = false;
	/** When the present connection came up; Infinity: there is none. */
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

	/** Is it time to ask for a sign of life? */
	asks(now: number): boolean {
		if (now < this.#lookAt) return false;
		this.#lookAt = now + look_ms;
		return true;
	}

	/** A level has come. */
	heard(): void {
		this.#fresh = true;
	}

	/** `before`: a level is known, from this connection or an earlier one. */
	state(now: number, before: boolean): State {
		if (this.#since === Infinity) return this.#known ? "lost" : "connecting";
		// asleep, the page is out of sight, and need not show a new state
		if (this.waking && this.#awake) return "checking";
		if (this.#fresh) return "known";
		if (now - this.#since >= patience_ms) return "empty";
		return before ? "checking" : "connecting";
	}

	/** When `state` changes by time alone, or a sign of life is to be asked for; Infinity: never. */
	deadline(now: number): number {
		const due = this.#since + patience_ms;
		return Math.min(this.#lookAt, this.#fresh || now >= due ? Infinity : due);
	}
}
