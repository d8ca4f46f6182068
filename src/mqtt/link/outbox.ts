// Messages that the link keeps: published at QoS 1 or 2 and not yet acknowledged, or published while the broker was away.
// The outbox is bounded in number and in bytes; a policy says which message gives way when it is full. Messages stand in the order in which
// they are published, sent, and sent again [MQTT-4.6.0-1]. The outbox holds no packets: each message goes out, and again, by `Client.write`.

/**
 * The message that gives way when there is no room.
 * - `latest`: of the messages that were not sent yet, only the newest on each topic is kept; if that is not enough, as `oldest`.
 * - `oldest`: the oldest message that was not sent yet is dropped.
 * - `refuse`: the new message is not taken.
 */
export type Policy = "latest" | "oldest" | "refuse";

/** Kept, not sent on this connection. */
export const QUEUED = 0;
/** Sent, and waiting for PUBACK or PUBREC. */
export const SENT = 1;
/** PUBREC has come: the message is with the broker, only the handshake is left. */
export const RELEASED = 2;
/** As `RELEASED`, but PUBREL has yet to be sent on this connection. */
export const UNRELEASED = 3;

const status_max = 2;
const status_max_bytes = 2 * "offline".length;

export class Entry {
	topic = "";
	QoS: 1 | 2 = 1;
	retain = false;
	state = QUEUED;
	/** Packet id, once the message was sent; 0 before. */
	id = 0;
	/** When the message was sent on this connection. */
	sentAt = 0;
	/** Connections in a row that ended upon the message: soon after it was sent, and before it was acknowledged. */
	ended = 0;
	/** A newer message was published to its topic since this one was sent: in a new session this one is not sent again. */
	outdated = false;
	/** The payload, in `Outbox.bytes`. */
	start = 0;
	length = 0;
}

/** A connection that ended within so long of a message that was not acknowledged has ended upon that message. */
const upon_ms = 5_000;
/** After so many connections in a row, the message is given up: one reset may have lost its acknowledgement. Second: of the link's own status. */
const upon_max = 3;
const upon_status_max = 2;

export class Outbox {
	/** Payloads, one behind the other in the order of the entries. */
	readonly bytes: Uint8Array;
	/** `entries[0..count)` are in use. */
	readonly entries: Entry[] = [];
	count = 0;
	#used = 0;
	readonly #most: number;
	readonly #mostBytes: number;
	readonly #latest: boolean;
	readonly #refuse: boolean;
	readonly #counters: { dropped: number };

	/** `counters.dropped` counts the messages that give way to others, and those refused; not those that a newer one on their topic replaces. */
	constructor(entries: number, bytes: number, policy: Policy, counters: { dropped: number }) {
		// two more entries are for the link's own status alone, one on its way and one behind it: a full outbox must not leave a wrong
		// status on the broker
		this.bytes = new Uint8Array(bytes + status_max_bytes);
		for (let i = 0; i < entries + status_max; i++) this.entries.push(new Entry());
		this.#most = entries;
		this.#mostBytes = bytes;
		// compared here: on XS, a text in a preloaded module is copied each time that it is executed
		this.#latest = policy === "latest";
		this.#refuse = policy === "refuse";
		this.#counters = counters;
	}

