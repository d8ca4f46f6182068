// Hue → topic: which of the bridge's reports are news. Whatever this role commands comes back as reports, during the fade with levels on the
// way; published, they would move the lamp that the command came from. So a light is mute while a command for it is under way and a second
// after that; what happened meanwhile is found by reading the light once when the mute ends. Time is an argument, in milliseconds.

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
	muteUntil = 0;
	/** The light is to be read when the mute ends. */
	#pending = false;

	/** A command with `level` goes out: all that is reported from now on may be its own doing. */
	commanded(level: number): void {
		this.#level = level;
		this.muteUntil = Infinity;
		this.#pending = true;
	}

	/** The command's answer has come at `now`, whatever it was; its fade takes `fade_ms`. */
	answered(now: number, fade_ms: number): void {
		this.muteUntil = now + fade_ms + mute_ms;
	}

	/** The command did not reach the light: what it shows is its own, and no news. */
	failed(now: number): void {
		this.#level = unknown;
		this.muteUntil = now;
	}

	/** When the light must be read; Infinity: not before something happens. */
	get deadline(): number {
		return this.#pending ? this.muteUntil : Infinity;
	}

	/** Reports were missed: the light is to be read at `now`, or when the mute ends. */
	missed(now: number): void {
		this.#pending = true;
		if (this.muteUntil !== Infinity) this.muteUntil = Math.max(this.muteUntil, now);
	}

	/** The light is being read. */
	reading(): void {
		this.#pending = false;
	}

	/** May a report at `now` be news? If not, it is looked at when the mute ends. */
	listens(now: number): boolean {
		return now >= this.muteUntil && !this.#pending;
	}

	/** The light shows `level`, which was reported or read. True when that is news, to be published. */
	reported(level: number): boolean {
		const before = this.#level;
		// Off and the lowest light are one step apart, and not the same.
		const same = before !== unknown && (before === 0) === (level === 0) && Math.abs(before - level) <= tolerance;
		if (!same) this.#level = level;
		// The first level ever known is no change, and nobody has asked for it.
		return !same && before !== unknown;
	}
}
