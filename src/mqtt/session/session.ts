// The protocol state that outlives a connection when clean session is off (MQTT 3.1.1 §4.1) [MQTT-4.1.0-1] [MQTT-4.1.0-2], and the
// acknowledgements that wait to be sent.
// No IO, no clock, and nothing allocated after construction. All transitions of §4.3 are in the tables below.
import { PUBACK, PUBCOMP, PUBREC, PUBREL, puback, pubcomp, pubrel, SUBACK, UNSUBACK } from "../packets/wire.js";
import { Deferred } from "./deferred.js";
import { ids, Received } from "./received-ids.js";

/**
 * State of an entry of the in-flight table, named for the packet that the entry waits for. With the packet id in the low 16 bits,
 * `AwaitPuback` and `AwaitPubcomp` equal the four bytes of that packet: the most frequent acknowledgements are recognised by one comparison.
 * The other states have no remaining length of 2, so that no well-formed packet equals them.
 */
export const FREE = 0;
export const AwaitPuback = 0x4002_0000;
export const AwaitPubrec = 0x5000_0000;
export const AwaitPubcomp = 0x7002_0000;
export const AwaitSuback = 0x9000_0000 | 0;
export const AwaitUnsuback = 0xb000_0000 | 0;

/** Results of `acknowledge`. */
export const IGNORED = 0;
export const PROGRESSED = 1;
export const COMPLETED = 2;

/** From so many entries on, the in-flight table has an index by packet id: to search it for each acknowledgement would take too long. */
const indexed_min = 256;

/**
 * The transitions of packets sent (§4.3.2, §4.3.3, §3.8.4, §3.10.4), by the operation that comes: the state that it must find, the state that
 * follows, and the answer. No state has the value 1. PUBREL finds its message in `Received`, and is answered by PUBCOMP.
 *
 * | comes    | finds         | then         | answer |
 * | -------- | ------------- | ------------ | ------ |
 * | PUBACK   | AwaitPuback   | FREE         |        |
 * | PUBREC   | AwaitPubrec   | AwaitPubcomp | PUBREL |
 * | PUBCOMP  | AwaitPubcomp  | FREE         |        |
 * | SUBACK   | AwaitSuback   | FREE         |        |
 * | UNSUBACK | AwaitUnsuback | FREE         |        |
 */
const before = new Int32Array(16).fill(1);
before[PUBACK] = AwaitPuback;
before[PUBREC] = AwaitPubrec;
before[PUBCOMP] = AwaitPubcomp;
before[SUBACK] = AwaitSuback;
before[UNSUBACK] = AwaitUnsuback;

export interface SessionLimits {
	/** Entries of the in-flight table. */
	inflight: number;
	/** QoS 2 messages remembered between PUBLISH and PUBREL. From 65,535 on, each packet id has a bit: 8 KB, and never full. */
	received: number;
	/** Acknowledgements that may wait for room. */
	pendingAcks: number;
	/** Messages at QoS 1 that may wait for the application's approval. */
	unacknowledged?: number;
}

export class Session extends Received {
	/** The last acknowledgement was PUBACK for a QoS 2 message. */
	odd = false;
	/** Packets that wait for an acknowledgement. The tables are dense: entries 1 to `inflight` are in use, in no order. */
	inflight = 0;
	/** State and id of each entry. Entry 0 is never in use, so that the newest entry can be read without a check. */
	readonly awaits: Int32Array;
	/** How many of these packets are SUBSCRIBEs and UNSUBSCRIBEs. */
	requests = 0;
	/** The id of the last packet sent that has an id. */
	lastId: number;
	/** How many filters the SUBSCRIBE or UNSUBSCRIBE of an entry has. */
	readonly #filters: Uint8Array;
	/** The entry of each id, where the table is large; valid for an id only if that entry is in use and has the id. */
	readonly #index: Uint16Array | undefined;
	/** QoS 1 messages that wait for the application's approval; `undefined`: their PUBACK is queued at once. */
	readonly deferred: Deferred | undefined;
	readonly #pendingAcks_max: number;

	/** `firstId`: packet id to begin with, 1 to 65,535. `defer`: the application acknowledges QoS 1 itself. */
	constructor(limits: SessionLimits, firstId = 1, defer = false) {
		super(limits.received, limits.pendingAcks);
		const { inflight, unacknowledged = 1 } = limits;
		this.#pendingAcks_max = limits.pendingAcks;
		this.deferred = defer ? new Deferred(unacknowledged) : undefined;
		this.lastId = firstId - 1;
		this.awaits = new Int32Array(inflight + 1);
		this.#filters = new Uint8Array(inflight + 1);
		this.#index = inflight < indexed_min ? undefined : new Uint16Array(ids);
	}

	/** Whether another packet that needs an acknowledgement may be sent. */
	get room(): boolean {
		return this.inflight + 1 < this.awaits.length;
	}

