// When a hand-moved level is published: while it moves, often enough to seem direct and seldom enough for any broker; once it rests, for
// certain. Time is an argument, so this paces a knob on a board and a slider in a page alike.

/** Publish nothing now. */
export const silent = 0;
/** Publish at QoS 0: the next value comes soon. */
export const moving = 1;
/** Publish at QoS 1: this value stays. */
export const final = 2;
/** Publish at QoS 0. At QoS 1 a link would keep it over an outage, and then publish it over a level that another client has set meanwhile. */
export const heartbeat = 3;

/** At most 25 messages a second. */
export const interval_ms = 40;
/** A level at rest for this long is final. */
export const rest_ms = 200;
export const heartbeat_ms = 30_000;

export class Pace {
	/** Milliseconds from one level to the next while it moves. */
	interval: number;

	#level = -1;
	#changed = -Infinity;
	#settled = true;
	#published = -1;
	/** When a level was published last. */
	#sent = -Infinity;
	/** When the heartbeat's period began. */
	#beat = -Infinity;

	/** `interval`: the least time between two messages, in milliseconds. */
	constructor(interval = interval_ms) {
		this.interval = Math.max(interval, interval_ms);
	}

	/**
	 * How to publish the current `level` at `now` (milliseconds): `silent`, `moving`, `final` or `heartbeat`. The answer stays the same until
	 * `sent` is called, so that a publish that failed, or found no connection, is made up for with the newest value.
	 * The first level of all is final at once.
	 */
	due(now: number, level: number): number {
		if (level !== this.#level) {
			// The level at the start is a rest, not a turn: it is published once.
			this.#changed = this.#level < 0 ? now - rest_ms : now;
			this.#level = level;
			this.#settled = false;
		}
		if (this.#settled) return now - this.#beat >= heartbeat_ms ? heartbeat : silent;
		if (now - this.#sent < this.interval) return silent;
		if (now - this.#changed >= rest_ms) return final;
		return level === this.#published ? silent : moving;
	}

	/** The level has been published at `now`, as `what`, the answer of `due`. */
	sent(now: number, what: number): void {
		this.#published = this.#level;
		this.#sent = now;
		this.#beat = now;
		if (what === final) this.#settled = true;
	}

	/** At `now` the hand has let go: the level counts as rested. */
	rest(now: number): void {
		this.#changed = Math.min(this.#changed, now - rest_ms);
	}

	/** The knob stands at `level`, which is not published: the next turn begins there. */
	skip(level: number): void {
		this.#level = level;
		this.#settled = true;
	}

	/** The next heartbeat is a whole period away: after a reconnect, for example, so that another client's level of meanwhile is received first. */
	postpone(now: number): void {
		this.#beat = now;
	}

	/** The earliest time at which `due` can give a new answer while the level stays as it is; for hosts that do not tick. */
	get deadline(): number {
		if (this.#settled) return this.#level < 0 ? Infinity : this.#beat + heartbeat_ms;
		const free = this.#sent + this.interval;
		const rest = this.#changed + rest_ms;
		const next = this.#level === this.#published ? rest : this.#changed;
		return Math.max(next, free);
	}
}
