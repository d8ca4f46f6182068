// The store of the simulator: a small JSON file for each id, in the folder that `state=` names, else in the folder of the SDK's
// programs. (The SDK's own "preference" is one file for all programs, which each holds in memory and writes whole.)
import { File } from "file";
import type { Store } from "../../src/host.js";

type Values = Record<string, number | string>;

export class FileStore implements Store {
	readonly #folder: string;
	readonly #name: string;

	/** `folder` ends with a slash. */
	constructor(folder: string, id: string) {
		this.#folder = folder;
		this.#name = `lampwire-${encodeURIComponent(id)}.json`;
	}

	read(key: string): number | string | undefined {
		const value = this.#load()[key];
		return typeof value === "number" || typeof value === "string" ? value : undefined;
	}

	write(key: string, value: number | string): void {
		const values = this.#load();
		if (values[key] === value) return;
		values[key] = value;
		const path = this.#folder + this.#name;
		try {
			// Written to another file, which is then renamed: the old file or the new. "rb+" would leave the tail of a longer old file.
			const aside = `${path}.new`;
			if (File.exists(aside)) File.delete(aside);
			const file = new File(aside, true);
			file.write(JSON.stringify(values));
			file.close();
			this.#replace(aside, path);
		} catch (error) {
			throw new Error(`store: ${path}: ${error instanceof Error ? error.message : error}`);
		}
	}

	/** `rename` of Windows replaces no file. */
	#replace(aside: string, path: string): void {
		if (File.rename(aside, this.#name)) return;
		File.delete(path);
		if (!File.rename(aside, this.#name)) throw new Error("cannot be written");
	}

	#load(): Values {
		const path = this.#folder + this.#name;
		// Checked before, because a debugger reports an exception that is caught, too.
		if (!File.exists(path)) return {};
		try {
			const file = new File(path);
			try {
				const values = JSON.parse(file.read(String));
				if (typeof values === "object" && values !== null) return values;
			} finally {
				file.close();
			}
		} catch {
			// The file is damaged.
		}
		return {};
	}
}