	/**
	 * A packet id for the next packet, 1 to 65,535 and not in use [MQTT-2.3.1-1] [MQTT-2.3.1-2], with its entry in the table filled for
	 * `state`; 0 when there is no room. The entry is in use once the packet is sent and `inflight` rises by one.
	 */
	nextId(state: number): number {
		const entry = this.inflight + 1;
		if (entry === this.awaits.length) return 0;
		let id = this.lastId + 1;
		if (id > 65_535) id = 1;
		if (entry !== 1) while (this.#find(id) !== 0) id = id === 65_535 ? 1 : id + 1;
		this.lastId = id;
		this.awaits[entry] = state | id;
		if (this.#index !== undefined) this.#index[id] = entry;
		return id;
	}

	/** The state of a packet id, `FREE` when the id is not in use. */
	state(id: number): number {
		return this.awaits[this.#find(id)] & 0xffff_0000;
	}

	/** How many filters the SUBSCRIBE with this id has. */
	filters(id: number): number {
		return this.#filters[this.#find(id)];
	}

	/** Takes `id` into use, unless it is in use (a resend). There must be `room`. `filters`: how many a request has. */
	expect(id: number, state: number, filters: number): void {
		this.lastId = id;
		let entry = this.#find(id);
		if (entry === 0) {
			entry = this.inflight + 1;
			this.inflight = entry;
			if (this.#index !== undefined) this.#index[id] = entry;
			if (state < 0) this.requests += 1;
		}
		this.awaits[entry] = state | id;
		this.#filters[entry] = filters;
	}

	/**
	 * An acknowledgement has come: its id is free again [MQTT-2.3.1-3]. An answer is queued where §4.3 requires one. PUBACK for a QoS 2
	 * message, as RabbitMQ 3 sends it, is `odd` and completes the message: the broker has it, and sends nothing more for it. Unknown
	 * acknowledgements are counted; those that §4.3 does not allow are ignored.
	 */
	acknowledge(operation: number, id: number): number {
		this.odd = false;
		if (operation === PUBREL) {
			this.release(id);
			this.queueAck(pubcomp | id); // [MQTT-4.3.3-2]
			return PROGRESSED;
		}
		const entry = this.#find(id);
		const state = this.awaits[entry] & 0xffff_0000;
		this.odd = operation === PUBACK && (state === AwaitPubrec || state === AwaitPubcomp);
		if (state === before[operation] || this.odd) {
			if (operation !== PUBREC) {
				this.#remove(entry);
				return COMPLETED;
			}
			this.awaits[entry] = AwaitPubcomp | id;
		} else if (operation !== PUBREC || (state !== FREE && state !== AwaitPubcomp)) {
			this.ignored += 1;
			return IGNORED;
		}
		// [MQTT-4.3.3-1] PUBREL answers every PUBREC, also a repeated one, and one whose message has no entry: the server waits for PUBREL
		this.queueAck(pubrel | id);
		if (state !== FREE) return PROGRESSED;
		this.ignored += 1;
		return IGNORED;
	}

	/** A QoS 1 message is whole: its PUBACK waits for the application's approval. `approved`: it has that. There must be `deferred`. */
	hold(id: number, approved: boolean): void {
		const deferred = this.deferred as Deferred;
		deferred.hold(id, approved);
		this.#bound(deferred);
	}

	/** The application approves a QoS 1 message. False when no message with this id waits. There must be `deferred`. */
	approve(id: number): boolean {
		return (this.deferred as Deferred).approve(id);
	}

	/** Whether an acknowledgement can be sent. */
	get hasAck(): boolean {
		return this.pendingAcks !== 0 || (this.deferred !== undefined && this.deferred.ready !== 0);
	}

	/** Takes the oldest acknowledgement that can be sent, as the number that its four bytes are. `hasAck` must be true. */
	takeAck(): number {
		if (this.pendingAcks !== 0) return this.dequeueAck();
		const deferred = this.deferred as Deferred;
		const id = deferred.take();
		this.#bound(deferred);
		return puback | id;
	}

	/** Forgets all acknowledgements: without a connection they cannot be sent. */
	forgetAcks(): void {
		this.pendingAcks = 0;
		this.forgetDeferred();
	}

	/** The connection has ended: the broker sends again the messages that waited for approval. */
	forgetDeferred(): void {
		if (this.deferred === undefined) return;
		this.deferred.clear();
		this.#bound(this.deferred);
	}

	/** Nothing is read while no further message could be held. */
	#bound(deferred: Deferred): void {
		this.pendingAcks_max = deferred.full ? 0 : this.#pendingAcks_max;
	}

	/** Forgets each SUBSCRIBE and UNSUBSCRIBE in flight: without the connection no answer comes. The rest outlives it [MQTT-3.1.2-4]. */
	forgetRequests(): void {
		for (let entry = this.inflight; entry > 0; entry--) if (this.awaits[entry] < 0) this.#remove(entry);
		this.requests = 0;
		this.forgetPendingAcks();
	}

	/** Discards all state: the session is clean, or the server does not have it any more [MQTT-3.1.2-6]. */
	clear(): void {
		this.inflight = this.requests = 0;
		this.forgetPendingAcks();
		this.forgetReceived();
	}

	#remove(entry: number): void {
		const last = this.inflight;
		if (this.awaits[entry] < 0) this.requests -= 1;
		this.awaits[entry] = this.awaits[last];
		this.#filters[entry] = this.#filters[last];
		if (this.#index !== undefined) this.#index[this.awaits[entry] & 0xffff] = entry;
		this.inflight = last - 1;
	}

	/** The entry of an id, 0 when the id has none. */
	#find(id: number): number {
		const awaits = this.awaits;
		let entry = this.inflight;
		if (this.#index !== undefined && entry > 1) {
			const known = this.#index[id];
			if (known !== 0 && known <= entry && (awaits[known] & 0xffff) === id) return known;
			entry = 1; // only entry 1 can be in use without the index: the fast path fills it
		}
		while (entry !== 0 && (awaits[entry] & 0xffff) !== id) entry -= 1;
		return entry;
	}
}
