// Updates without a cable, as the setup uses them. A firmware that was not built with hosts/board/update/manifest.json has none of this.
import { type UpdateRoute, updateRoute } from "./route.js";
import { verifySignature } from "./signature.js";
import { makeDigest, makeTrials, openSlot, runningFirmware } from "./slot.js";
import { announceTrial, beginTrial, type TrialOptions, type TrialStore } from "./trial.js";

/** `esp_chip_id_t` of ESP-IDF. */
const chipIds: Readonly<Record<string, number>> = Object.freeze({ esp32: 0x0000, esp32s3: 0x0009, esp32c3: 0x0005, esp32c6: 0x000d });

/** `update_key` is 128 hexadecimal digits: x and y of a public key on P-256. */
function parseKey(text: string): Uint8Array {
	const key = new Uint8Array(64);
	for (let i = 0; i < key.length; i++) {
		const byte = Number(`0x${text.slice(2 * i, 2 * i + 2)}`);
		if (text.length !== 128 || !(byte >= 0)) throw new Error("config: update_key must be 128 hexadecimal digits, as sign.mjs prints them");
		key[i] = byte;
	}
	return key;
}

export interface UpdaterOptions {
	words: Readonly<Record<string, unknown>>;
	store: TrialStore;
	log(line: string): void;
	restart(): void;
}

/** Throws, naming `update_key`, unless that is a key. */
export function makeUpdateRoute({ words, store, log, restart }: UpdaterOptions): UpdateRoute {
	const key = parseKey(String(words.update_key));
	const chip = chipIds[String(words.chip)] ?? -1;
	const verify = (digest: Uint8Array, signature: Uint8Array) => verifySignature(key, digest, signature);
	const { identity, version } = runningFirmware();
	const judge = { chip, running: identity, version, digest: makeDigest, verify };
	return updateRoute({ judge, openSlot, announce: (name) => announceTrial(store, name), log, restart });
}

/** Begins the trial of this firmware, when it is new. */
export function makeTrial(options: Omit<TrialOptions, "trials">): void {
	beginTrial({ ...options, trials: makeTrials() });
}
