// A new firmware is on trial until it has reached the broker. Two programs watch it: ESP-IDF's bootloader, which at any restart (a crash, a power
// cut, a watchdog) goes back from an unconfirmed firmware to the one before; and this module, which ends the trial when the broker is not reached.
import type { Alarm, Time } from "../../../src/host.js";

/** Codes are those of ESP-IDF, `esp_err_t`: 0 is success. */
export interface Trials {
	/** Identity of the running firmware (`identityOf`). */
	readonly identity: string;
	/** Whether ESP-IDF has this firmware on trial, and so goes back at the next restart. */
	readonly pending: boolean;
	/** `esp_ota_mark_app_valid_cancel_rollback`. */
	confirm(): number;
	/** `esp_ota_mark_app_invalid_rollback_and_reboot`: returns only when it has failed. */
	goBack(): number;
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

/** The time between two checks. The role has a callback too, but calls it at every step of every fade. */
const look_ms = 5_000;

export interface TrialOptions {
	/** Whether the board is at its broker. */
	online(): boolean;
	store: TrialStore;
	trials: Trials;
	time: Time;
	log(line: string): void;
	restart(): void;
}

/**
 * The note only names the new firmware for the log; ESP-IDF's state says whether that is on trial. If the note said so, a note that cannot be
 * cleared would put a confirmed firmware on trial at every start.
 */
function clearNote({ store, log }: TrialOptions): void {
	try {
		store.write(key, "");
	} catch (error) {
		log(`update: the note of it cannot be cleared: ${error instanceof Error ? error.message : error}`);
	}
}

function goBack({ trials, log, restart }: TrialOptions): void {
	log(`update: ${trials.identity} does not reach the broker; going back to the firmware before it`);
	const code = trials.goBack();
	// An unconfirmed firmware is not started again: the bootloader goes back by itself, if there is a firmware to go back to.
	log(`update: going back has failed (${code}); restarting`);
	restart();
}

/** To be called at the start. Returns whether a trial is under way. */
export function beginTrial(options: TrialOptions): boolean {
	const { store, trials, time, online, log } = options;
	const { identity, pending } = trials;
	if (!pending) {
		const announced = store.read(key);
		if (typeof announced !== "string" || announced === "") return false;
		if (announced !== identity) log(`update: ${announced} has failed; this is the firmware before it, ${identity}`);
		clearNote(options);
		return false;
	}
	const end = time.now() + trial_ms;
	let told = 0;
	const confirm = () => {
		const code = trials.confirm();
		if (code === 0) {
			alarm.close();
			log(`update: ${identity} is confirmed`);
			// First the bootloader, then the note: a power cut between the two costs nothing but a line of the log.
			clearNote(options);
			return;
		}
		if (code !== told) log(`update: ${identity} is at the broker, and could not be confirmed (${code})`);
		told = code;
		// The firmware works: there is no reason to end the trial. But its next restart goes back.
		if (time.now() >= end) alarm.close();
		else alarm.set(look_ms);
	};
	const alarm: Alarm = time.alarm(() => {
		if (online()) confirm();
		else if (time.now() >= end) {
			alarm.close();
			goBack(options);
		} else alarm.set(look_ms);
	});
	alarm.set(look_ms);
	log(`update: ${identity} is on trial`);
	return true;
}
