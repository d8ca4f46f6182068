// History in one SQLite file. Every function waits for the disk, so this module runs in a thread of its own (`worker.ts`).

import { seen_max } from "../../../src/recorder/seen.js";
import type { Batch, Cursor, Gap, GapKind, Kept, Minute, Range, Row, Seen } from "../../../src/recorder/store.js";
import type { Record as Columns, Database, Statement, Value } from "./driver.js";
import { silencesFrom, tidyStep } from "./tidy.js";

/** Names of senders that are kept, for every client that connects has one. Further senders are not known later. */
const senders_max = 10_000;
const seen_bytes = 6;

export class SqliteHistory {
	readonly #db: Database;
	readonly #statements = new Map<string, Statement>();
	readonly #topics = new Map<string, number>();
	readonly #senders = new Map<string, number>();
	readonly #names = new Map<number, string>();
	/** Batches of ids that may come again, and the number of ids in each. */
	readonly #recent: { batch: number; count: number }[] = [];
	#recentCount = 0;
	#tidied = "";

	constructor(db: Database) {
		this.#db = db;
		for (const { id, name } of this.#all("SELECT id, name FROM topics")) this.#topics.set(String(name), Number(id));
		for (const { id, name } of this.#all("SELECT id, name FROM senders")) this.#senders.set(String(name), Number(id));
	}

	kept(): Kept {
		const last: Row[] = [];
		for (const [topic, id] of this.#topics) {
			const newest = this.#get("SELECT * FROM messages WHERE topic = ? ORDER BY time DESC, n DESC LIMIT 1", id);
			if (newest !== undefined) last.push(this.#row(topic, newest));
		}
		const seen: Seen[] = [];
		this.#recent.length = this.#recentCount = 0;
		for (const { batch, ids } of this.#all("SELECT batch, ids FROM recent ORDER BY batch")) {
			// a copy: the memory behind a value of libsql is no ArrayBuffer
			const bytes = new Uint8Array(ids as Uint8Array);
			const view = new DataView(bytes.buffer);
			const count = Math.floor(bytes.length / seen_bytes);
			for (let i = 0; i < count; i++) seen.push({ id: view.getUint16(i * seen_bytes), hash: view.getUint32(i * seen_bytes + 2) });
			this.#recent.push({ batch: Number(batch), count });
			this.#recentCount += count;
		}
		const open = this.#all(`SELECT DISTINCT source FROM gaps WHERE kind = 'offline' AND "to" IS NULL`);
		const alive = Number(this.#get("SELECT alive FROM state")?.alive ?? 0);
		return { alive, last, seen, offline: open.map(({ source }) => String(source)) };
	}

	append(batch: Batch): void {
		// names that were added in a transaction that fails are not in the file
		const named: [Map<string, number>, string][] = [];
		const { length } = this.#recent;
		const before = this.#recentCount;
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			const insert = this.#statement("INSERT INTO messages (topic, time, n, level, payload, flags, sender) VALUES (?, ?, ?, ?, ?, ?, ?)");
			for (const { topic, time, n, level, payload, QoS, retain, sender } of batch.rows) {
				const name = this.#named("topics", this.#topics, topic, named);
				const from =
					sender === "" || (this.#senders.size >= senders_max && !this.#senders.has(sender))
						? null
						: this.#named("senders", this.#senders, sender, named);
				insert.run(name, time, n, level < 0 ? null : level, payload ?? null, QoS | (retain ? 4 : 0), from);
			}
			for (const { kind, source, from, to, note } of batch.gaps) {
				if (from !== undefined)
					this.#statement(`INSERT INTO gaps (kind, source, "from", "to", note) VALUES (?, ?, ?, ?, ?)`).run(
						kind,
						source,
						from,
						to ?? null,
						note,
					);
				else
					this.#statement(`UPDATE gaps SET "to" = max("from", ?) WHERE kind = ? AND source = ? AND "to" IS NULL`).run(
						to as number,
						kind,
						source,
					);
			}
			this.#remember(batch);
			this.#statement("UPDATE state SET alive = max(alive, ?)").run(batch.alive);
			this.#db.exec("COMMIT");
		} catch (error) {
			for (const [map, name] of named) map.delete(name);
			this.#recent.length = Math.min(length, this.#recent.length);
			this.#recentCount = before;
			try {
				this.#db.exec("ROLLBACK");
			} catch {
				// SQLite has rolled back already.
			}
			throw error;
		}
		while (this.#recent.length > 1 && this.#recentCount - (this.#recent[0]?.count ?? 0) >= seen_max)
			this.#recentCount -= this.#recent.shift()?.count ?? 0;
	}

	rows({ topic, from, to }: Range, after: Cursor | undefined, limit: number): Row[] {
		const id = this.#topicOf(topic);
		if (id === undefined) return [];
		const start = after ?? { time: from, n: -1 };
		const sql = "SELECT * FROM messages WHERE topic = ? AND (time, n) > (?, ?) AND time < ? ORDER BY time, n LIMIT ?";
		return this.#all(sql, id, start.time, start.n, to, limit).map((columns) => this.#row(topic, columns));
	}

	minutes({ topic, from, to }: Range, after: number | undefined, limit: number): Minute[] {
		const id = this.#topicOf(topic);
		if (id === undefined) return [];
		const sql = "SELECT * FROM minutes WHERE topic = ? AND time > ? AND time < ? ORDER BY time LIMIT ?";
		return this.#all(sql, id, after ?? from - 1, to, limit).map(({ time, min, max, mean, last, count }) => ({
			time: Number(time),
			min: Number(min),
			max: Number(max),
			mean: Number(mean),
			last: Number(last),
			count: Number(count),
		}));
	}

