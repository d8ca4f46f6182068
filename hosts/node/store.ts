// What outlives a restart, as a small JSON file for each device.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Store } from "../../src/host.js";

type Values = Record<string, number | string>;

/** Where this system's programs keep their state (XDG Base Directory; Apple's and Microsoft's guidelines): made at the first write. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
	const home = os.homedir();
	if (platform === "win32") return path.join(env.LOCALAPPDATA || path.join(home, "AppData", "Local"), "lampwire");
	if (platform === "darwin") return path.join(home, "Library", "Application Support", "lampwire");
	// An XDG variable that is not absolute is to be ignored.
	const state = env.XDG_STATE_HOME;
	return path.join(state && path.isAbsolute(state) ? state : path.join(home, ".local", "state"), "lampwire");
}

/** A file is read when something is asked, and written whole, aside, then put in place: a power cut leaves the old one or the new one. */
export class FileStore implements Store {
	readonly file: string;

	/** `id` may be any text that can be a device's; on a disk it is percent-encoded. */
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
			fs.rmSync(aside, { force: true, recursive: true });
			throw new Error(`store: ${(error as Error).message}`);
		}
	}

	#load(): Values {
		try {
			const values: unknown = JSON.parse(fs.readFileSync(this.file, "utf8"));
			if (typeof values === "object" && values !== null && !Array.isArray(values)) return Object.assign(Object.create(null), values);
		} catch {
			// Not there yet, or damaged by another hand: nothing is kept.
		}
		return Object.create(null);
	}
}
