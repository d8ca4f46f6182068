// History in PostgreSQL, for installations of more than one machine: a partition for each month, rows as arrays. One connection writes, a few read.
import pg from "pg";
import { Buckets } from "../../../src/recorder/buckets.js";
import { seen_max } from "../../../src/recorder/seen.js";
import type { Batch, Cursor, Gap, GapChange, HistoryStore, Kept, Minute, Range, Row } from "../../../src/recorder/store.js";
import { connection, say } from "./postgres-place.js";
import { partitionsOf, prepare } from "./postgres-schema.js";

const minute_ms = 60_000;
const seen_bytes = 6;
const step_rows = 10_000;
const readers_max = 3;

export class PostgresStore implements HistoryStore {
	/** The address in words, without secrets. */
	readonly where: string;
	readonly #url: string;
	readonly #readers: pg.Pool;
	#writer: pg.Client | undefined;
	#closed = false;
	/** Batches, and steps of tidying between them, one after the other. */
	#queue: Promise<unknown> = Promise.resolve();
	readonly #topics = new Map<string, number>();
	readonly #senders = new Map<string, number>();
	readonly #partitions = new Set<string>();
	/** A batch that was tried, and its mark in the database, which shows a COMMIT whose answer was lost. */
	readonly #marks = new WeakMap<Batch, string>();
	readonly #life = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
	#count = 0;
	#recent: { batch: number; count: number }[] = [];