	before(topic: string, time: number): { time: number; level: number } | undefined {
		const id = this.#topicOf(topic);
		if (id === undefined) return undefined;
		const row = this.#get(
			"SELECT time, level FROM messages WHERE topic = ? AND time < ? AND level NOT NULL ORDER BY time DESC, n DESC LIMIT 1",
			id,
			time,
		);
		const minute = this.#get("SELECT time, last AS level FROM minutes WHERE topic = ? AND time < ? ORDER BY time DESC LIMIT 1", id, time);
		const newest = row === undefined || (minute !== undefined && Number(minute.time) > Number(row.time)) ? minute : row;
		return newest && { time: Number(newest.time), level: Number(newest.level) };
	}

	gaps(from: number, to: number, limit: number): Gap[] {
		const sql = `SELECT * FROM gaps WHERE "from" < ? AND ("to" IS NULL OR "to" >= ?) ORDER BY "from" DESC, id DESC LIMIT ?`;
		return this.#all(sql, to, from, limit)
			.map((gap) => ({
				kind: String(gap.kind) as GapKind,
				source: String(gap.source),
				from: Number(gap.from),
				to: gap.to === null ? undefined : Number(gap.to),
				note: String(gap.note),
			}))
			.reverse();
	}

	silences(from: number, to: number): number[] {
		return this.#all(silencesFrom, from, to).map((gap) => Number(gap.from));
	}

	/** Does a part of the work, so that commits need not wait for all of it. True: there is more. */
	tidy(compact: number, keep: number, bytes: number): boolean {
		const done = tidyStep(this.#db, (sql) => this.#statement(sql), { compact, keep, bytes, after: this.#tidied });
		this.#tidied = done ?? "";
		return done !== undefined;
	}

	close(): void {
		this.#statements.clear();
		this.#db.close();
	}

	#remember({ seen, forget }: Batch): void {
		if (forget) {
			this.#statement("DELETE FROM recent").run();
			this.#recent.length = this.#recentCount = 0;
		}
		if (seen.length === 0) return;
		const bytes = new Uint8Array(seen.length * seen_bytes);
		const view = new DataView(bytes.buffer);
		for (const [i, { id, hash }] of seen.entries()) {
			view.setUint16(i * seen_bytes, id);
			view.setUint32(i * seen_bytes + 2, hash);
		}
		const batch = (this.#recent.at(-1)?.batch ?? 0) + 1;
		this.#statement("INSERT OR REPLACE INTO recent (batch, ids) VALUES (?, ?)").run(batch, bytes);
		this.#recent.push({ batch, count: seen.length });
		this.#recentCount += seen.length;
		const [oldest] = this.#recent;
		if (oldest && this.#recentCount - oldest.count >= seen_max) this.#statement("DELETE FROM recent WHERE batch <= ?").run(oldest.batch);
	}

	#named(table: string, known: Map<string, number>, name: string, named: [Map<string, number>, string][]): number {
		const there = known.get(name);
		if (there !== undefined) return there;
		this.#statement(`INSERT INTO ${table} (name) VALUES (?)`).run(name);
		const id = Number(this.#get(`SELECT id FROM ${table} WHERE name = ?`, name)?.id);
		known.set(name, id);
		named.push([known, name]);
		return id;
	}

	#row(topic: string, { time, n, level, payload, flags, sender }: Columns): Row {
		return {
			time: Number(time),
			n: Number(n),
			topic,
			level: level === null ? -1 : Number(level),
			payload: payloadOf(level, payload),
			QoS: (Number(flags) & 3) as 0 | 1 | 2,
			retain: (Number(flags) & 4) !== 0,
			sender: sender === null ? "" : this.#senderOf(Number(sender)),
		};
	}

	/** The id of a topic, also of one that another process has added: a file that is being written can be read. */
	#topicOf(name: string): number | undefined {
		let id = this.#topics.get(name);
		if (id !== undefined) return id;
		const found = this.#get("SELECT id FROM topics WHERE name = ?", name)?.id;
		if (found === undefined) return undefined;
		id = Number(found);
		this.#topics.set(name, id);
		return id;
	}

	#senderOf(id: number): string {
		let name = this.#names.get(id);
		if (name === undefined) {
			name = String(this.#get("SELECT name FROM senders WHERE id = ?", id)?.name ?? "");
			this.#names.set(id, name);
		}
		return name;
	}

	#statement(sql: string): Statement {
		let statement = this.#statements.get(sql);
		if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
		return statement;
	}

	#get(sql: string, ...values: (string | number)[]): Columns | undefined {
		return this.#statement(sql).get(...values);
	}

	#all(sql: string, ...values: (string | number)[]): Columns[] {
		return this.#statement(sql).all(...values);
	}
}

/** A row without a level has a payload, perhaps an empty one, of which `node:sqlite` of Node.js 22 makes NULL. */
function payloadOf(level: Value | undefined, payload: Value | undefined): Uint8Array | undefined {
	if (payload !== null) return new Uint8Array(payload as Uint8Array);
	return level === null ? new Uint8Array(0) : undefined;
}
