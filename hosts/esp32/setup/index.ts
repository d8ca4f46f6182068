// The setup without a cable, as the board's main program uses it.
import given from "mc/config";
import type { Time } from "../../../src/host.js";
import { log } from "../log.js";
import { FlashStore } from "../store.js";
import { Clock } from "../time.js";
import { begin, type Words } from "./begin.js";
import { watchButton } from "./button.js";
import { openPage } from "./open.js";
import { Saved } from "./saved.js";
import { reopen, watchProof } from "./watch.js";

/** The SDK's `system` module makes it. */
declare const System: { restart(): void };

const restart = () => System.restart();

export interface Begun {
	/** What to run with: `mc/config`, with what the page has saved in its place. */
	words: Words;
	/** To be called once Wi-Fi is starting. `whenUp` calls back once, when it is up; `taken`: pins that are in use. */
	attach(board: { chip: string; taken: readonly number[]; time: Time; whenUp(then: () => void): void }): void;
}

/** Undefined: there is nothing to run with yet, and the setup page is open instead. Throws an error whose message begins with `config:`. */
export function beginSetup(): Begun | undefined {
	const storage = new Saved(new FlashStore());
	const { words, page, saved } = begin(given, storage);
	if (page !== undefined) {
		openPage({ ...page, saved: storage, time: new Clock(), log, restart });
		return undefined;
	}
	return {
		words,
		attach({ chip, taken, time, whenUp }) {
			if (saved === undefined || !words.setup_password) return;
			if (!saved.proven) watchProof({ saved: storage, time, whenUp, log, restart });
			watchButton(chip, taken, time, () => {
				log("setup: button held: opening the setup page");
				reopen(storage, "asked", log, restart);
			});
		},
	};
}
