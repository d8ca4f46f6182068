// SQLite's errors in words.

interface SqliteError extends Error {
	/** `node:sqlite`: SQLite's own number. */
	errcode?: number;
	/** `libsql`: its name. */
	code?: string;
}

/** The primary result codes (SQLite: Result and Error Codes). */
const words: readonly (readonly [number, string, RegExp, (file: string) => string])[] = [
	[5, "SQLITE_BUSY", /database is locked/, (file) => `${file} is locked by another program: close it there`],
	[13, "SQLITE_FULL", /disk is full/, (file) => `the disk is full, ${file} cannot grow: make room`],
	[8, "SQLITE_READONLY", /readonly/, (file) => `${file} may not be written: look at its permissions`],
	[14, "SQLITE_CANTOPEN", /unable to open/, (file) => `${file} cannot be opened: look at the folder's permissions`],
	[11, "SQLITE_CORRUPT", /malformed/, (file) => `${file} is damaged: start again, then it is set aside and a new one begins`],
	[26, "SQLITE_NOTADB", /not a database/, (file) => `${file} is no SQLite file: start again, then it is set aside and a new one begins`],
	[10, "SQLITE_IOERR", /disk I\/O/, (file) => `the disk failed at ${file}: look at its cable, card or mount`],
];

export function sentence(error: SqliteError, file: string): string {
	const primary = (error.errcode ?? -1) & 0xff;
	const known = words.find(([number, name, text]) => number === primary || error.code?.startsWith(name) || text.test(error.message));
	return known ? known[3](file) : error.message;
}
