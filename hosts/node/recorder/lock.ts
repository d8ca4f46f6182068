// One recorder writes to a folder. The lock is SQLite's own, on a file beside: the system releases it when its process ends, in whatever way.
import fs from "node:fs";
import path from "node:path";
import type { Database, Driver } from "./driver.js";

/** A new file is for its owner alone: it holds people's actions, and payloads. SQLite gives the same mode to the files that it makes beside it. */
export function keepPrivate(file: string): void {
	fs.closeSync(fs.openSync(file, "a", 0o600));
}

export class Lock {
	readonly #db: Database;
	readonly #name: string;

	private constructor(db: Database, name: string) {
		this.#db = db;
		this.#name = name;
	}

	/** Throws a sentence that names the holder when another process has the lock. */
	static take(driver: Driver, folder: string, holder: string): Lock {
		const name = path.join(folder, "history.holder");
		const file = path.join(folder, "history.lock");
		keepPrivate(file);
		const db = driver.open(file, false);
		try {
			db.exec("PRAGMA busy_timeout = 200");
			db.exec("BEGIN EXCLUSIVE");
		} catch (error) {
			db.close();
			if (!/locked|busy/i.test((error as Error).message)) throw error;
			throw new Error(`${path.join(folder, "history.sqlite")} is being written by ${read(name)}: end that one, or give another --state`);
		}
		fs.writeFileSync(name, `${holder}\n`, { mode: 0o600 });
		return new Lock(db, name);
	}

	release(): void {
		fs.rmSync(this.#name, { force: true });
		this.#db.close();
	}
}

function read(file: string): string {
	try {
		return fs.readFileSync(file, "utf8").trim() || "another process";
	} catch {
		return "another process";
	}
}
