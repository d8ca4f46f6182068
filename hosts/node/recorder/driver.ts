// The SQLite of this Node: `node:sqlite` where it can be imported (tried, not guessed by a version), else the package `libsql`.

export type Value = number | string | Uint8Array | null;
export type Record = { [column: string]: Value };

export interface Statement {
	run(...values: Value[]): unknown;
	get(...values: Value[]): Record | undefined;
	all(...values: Value[]): Record[];
}

/** The functions that both have. */
export interface Database {
	exec(sql: string): unknown;
	prepare(sql: string): Statement;
	close(): void;
}

export interface Driver {
	name: string;
	open(file: string, readOnly: boolean): Database;
}

/** Imported without the warning that `node:sqlite` is an experiment, which does not concern users. */
async function nodeSqlite(): Promise<Driver> {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	try {
		// in a variable, so that no bundler and no older Node resolves the name before it is needed
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

/** `only`: the name of the one driver to try. Rejects with a sentence. */
export async function findDriver(only?: string): Promise<Driver> {
	const all = [
		["node:sqlite", nodeSqlite],
		["libsql", libsql],
	] as const;
	for (const [name, load] of all) {
		if (only !== undefined && only !== name) continue;
		try {
			const driver = await load();
			// a binary may be there, but not fit this machine
			driver.open(":memory:", false).close();
			return driver;
		} catch {
			// Tries the next driver.
		}
	}
	throw new Error(
		"this Node.js has no SQLite, and the package libsql has none for this machine: take Node.js 24 or later, or --store postgres://…",
	);
}
