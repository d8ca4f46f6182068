// The tables in PostgreSQL; the columns are those of the SQLite file.
import type pg from "pg";

export const schema_version = 1;
/** The number of the advisory lock of a database's recorder: any number, but always this one. */
const lock = 1_818_324_336;

const tables = `
CREATE TABLE topics (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE senders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE messages (topic int NOT NULL, time bigint NOT NULL, n int NOT NULL, level smallint, payload bytea, flags smallint NOT NULL, sender int,
	PRIMARY KEY (topic, time, n)) PARTITION BY RANGE (time);
CREATE TABLE minutes (topic int NOT NULL, time bigint NOT NULL, min smallint NOT NULL, max smallint NOT NULL, mean float8 NOT NULL,
	last smallint NOT NULL, count int NOT NULL, PRIMARY KEY (topic, time));
CREATE TABLE gaps (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, source text NOT NULL, "from" bigint NOT NULL, "to" bigint, note text NOT NULL);
CREATE INDEX gaps_by_time ON gaps ("from");
CREATE TABLE recent (batch bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ids bytea NOT NULL);
CREATE TABLE state (version int NOT NULL, alive bigint NOT NULL, batch text NOT NULL);
INSERT INTO state VALUES (${schema_version}, 0, '');
CREATE VIEW history AS SELECT to_timestamp(m.time / 1000.0) AS time, t.name AS topic, m.level, m.payload, m.flags & 3 AS qos, m.flags >> 2 AS retain,
	coalesce(s.name, '') AS sender FROM messages m JOIN topics t ON t.id = m.topic LEFT JOIN senders s ON s.id = m.sender;
`;

/** Takes the lock, and makes the tables where there are none. Rejects with a sentence. */
export async function prepare(db: pg.Client): Promise<void> {
	await db.query("SET synchronous_commit = on");
	const { rows } = await db.query("SELECT pg_try_advisory_lock($1) AS mine", [lock]);
	if (!rows[0].mine) {
		const held = await db.query(
			"SELECT a.application_name AS name, coalesce(host(a.client_addr), 'that machine') AS host FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objid = $1",
			[lock],
		);
		const { name = "another recorder", host = "" } = held.rows[0] ?? {};
		throw new Error(`this database is being written by ${name} at ${host}: end that one, or give another database`);
	}
	if (!(await db.query("SELECT to_regclass('state') AS there")).rows[0].there) await db.query(`BEGIN; ${tables} COMMIT`);
	const { version } = (await db.query("SELECT version FROM state")).rows[0] ?? {};
	if (!(version <= schema_version))
		throw new Error("this database is of a newer lampwire, and is left as it is: update this one, or give another database");
}

/** Makes a table for each month of `rows` that has none. */
export async function partitionsOf(db: pg.Client, rows: readonly { time: number }[], known: Set<string>): Promise<void> {
	// mostly, all rows are in one month, whose table is known
	let [from, to] = [0, 0];
	for (const { time } of rows) {
		if (time >= from && time < to) continue;
		const date = new Date(time);
		const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
		[from, to] = [Date.UTC(year, month), Date.UTC(year, month + 1)];
		const name = `messages_${String(year).padStart(4, "0")}_${String(month + 1).padStart(2, "0")}`;
		if (known.has(name)) continue;
		await db.query(`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF messages FOR VALUES FROM (${from}) TO (${to})`);
		known.add(name);
	}
}
