// The settings that the setup page has saved, in the board's key-value storage. Every change is one write of one value, whole or not at all: after a
// power cut the storage has either the old value or the new. A CA has an entry of its own, and is in force while the settings name it: it is written
// first, in that one of two entries that the settings in force do not name.
import type { Scheme } from "../../../src/mqtt/link/broker-url.js";
import { plainSchemes } from "../../xs/broker-option.js";
import { type Ca, check, type Entered, names } from "./fields.js";

/** The part of `Device.store` (src/host.ts) that is used: each write is whole or has not happened, even after a power cut. */
export interface Store {
	read(key: string): unknown;
	/** Throws when the value cannot be kept. */
	write(key: string, value: string): void;
}

const settingsKey = "setup";
const reasonKey = "setup_open";
/** An entry: the digest of the CA, and its certificates in base64, a line each. */
const caKeys = Object.freeze(["setup_ca0", "setup_ca1"] as const);
const digest_digits = 64;

/** The first line of the stored text: settings in the format of another firmware are not read. */
const format = "1";

/** Why the page is to be opened at the next start: its user holds the button; or the settings have not led into the Wi-Fi, or not to the broker. */
export type Reason = "asked" | "failed" | "unanswered";

export interface SavedSettings {
	entered: Entered;
	/** These settings have brought the board to its broker at least once. */
	proven: boolean;
	/** The CA of these settings: the number of its entry, a space, and its digest, which the entry must have too. Undefined: the image's CA. */
	ca?: string;
}

function isReference(text: string): boolean {
	return (text[0] === "0" || text[0] === "1") && text[1] === " " && text.length === 2 + digest_digits;
}

export class Saved {
	readonly #store: Store;
	/** The schemes of this image. */
	readonly schemes: readonly Scheme[];

	constructor(store: Store, schemes: readonly Scheme[] = plainSchemes) {
		this.#store = store;
		this.schemes = schemes;
	}

	/** Undefined when there are no settings, or unfit ones: settings that cannot work are not tried, the page asks for them again. */
	read(): SavedSettings | undefined {
		const lines = this.#lines();
		if (lines === undefined) return undefined;
		const entered = {} as Entered;
		for (let i = 0; i < names.length; i++) entered[names[i]] = lines[i + 2];
		for (const _fault in check(entered, this.schemes)) return undefined;
		const proven = lines[1] === "proven";
		const ca = lines[names.length + 2];
		return ca === undefined ? { entered, proven } : { entered, proven, ca };
	}

	/** The lines of the stored text, if it has this format. */
	#lines(): string[] | undefined {
		const text = this.#store.read(settingsKey);
		if (typeof text !== "string") return undefined;
		const lines = text.split("\n");
		const more = lines.length - (names.length + 2);
		if (lines[0] !== format || more < 0 || more > 1) return undefined;
		return more === 0 || isReference(lines[names.length + 2]) ? lines : undefined;
	}

	/**
	 * The CA that these settings were saved with, in PEM. Undefined: none, or the entry holds another: then the image's own CA is in force, and `log`
	 * gets a line.
	 */
	authority(log?: (line: string) => void): string | undefined {
		const ca = this.read()?.ca;
		if (ca === undefined) return undefined;
		const text = this.#store.read(caKeys[ca[0] === "0" ? 0 : 1]);
		const lines = typeof text === "string" ? text.split("\n") : [];
		if (lines.length < 2 || lines[0] !== ca.slice(2)) {
			log?.("setup: the CA that is stored does not belong to the saved settings, and is not used: enter it again");
			return undefined;
		}
		let pem = "";
		for (let i = 1; i < lines.length; i++) pem += `-----BEGIN CERTIFICATE-----\n${lines[i]}\n-----END CERTIFICATE-----\n`;
		return pem;
	}

	/**
	 * `entered` has passed `check`. `ca`: the CA for it, one that was just entered, or that of the settings in force (`SavedSettings.ca`); undefined:
	 * that of the image. Throws when the storage does; then the settings that were saved before still stand.
	 */
	save(entered: Readonly<Entered>, ca?: Ca | string): void {
		// read as stored: settings that this image refuses may be valid again in another, after an update that was taken back
		const before = this.#lines()?.[names.length + 2];
		let reference = typeof ca === "string" ? ca : undefined;
		try {
			if (typeof ca === "object") {
				const free = before?.[0] === "0" ? 1 : 0;
				this.#store.write(caKeys[free], `${ca.digest}\n${ca.lines}`);
				reference = `${free} ${ca.digest}`;
			}
			this.#write(entered, false, reference);
		} catch (error) {
			this.#clear(before);
			throw error;
		}
		this.#clear(reference);
	}

	#write(entered: Readonly<Entered>, proven: boolean, ca: string | undefined): void {
		// One line a field: `check` refuses a line end in any of them.
		let text = `${format}\n${proven ? "proven" : "new"}`;
		for (const name of names) text += `\n${entered[name]}`;
		if (ca !== undefined) text += `\n${ca}`;
		this.#store.write(settingsKey, text);
	}

	/** Clears the entry of every CA but the one of `reference`. An entry that cannot be cleared is cleared at the next save. */
	#clear(reference: string | undefined): void {
		for (let i = 0; i < caKeys.length; i++) {
			if (reference?.[0] === String(i)) continue;
			try {
				if (this.#store.read(caKeys[i])) this.#store.write(caKeys[i], "");
			} catch {
				// no settings refer to this entry
			}
		}
	}

	/** The board has reached its broker. Writes once in the life of the settings. */
	prove(): void {
		const saved = this.read();
		if (saved !== undefined && !saved.proven) this.#write(saved.entered, true, saved.ca);
	}

	forget(): void {
		this.#store.write(settingsKey, "");
		this.#clear(undefined);
	}

	/** Makes the page open at the next start. */
	ask(reason: Reason): void {
		this.#store.write(reasonKey, reason);
	}

	/** Why the page is to be opened now, once: the next start is as usual, whatever happens before it. */
	takeReason(): Reason | undefined {
		const reason = this.#store.read(reasonKey);
		if (reason !== "asked" && reason !== "failed" && reason !== "unanswered") return undefined;
		try {
			this.#store.write(reasonKey, "");
		} catch {
			// The page would open at every start: a lamp whose flash is worn out stays a lamp.
			return undefined;
		}
		return reason;
	}
}
