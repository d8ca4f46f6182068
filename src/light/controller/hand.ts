// The hand on a fader: when it holds the level, when the level is published, and whether the final one has come back. Time is an argument.
import { final, heartbeat, Pace, silent } from "../dimmer/pace.js";

/** A key or the wheel is a hand that has no "up": it holds the level for so long. */
export const key_ms = 400;
/** The hand's final level stands until it has come back from the broker, or for so long. */
export const deaf_ms = 1_500;
/** A final level that the broker has acknowledged comes back within so long, or not at all: the broker passes on another one, or none. */
export const echo_ms = 2_000;
/** Before its acknowledgement, a final level is checked again after so long. */
const again_ms = 100;
/** A publish for which the link has no room is tried again after so long. */
const retry_ms = 40;

export class Hand {
	/** The pointer is down. */
	down = false;
	/** The hand has set a level that is not yet published at QoS 1. */
	pending = false;
	/** A final level that the broker has acknowledged, and not passed on; -1: none. */
	notPassedOn = -1;
	readonly #pace = new Pace();
	#keyUntil = -Infinity;
	/** Until when the final level stands; Infinity: until there is a connection again. */
	#deafUntil = -Infinity;
	#last = -1;
	/** When to check whether the final level has come back; Infinity: no check is due. */
	#askAt = Infinity;

	/** A key was pressed at `now` (milliseconds), or the wheel was turned. */
	key(now: number): void {
		if (!this.down) this.#keyUntil = now + key_ms;
	}

	/** The pointer is up, or another way to set the level goes before it. */
	release(): void {
		this.down = false;
		this.#keyUntil = -Infinity;
	}

	holds(now: number): boolean {
		return this.down || now < this.#keyUntil;
	}

	/** May a message move the level? */
	yields(now: number): boolean {
		return !this.holds(now) && !this.pending && now >= this.#deafUntil;
	}

	/** The hand has moved the level from `from` to `level`; `from` -1: there was no level before, and `level` is final at once. */
	set(now: number, from: number, level: number): void {
		if (!this.pending || from < 0) this.#pace.skip(from);
		this.pending = true;
		this.#pace.due(now, level);
	}

	/** How to publish `level`: `silent`, `moving` or `final`, as `Pace`; no `final` while held: a drag with pauses would have several. */
	due(now: number, level: number): number {
		if (!this.pending) return silent;
		const holds = this.holds(now);
		if (!holds) this.#pace.rest(now);
		const what = this.#pace.due(now, level);
		return what === heartbeat || (what === final && holds) ? silent : what;
	}

	/** `level` was published, as `what`. */
	said(now: number, level: number, what: number): void {
		this.#pace.due(now, level);
		this.#pace.sent(now, what);
		const last = what === final;
		this.notPassedOn = -1;
		this.#last = level;
		this.#askAt = last ? now + echo_ms : Infinity;
		if (!last) return;
		this.pending = false;
		this.#deafUntil = now + deaf_ms;
	}

	/** All published levels have come back. */
	returned(): void {
		if (this.pending) return;
		this.#deafUntil = -Infinity;
		this.#askAt = Infinity;
		this.notPassedOn = -1;
	}

	/** The connection is lost; `again`: the link has still to publish the final level. */
	lost(again: boolean): void {
		if (again && !this.pending) this.#deafUntil = Infinity;
		this.#askAt = Infinity;
	}

	/** There is a connection again. */
	found(now: number): void {
		if (this.#deafUntil === Infinity) this.#deafUntil = now + deaf_ms;
	}

	/** Has the final level come back in time? `acknowledged`: the broker has it; `heard`: the level received last. */
	look(now: number, acknowledged: boolean, heard: number): void {
		if (now < this.#askAt) return;
		this.#askAt = acknowledged ? Infinity : now + again_ms;
		if (acknowledged && heard !== this.#last) this.notPassedOn = this.#last;
	}

	/** When an answer of a method above changes by time alone; Infinity: never. `up`: a level that is due can be published. */
	deadline(now: number, up: boolean): number {
		const key = now < this.#keyUntil ? this.#keyUntil : Infinity;
		const deaf = now < this.#deafUntil ? this.#deafUntil : Infinity;
		return Math.min(key, deaf, this.#askAt, this.pending && up ? this.#speaks(now) : Infinity);
	}

	#speaks(now: number): number {
		const next = this.#pace.deadline;
		if (next > now) return next;
		// a level at rest under the hand waits until the hand lets go
		return this.holds(now) ? Infinity : now + retry_ms;
	}
}
