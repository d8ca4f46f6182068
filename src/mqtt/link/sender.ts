// The sending half of the link. The client throws when there is no room; here the packet is tried again later.
import type { Time } from "../../host.js";
import type { Client } from "../client/client.js";
import type { QoS } from "../client/options.js";
import type { WriteOptions } from "../client/types.js";
import * as wire from "../packets/wire.js";
import { WouldBlock } from "../session/outgoing.js";
import type { Counters } from "./counters.js";
import { type Entry, type Outbox, QUEUED, RELEASED, SENT, UNRELEASED } from "./outbox.js";
import { ASKED, type Subscriptions, WANTED } from "./subscriptions.js";

/** Connections in a row that ended upon a message, after which the message goes out alone. */
const isolated_min = 2;

/**
 * Bytes of an outbox above which short payloads are staged apart: on a system that allocates memory by pages, to resize a buffer of hundreds of
 * kilobytes for each message takes a hundred times as long as the message.
 */
const large_outbox_bytes = 16_384;
/** A page of memory. */
const staging_bytes = 4_096;

/** A buffer that is as long as a payload while the payload is written, and else has its full size. */
class Staging {
	readonly size: number;
	readonly buffer: ArrayBuffer;
	readonly view: Uint8Array;

	constructor(size: number) {
		this.size = size;
		this.buffer = new ArrayBuffer(size, { maxByteLength: size });
		this.view = new Uint8Array(this.buffer);
	}
}

export class Sender {
	readonly #client: Client;
	readonly #outbox: Outbox;
	readonly #counters: Counters;
	/** Options of the QoS 0 messages that come in a row, frozen: with the same options, the client sends the fast way. */
	#row: Readonly<{ topic: string; QoS: QoS; retain: boolean }> = { topic: "", QoS: 0, retain: false };
	/** Options of a message between two rows; a second message with the same options begins a row. */
	readonly #single = { topic: "", QoS: 0 as QoS, retain: false };
	/** The last message had these options. */
	#alone = false;
	/** Options for an entry of the outbox, filled anew for each entry. */
	readonly #write = { topic: "", QoS: 0 as QoS, retain: false, id: undefined as number | undefined, duplicate: false };
	/** Payload of an entry of the outbox, in a buffer of exactly its length. */
	readonly #staging: Staging;
	/** The same for long payloads; where the outbox is small, the same object. */
	readonly #largeStaging: Staging;

	/** The last packet that was sent on this connection; DISCONNECT and PUBREL do not count. */
	operation = wire.CONNECT;
	topic = "";
	readonly #time: Time;
	readonly #most: number;

	/** `most`: QoS 2 messages on their way at once. */
	constructor(client: Client, outbox: Outbox, most: number, counters: Counters, time: Time) {
		this.#client = client;
		this.#time = time;
		this.#outbox = outbox;
		this.#most = most;
		this.#counters = counters;
		const size = outbox.bytes.length;
		const apart = size > large_outbox_bytes;
		this.#staging = new Staging(apart ? staging_bytes : size);
		this.#largeStaging = apart ? new Staging(size) : this.#staging;
	}

	/** Sends a message at QoS 0. False when there is no room now. */
	now(topic: string, payload: Uint8Array, retain: boolean): boolean {
		if (!this.write(payload, this.#optionsFor(topic, retain))) return false;
		this.#counters.published += 1;
		this.operation = wire.PUBLISH;
		this.topic = topic;
		if (this.#outbox.count !== 0) this.#outbox.outdate(topic, payload);
		return true;
	}

	/** Options are made anew only where a row begins, so that topics in turn cost nothing. */
	#optionsFor(topic: string, retain: boolean): WriteOptions {
		const single = this.#single;
		if (topic === this.#row.topic && retain === this.#row.retain) {
			this.#alone = false;
			return this.#row;
		}
		if (this.#alone && topic === single.topic && retain === single.retain) {
			this.#row = Object.freeze({ topic, QoS: 0, retain });
			return this.#row;
		}
		single.topic = topic;
		single.retain = retain;
		this.#alone = true;
		return single;
	}

	/**
	 * Sends the messages that wait in the outbox, in order; with `again`, only those that an earlier connection has sent. False when not all of
	 * them can be sent now.
	 */
	all(again = false): boolean {
		const { entries } = this.#outbox;
		let underway = 0;
		for (let i = 0; i < this.#outbox.count; i++) {
			const entry = entries[i];
			if (again && entry.id === 0) continue;
			// a broker loses QoS 2 messages beyond its limit, or closes the connection
			if (entry.QoS === 2 && ++underway > this.#most) return false;
			if (entry.state === QUEUED && !this.#entry(entry)) return false;
			// a message upon which connections have ended goes out alone, so that no other is suspected if this one ends another
			if (entry.ended >= isolated_min && entry.state === SENT) return false;
			if (entry.state !== UNRELEASED) continue;
			// [MQTT-4.4.0-1] a message that was released on the last connection is released again, with its id
			if (!this.write(null, { operation: wire.PUBREL, id: entry.id })) return false;
			entry.state = RELEASED;
		}
		return true;
	}

	/** Writes. False when there is no room now. */
	write(data: Uint8Array | null, options: WriteOptions): boolean {
		try {
			this.#client.write(data, options);
			return true;
		} catch (error) {
			if (error instanceof WouldBlock) return false;
			throw error;
		}
	}

	/** Sends SUBSCRIBE for each filter that the broker does not have yet, and UNSUBSCRIBE for each that is removed. False when there was no room. */
	filters({ all, leaving, open }: Subscriptions<unknown>): boolean {
		if (leaving.length !== 0)
			for (const gone of leaving) {
				if (gone.state !== WANTED) continue;
				if (!this.#ask(wire.UNSUBSCRIBE, gone, { topic: gone.filter })) return false;
			}
		if (open === 0) return true;
		for (const subscription of all) {
			if (subscription.state !== WANTED) continue;
			if (!this.#ask(wire.SUBSCRIBE, subscription, { topic: subscription.filter, QoS: subscription.QoS })) return false;
			subscription.known = true;
		}
		return true;
	}

	#ask(operation: number, about: { state: number; id: number }, item: { topic: string; QoS?: QoS }): boolean {
		if (!this.write(null, { operation, items: [item] })) return false;
		about.id = this.#client.session.lastId;
		about.state = ASKED;
		this.operation = operation;
		this.topic = item.topic;
		return true;
	}

	#entry(entry: Entry): boolean {
		const { bytes } = this.#outbox;
		const { start, length, id } = entry;
		const staging = length > this.#staging.size ? this.#largeStaging : this.#staging;
		const { buffer, view } = staging;
		buffer.resize(length);
		for (let i = 0; i < length; i++) view[i] = bytes[start + i];
		const write = this.#write;
		write.topic = entry.topic;
		write.QoS = entry.QoS;
		write.retain = entry.retain;
		// [MQTT-3.3.1-1] DUP where the message goes out again in the same session
		write.id = id === 0 ? undefined : id;
		write.duplicate = id !== 0;
		const sent = this.write(view, write);
		buffer.resize(staging.size);
		if (!sent) return false;
		this.#counters.published += 1;
		if (id !== 0) this.#counters.resent += 1;
		entry.id = this.#client.session.lastId;
		entry.state = SENT;
		entry.sentAt = this.#time.now();
		this.operation = wire.PUBLISH;
		this.topic = entry.topic;
		return true;
	}
}
