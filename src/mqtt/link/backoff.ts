// How long to wait before the next try: exponential, with full jitter, so that a hundred lamps that lost one broker do not come back at
// one moment. The wait starts again from its minimum only after a connection that lasted: a broker that accepts and closes at once does
// not reset it. A host that is there and refuses is no outage: its broker is being restarted, and a try costs it one packet. A broker that
// refuses user, password or client id refuses them again, until a person corrects them.
import { denied_ms } from "../../limits.js";

/** At most so many doublings while a host refuses: 8 s from a minimum of 1 s. */
const refused_attempts = 3;
/** A connection that lasted so many times the longest wait after it does not lengthen that wait: at most a ninth of the time is lost. */
const outlasted = 8;

export class Backoff {
	#attempt = 0;
	readonly #min: number;
	readonly #max: number;
	readonly #stable: number;
	readonly #random: () => number;

	/** `min`, `max`: first and largest ceiling; `stable`: how long a connection must last; all in milliseconds. `random`: 0 ≤ x < 1. */
	constructor(min: number, max: number, stable: number, random: () => number) {
		this.#min = min;
		this.#max = max;
		this.#stable = stable;
		this.#random = random;
	}

	/** The next wait in milliseconds, after a connection of `lasted` milliseconds (0: none was made). `refused`: at once, by a host that is there. */
	next(lasted: number, refused = false): number {
		if (lasted >= this.#stable) this.#attempt = 0;
		if (refused) this.#attempt = Math.min(this.#attempt, refused_attempts);
		const ceiling = Math.min(this.#max, this.#min * 2 ** this.#attempt);
		if (ceiling < this.#max && lasted < outlasted * ceiling) this.#attempt += 1;
		return Math.floor(this.#random() * ceiling);
	}

	/** The next wait in milliseconds, after a CONNACK that refuses. */
	denied(): number {
		return denied_ms + Math.floor(this.#random() * denied_ms);
	}
}
