// The protocol state that outlives a connection when clean session is off (MQTT 3.1.1 §4.1) [MQTT-4.1.0-1] [MQTT-4.1.0-2], and what it owes
// the peer.
// No IO, no clock, and nothing allocated after construction. All transitions of §4.3 are in the tables below.
import { PUBACK, PUBCOMP, PUBREC, PUBREL, SUBACK, UNSUBACK } from "../packets/wire.js";

/** State of an entry of the in-flight table, named for the packet that it waits for. */
export const FREE = 0;
export const AwaitPuback = 1;
export const AwaitPubrec = 2;
export const AwaitPubcomp = 3;
export const AwaitSuback = 4;
export const AwaitUnsuback = 5;

/** What an acknowledgement did. */
export const IGNORED = 0;
export const PROGRESSED = 1;
export const COMPLETED = 2;

/** `before[operation]`: the state that an acknowledgement must find; `after[operation]`: the state that it leaves. 255: none. */
const before = new Uint8Array(16).fill(255);
const after = new Uint8Array(16);
before[PUBACK] = AwaitPuback;
before[PUBREC] = AwaitPubrec;
after[PUBREC] = AwaitPubcomp;
before[PUBCOMP] = AwaitPubcomp;
before[SUBACK] = AwaitSuback;
before[UNSUBACK] = AwaitUnsuback;

export interface SessionLimits {
	/** Entries of the in-flight table. */
	inflight: number;
	/** QoS 2 messages remembered between PUBLISH and PUBREL. */
	received: number;
	/** Acknowledgements that may wait for room. */
	due: number;
}

export class Session {
	/** Acknowledgements that fitted nothing: late, doubled or wrong. */
	ignored = 0;
	/** Packets that wait for an acknowledgement. The tables are dense: the first `inflight` entries are in use, in no order. */
	inflight = 0;
	/** Of them, SUBSCRIBEs and UNSUBSCRIBEs. */
	requests = 0;
	/** Acknowledgements that wait for room in the socket. */
	due = 0;
	/** How many of those can wait. */
	readonly due_max: number;
	/** The id of the packet sent last, of those that have one. */
	lastId = 0;
	readonly #ids: Uint16Array;
	readonly #states: Uint8Array;
	/** Filters of a SUBSCRIBE or UNSUBSCRIBE. */
	readonly #filters: Uint8Array;
	readonly #received: Uint16Array;
	#receivedCount = 0;
	readonly #dueOperations: Uint8Array;
	readonly #dueIds: Uint16Array;

	constructor(limits: SessionLimits) {
		this.#ids = new Uint16Array(limits.inflight);
		this.#states = new Uint8Array(limits.inflight);
		this.#filters = new Uint8Array(limits.inflight);
		this.#received = new Uint16Array(limits.received);
		this.#dueOperations = new Uint8Array(limits.due);
		this.#dueIds = new Uint16Array(limits.due);
		this.due_max = limits.due;
	}

	/** Whether another packet that wants an acknowledgement may be sent. */
	get room(): boolean {
		return this.inflight < this.#ids.length;
	}

