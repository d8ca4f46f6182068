// A new firmware is on trial until it has reached the broker. Two keepers: ESP-IDF's bootloader, which goes back to the firmware before it at any restart
// of one that has not been confirmed (a crash, a power cut, a watchdog); and this, which ends the trial of one that runs but does not reach the broker.
import type { Alarm, Time } from "../../../src/host.js";

export interface Trials {
	/** Of the firmware that runs (`identityOf`). */
	readonly identity: string;
	/** `esp_ota_mark_app_valid_cancel_rollback`. */
	confirm(): void;
	/** `esp_ota_mark_app_invalid_rollback_and_reboot`: does not return. */
	goBack(): void;
}

export interface TrialStore {
	read(key: string): unknown;
	write(key: string, value: string): void;
}

const key = "update";

/** Wi-Fi after a power cut, a broker that starts up itself, and the link's longest back-off, twice over. */
export const trial_ms = 5 * 60_000;

/** To be called before the restart into a new firmware. */
export function announceTrial(store: TrialStore, identity: string): void {
	store.write(key, identity);
}

/** How often it looks. Nobody is told by the role, which would call back at every step of every fade. */
const look_ms = 5_000;

export interface TrialOptions {
	/** Whether the board is at its broker. */
	online(): boolean;
	store: TrialStore;
	trials: Trials;
	time: Time;
	log(line: string): void;
}

/** At the start. Returns whether a trial is on. */
export function beginTrial({ store, trials, time, online, log }: TrialOptions): boolean {
	const announced = store.read(key);
	if (typeof announced !== "string" || announced === "") return false;
	if (announced !== trials.identity) {
		store.write(key, "");
		log(`update: ${announced} has failed; this is the firmware before it, ${trials.identity}`);
		return false;
	}
	const end = time.now() + trial_ms;
	const alarm: Alarm = time.alarm(() => {
		if (online()) {
			alarm.close();
			// First the bootloader, then the note: when the power goes in between, the trial is held once more, and ends well.
			trials.confirm();
			store.write(key, "");
			log(`update: ${announced} is confirmed`);
		} else if (time.now() >= end) {
			alarm.close();
			log(`update: ${announced} does not reach the broker; going back to the firmware before it`);
			trials.goBack();
		} else alarm.set(look_ms);
	});
	alarm.set(look_ms);
	log(`update: ${announced} is on trial`);
	return true;
}
