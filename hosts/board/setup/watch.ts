// Settings from the page may be wrong, and nobody can say so by cable: the first time that they are used, they must lead into the Wi-Fi.
import type { Alarm, Time } from "../../../src/host.js";
import type { Saved } from "./saved.js";

/** Long enough for an access point that starts up itself, after a power cut. */
export const proof_ms = 3 * 60_000;

export interface WatchOptions {
	saved: Saved;
	time: Time;
	/** Calls back once, when the board is in its Wi-Fi. */
	whenUp(then: () => void): void;
	log(line: string): void;
	restart(): void;
}

/** Opens the page again when the board is not in its Wi-Fi within three minutes. Once proven, settings are never doubted again. */
export function watchProof({ saved, time, whenUp, log, restart }: WatchOptions): void {
	const late: Alarm = time.alarm(() => {
		log("setup: not in the Wi-Fi within three minutes: opening the setup page");
		reopen(saved, "failed", log, restart);
	});
	late.set(proof_ms);
	whenUp(() => {
		late.close();
		try {
			saved.prove();
		} catch (error) {
			log(`setup: ${error}`);
		}
	});
}

/** Restarts into the setup page. */
export function reopen(saved: Saved, reason: "asked" | "failed", log: (line: string) => void, restart: () => void): void {
	try {
		saved.ask(reason);
	} catch (error) {
		// Then a restart would change nothing.
		log(`setup: ${error}`);
		return;
	}
	restart();
}
