// The same line is logged once a minute: a client that is refused or cut tries again at once, and its lines must not fill a disk.

const pause_ms = 60_000;
/** Limited, for keys come from strangers. */
const keys_max = 1_000;

export class Notices {
	readonly #log: (line: string) => void;
	readonly #now: () => number;
	readonly #told = new Map<string, number>();

	constructor(log: (line: string) => void, now: () => number = Date.now) {
		this.#log = log;
		this.#now = now;
	}

	/** Logs `line` unless a line of this `key` was logged within the last minute. */
	tell(key: string, line: string): void {
		const now = this.#now();
		const last = this.#told.get(key);
		if (last !== undefined && now - last < pause_ms) return;
		if (this.#told.size >= keys_max) this.#told.clear();
		this.#told.set(key, now);
		this.#log(`broker: ${line}`);
	}
}