	/**
	 * A packet id for the next packet, 1 to 65,535 and not in use [MQTT-2.3.1-1] [MQTT-2.3.1-2], with its entry in the table made out for
	 * `state`; 0 when there is no room. The entry counts when the packet is sent and `inflight` rises by one.
	 */
	nextId(state: number): number {
		const entry = this.inflight;
		const ids = this.#ids;
		if (entry === ids.length) return 0;
		let id = this.lastId + 1;
		if (id > 65_535) id = 1;
		if (entry !== 0) while (this.#find(id) >= 0) id = id === 65_535 ? 1 : id + 1;
		this.lastId = ids[entry] = id;
		this.#states[entry] = state;
		return id;
	}

	/** The state of a packet id, `FREE` when it is not in use. */
	state(id: number): number {
		const entry = this.#find(id);
		return entry < 0 ? FREE : this.#states[entry];
	}

	/** How many filters the SUBSCRIBE with this id has. */
	filters(id: number): number {
		const entry = this.#find(id);
		return entry < 0 ? 0 : this.#filters[entry];
	}

	/** Takes `id` into use, unless it is (a resend). There must be `room`. `filters` counts those of a request. */
	expect(id: number, state: number, filters: number): void {
		this.lastId = id;
		let entry = this.inflight === 0 ? -1 : this.#find(id);
		if (entry < 0) {
			entry = this.inflight;
			this.inflight = entry + 1;
			this.#ids[entry] = id;
			if (state >= AwaitSuback) this.requests += 1;
		}
		this.#states[entry] = state;
		this.#filters[entry] = filters;
	}

	/** An acknowledgement has come: its id is free again [MQTT-2.3.1-3]. Answers it where §4.3 asks for an answer; unknown ones are counted. */
	acknowledge(operation: number, id: number): number {
		// as #find, without its call
		const ids = this.#ids;
		let entry = this.inflight - 1;
		while (entry >= 0 && ids[entry] !== id) entry -= 1;
		const state = entry < 0 ? FREE : this.#states[entry];
		if (state === before[operation]) {
			if (after[operation] === FREE) {
				if (state >= AwaitSuback) this.requests -= 1;
				if (entry === this.inflight - 1) this.inflight = entry;
				else this.#remove(entry);
				return COMPLETED;
			}
			this.#states[entry] = after[operation];
		} else if (operation !== PUBREC || (state !== FREE && state !== AwaitPubcomp)) {
			this.ignored += 1;
			return IGNORED;
		}
		// [MQTT-4.3.3-1] PUBREL answers every PUBREC, also one that came before or whose message is forgotten: the server waits for it
		this.owe(PUBREL, id);
		if (state !== FREE) return PROGRESSED;
		this.ignored += 1;
		return IGNORED;
	}

	/** [MQTT-3.1.2-4] The rest outlives the connection. Forgets SUBSCRIBE and UNSUBSCRIBE that were not answered: with the connection gone, no answer comes. */
	forgetRequests(): void {
		for (let entry = this.inflight - 1; entry >= 0; entry--) if (this.#states[entry] >= AwaitSuback) this.#remove(entry);
		this.requests = this.due = 0;
	}

	/** Forgets everything: what a clean session, or one that the server no longer has, asks for [MQTT-3.1.2-6]. */
	clear(): void {
		this.inflight = this.requests = this.#receivedCount = this.due = 0;
	}

	/** Whether a QoS 2 message with this id came before and is not yet released: then it must not be delivered again [MQTT-4.3.3-2]. */
	isDuplicate(id: number): boolean {
		return this.#findReceived(id) >= 0;
	}

	/** Whether a QoS 2 message with this id can be delivered, and remembered. */
	isNew(id: number): boolean {
		const count = this.#receivedCount;
		return count === 0 || (count < this.#received.length && this.#findReceived(id) < 0);
	}

	/** Whether another QoS 2 message can be remembered. */
	get canRemember(): boolean {
		return this.#receivedCount < this.#received.length;
	}

	/** Remembers a QoS 2 message that is new. */
	remember(id: number): void {
		this.#received[this.#receivedCount] = id;
		this.#receivedCount += 1;
	}

	/** PUBREL has come: the id is free again [MQTT-4.3.3-2]. */
	release(id: number): void {
		const received = this.#received;
		const last = this.#receivedCount - 1;
		let entry = last;
		while (entry >= 0 && received[entry] !== id) entry -= 1;
		if (entry < 0) this.ignored += 1;
		else {
			received[entry] = received[last];
			this.#receivedCount = last;
		}
	}

	/** An acknowledgement to be sent, with the id of what it acknowledges [MQTT-2.3.1-6], in the order of what it acknowledges [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]. */
	owe(operation: number, id: number): void {
		this.#dueOperations[this.due] = operation;
		this.#dueIds[this.due] = id;
		this.due += 1;
	}

	/** Takes the oldest acknowledgement that is due: its operation above 16 bits of id. */
	pay(): number {
		const operations = this.#dueOperations;
		const ids = this.#dueIds;
		const oldest = (operations[0] << 16) | ids[0];
		const left = this.due - 1;
		this.due = left;
		if (left !== 0) {
			operations.copyWithin(0, 1, left + 1);
			ids.copyWithin(0, 1, left + 1);
		}
		return oldest;
	}

	#remove(entry: number): void {
		const last = this.inflight - 1;
		this.inflight = last;
		this.#ids[entry] = this.#ids[last];
		this.#states[entry] = this.#states[last];
		this.#filters[entry] = this.#filters[last];
	}

	#find(id: number): number {
		const ids = this.#ids;
		let entry = this.inflight - 1;
		while (entry >= 0 && ids[entry] !== id) entry -= 1;
		return entry;
	}

	#findReceived(id: number): number {
		const received = this.#received;
		let entry = this.#receivedCount - 1;
		while (entry >= 0 && received[entry] !== id) entry -= 1;
		return entry;
	}
}
