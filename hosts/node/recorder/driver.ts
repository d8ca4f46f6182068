// SQLite as this Node has it: `node:sqlite` where it can be imported (tried, not guessed by a version), else the package `libsql`.

export type Value = number | string | Uint8Array | null;
export type Record = { [column: string]: Value };

export interface Statement {
	run(...values: Value[]): unknown;
	get(...values: Value[]): Record | undefined;
	all(...values: Value[]): Record[];
}

/** What both have alike. */
export interface Database {
	exec(sql: string): unknown;
	prepare(sql: string): Statement;
	close(): void;
}

export interface Driver {
	name: string;
	open(file: string, readOnly: boolean): Database;
}

/** In quiet: the warning that `node:sqlite` is an experiment concerns nobody who turns a knob. */
async function nodeSqlite(): Promise<Driver> {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	try {
		// by a name that no bundler and no older Node looks at before it is needed
		const name = "node:sqlite";
		const { DatabaseSync } = (await import(name)) as { DatabaseSync: new (file: string, options: object) => Database };
		return { name, open: (file, readOnly) => new DatabaseSync(file, { readOnly }) };
	} finally {
		process.emitWarning = emitWarning;
	}
}

async function libsql(): Promise<Driver> {
	const name = "libsql";
	const { default: Libsql } = (await import(name)) as { default: new (file: string, options: object) => Database };
	return { name, open: (file, readonly) => new Libsql(file, { readonly }) };
}

/** `only`: that one, and no other. Rejects with a sentence. */
export async function findDriver(only?: string): Promise<Driver> {
	const all = [
		["node:sqlite", nodeSqlite],
		["libsql", libsql],
	] as const;
	for (const [name, load] of all) {
		if (only !== undefined && only !== name) continue;
		try {
			const driver = await load();
			// a binary may be there and not fit
			driver.open(":memory:", false).close();
			return driver;
		} catch {
			// The next one.
		}
	}
	throw new Error(
		"this Node.js has no SQLite, and the package libsql has none for this machine: take Node.js 24 or later, or --store postgres://…",
	);
}
