// The store, in the browser's storage: one entry of JSON for each device.
import type { Store } from "../../src/host.js";

type Values = Record<string, number | string>;

/** An entry is written whole; where that fails, the browser keeps the old entry. */
export class WebStore implements Store {
	/** The key of the entry in the storage. */
	readonly key: string;
	readonly #storage: Storage | undefined;

	/** `storage`: default `localStorage`; where the browser allows none, no value is kept, and `write` throws. */
	constructor(id: string, storage: Storage | undefined = allowed()) {
		this.key = `lampwire/${id}`;
		this.#storage = storage;
	}

	read(key: string): number | string | undefined {
		const value = this.#load()[key];
		return Number.isInteger(value) || typeof value === "string" ? value : undefined;
	}

	write(key: string, value: number | string): void {
		const values = this.#load();
		if (values[key] === value) return;
		values[key] = value;
		if (!this.#storage) throw new Error("store: this browser keeps nothing for this page");
		try {
			this.#storage.setItem(this.key, JSON.stringify(values));
		} catch (error) {
			throw new Error(`store: ${(error as Error).message}`);
		}
	}

	#load(): Values {
		try {
			const values: unknown = JSON.parse(this.#storage?.getItem(this.key) ?? "{}");
			if (typeof values === "object" && values !== null && !Array.isArray(values)) return Object.assign(Object.create(null), values);
		} catch {
			// The entry was damaged by another program: no value is kept.
		}
		return Object.create(null);
	}
}

/** Where storage is blocked, even reading the property throws. */
function allowed(): Storage | undefined {
	try {
		return localStorage;
	} catch {
		return undefined;
	}
}
