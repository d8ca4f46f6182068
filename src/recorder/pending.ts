// Messages that wait for the store: while one batch is being kept, the next one gathers. PUBACK goes out when a batch is safe, in the order in
// which the messages came; a batch that could not be kept is tried again until it is kept.
import type { Alarm, Time } from "../host.js";
import type { Batch, GapChange, HistoryStore, Row, Seen } from "./store.js";

/** Messages at QoS 0 have no PUBACK for which a sender waits: they are gathered for so long, for each commit wears the medium. */
const gather_ms = 1_000;
/** More in one batch would be held in memory for long. Beyond, messages at QoS 0 are dropped; the broker keeps those at QoS 1. */
const waiting_max = 65_536;
const waiting_max_bytes = 16 * 1024 * 1024;
const batch_max = 8_192;
/** How long to wait after a failure, at first and at most. */
const retry_min_ms = 500;
const retry_max_ms = 30_000;

interface Item {
	/** `undefined`: the message is kept already, or need not be, and waits for its PUBACK only. */
	row: Row | undefined;
	/** Packet id to acknowledge; 0: none, or none any more. */
	id: number;
	seen: Seen | undefined;
}

export interface PendingOptions {
	store: HistoryStore;
	time: Time;
	/** UTC. */
	alive(): number;
	acknowledge(id: number): void;
	/** So many rows are safe. */
	stored(rows: number): void;
	/** A message was dropped. */
	lost(): void;
	log(line: string): void;
}

export class Pending {
	/** Why the store takes no messages; `undefined`: it takes them. */
	trouble: string | undefined;
	/** Gaps that have begun. */
	begun = 0;
	readonly #options: PendingOptions;
	readonly #alarm: Alarm;
	#items: Item[] = [];
	#bytes = 0;
	#gaps: GapChange[] = [];
	#forget = false;
	#touch = false;
	/** The batch that is being kept, and the items of which it was made. */
	#batch: Batch | undefined;
	#busy: readonly Item[] = [];
	#retry = retry_min_ms;
	/** The batch could not be kept, and the alarm rings for the next try. */
	#resting = false;
	/** The alarm is set for work that cannot wait. */
	#now = false;
	/** Since when messages are dropped, UTC; 0: none are. */
	#losing = 0;
	#lostCount = 0;
	#done: (() => void) | undefined;
	#closing = false;

	constructor(options: PendingOptions) {
		this.#options = options;
		this.#alarm = options.time.alarm(() => this.#go());
	}