	private constructor(url: string) {
		this.#url = url;
		const options = connection(url);
		this.where = `PostgreSQL at ${options.host ?? "localhost"}:${options.port ?? 5432}, database ${options.database ?? ""}`;
		this.#readers = new pg.Pool({
			...options,
			max: readers_max,
			idleTimeoutMillis: 10_000,
			allowExitOnIdle: true,
			application_name: "lampwire history",
		});
		// an idle connection may end: the next query opens another
		this.#readers.on("error", () => {});
	}

	/** Rejects with a sentence. */
	static async open(url: string, readOnly: boolean): Promise<PostgresStore> {
		const store = new PostgresStore(url);
		try {
			if (readOnly) await store.#read("SELECT 1 FROM state", []);
			else await store.#writing();
			return store;
		} catch (error) {
			await store.close();
			throw error;
		}
	}

	async kept(): Promise<Kept> {
		const last = await this.#read(
			`SELECT t.name AS topic_name, m.*, s.name AS sender_name FROM topics t CROSS JOIN LATERAL
				(SELECT * FROM messages WHERE topic = t.id ORDER BY time DESC, n DESC LIMIT 1) m LEFT JOIN senders s ON s.id = m.sender`,
			[],
		);
		const recent = await this.#read("SELECT batch, ids FROM recent ORDER BY batch", []);
		this.#recent = recent.map(({ batch, ids }) => ({ batch: Number(batch), count: ids.length / seen_bytes }));
		const seen = recent.flatMap(({ ids }) =>
			Array.from({ length: ids.length / seen_bytes }, (_, i) => ({
				id: ids.readUInt16BE(i * seen_bytes),
				hash: ids.readUInt32BE(i * seen_bytes + 2),
			})),
		);
		const open = await this.#read(`SELECT DISTINCT source FROM gaps WHERE kind = 'offline' AND "to" IS NULL`, []);
		const [state] = await this.#read("SELECT alive FROM state", []);
		return {
			alive: Number(state?.alive ?? 0),
			last: last.map((row) => rowOf(row.topic_name, row)),
			seen,
			offline: open.map(({ source }) => source),
		};
	}

	append(batch: Batch): Promise<void> {
		return this.#next(async (db) => {
			let mark = this.#marks.get(batch);
			if (mark !== undefined && (await db.query("SELECT batch FROM state")).rows[0]?.batch === mark) return;
			if (mark === undefined) this.#marks.set(batch, (mark = `${this.#life}-${++this.#count}`));
			await this.#name(db, "topics", this.#topics, new Set(batch.rows.map(({ topic }) => topic)));
			await this.#name(db, "senders", this.#senders, new Set(batch.rows.map(({ sender }) => sender).filter((sender) => sender !== "")));
			await partitionsOf(db, batch.rows, this.#partitions);
			await transaction(db, async () => {
				await this.#insert(db, batch.rows);
				for (const gap of batch.gaps) await changeGap(db, gap);
				await this.#remember(db, batch);
				await db.query("UPDATE state SET alive = greatest(alive, $1), batch = $2", [batch.alive, mark]);
			});
		});
	}

	async rows({ topic, from, to }: Range, after: Cursor | undefined, limit: number): Promise<Row[]> {
		const { time, n } = after ?? { time: from, n: -1 };
		const sql = `SELECT m.*, s.name AS sender_name FROM messages m LEFT JOIN senders s ON s.id = m.sender
			WHERE topic = (SELECT id FROM topics WHERE name = $1) AND (time, n) > ($2, $3) AND time >= $2 AND time < $4 ORDER BY time, n LIMIT $5`;
		return (await this.#read(sql, [topic, time, n, to, limit])).map((row) => rowOf(topic, row));
	}

	async minutes({ topic, from, to }: Range, after: number | undefined, limit: number): Promise<Minute[]> {
		const sql =
			"SELECT * FROM minutes WHERE topic = (SELECT id FROM topics WHERE name = $1) AND time > $2 AND time < $3 ORDER BY time LIMIT $4";
		return (await this.#read(sql, [topic, after ?? from - 1, to, limit])).map(({ time, min, max, mean, last, count }) => ({
			time: Number(time),
			min,
			max,
			mean,
			last,
			count,
		}));
	}

	async before(topic: string, time: number): Promise<{ time: number; level: number } | undefined> {
		const sql = `SELECT time, level FROM (
			(SELECT time, n, level FROM messages WHERE topic = (SELECT id FROM topics WHERE name = $1) AND time < $2 AND level IS NOT NULL ORDER BY time DESC, n DESC LIMIT 1)
			UNION ALL
			(SELECT time, 0, last FROM minutes WHERE topic = (SELECT id FROM topics WHERE name = $1) AND time < $2 ORDER BY time DESC LIMIT 1)
		) newest ORDER BY time DESC LIMIT 1`;
		const [row] = await this.#read(sql, [topic, time]);
		return row && { time: Number(row.time), level: row.level };
	}

	async gaps(from: number, to: number, limit: number): Promise<Gap[]> {
		const sql = `SELECT * FROM gaps WHERE "from" < $2 AND ("to" IS NULL OR "to" >= $1) ORDER BY "from" DESC, id DESC LIMIT $3`;
		const rows = await this.#read(sql, [from, to, limit]);
		return rows
			.map(({ kind, source, from, to, note }) => ({ kind, source, from: Number(from), to: to === null ? undefined : Number(to), note }))
			.reverse();
	}

	async silences(from: number, to: number): Promise<readonly number[]> {
		return (await this.#read(silencesFrom, [from, to])).map((gap) => Number(gap.from));
	}

	async tidy(compact: number, keep: number, bytes: number): Promise<void> {
		while (!this.#closed && (await this.#next((db) => tidyStep(db, compact, keep, bytes, this.#partitions))));
	}

	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		await this.#queue.catch(() => {});
		await Promise.all([this.#writer?.end().catch(() => {}), this.#readers.end()]);
	}

	async #insert(db: pg.Client, rows: readonly Row[]): Promise<void> {
		if (rows.length === 0) return;
		const column = <T>(of: (row: Row) => T) => rows.map(of);
		await db.query({
			name: "insert",
			text: `INSERT INTO messages (topic, time, n, level, payload, flags, sender)
				SELECT * FROM unnest($1::int[], $2::bigint[], $3::int[], $4::smallint[], $5::bytea[], $6::smallint[], $7::int[])`,
			values: [
				column(({ topic }) => this.#topics.get(topic)),
				column(({ time }) => time),
				column(({ n }) => n),
				column(({ level }) => (level < 0 ? null : level)),
				column(({ payload }) => (payload === undefined ? null : Buffer.from(payload))),
				column(({ QoS, retain }) => QoS | (retain ? 4 : 0)),
				column(({ sender }) => this.#senders.get(sender) ?? null),
			],
		});
	}

	async #remember(db: pg.Client, { seen, forget }: Batch): Promise<void> {
		if (forget) {
			await db.query("DELETE FROM recent");
			this.#recent = [];
		}
		if (seen.length === 0) return;
		const bytes = Buffer.alloc(seen.length * seen_bytes);
		for (const [i, { id, hash }] of seen.entries()) {
			bytes.writeUInt16BE(id, i * seen_bytes);
			bytes.writeUInt32BE(hash, i * seen_bytes + 2);
		}
		const { rows } = await db.query("INSERT INTO recent (ids) VALUES ($1) RETURNING batch", [bytes]);
		this.#recent.push({ batch: Number(rows[0].batch), count: seen.length });
		let count = this.#recent.reduce((sum, each) => sum + each.count, 0);
		let oldest = 0;
		while (this.#recent.length > 1 && count - (this.#recent[0]?.count ?? 0) >= seen_max) {
			const gone = this.#recent.shift();
			count -= gone?.count ?? 0;
			oldest = gone?.batch ?? oldest;
		}
		if (oldest > 0) await db.query("DELETE FROM recent WHERE batch <= $1", [oldest]);
	}

	/** Outside of the transaction: a name without rows does no harm. */
	async #name(db: pg.Client, table: string, known: Map<string, number>, names: Set<string>): Promise<void> {
		// PostgreSQL has no U+0000 in a text; nor has MQTT
		const fresh = [...names].filter((name) => !known.has(name));
		if (fresh.length === 0) return;
		await db.query(`INSERT INTO ${table} (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, [fresh]);
		const { rows } = await db.query(`SELECT id, name FROM ${table} WHERE name = ANY($1)`, [fresh]);
		for (const { id, name } of rows) known.set(name, id);
	}

	/** The connection that writes, with the lock; opened anew where it was lost. */
	async #writing(): Promise<pg.Client> {
		if (this.#closed) throw new Error("the history is closed");
		if (this.#writer !== undefined) return this.#writer;
		const db = new pg.Client({
			...connection(this.#url),
			application_name: `lampwire recorder (process ${process.pid})`,
			connectionTimeoutMillis: 10_000,
		});
		const lost = () => {
			if (this.#writer === db) this.#writer = undefined;
		};
		db.on("error", lost);
		db.on("end", lost);
		try {
			await db.connect();
			await prepare(db);
		} catch (error) {
			await db.end().catch(() => {});
			throw say(error as Error, this.where);
		}
		this.#writer = db;
		this.#partitions.clear();
		return db;
	}

	#next<T>(work: (db: pg.Client) => Promise<T>): Promise<T> {
		const done = this.#queue.then(async () => {
			const db = await this.#writing();
			try {
				return await work(db);
			} catch (error) {
				throw say(error as Error, this.where);
			}
		});
		this.#queue = done.catch(() => {});
		return done;
	}

	// biome-ignore lint/suspicious/noExplicitAny: rows are what their query asks for
	async #read(sql: string, values: unknown[]): Promise<any[]> {
		if (this.#closed) throw new Error("the history is closed");
		try {
			return (await this.#readers.query(sql, values)).rows;
		} catch (error) {
			throw say(error as Error, this.where);
		}
	}
}

async function transaction<T>(db: pg.Client, work: () => Promise<T>): Promise<T> {
	await db.query("BEGIN");
	try {
		const result = await work();
		await db.query("COMMIT");
		return result;
	} catch (error) {
		await db.query("ROLLBACK").catch(() => {});
		throw error;
	}
}

async function changeGap(db: pg.Client, { kind, source, from, to, note }: GapChange): Promise<void> {
	if (from === undefined)
		await db.query(`UPDATE gaps SET "to" = greatest("from", $1) WHERE kind = $2 AND source = $3 AND "to" IS NULL`, [to, kind, source]);
	else
		await db.query(`INSERT INTO gaps (kind, source, "from", "to", note) VALUES ($1, $2, $3, $4, $5)`, [
			kind,
			source,
			from,
			to ?? null,
			note,
		]);
}

interface Columns {
	time: string;
	n: number;
	level: number | null;
	payload: Buffer | null;
	flags: number;
	sender_name: string | null;
}

function rowOf(topic: string, { time, n, level, payload, flags, sender_name }: Columns): Row {
	return {
		time: Number(time),
		n,
		topic,
		level: level ?? -1,
		payload: payload === null ? undefined : new Uint8Array(payload),
		QoS: (flags & 3) as 0 | 1 | 2,
		retain: (flags & 4) !== 0,
		sender: sender_name ?? "",
	};
}

const silencesFrom = `SELECT "from" FROM gaps WHERE kind IN ('off', 'away') AND "from" >= $1 AND "from" < $2 ORDER BY "from"`;
const newest = "(SELECT max(time) FROM messages newer WHERE newer.topic = messages.topic)";

/** Does a part of the work. True: there is more. */
async function tidyStep(db: pg.Client, compact: number, keep: number, bytes: number, partitions: Set<string>): Promise<boolean> {
	await db.query(`DELETE FROM messages WHERE time < $1 AND time < ${newest}`, [keep]);
	await db.query("DELETE FROM minutes WHERE time < $1", [keep]);
	await db.query(`DELETE FROM gaps WHERE "to" < $1`, [keep]);
	const whole = Math.floor(compact / minute_ms) * minute_ms;
	for (const { id, latest } of (await db.query("SELECT id, (SELECT max(time) FROM messages WHERE topic = topics.id) AS latest FROM topics"))
		.rows) {
		const until = Math.min(whole, Math.floor(Number(latest ?? 0) / minute_ms) * minute_ms);
		const sql = "SELECT time, level FROM messages WHERE topic = $1 AND time < $2 AND level IS NOT NULL ORDER BY time, n LIMIT $3";
		const { rows } = await db.query(sql, [id, until, step_rows]);
		if (rows.length === 0) continue;
		const first = Number(rows[0].time);
		const last = Math.floor(Number(rows.at(-1).time) / minute_ms) * minute_ms;
		const end = rows.length < step_rows ? until : Math.max(last, Math.floor(first / minute_ms) * minute_ms + minute_ms);
		await transaction(db, () => compactTo(db, id, first, end));
		return true;
	}
	// whole months are dropped, oldest first; the month that is being written stays
	const { rows: parts } = await db.query(
		"SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'messages'::regclass ORDER BY c.relname",
	);
	let total = parts.reduce((sum, { size }) => sum + Number(size), 0);
	for (const { name, size } of parts.slice(0, -1)) {
		if (total <= bytes) break;
		await db.query(`DROP TABLE ${name}`);
		partitions.delete(name);
		total -= Number(size);
	}
	return false;
}

async function compactTo(db: pg.Client, topic: number, first: number, end: number): Promise<void> {
	const carried = await db.query("SELECT time, last FROM minutes WHERE topic = $1 AND time < $2 ORDER BY time DESC LIMIT 1", [
		topic,
		first,
	]);
	const { time: since = first, last: level = -1 } = carried.rows[0] ?? {};
	const silences = (await db.query(silencesFrom, [since, end])).rows.map((gap) => Number(gap.from));
	const minutes: Minute[] = [];
	const start = { level, from: Math.floor(first / minute_ms) * minute_ms, silences };
	const buckets = new Buckets(minute_ms, start, (minute) => void minutes.push(minute));
	const { rows } = await db.query(
		"SELECT time, level FROM messages WHERE topic = $1 AND time < $2 AND level IS NOT NULL ORDER BY time, n",
		[topic, end],
	);
	for (const { time, level } of rows) buckets.add({ time: Number(time), level });
	buckets.finish(end);
	await db.query(
		`INSERT INTO minutes (topic, time, min, max, mean, last, count)
			SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::float8[], $6::smallint[], $7::int[]) ON CONFLICT (topic, time) DO NOTHING`,
		[
			topic,
			minutes.map(({ time }) => time),
			minutes.map(({ min }) => min),
			minutes.map(({ max }) => max),
			minutes.map(({ mean }) => Math.round(mean * 100) / 100),
			minutes.map(({ last }) => last),
			minutes.map(({ count }) => count),
		],
	);
	await db.query("DELETE FROM messages WHERE topic = $1 AND time < $2 AND level IS NOT NULL", [topic, end]);
}
