// The tables of history.sqlite. docs/recorder.md shows how to read them.
import fs from "node:fs";
import type { Database } from "./driver.js";

/** Goes up when the tables change; a file with a higher version is left alone. */
export const schema_version = 1;

const tables = `
CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE senders (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE messages (
	topic INTEGER NOT NULL, time INTEGER NOT NULL, n INTEGER NOT NULL,
	level INTEGER, payload BLOB, flags INTEGER NOT NULL, sender INTEGER,
	PRIMARY KEY (topic, time, n)) WITHOUT ROWID;
CREATE TABLE minutes (
	topic INTEGER NOT NULL, time INTEGER NOT NULL,
	min INTEGER NOT NULL, max INTEGER NOT NULL, mean REAL NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
	PRIMARY KEY (topic, time)) WITHOUT ROWID;
CREATE TABLE gaps (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, "from" INTEGER NOT NULL, "to" INTEGER, note TEXT NOT NULL);
CREATE INDEX gaps_by_time ON gaps ("from");
CREATE TABLE recent (batch INTEGER PRIMARY KEY, ids BLOB NOT NULL);
CREATE TABLE state (alive INTEGER NOT NULL);
INSERT INTO state VALUES (0);
CREATE VIEW history AS
	SELECT datetime(m.time / 1000.0, 'unixepoch', 'subsec') AS utc, t.name AS topic, m.level, CAST(m.payload AS TEXT) AS payload,
		m.flags & 3 AS qos, m.flags >> 2 AS retain, coalesce(s.name, '') AS sender, m.time AS ms
	FROM messages m JOIN topics t ON t.id = m.topic LEFT JOIN senders s ON s.id = m.sender;
PRAGMA user_version = ${schema_version};
`;

/** Prepares the file for writing: WAL, and every commit is on the disk before it is reported (`synchronous=FULL`). */
export function prepare(db: Database): void {
	db.exec("PRAGMA busy_timeout = 2000");
	const version = Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
	if (version === 0) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
	db.exec("PRAGMA journal_mode = WAL");
	db.exec("PRAGMA synchronous = FULL");
	db.exec("PRAGMA journal_size_limit = 4194304");
	if (version === 0) db.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
}

export type Fault = "damaged" | "newer" | "foreign";

/** The fault of the file at a start; or undefined. */
export function examine(file: string, db: () => Database): Fault | undefined {
	const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
	if (size === 0) return undefined;
	const head = Buffer.alloc(100);
	const handle = fs.openSync(file, "r");
	try {
		fs.readSync(handle, head, 0, 100, 0);
	} finally {
		fs.closeSync(handle);
	}
	if (head.toString("latin1", 0, 16) !== "SQLite format 3\0") return "damaged";
	// SQLite file format §1.3: the page size at 16 (1 means 65,536), the number of pages at 28
	const page = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
	if (head.readUInt32BE(28) * page > size) return "damaged";
	let opened: Database | undefined;
	try {
		opened = db();
		const version = Number(opened.prepare("PRAGMA user_version").get()?.user_version ?? 0);
		if (version > schema_version) return "newer";
		const count = opened.prepare("SELECT count(*) AS count FROM sqlite_master WHERE name IN ('messages', 'minutes', 'gaps')").get()?.count;
		if (version > 0 && Number(count) !== 3) return "foreign";
		if (version === 0 && Number(opened.prepare("SELECT count(*) AS count FROM sqlite_master").get()?.count) > 0) return "foreign";
		if (size <= checked_max_bytes && String(opened.prepare("PRAGMA quick_check(1)").get()?.quick_check) !== "ok") return "damaged";
		return undefined;
	} catch (error) {
		if (/malformed|not a database|corrupt/i.test((error as Error).message)) return "damaged";
		throw error;
	} finally {
		opened?.close();
	}
}

/** A larger file is not read whole at a start. */
const checked_max_bytes = 32 * 1024 * 1024;
