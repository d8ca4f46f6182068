// Settings from the page may be wrong, and there is no cable to correct them: the first time that they are used, they must lead to the broker.
import type { Alarm, Time } from "../../../src/host.js";
import type { Reason, Saved } from "./saved.js";

/** Long enough for an access point and a broker that start up themselves, after a power cut. */
export const proof_ms = 3 * 60_000;

/** The time between two checks. The role has a callback too, but calls it at every step of every fade. */
const look_ms = 5_000;

export interface WatchOptions {
	saved: Saved;
	time: Time;
	/** Whether the board is in its Wi-Fi. */
	joined(): boolean;
	/** Whether the board is at its broker. */
	online(): boolean;
	log(line: string): void;
	restart(): void;
}

/** Opens the page again when the board is not at its broker within three minutes. Once proven, settings are never doubted again. */
export function watchProof({ saved, time, joined, online, log, restart }: WatchOptions): void {
	const end = time.now() + proof_ms;
	const alarm: Alarm = time.alarm(() => {
		if (online()) {
			alarm.close();
			try {
				saved.prove();
			} catch (error) {
				log(`setup: ${error}`);
			}
		} else if (time.now() >= end) {
			alarm.close();
			const reason = joined() ? "unanswered" : "failed";
			const what = reason === "failed" ? "not in the Wi-Fi" : "in the Wi-Fi, but not at the broker";
			log(`setup: ${what} within three minutes: opening the setup page`);
			reopen(saved, reason, log, restart);
		} else alarm.set(look_ms);
	});
	alarm.set(look_ms);
}

/** Restarts into the setup page. */
export function reopen(saved: Saved, reason: Reason, log: (line: string) => void, restart: () => void): void {
	try {
		saved.ask(reason);
	} catch (error) {
		// Without the stored reason, a restart would not open the page.
		log(`setup: ${error}`);
		return;
	}
	restart();
}
