// When a level goes to a Hue bridge. A bridge takes 10 commands a second for lights and one for groups (Hue developer programme, "Hue system
// performance"); further commands it queues, or answers with 429 or 503. So the newest level is the only one worth sending, one request is in
// flight at a time, and two requests have a least distance. Time is an argument, in milliseconds.

/** Between two requests, and between two commands for groups. */
export const light_interval_ms = 100;
export const group_interval_ms = 1_000;
/** First and longest wait after 429 or 503, and after a request without an answer. */
const busy_min_ms = 1_000;
const busy_max_ms = 10_000;
const lost_min_ms = 1_000;
const lost_max_ms = 60_000;

/** A light or a group. */
export interface Target {
	readonly group: boolean;
	/** The level that the bridge has accepted last; -1: none, or the target may show another level by now. */
	shown: number;
	/** The bridge has no such light: it gets no more commands for it. */
	gone: boolean;
}

export class Pacing<T extends Target> {
	targets: readonly T[] = [];
	/** The level that every target is to show; -1: none has come yet. */
	wanted = -1;
	/** No request goes out before this time. */
	waitUntil = 0;

	readonly #random: () => number;
	/** A command has no answer yet. */
	#inFlight = false;
	/** The target whose turn is first: each gets its turn, however fast one level follows another. */
	#turn = 0;
	/** The next request of any kind, and the next command for a group, go out no sooner. */
	#requestAt = 0;
	#groupAt = 0;
	#busy_ms = busy_min_ms;
	#lost_ms = lost_min_ms;

	/** `random` (0 ≤ value < 1) spreads the tries after an outage. */
	constructor(random: () => number) {
		this.#random = random;
	}

	want(level: number): void {
		this.wanted = level;
	}

	/** The target that is to get `wanted` at `now`; `undefined`: none. A call of `sent` follows. */
	next(now: number): T | undefined {
		if (this.#inFlight || now < this.waitUntil) return undefined;
		const count = this.targets.length;
		for (let i = 0; i < count; i++) {
			const target = this.targets[(this.#turn + i) % count] as T;
			if (this.isAtRest(target) || now < this.freeAt(target)) continue;
			this.#turn = (this.#turn + i + 1) % count;
			return target;
		}
		return undefined;
	}

	/** The earliest time at which `next` can give a target; Infinity: not before something happens. */
	get deadline(): number {
		if (this.#inFlight) return Infinity;
		let earliest = Infinity;
		for (const target of this.targets) if (!this.isAtRest(target)) earliest = Math.min(earliest, this.freeAt(target));
		return Math.max(earliest, this.waitUntil);
	}

	/** Does `target` need no command? So with a repeated level: it may be a knob's heartbeat, which must not undo a switch by hand. */
	isAtRest(target: T): boolean {
		return target.gone || this.wanted < 0 || this.wanted === target.shown;
	}

	/** When a command for `target` may go out, as far as the distance is concerned. */
	freeAt(target: T): number {
		return target.group ? Math.max(this.#groupAt, this.#requestAt) : this.#requestAt;
	}

	/** The same for a request that is no command: to read a group costs its lights nothing, and a poll must not delay a command. */
	get requestAt(): number {
		return this.#requestAt;
	}

	/** The command for `target` has gone out at `now`. */
	sent(target: T, now: number): void {
		this.#inFlight = true;
		if (target.group) this.#groupAt = now + group_interval_ms;
		this.counted(now);
	}

	/** A request has gone out at `now`, such as a poll: each counts. */
	counted(now: number): void {
		this.#requestAt = now + light_interval_ms;
	}

	/** Nothing is in flight any more. */
	answered(): void {
		this.#inFlight = false;
	}

	/** The bridge is well: the waits begin again at their shortest. */
	well(): void {
		this.#busy_ms = busy_min_ms;
		this.#lost_ms = lost_min_ms;
	}

	/** The bridge has no room: returns the wait, after which the newest level goes out, and none of the levels of meanwhile. */
	busy(now: number): number {
		const wait = this.#busy_ms;
		this.#busy_ms = Math.min(wait * 2, busy_max_ms);
		this.waitUntil = now + wait;
		return wait;
	}

	/** No answer: returns the wait until the next try, spread by a quarter either way. */
	lost(now: number): number {
		const wait = Math.round(this.#lost_ms * (0.75 + 0.5 * this.#random()));
		this.#lost_ms = Math.min(this.#lost_ms * 2, lost_max_ms);
		this.waitUntil = now + wait;
		return wait;
	}
}
