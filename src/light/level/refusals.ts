// The log's lines for payloads that are no level: each reason once, and again when a minute has passed and a good level came. A sender that is
// wrong is wrong every time, and good and bad messages that take turns would fill a disk.

/** Good and bad messages that take turns make no more than one line for each reason in so long. */
const forgive_ms = 60_000;

export class Refusals {
	/** One bit for each reason: is it in the log already? */
	#logged = 0;
	/** When the first of these reasons was logged. */
	#loggedAt = 0;

	/** A level was taken at `now`. */
	taken(now: number): void {
		if (this.#logged !== 0 && now - this.#loggedAt >= forgive_ms) this.#logged = 0;
	}

	/** Is `reason`, an index into `reasons` of intensity.ts, to be logged at `now`? It counts as logged then. */
	isNews(reason: number, now: number): boolean {
		const bit = 1 << reason;
		if (this.#logged & bit) return false;
		if (this.#logged === 0) this.#loggedAt = now;
		this.#logged |= bit;
		return true;
	}
}
