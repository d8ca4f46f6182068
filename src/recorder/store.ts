// The contract of a store of history, for a recorder and for its readers. The recorder has no file and no database; a host brings one.

/** One message, as it is kept. */
export interface Row {
	/** UTC, milliseconds since 1970: when the recorder received the message. Never less than the time of an earlier row on the same topic. */
	time: number;
	/** Tells rows of one topic and one time apart, in the order in which they came: 0, 1, 2 … */
	n: number;
	topic: string;
	/** 0 to 254; -1: the payload was no level. */
	level: number;
	/** The payload as it came, where `level` alone is not all of it. */
	payload: Uint8Array | undefined;
	QoS: 0 | 1 | 2;
	/** The message stood at the broker before the recorder subscribed: a change from a time without record. */
	retain: boolean;
	/** The sender's client id, where the broker has given it; `""`: not known. */
	sender: string;
}

/** Why a stretch of time has no record, or not the whole. */
export type GapKind =
	/** The recorder did not run. */
	| "off"
	/** The recorder ran, without a connection to the broker. */
	| "away"
	/** The recorder could not keep all messages: those at QoS 0 were dropped. */
	| "lost"
	/** The clock was set: times within are doubtful. */
	| "clock"
	/** The device `source` was offline, as its status says. */
	| "offline";

/**
 * The recorder received nothing at all: the level at the gap's beginning is not known any more, until the next message. The retained value
 * after the gap does not tell: a level that was set without retain leaves that value as it was.
 */
export const isSilence = ({ kind }: { kind: string }): boolean => kind === "off" || kind === "away";

export interface Gap {
	kind: GapKind;
	/** The device; `""`: the recorder itself. */
	source: string;
	/** UTC, milliseconds. */
	from: number;
	/** `undefined`: the gap lasts. */
	to: number | undefined;
	/** The cause, in a few words. */
	note: string;
}

/** Opens a gap, or (with `to`) closes the open gap of this kind and source; with both, adds a gap that is over. */
export interface GapChange {
	kind: GapKind;
	source: string;
	from: number | undefined;
	to: number | undefined;
	note: string;
}

/** A packet id at QoS 1 and the hash of its message: they identify a resend. */
export interface Seen {
	id: number;
	hash: number;
}

/** The content of one transaction: all of it is kept, or nothing. */
export interface Batch {
	rows: readonly Row[];
	gaps: readonly GapChange[];
	/** Of the rows at QoS 1: committed with them, so that a resend is known after a crash between the commit and PUBACK. */
	seen: readonly Seen[];
	/** The broker has begun a new session: earlier ids mean nothing. */
	forget: boolean;
	/** UTC: a time at which the recorder was running. */
	alive: number;
}

/** The state of a recorder's last run, for the next one. */
export interface Kept {
	/** UTC of the last batch; 0: there was none. */
	alive: number;
	/** The newest row of each topic. */
	last: readonly Row[];
	/** Ids that may come again, oldest first. */
	seen: readonly Seen[];
	/** Sources with an open gap of the kind `offline`. */
	offline: readonly string[];
}

/** Rows of one topic. */
export interface Range {
	topic: string;
	/** UTC, milliseconds: from, and up to but not including. */
	from: number;
	to: number;
}

/** A query goes on behind this row. */
export interface Cursor {
	time: number;
	n: number;
}

/** A minute of old rows, made from them by compaction. */
export interface Minute {
	/** UTC of its beginning, milliseconds. */
	time: number;
	min: number;
	max: number;
	/** Over the time, not over the messages. */
	mean: number;
	/** The level at its end. */
	last: number;
	/** Messages. */
	count: number;
}

/**
 * A store of history. `append` is called again only when the last call has ended. Everything rejects with an `Error` whose message is a sentence
 * for people: what is wrong, and what to do.
 */
export interface HistoryStore {
	/** The state that the last run has left. */
	kept(): Promise<Kept>;
	/** Resolves when all of it outlives a power cut. Rejects when nothing of it was kept; then the same batch may be tried again. */
	append(batch: Batch): Promise<void>;
	/** Up to `limit` rows of `range` behind `after`, oldest first. None: there are no more. */
	rows(range: Range, after: Cursor | undefined, limit: number): Promise<Row[]>;
	/** The same, for the minutes that are compacted; `after` is the time of a minute. */
	minutes(range: Range, after: number | undefined, limit: number): Promise<Minute[]>;
	/** The newest row, or minute, of `topic` before `time`: it holds the level of that time. */
	before(topic: string, time: number): Promise<{ time: number; level: number } | undefined>;
	/** Gaps that touch the time, oldest first; at most `limit`, the newest. */
	gaps(from: number, to: number, limit: number): Promise<Gap[]>;
	/** The beginnings of the recorder's silences (`isSilence`), oldest first: from … up to, not including. UTC, milliseconds. */
	silences(from: number, to: number): Promise<readonly number[]>;
	/** Makes minutes of levels older than `compact`, deletes all older than `keep` and, oldest first, all beyond `bytes`. UTC, milliseconds. */
	tidy(compact: number, keep: number, bytes: number): Promise<void>;
	/** May be called twice. */
	close(): Promise<void>;
}
