// What a store of history must be to a recorder and to who reads it. The recorder knows no file and no database; a host brings one.

/** One message, as it is kept. */
export interface Row {
	/** UTC, milliseconds since 1970: when the recorder heard it. Never less than that of an earlier row on the same topic. */
	time: number;
	/** Tells rows of one topic and one time apart, in the order in which they came: 0, 1, 2 … */
	n: number;
	topic: string;
	/** 0 to 254; -1: it was no level. */
	level: number;
	/** As it came, where `level` alone does not say all of it. */
	payload: Uint8Array | undefined;
	QoS: 0 | 1 | 2;
	/** It stood on the broker before the recorder listened: what changed while nobody recorded. */
	retain: boolean;
	/** The sender's client id, where the broker has told; `""`: not known. */
	sender: string;
}

/** Why nothing, or not all, is known of a stretch of time. */
export type GapKind =
	/** The recorder did not run. */
	| "off"
	/** It ran, without a connection to the broker. */
	| "away"
	/** It could not keep all that came: messages at QoS 0 were given up. */
	| "lost"
	/** The clock was set: times within are doubtful. */
	| "clock"
	/** The device `source` was offline, as its status says. */
	| "offline";

/**
 * The recorder heard nothing at all: what stood when it began is not known any more, until the next message. The retained value after it
 * does not tell: a level that was set without retain leaves that as it was.
 */
export const isSilence = ({ kind }: { kind: string }): boolean => kind === "off" || kind === "away";

export interface Gap {
	kind: GapKind;
	/** The device; `""`: the recorder itself. */
	source: string;
	/** UTC, milliseconds. */
	from: number;
	/** `undefined`: it lasts. */
	to: number | undefined;
	/** In a few words. */
	note: string;
}

/** Opens a gap, or (with `to`) closes that which is open of this kind and source; with both, one that is over. */
export interface GapChange {
	kind: GapKind;
	source: string;
	from: number | undefined;
	to: number | undefined;
	note: string;
}

/** A packet id at QoS 1 and what came with it: by that, a message that is sent again is known. */
export interface Seen {
	id: number;
	hash: number;
}

/** What is kept in one transaction: all of it, or nothing. */
export interface Batch {
	rows: readonly Row[];
	gaps: readonly GapChange[];
	/** Of the rows at QoS 1: committed with them, so that a resend is known after a crash between the commit and PUBACK. */
	seen: readonly Seen[];
	/** The broker has begun a new session: ids of before mean nothing. */
	forget: boolean;
	/** UTC: the recorder was there. */
	alive: number;
}

/** What a recorder must know of its last life. */
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

/** Where to go on: behind this row. */
export interface Cursor {
	time: number;
	n: number;
}

/** A minute of old rows, made of them by compaction. */
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
	/** What the last life has left. */
	kept(): Promise<Kept>;
	/** Resolves when all of it outlives a power cut. Rejects when nothing of it was kept; then the same batch may be tried again. */
	append(batch: Batch): Promise<void>;
	/** Up to `limit` rows of `range` behind `after`, oldest first. None: there are no more. */
	rows(range: Range, after: Cursor | undefined, limit: number): Promise<Row[]>;
	/** The same, of the minutes that are compacted; `after` is the time of one. */
	minutes(range: Range, after: number | undefined, limit: number): Promise<Minute[]>;
	/** The newest row, or minute, of `topic` before `time`: what stood then. */
	before(topic: string, time: number): Promise<{ time: number; level: number } | undefined>;
	/** Gaps that touch the time, oldest first; at most `limit`, the newest. */
	gaps(from: number, to: number, limit: number): Promise<Gap[]>;
	/** When silences of the recorder have begun (`isSilence`), oldest first: from … up to, not including. UTC, milliseconds. */
	silences(from: number, to: number): Promise<readonly number[]>;
	/** Makes minutes of levels older than `compact`, and forgets what is older than `keep` and, oldest first, what is beyond `bytes`. UTC, milliseconds. */
	tidy(compact: number, keep: number, bytes: number): Promise<void>;
	/** Twice is fine. */
	close(): Promise<void>;
}
