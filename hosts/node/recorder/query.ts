// One query of a history, and its answer as a stream of text: never more than a page of rows is in memory.
import { Buckets } from "../../../src/recorder/buckets.js";
import { payloadOf } from "../../../src/recorder/content.js";
import type { Gap, HistoryStore, Minute, Row } from "../../../src/recorder/store.js";
import { duration, moment } from "./options.js";

export const formats = ["json", "csv", "ndjson"] as const;
export type Format = (typeof formats)[number];

export interface Query {
	topic: string;
	/** UTC, milliseconds. */
	from: number;
	to: number;
	/** Milliseconds; 0: each row. */
	step: number;
	format: Format;
}

const hour_ms = 3_600_000;
/** A week with one row a second has 604,800 rows: over a longer time than this limit, an answer needs a step. */
const rows_range_max_ms = 32 * 24 * hour_ms;
const steps_max = 50_000;
const rows_max = 1_000_000;
const page_rows = 2_000;
const gaps_max = 1_000;

/** Throws in words that say what to give. */
export function readQuery(given: URLSearchParams, topic: string, now: number): Query {
	for (const name of given.keys())
		if (!["topic", "from", "to", "step", "format"].includes(name))
			throw new Error(`"${name}" is unknown; there are topic, from, to, step, format`);
	const to = moment(given.get("to") || "now", now);
	const from = given.get("from") ? moment(given.get("from") as string, now) : to - hour_ms;
	const stepText = given.get("step") ?? "";
	const step = stepText === "" || stepText === "0" ? 0 : duration(/^\d+$/.test(stepText) ? `${stepText}s` : stepText);
	const format = given.get("format") || "json";
	if (!formats.includes(format as Format)) throw new Error(`format: "${format}" is unknown; give json, csv or ndjson`);
	if (from >= to) throw new Error("from: must be before to");
	if (step === 0 && to - from > rows_range_max_ms)
		throw new Error("from and to: each row of more than 32 days is too much for one answer; give a step, such as step=10m");
	if (step > 0 && (to - from) / step > steps_max)
		throw new Error(`step: ${steps_max} steps are the most in one answer; give a longer one, or a shorter range`);
	return { topic: given.get("topic") || topic, from, to, step, format: format as Format };
}

/** One line of an answer. `undefined`: the field does not apply, or is not known. */
export interface Line {
	time: number;
	level: number | undefined;
	min?: number | undefined;
	max?: number | undefined;
	mean?: number | undefined;
	count?: number | undefined;
	qos?: number | undefined;
	retain?: boolean | undefined;
	sender?: string | undefined;
	payload?: string | undefined;
}

const columns = ["level", "min", "max", "mean", "count", "qos", "retain", "sender", "payload"] as const;

/** Rows, and minutes in the place of rows that are compacted, in the order of their time. */
export async function* lines(store: HistoryStore, query: Query): AsyncGenerator<Line> {
	if (query.step === 0) {
		for await (const each of merged(store, query)) yield "n" in each ? ofRow(each) : ofMinute(each);
		return;
	}
	const before = await standing(store, query.topic, query.from);
	const silences = await store.silences(query.from, query.to);
	const out: Line[] = [];
	const buckets = new Buckets(
		query.step,
		{ level: before?.level ?? -1, from: query.from, silences },
		(bucket) => void out.push(ofMinute(bucket)),
	);
	for await (const each of merged(store, query)) {
		if (!("n" in each)) buckets.add({ time: each.time, level: each.last, minute: each });
		else if (each.level >= 0) buckets.add(each);
		yield* out.splice(0);
	}
	buckets.finish(query.to);
	yield* out;
}

/** The level at `time`, and when it was received; `undefined`: there was none, or there was a silence since. */
async function standing(store: HistoryStore, topic: string, time: number): Promise<{ time: number; level: number } | undefined> {
	const before = await store.before(topic, time);
	return before === undefined || (await store.silences(before.time, time)).length > 0 ? undefined : before;
}

async function* merged(store: HistoryStore, range: Query): AsyncGenerator<Row | Minute> {
	const rows = paged((after: Row | undefined) => store.rows(range, after, page_rows));
	const minutes = paged((after: Minute | undefined) => store.minutes(range, after?.time, page_rows));
	let [row, minute] = [await rows.next(), await minutes.next()];
	while (!row.done || !minute.done) {
		if (!row.done && (minute.done || row.value.time < minute.value.time)) {
			yield row.value;
			row = await rows.next();
		} else if (!minute.done) {
			yield minute.value;
			minute = await minutes.next();
		}
	}
}

async function* paged<T>(next: (after: T | undefined) => Promise<T[]>): AsyncGenerator<T, undefined> {
	let page: T[] = [];
	do {
		page = await next(page.at(-1));
		yield* page;
	} while (page.length === page_rows);
	return undefined;
}

function ofRow(row: Row): Line {
	const { time, level, QoS, retain, sender } = row;
	return { time, level: level < 0 ? undefined : level, qos: QoS, retain, sender, payload: textOf(payloadOf(row)) };
}

function ofMinute({ time, min, max, mean, last, count }: Minute): Line {
	return { time, level: last, min, max, mean: Math.round(mean * 100) / 100, count };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(payload: Uint8Array): string {
	try {
		return utf8.decode(payload);
	} catch {
		return `base64:${Buffer.from(payload).toString("base64")}`;
	}
}

export const types: Readonly<Record<Format, string>> = {
	json: "application/json",
	csv: "text/csv; charset=utf-8",
	ndjson: "application/x-ndjson",
};

/** The answer, in pieces of some kilobytes. */
export async function* answer(store: HistoryStore, query: Query, now: number): AsyncGenerator<string> {
	const { format } = query;
	let text = "";
	let count = 0;
	if (format === "csv") text = `utc,${columns.join(",")}\r\n`;
	if (format === "json") text = await head(store, query, now);
	let complete = true;
	for await (const line of lines(store, query)) {
		if (count === rows_max) {
			complete = false;
			break;
		}
		text += format === "csv" ? csv(line) : format === "ndjson" ? `${ndjson(line)}\n` : `${count === 0 ? "" : ","}\n${json(line)}`;
		count += 1;
		if (text.length < 16_384) continue;
		yield text;
		text = "";
	}
	if (format === "json") text += `\n],"count":${count},"complete":${complete}}\n`;
	yield text;
}

async function head(store: HistoryStore, { topic, from, to, step }: Query, now: number): Promise<string> {
	const [before, gaps] = await Promise.all([standing(store, topic, from), store.gaps(from, to, gaps_max)]);
	const told = gaps.map(({ kind, source, from, to, note }: Gap) => ({ kind, source, from, to: to ?? null, note }));
	const facts = { topic, from, to, step, now, before: before ?? null, gaps: told, columns: ["time", ...columns] };
	return `${JSON.stringify(facts).slice(0, -1)},"rows":[`;
}

function json(line: Line): string {
	return JSON.stringify([line.time, ...columns.map((column) => line[column] ?? null)]);
}

function ndjson(line: Line): string {
	const { time, ...rest } = line;
	return JSON.stringify({ time: new Date(time).toISOString(), ...rest });
}

/** RFC 4180, with the time in UTC, as spreadsheets read it. Text from a client never begins like a formula. */
function csv(line: Line): string {
	const cells = columns.map((column) => {
		const value = line[column];
		if (value === undefined) return "";
		if (typeof value !== "string") return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
		const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
		return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	});
	return `${new Date(line.time).toISOString().replace("T", " ").replace("Z", "")},${cells.join(",")}\r\n`;
}
