// The receiving half of the session (MQTT 3.1.1 §4.3.2, §4.3.3): QoS 2 messages between PUBLISH and PUBREL, and the acknowledgements
// that wait to be sent. No IO, no clock, and nothing allocated after construction.

/** All packet ids, and 0. Where one fewer QoS 2 messages may be remembered, each id has a bit, and there is always room. */
export const ids = 65_536;

export class Received {
	/** Acknowledgements that belonged to no packet: late, doubled or wrong. */
	ignored = 0;
	/** Acknowledgements that wait for room in the socket. */
	pendingAcks = 0;
	/** While so many acknowledgements wait, nothing more is read. 0: nothing is read now; deferred acknowledgement needs no other test. */
	pendingAcks_max: number;
	/** The most QoS 2 messages that were between PUBLISH and PUBREL at once. */
	receivedMost = 0;
	/**
	 * Whether the session outlives its connection. If not, nothing is sent again [MQTT-4.4.0-1]: a message for which there is no place need not
	 * be remembered.
	 */
	lasting = true;
	/** QoS 2 messages for which there was no place, and which are not released. */
	#unplaced = 0;
	readonly #received: Uint16Array;
	/** In place of `#received`, where every id can be remembered. */
	readonly #bits: Uint32Array | undefined;
	#receivedCount = 0;
	/** How many QoS 2 messages can be remembered. */
	readonly #most: number;
	/** Each is the number that its four bytes are. */
	readonly #acks: Int32Array;

	/** `received`: QoS 2 messages that can be remembered; `pendingAcks`: acknowledgements that may wait. */
	constructor(received: number, pendingAcks: number) {
		const every = received >= ids - 1;
		this.#bits = every ? new Uint32Array(ids / 32) : undefined;
		this.#received = new Uint16Array(every ? 0 : received);
		this.#most = every ? ids : received;
		this.#acks = new Int32Array(pendingAcks);
		this.pendingAcks_max = pendingAcks;
	}

	/** The connection has ended: pending acknowledgements cannot be sent. */
	forgetPendingAcks(): void {
		this.pendingAcks = 0;
	}

	forgetReceived(): void {
		this.#receivedCount = this.#unplaced = 0;
		this.#bits?.fill(0);
	}

	/** Whether a QoS 2 message with this id came before and is not yet released: then it must not be delivered again [MQTT-4.3.3-2]. */
	isDuplicate(id: number): boolean {
		const bits = this.#bits;
		return bits === undefined ? this.#findReceived(id) >= 0 : (bits[id >> 5] & (1 << (id & 31))) !== 0;
	}

	/** Whether a QoS 2 message with this id can be delivered, remembered, and answered at once. */
	isNew(id: number): boolean {
		const count = this.#receivedCount;
		return count === 0 || (count < this.#most && !this.isDuplicate(id));
	}

	/**
	 * Whether another QoS 2 message can be remembered, or need not be. PUBREC is not withheld while few places are free: Mosquitto then
	 * filled the table all the same (84 of 3,000 messages arrived), or stalled.
	 */
	get canRemember(): boolean {
		return this.#receivedCount < this.#most || !this.lasting;
	}

	/** Remembers a QoS 2 message that is new. */
	remember(id: number): void {
		if (this.#receivedCount === this.#most) this.#unplaced += 1;
		else {
			if (this.#bits === undefined) this.#received[this.#receivedCount] = id;
			else this.#bits[id >> 5] |= 1 << (id & 31);
			this.#receivedCount += 1;
		}
		const count = this.#receivedCount + this.#unplaced;
		if (count > this.receivedMost) this.receivedMost = count;
	}

	/** PUBREL has come: the id is free again [MQTT-4.3.3-2]. */
	release(id: number): void {
		const received = this.#received;
		const last = this.#receivedCount - 1;
		if (this.#bits !== undefined) return this.#releaseBit(id);
		let entry = last;
		while (entry >= 0 && received[entry] !== id) entry -= 1;
		if (entry < 0) {
			if (this.#unplaced === 0) this.ignored += 1;
			else this.#unplaced -= 1;
		} else {
			received[entry] = received[last];
			this.#receivedCount = last;
		}
	}

	#releaseBit(id: number): void {
		if (!this.isDuplicate(id)) {
			this.ignored += 1;
			return;
		}
		(this.#bits as Uint32Array)[id >> 5] &= ~(1 << (id & 31));
		this.#receivedCount -= 1;
	}

	/** Queues an acknowledgement with the id of its packet [MQTT-2.3.1-6], in the packets' order [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4]. */
	queueAck(packet: number): void {
		this.#acks[this.pendingAcks] = packet;
		this.pendingAcks += 1;
	}

	/** Takes the oldest acknowledgement from the queue. */
	dequeueAck(): number {
		const acks = this.#acks;
		const oldest = acks[0];
		const left = this.pendingAcks - 1;
		this.pendingAcks = left;
		if (left !== 0) acks.copyWithin(0, 1, left + 1);
		return oldest;
	}

	#findReceived(id: number): number {
		const received = this.#received;
		let entry = this.#receivedCount - 1;
		while (entry >= 0 && received[entry] !== id) entry -= 1;
		return entry;
	}
}
