// The store: a small JSON file for each device.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Store } from "../../src/host.js";

type Values = Record<string, number | string>;

/** The folder for the state of programs on this system (XDG Base Directory; Apple's and Microsoft's guidelines): made at the first write. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
	const home = os.homedir();
	if (platform === "win32") return path.join(env.LOCALAPPDATA || path.join(home, "AppData", "Local"), "lampwire");
	if (platform === "darwin") return path.join(home, "Library", "Application Support", "lampwire");
	// An XDG variable whose path is not absolute must be ignored.
	const state = env.XDG_STATE_HOME;
	return path.join(state && path.isAbsolute(state) ? state : path.join(home, ".local", "state"), "lampwire");
}

/** The file is read at each `read`, and written whole to another file, which is then renamed: a power cut leaves the old file or the new. */
export class FileStore implements Store {
	readonly file: string;

	/** `id` may be any id of a device; in the file's name it is percent-encoded. */
	constructor(folder: string, id: string) {
		this.file = path.join(folder, `${encodeURIComponent(id).replaceAll("*", "%2A")}.json`);
	}

	read(key: string): number | string | undefined {
		const value = this.#load()[key];
		return Number.isInteger(value) || typeof value === "string" ? value : undefined;
	}

	write(key: string, value: number | string): void {
		const values = this.#load();
		if (values[key] === value) return;
		values[key] = value;
		const aside = `${this.file}.${process.pid}.new`;
		try {
			fs.mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
			fs.writeFileSync(aside, `${JSON.stringify(values, null, "\t")}\n`, { mode: 0o600, flush: true });
			fs.renameSync(aside, this.file);
		} catch (error) {
			remove(aside);
			throw new Error(`store: ${(error as Error).message}`);
		}
	}

	#load(): Values {
		try {
			const values: unknown = JSON.parse(fs.readFileSync(this.file, "utf8"));
			if (typeof values === "object" && values !== null && !Array.isArray(values)) return Object.assign(Object.create(null), values);
		} catch {
			// The file is not there yet, or damaged by another program: no value is kept.
		}
		return Object.create(null);
	}
}

/** Removes a file if possible: the fault before the removal matters more than a fault of the removal. */
function remove(file: string): void {
	try {
		fs.rmSync(file, { force: true, recursive: true });
	} catch {
		// The folder of the file is not a folder.
	}
}