	/** False when there is no room, and the message was dropped: at QoS 0 only. */
	add(row: Row, id: number, hash: number): boolean {
		const size = row.payload?.length ?? 0;
		if (id === 0 && (this.#items.length >= waiting_max || this.#bytes + size > waiting_max_bytes)) {
			this.#options.lost();
			this.#lostCount += 1;
			if (this.#losing === 0) this.#losing = row.time;
			return false;
		}
		this.#bytes += size;
		this.#items.push({ row, id, seen: id === 0 ? undefined : { id, hash } });
		this.#soon(id === 0 && row.QoS === 0 ? gather_ms : 0);
		return true;
	}

	/** A message at QoS 1 that is kept already, or need not be: acknowledged after those before it. */
	answer(id: number): void {
		if (id === 0) return;
		this.#items.push({ row: undefined, id, seen: undefined });
		this.#soon(0);
	}

	/** Messages that wait for the store, or for its answer. */
	get waiting(): number {
		return this.#items.length + this.#busy.length;
	}

	gap(change: GapChange): void {
		if (change.from !== undefined) this.begun += 1;
		this.#gaps.push(change);
		this.#soon(0);
	}

	/** The recorder is running: that is kept, even without a message. */
	touch(): void {
		this.#touch = true;
		this.#soon(0);
	}

	/** The broker has begun a new session. */
	forget(): void {
		this.#forget = true;
		for (const item of this.#items) item.seen = undefined;
		this.#soon(0);
	}

	/** The connection is gone: packet ids mean nothing any more. The messages are kept all the same, and a resend of them is known. */
	disconnected(): void {
		for (const item of this.#items) item.id = 0;
		for (const item of this.#busy) item.id = 0;
	}

	/** Keeps the messages that have come, then calls `done`; `done` is called too when the store fails once more. */
	close(done: (() => void) | undefined): void {
		this.#done = done;
		this.#closing = true;
		this.#touch = true;
		if (this.#batch === undefined || this.#resting) this.#go();
	}

	/** The next try of a batch that could not be kept, or the next batch. */
	#go(): void {
		if (!this.#resting) return this.#commit();
		this.#resting = false;
		this.#keep(this.#batch as Batch);
	}

	#soon(delay: number): void {
		if (this.#batch !== undefined || this.#closing) return;
		this.#alarm.set(delay);
		// a message that can wait does not delay one that cannot
		if (delay === 0) this.#now = true;
		else if (this.#now) this.#alarm.set(0);
	}

	#commit(): void {
		this.#now = false;
		const items = this.#items.splice(0, batch_max);
		this.#caughtUp();
		const gaps = this.#gaps;
		if (items.length === 0 && gaps.length === 0 && !this.#touch && !this.#forget) return this.#finish();
		const rows: Row[] = [];
		const seen: Seen[] = [];
		for (const item of items) {
			if (item.row !== undefined) rows.push(item.row);
			if (item.row?.payload !== undefined) this.#bytes -= item.row.payload.length;
			if (item.seen !== undefined) seen.push(item.seen);
		}
		const batch: Batch = { rows, gaps, seen, forget: this.#forget, alive: this.#options.alive() };
		this.#gaps = [];
		this.#touch = this.#forget = false;
		this.#batch = batch;
		this.#busy = items;
		// answers alone need no store: their messages are safe
		if (rows.length === 0 && gaps.length === 0 && !batch.forget && items.length > 0 && !this.#closing) return this.#kept(batch);
		this.#keep(batch);
	}

	#keep(batch: Batch): void {
		this.#options.store.append(batch).then(
			() => this.#kept(batch),
			(error: Error) => this.#failed(error),
		);
	}

	#kept(batch: Batch): void {
		const items = this.#busy;
		this.#batch = undefined;
		this.#busy = [];
		if (this.trouble !== undefined) this.#options.log("the store takes messages again; nothing that was acknowledged is missing");
		this.trouble = undefined;
		this.#retry = retry_min_ms;
		this.#options.stored(batch.rows.length);
		for (const { id } of items) if (id !== 0) this.#options.acknowledge(id);
		if (this.#closing) return this.#commit();
		if (this.#items.length > 0 || this.#gaps.length > 0 || this.#touch || this.#forget) this.#soon(this.#urgent() ? 0 : gather_ms);
	}

	/** The batch is tried again as it is; messages that come meanwhile go behind it. */
	#failed({ message }: Error): void {
		if (this.trouble !== message) this.#options.log(`${message}; messages at QoS 1 wait at the broker, tried again until it works`);
		this.trouble = message;
		if (this.#closing) return this.#finish();
		this.#resting = true;
		this.#alarm.set(this.#retry);
		this.#retry = Math.min(2 * this.#retry, retry_max_ms);
	}

	#urgent(): boolean {
		if (this.#gaps.length > 0 || this.#touch || this.#forget || this.#items.length >= batch_max) return true;
		return this.#items.some(({ id, row }) => id !== 0 || (row?.QoS ?? 1) !== 0);
	}

	/** There is room again: the loss of messages is kept as a gap. */
	#caughtUp(): void {
		if (this.#losing === 0) return;
		const note = `${this.#lostCount} messages at QoS 0 were given up: the store was too slow, or took nothing`;
		this.begun += 1;
		this.#gaps.push({ kind: "lost", source: "", from: this.#losing, to: this.#options.alive(), note });
		this.#losing = this.#lostCount = 0;
	}

	#finish(): void {
		if (!this.#closing) return;
		this.#alarm.close();
		const done = this.#done;
		this.#done = undefined;
		done?.();
	}
}