	/** Keeps a copy of a message. `undefined` when there is no room: the message counts as dropped then. */
	put(topic: string, payload: Uint8Array, QoS: 1 | 2, retain: boolean): Entry | undefined {
		const length = payload.length;
		// no message may give way for one that would not fit even then
		const fits = length <= this.#mostBytes;
		if (fits && this.#latest) this.#supersede(topic);
		while (!fits || this.count >= this.#most || this.#used + length > this.#mostBytes) {
			const victim = !fits || this.#refuse ? -1 : this.#oldestQueued();
			this.#counters.dropped += 1;
			if (victim < 0) return undefined;
			this.#removeAt(victim);
		}
		return this.#append(topic, payload, QoS, retain);
	}

	/**
	 * Keeps the link's own status, for which there is always room. A status that was not sent yet is replaced. `again`: if the same
	 * status was sent and is not acknowledged, no second one is kept.
	 */
	putStatus(topic: string, payload: Uint8Array, again: boolean): void {
		// a status upon which connections have ended would end the next: its count goes on
		let ended = 0;
		for (let i = 0; i < this.count; i++) if (this.entries[i].topic === topic) ended = this.entries[i].ended;
		this.#supersede(topic);
		for (let i = 0; again && i < this.count; i++) if (this.entries[i].topic === topic) return;
		this.#append(topic, payload, 1, true).ended = ended;
	}

	/** Takes out `entry`, if enough connections have ended upon it; else `undefined`. `status`: the message is the link's own status. */
	giveUp(entry: Entry, status: boolean): { topic: string; payload: Uint8Array; QoS: 1 | 2 } | undefined {
		if (entry.ended < (status ? upon_status_max : upon_max)) return undefined;
		const { topic, QoS } = entry;
		const payload = this.payload(entry).slice();
		this.remove(entry);
		return { topic, payload, QoS };
	}

	#append(topic: string, payload: Uint8Array, QoS: 1 | 2, retain: boolean): Entry {
		const entry = this.entries[this.count++];
		entry.topic = topic;
		entry.QoS = QoS;
		entry.retain = retain;
		entry.state = QUEUED;
		entry.id = 0;
		entry.outdated = false;
		entry.ended = 0;
		entry.start = this.#used;
		entry.length = payload.length;
		this.bytes.set(payload, this.#used);
		this.#used += payload.length;
		return entry;
	}

	/** Whether another message can be kept while none gives way. */
	get room(): boolean {
		return this.count < this.#most && this.#used < this.#mostBytes;
	}

	/** The payload of an entry, lent. */
	payload({ start, length }: Entry): Uint8Array {
		return this.bytes.subarray(start, start + length);
	}

	/**
	 * A connection has ended. Returns the message upon which it has ended: the first that was sent on it, less than 5 s ago, and was not
	 * acknowledged. A broker acknowledges in order, so that the messages behind it are not the cause. Every other message that was sent
	 * loses its count. A message that was sent in this very moment is not the cause either: the broker has not received it.
	 */
	endedUpon(now: number): Entry | undefined {
		let suspect: Entry | undefined;
		for (let i = 0; i < this.count; i++) {
			const entry = this.entries[i];
			const age = now - entry.sentAt;
			if (suspect === undefined && entry.state === SENT && age > 0 && age < upon_ms) suspect = entry;
			else if (entry.state !== QUEUED) entry.ended = 0;
		}
		if (suspect !== undefined) suspect.ended += 1;
		return suspect;
	}

	/** The broker has acknowledged `entry`: the messages sent before it, though not acknowledged, are not the cause if it closes. */
	passed(entry: Entry): void {
		for (let i = 0; this.entries[i] !== entry; i++) this.entries[i].sentAt = -Infinity;
	}

	/** The entry that was sent with this packet id. */
	find(id: number): Entry | undefined {
		for (let i = 0; i < this.count; i++) if (this.entries[i].id === id) return this.entries[i];
		return undefined;
	}

	/** Forgets an entry: its message is delivered. */
	remove(entry: Entry): void {
		const index = this.entries.indexOf(entry);
		if (index >= 0 && index < this.count) this.#removeAt(index);
	}

	/**
	 * A new connection. Messages that were sent are sent again: with id and DUP where the broker has kept the session, as new ones where not;
	 * there a released message is removed, for the broker has it.
	 */
	restart(sessionPresent: boolean): void {
		for (let i = this.count - 1; i >= 0; i--) {
			const entry = this.entries[i];
			if (entry.state >= RELEASED) {
				entry.state = UNRELEASED;
				if (!sessionPresent) this.#removeAt(i);
				continue;
			}
			entry.state = QUEUED;
			if (sessionPresent) continue;
			entry.id = 0;
			if (entry.outdated) this.#removeAt(i);
		}
	}

	/**
	 * A newer message goes out to `topic` at QoS 0. With the policy `latest`, an older level must not come after it: neither when the outbox
	 * is sent, nor when a new session begins.
	 */
	outdate(topic: string, payload: Uint8Array): void {
		if (!this.#latest) return;
		this.#supersede(topic);
		for (let i = 0; i < this.count; i++) {
			const entry = this.entries[i];
			if (entry.topic === topic && !this.#says(entry, payload)) entry.outdated = true;
		}
	}

	/** Whether an entry has the same content: sent twice it does no harm; left out it might never arrive. */
	#says({ start, length }: Entry, payload: Uint8Array): boolean {
		if (payload.length !== length) return false;
		for (let i = 0; i < length; i++) if (this.bytes[start + i] !== payload[i]) return false;
		return true;
	}

	#supersede(topic: string): void {
		for (let i = this.count - 1; i >= 0; i--) {
			const entry = this.entries[i];
			if (entry.state === QUEUED && entry.id === 0 && entry.topic === topic) this.#removeAt(i);
		}
	}

	#oldestQueued(): number {
		for (let i = 0; i < this.count; i++) if (this.entries[i].state === QUEUED && this.entries[i].id === 0) return i;
		return -1;
	}

	#removeAt(index: number): void {
		const entry = this.entries[index];
		this.bytes.copyWithin(entry.start, entry.start + entry.length, this.#used);
		this.#used -= entry.length;
		this.count -= 1;
		for (let i = index; i < this.count; i++) {
			const next = this.entries[i + 1];
			next.start -= entry.length;
			this.entries[i] = next;
		}
		this.entries[this.count] = entry;
	}
}
