// What the setup page has saved, in the board's key-value storage. Every change is one write of one value, which the storage makes whole or not at
// all: a power cut leaves either what was, or what is.
import type { Scheme } from "../../../src/mqtt/link/broker-url.js";
import { plainSchemes } from "../../xs/broker-option.js";
import { check, type Entered, names } from "./fields.js";

/** What is used of `Device.store` (src/host.ts): each write is whole or has not happened, even when the power goes. */
export interface Store {
	read(key: string): unknown;
	/** Throws when it cannot be kept. */
	write(key: string, value: string): void;
}

const settingsKey = "setup";
const reasonKey = "setup_open";

/** The first line of what is stored: another firmware's format is not guessed at. */
const format = "1";

/** Why the page is to be opened at the next start: its user holds the button; or what was entered has not led into the Wi-Fi, or not to the broker. */
export type Reason = "asked" | "failed" | "unanswered";

export interface SavedSettings {
	entered: Entered;
	/** They have brought the board to its broker at least once. */
	proven: boolean;
}

export class Saved {
	readonly #store: Store;
	/** What this image speaks. */
	readonly schemes: readonly Scheme[];

	constructor(store: Store, schemes: readonly Scheme[] = plainSchemes) {
		this.#store = store;
		this.schemes = schemes;
	}

	/** Undefined when there is nothing, or nothing that holds: what cannot work is not tried, it is asked for again. */
	read(): SavedSettings | undefined {
		const text = this.#store.read(settingsKey);
		if (typeof text !== "string") return undefined;
		const lines = text.split("\n");
		if (lines.length !== names.length + 2 || lines[0] !== format) return undefined;
		const entered = {} as Entered;
		for (let i = 0; i < names.length; i++) entered[names[i]] = lines[i + 2];
		for (const _fault in check(entered, this.schemes)) return undefined;
		return { entered, proven: lines[1] === "proven" };
	}

	/** `entered` has passed `check`. Throws when the storage does; then what was saved before still stands. */
	save(entered: Readonly<Entered>, proven = false): void {
		// A line a field: `check` lets no line end into any of them.
		let text = `${format}\n${proven ? "proven" : "new"}`;
		for (const name of names) text += `\n${entered[name]}`;
		this.#store.write(settingsKey, text);
	}

	/** The board has reached its broker. Writes once in the life of the settings. */
	prove(): void {
		const saved = this.read();
		if (saved !== undefined && !saved.proven) this.save(saved.entered, true);
	}

	forget(): void {
		this.#store.write(settingsKey, "");
	}

	/** At the next start, open the page. */
	ask(reason: Reason): void {
		this.#store.write(reasonKey, reason);
	}

	/** Why the page is to be opened now, once: the start after this one is as usual, whatever happens meanwhile. */
	takeReason(): Reason | undefined {
		const reason = this.#store.read(reasonKey);
		if (reason !== "asked" && reason !== "failed" && reason !== "unanswered") return undefined;
		try {
			this.#store.write(reasonKey, "");
		} catch {
			// It would open at every start: a lamp whose flash is worn out stays a lamp.
			return undefined;
		}
		return reason;
	}
}
