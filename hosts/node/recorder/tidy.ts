// Old rows in history.sqlite: levels become minutes, and are deleted later; rows beyond a size are deleted too, oldest first. In steps, each a
// transaction of its own. The newest row of each topic always stays: it is the present value of the topic.
import { Buckets } from "../../../src/recorder/buckets.js";
import type { Minute } from "../../../src/recorder/store.js";
import type { Database, Statement } from "./driver.js";

const step_rows = 10_000;
const vacuum_pages = 1_000;
const minute_ms = 60_000;

export interface Tidy {
	/** UTC, milliseconds: levels before `compact` become minutes; all rows before `keep` are deleted. */
	compact: number;
	keep: number;
	/** The greatest size of the file. */
	bytes: number;
	/** The result of the last step. */
	after: string;
}

export const silencesFrom = `SELECT "from" FROM gaps WHERE kind IN ('off', 'away') AND "from" >= ? AND "from" < ? ORDER BY "from"`;

type Prepared = (sql: string) => Statement;

/** Does a part of the work; returns the `after` of the next call, or `undefined` when all is done. */
export function tidyStep(db: Database, sql: Prepared, { compact, keep, bytes }: Tidy): string | undefined {
	db.exec("BEGIN IMMEDIATE");
	try {
		const more = forget(sql, keep) || compactSome(sql, compact) || shrink(sql, bytes);
		db.exec("COMMIT");
		if (more) return "more";
	} catch (error) {
		db.exec("ROLLBACK");
		throw error;
	}
	// free pages go back to the disk, a part at a time
	const free = () => Number(sql("PRAGMA freelist_count").get()?.freelist_count);
	const before = free();
	if (before === 0) return undefined;
	db.exec(`PRAGMA incremental_vacuum(${vacuum_pages})`);
	return free() < before ? "more" : undefined;
}

const newest = "(SELECT max(time) FROM messages newer WHERE newer.topic = messages.topic)";

function changes(sql: Prepared): number {
	return Number(sql("SELECT changes() AS count").get()?.count);
}

function forget(sql: Prepared, before: number): boolean {
	const rows = `SELECT topic, time, n FROM messages WHERE time < ? AND time < ${newest} LIMIT ${step_rows}`;
	sql(`DELETE FROM messages WHERE (topic, time, n) IN (${rows})`).run(before);
	if (changes(sql) > 0) return true;
	sql("DELETE FROM minutes WHERE time < ?").run(before);
	if (changes(sql) > 0) return true;
	sql(`DELETE FROM gaps WHERE "to" < ?`).run(before);
	return false;
}

/** Compacts levels of one topic, up to whole minutes. */
function compactSome(sql: Prepared, before: number): boolean {
	const whole = Math.floor(before / minute_ms) * minute_ms;
	for (const { id } of sql("SELECT id FROM topics").all()) {
		const topic = Number(id);
		const until = Math.min(whole, floorMinute(sql("SELECT max(time) AS time FROM messages WHERE topic = ?").get(topic)?.time));
		const rows = sql("SELECT time, level FROM messages WHERE topic = ? AND time < ? AND level NOT NULL ORDER BY time, n LIMIT ?").all(
			topic,
			until,
			step_rows,
		);
		if (rows.length === 0) continue;
		// the last minute may go on after the limit
		const end = rows.length < step_rows ? until : floorMinute(rows.at(-1)?.time);
		const first = Number(rows[0]?.time);
		if (end <= first) {
			compactTo(sql, topic, first, floorMinute(first) + minute_ms);
			return true;
		}
		compactTo(sql, topic, first, end);
		return true;
	}
	return false;
}

function floorMinute(time: unknown): number {
	return Math.floor(Number(time ?? 0) / minute_ms) * minute_ms;
}

function compactTo(sql: Prepared, topic: number, first: number, end: number): void {
	const carried = sql("SELECT time, last FROM minutes WHERE topic = ? AND time < ? ORDER BY time DESC LIMIT 1").get(topic, first);
	const put = sql("INSERT OR REPLACE INTO minutes (topic, time, min, max, mean, last, count) VALUES (?, ?, ?, ?, ?, ?, ?)");
	const out = ({ time, min, max, mean, last, count }: Minute) => put.run(topic, time, min, max, Math.round(mean * 100) / 100, last, count);
	const known = carried === undefined ? { since: first, level: -1 } : { since: Number(carried.time), level: Number(carried.last) };
	const silences = sql(silencesFrom)
		.all(known.since, end)
		.map((gap) => Number(gap.from));
	const buckets = new Buckets(minute_ms, { level: known.level, from: floorMinute(first), silences }, out);
	for (const { time, level } of sql(
		"SELECT time, level FROM messages WHERE topic = ? AND time < ? AND level NOT NULL ORDER BY time, n",
	).all(topic, end))
		buckets.add({ time: Number(time), level: Number(level) });
	buckets.finish(end);
	sql("DELETE FROM messages WHERE topic = ? AND time < ? AND level NOT NULL").run(topic, end);
}

/** Deletes the oldest twentieth while the file is too large. */
function shrink(sql: Prepared, bytes: number): boolean {
	const pragma = (name: string) => Number(sql(`PRAGMA ${name}`).get()?.[name]);
	if ((pragma("page_count") - pragma("freelist_count")) * pragma("page_size") <= bytes) return false;
	const oldest = sql("SELECT min(time) AS time FROM (SELECT min(time) AS time FROM messages UNION ALL SELECT min(time) FROM minutes)").get()
		?.time;
	const latest = sql("SELECT max(time) AS time FROM messages").get()?.time;
	if (typeof oldest !== "number" || typeof latest !== "number" || oldest >= latest) return false;
	const before = Math.ceil(oldest + Math.max((latest - oldest) / 20, 1));
	sql(`DELETE FROM messages WHERE time < ? AND time < ${newest}`).run(before);
	const gone = changes(sql);
	sql("DELETE FROM minutes WHERE time < ?").run(before);
	return gone + changes(sql) > 0;
}
