// The protocol state that outlives a connection when clean session is off (MQTT 3.1.1 §4.1), and what it owes the peer.
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
	readonly #ids: Uint16Array;
	readonly #states: Uint8Array;
	/** Filters of a SUBSCRIBE or UNSUBSCRIBE. */
	readonly #counts: Uint8Array;
	#inflight = 0;
	#requests = 0;
	readonly #received: Uint16Array;
	#receivedCount = 0;
	readonly #dueOperations: Uint8Array;
	readonly #dueIds: Uint16Array;
	#due = 0;
	#lastId = 0;
	#expected = 0;

	constructor(limits: SessionLimits) {
		this.#ids = new Uint16Array(limits.inflight);
		this.#states = new Uint8Array(limits.inflight);
		this.#counts = new Uint8Array(limits.inflight);
		this.#received = new Uint16Array(limits.received);
		this.#dueOperations = new Uint8Array(limits.due);
		this.#dueIds = new Uint16Array(limits.due);
	}

	/** Entries of the in-flight table that are taken. */
	get inflight(): number {
		return this.#inflight;
	}

	/** Whether another packet that wants an acknowledgement may be sent. */
	get room(): boolean {
		return this.#inflight < this.#ids.length;
	}

	/** The id last taken into use. */
	get lastId(): number {
		return this.#expected;
	}

	/** A packet id for the next packet: 1 to 65,535, not in use [MQTT-2.3.1-1] [MQTT-2.3.1-2]. There must be `room`. */
	nextId(): number {
		let id = this.#lastId;
		do id = id === 65_535 ? 1 : id + 1;
		while (this.#inflight !== 0 && this.#find(id) >= 0);
		this.#lastId = id;
		return id;
	}

	/** The state of a packet id, `FREE` when it is not in use. */
	state(id: number): number {
		const entry = this.#find(id);
		return entry < 0 ? FREE : this.#states[entry];
	}

	/** SUBSCRIBEs and UNSUBSCRIBEs that wait for their answer. */
	get requests(): number {
		return this.#requests;
	}

	/** How many filters the SUBSCRIBE with this id has. */
	count(id: number): number {
		const entry = this.#find(id);
		return entry < 0 ? 0 : this.#counts[entry];
	}

	/** Takes `id` into use. There must be `room`, unless the id is in use already (a resend). `filters` counts those of a request. */
	expect(id: number, state: number, filters: number): void {
		let entry = this.#find(id);
		if (entry < 0) {
			entry = this.#states.indexOf(FREE);
			this.#inflight += 1;
			if (state >= AwaitSuback) this.#requests += 1;
		}
		this.#expected = id;
		this.#ids[entry] = id;
		this.#states[entry] = state;
		this.#counts[entry] = filters;
	}

	/** An acknowledgement has come. Answers it where §4.3 asks for an answer; unknown ones are counted. */
	acknowledge(operation: number, id: number): number {
		const entry = this.#find(id);
		if (operation === PUBREC && (entry < 0 || this.#states[entry] === AwaitPubcomp)) {
			// [MQTT-4.3.3-1] PUBREL answers every PUBREC, also one that came before or whose message is forgotten: the server waits for it
			this.owe(PUBREL, id);
			if (entry >= 0) return PROGRESSED;
		}
		if (entry < 0 || this.#states[entry] !== before[operation]) {
			this.ignored += 1;
			return IGNORED;
		}
		this.#states[entry] = after[operation];
		if (after[operation] === FREE) {
			this.#inflight -= 1;
			if (before[operation] >= AwaitSuback) this.#requests -= 1;
			return COMPLETED;
		}
		this.owe(PUBREL, id);
		return PROGRESSED;
	}

	/** Forgets SUBSCRIBE and UNSUBSCRIBE that were not answered: with the connection gone, no answer comes. */
	forgetRequests(): void {
		for (let entry = 0; entry < this.#states.length; entry++) {
			if (this.#states[entry] < AwaitSuback) continue;
			this.#states[entry] = FREE;
			this.#inflight -= 1;
		}
		this.#requests = this.#due = 0;
	}

	/** Forgets everything: what a clean session, or one that the server no longer has, asks for [MQTT-3.1.2-6]. */
	clear(): void {
		this.#states.fill(FREE);
		this.#inflight = this.#requests = this.#receivedCount = this.#due = 0;
	}

	/** Whether a QoS 2 message with this id came before and is not yet released: then it must not be delivered again [MQTT-4.3.3-2]. */
	isDuplicate(id: number): boolean {
		return this.#findReceived(id) >= 0;
	}

	/** Remembers a QoS 2 message. False when the table is full. */
	remember(id: number): boolean {
		if (this.#receivedCount === this.#received.length) return false;
		this.#received[this.#receivedCount++] = id;
		return true;
	}

	/** PUBREL has come: the id is free again [MQTT-4.3.3-2]. */
	release(id: number): void {
		const entry = this.#findReceived(id);
		if (entry >= 0) this.#received[entry] = this.#received[--this.#receivedCount];
		else this.ignored += 1;
	}

	/** Whether another acknowledgement can be taken. */
	get canOwe(): boolean {
		return this.#due < this.#dueIds.length;
	}

	get due(): number {
		return this.#due;
	}

	/** An acknowledgement to be sent, in the order of what it acknowledges [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]. */
	owe(operation: number, id: number): void {
		this.#dueOperations[this.#due] = operation;
		this.#dueIds[this.#due++] = id;
	}

	/** Takes the oldest acknowledgement that is due: its operation in the high byte, its id below. */
	pay(): number {
		const oldest = (this.#dueOperations[0] << 16) | this.#dueIds[0];
		this.#dueOperations.copyWithin(0, 1, this.#due);
		this.#dueIds.copyWithin(0, 1, this.#due);
		this.#due -= 1;
		return oldest;
	}

	#find(id: number): number {
		const ids = this.#ids;
		const states = this.#states;
		for (let entry = 0; entry < ids.length; entry++) if (ids[entry] === id && states[entry] !== FREE) return entry;
		return -1;
	}

	#findReceived(id: number): number {
		for (let entry = 0; entry < this.#receivedCount; entry++) if (this.#received[entry] === id) return entry;
		return -1;
	}
}
