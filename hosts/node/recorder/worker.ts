// The thread in which SQLite waits for the disk. `sqlite-store.ts` sends it one question after the other.
import fs from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type Database, type Driver, findDriver } from "./driver.js";
import { keepPrivate, Lock } from "./lock.js";
import { examine, prepare } from "./schema.js";
import { sentence } from "./sentence.js";
import { SqliteHistory } from "./sqlite.js";

export interface WorkerOptions {
	folder: string;
	/** The name of this program, for a second recorder. */
	holder: string;
	readOnly: boolean;
	/** Default: the driver that this Node has. */
	driver?: string;
}

export const file_name = "history.sqlite";

const { folder, holder, readOnly, driver: wanted } = workerData as WorkerOptions;
const file = path.join(folder, file_name);
let history: SqliteHistory | undefined;
let lock: Lock | undefined;

/** Opens the file, or throws a sentence. Returns notes for people. */
async function open(): Promise<{ notes: string[]; driver: string }> {
	const driver = await findDriver(wanted);
	const notes: string[] = [];
	if (readOnly) {
		if (!fs.existsSync(file)) throw new Error(`there is no ${file}: nothing was recorded there (--state FOLDER names another)`);
		history = new SqliteHistory(openDatabase(driver, true));
		return { notes, driver: driver.name };
	}
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	keepPrivate(file);
	lock = Lock.take(driver, folder, holder);
	const fault = examine(file, () => openDatabase(driver, false));
	if (fault === "newer") throw new Error(`${file} is of a newer lampwire, and is left as it is: update this one, or give another --state`);
	if (fault === "foreign") throw new Error(`${file} is not a history of lampwire, and is left as it is: give another --state`);
	if (fault === "damaged") {
		notes.push(setAside());
		keepPrivate(file);
	}
	const db = openDatabase(driver, false);
	prepare(db);
	history = new SqliteHistory(db);
	return { notes, driver: driver.name };
}

function openDatabase(driver: Driver, only: boolean): Database {
	const db = driver.open(file, only);
	db.exec("PRAGMA busy_timeout = 2000");
	// libsql does not obey its own option
	if (only) db.exec("PRAGMA query_only = ON");
	return db;
}

/** Renames a damaged file, so that its readable parts are not overwritten. */
function setAside(): string {
	const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
	const aside = `${file}.damaged-${stamp}`;
	for (const end of ["", "-wal", "-shm"]) if (fs.existsSync(file + end)) fs.renameSync(file + end, aside + end);
	return `${file} was damaged; it stands aside as ${path.basename(aside)}, and a new one begins (docs/recorder.md says how to get back what can be read)`;
}

function close(): void {
	history?.close();
	history = undefined;
	lock?.release();
	lock = undefined;
}

const port = parentPort;
port?.on("message", async ({ id, method, args }: { id: number; method: string; args: unknown[] }) => {
	try {
		let result: unknown;
		if (method === "open") result = await open();
		else if (method === "close") result = close();
		else {
			if (history === undefined) throw new Error("the history is closed");
			result = (history as unknown as { [name: string]: (...args: unknown[]) => unknown })[method]?.(...args);
		}
		port.postMessage({ id, result });
		if (method === "close") port.close();
	} catch (error) {
		if (method === "open") close();
		port.postMessage({ id, error: sentence(error as Error, file) });
	}
});
