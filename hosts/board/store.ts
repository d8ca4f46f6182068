// The store: the NVS partition of the flash, through the SDK's ECMA-419 key-value storage. NVS spreads its writes over its
// pages, and keeps the old entry until the new entry is whole. On a Pico the same class uses two sectors of flash: up to 63 bytes a value, enough for
// the roles' numbers, and the old entry is erased before the new entry is written.
import KeyValueStorage from "embedded:storage/key-value";
import type { Store } from "../../src/host.js";

/** The SDK's typings say that `read` returns a value; where there is none, its class returns undefined. */
interface Native {
	format: string;
	read(key: string): unknown;
	write(key: string, value: number | string): void;
	delete(key: string): void;
}

export class FlashStore implements Store {
	#native: Native | undefined;

	read(key: string): number | string | undefined {
		try {
			return this.#as("int32", key) ?? this.#as("string", key);
		} catch {
			return undefined; // the partition itself is damaged
		}
	}

	write(key: string, value: number | string): void {
		const before = this.read(key);
		if (before === value) return;
		try {
			const native = this.#open();
			// NVS keeps a type with each key, and a second entry of another type beside the first.
			if (before !== undefined && typeof before !== typeof value) native.delete(key);
			native.format = typeof value === "number" ? "int32" : "string";
			native.write(key, value);
		} catch (error) {
			throw new Error(`store: ${error instanceof Error ? error.message : error}`);
		}
	}

	#as(format: string, key: string): number | string | undefined {
		const native = this.#open();
		native.format = format;
		try {
			return native.read(key) as number | string | undefined;
		} catch {
			return undefined; // the value is of the other type
		}
	}

	/** Opens the storage at its first use, because opening writes the storage's name to a new flash. */
	#open(): Native {
		this.#native ??= KeyValueStorage.open({ path: "lampwire" }) as unknown as Native;
		return this.#native;
	}
}
