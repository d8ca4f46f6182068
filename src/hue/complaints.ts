// A fault is logged once for each reason and minute: an outage may last for days, and a log is read by people.
import type { Time } from "../host.js";

const again_ms = 60_000;

export class Complaints {
	readonly #time: Time;
	readonly #log: (line: string) => void;
	#reason = "";
	#saidAt = 0;

	constructor(time: Time, log: (line: string) => void) {
		this.#time = time;
		this.#log = log;
	}

	/** Logs `line`, unless the same `reason` was the last and a minute has not passed. */
	say(line: string, reason: string): void {
		const now = this.#time.now();
		if (reason === this.#reason && now - this.#saidAt < again_ms) return;
		this.#reason = reason;
		this.#saidAt = now;
		this.#log(line);
	}

	/** All is well: the next fault is news. */
	forgive(): void {
		this.#reason = "";
	}
}
