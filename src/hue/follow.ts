// Hue → topic: which of the bridge's reports are news. Each command of this role comes back as reports, during the fade with levels on the
// way; published, they would move the lamp that the command came from. So a light is mute while a command for it is under way, a second after
// that, and until its fade is over; a change meanwhile is found by reading the light once when the mute ends. Time is an argument, in
// milliseconds.

/** Reports of the own command come for so long after its answer, and after the end of its fade. */
export const mute_ms = 1_000;
/** Scaling to percent and back, and the bridge's own rounding, move a level by one. */
const tolerance = 1;

const unknown = -1;

/** One light, as the topic and the bridge have it. */
export class Follow {
	/** The level that the topic and the light have in common; -1: none is known. */
	#level = unknown;
	/** Until when reports are not news; Infinity: a command is under way. */
	#muteUntil = 0;
	/** Until when the own command is reported; then only its fade goes on, which never switches on or off. */
	#ownUntil = 0;
	/** The light is to be read when the mute ends; `own`: because of a command. */
	#pending: "no" | "own" | "missed" = "no";
	/** A report was missed since the reading began: its answer may be older. */
	#stale = false;
	#reading = false;
	/** The first four of these fields before the command, for a command that the bridge does not take. */
	readonly #before = { level: unknown, muteUntil: 0, ownUntil: 0, pending: "no" as "no" | "own" | "missed" };

	/** A command with `level` goes out: each report from now on may be its effect. */
	commanded(level: number): void {
		const before = this.#before;
		before.level = this.#level;
		before.muteUntil = this.#muteUntil;
		before.ownUntil = this.#ownUntil;
		before.pending = this.#pending;
		this.#level = level;
		this.#muteUntil = this.#ownUntil = Infinity;
		this.#pending = "own";
	}

	/** The bridge has taken the command at `now`; its fade takes `fade_ms`. */
	answered(now: number, fade_ms: number): void {
		this.#muteUntil = now + fade_ms + mute_ms;
		this.#ownUntil = fade_ms > mute_ms ? now + mute_ms : this.#muteUntil;
	}

	/** The bridge has not taken the command: the fields are as they were before. */
	refused(): void {
		const { level, muteUntil, ownUntil, pending } = this.#before;
		this.#level = level;
		this.#muteUntil = muteUntil;
		this.#ownUntil = ownUntil;
		if (this.#pending === "own") this.#pending = pending;
	}

	/** Whether the command has reached the light is not known: the light's next level is no news. */
	failed(now: number): void {
		this.#level = unknown;
		this.#muteUntil = this.#ownUntil = now;
	}

	/** When the light must be read; Infinity: not before something happens. */
	get deadline(): number {
		return this.#pending === "no" ? Infinity : this.#muteUntil;
	}

	/** From when a poll can bring news: not while own commands are reported. */
	get pollsFrom(): number {
		return this.#ownUntil;
	}

	/** A report was ignored, or may have been missed: the light is to be read at `now`, or when the mute ends. */
	missed(now: number): void {
		this.#stale = true;
		if (this.#pending === "no") this.#pending = "missed";
		this.#muteUntil = Math.max(this.#muteUntil, now);
	}

	/** The light is being read. True: for the first time after an own command. */
	reading(now: number): boolean {
		const own = this.#pending === "own" && now >= this.#muteUntil;
		this.#reading = true;
		this.#stale = false;
		// a reading in the midst of a fade does not stand for the reading after it
		if (now >= this.#muteUntil) this.#pending = "no";
		return own;
	}

	/** The reading has ended. True: no report was missed since it began. */
	read(): boolean {
		this.#reading = false;
		return !this.#stale;
	}

	/** May a report at `now` be news? If not, it was `missed`. `on`: the state in the report, if there is one. */
	listens(now: number, on: boolean | undefined): boolean {
		if (this.#reading) return false;
		if (now >= this.#muteUntil) return this.#pending === "no";
		return this.isSwitched(now, on);
	}

	/** Was the light switched, not by this role, in the midst of a fade? */
	isSwitched(now: number, on: boolean | undefined): boolean {
		return now >= this.#ownUntil && on !== undefined && this.#level !== unknown && on !== this.#level > 0;
	}

	/** The light shows `level`, which was reported or read at `now`. True when the level is news, to be published. */
	reported(level: number, now: number): boolean {
		const before = this.#level;
		// Off and the lowest light are one step apart, and not the same.
		const same = before !== unknown && (before === 0) === (level === 0) && Math.abs(before - level) <= tolerance;
		if (!same) this.#level = level;
		if (!same && now < this.#muteUntil) {
			// the fade is over: a command not of this role has ended it
			this.#muteUntil = this.#ownUntil = now;
			this.#pending = "no";
		}
		// The first level of all is no change, and there is no cause to publish it.
		return !same && before !== unknown;
	}

	/** The mean of a group's lights after a command: lights that cannot be reached, or go no lower, keep the mean from the level. It is no news. */
	averaged(level: number): void {
		this.#level = level;
	}
}
