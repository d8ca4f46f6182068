// QoS 1 messages whose PUBACK waits for the application's approval, `Client.acknowledge` (deferred acknowledgement). PUBACK is sent in the
// order in which the messages came [MQTT-4.6.0-2], in whatever order they are approved. Nothing is allocated after construction.
// PUBREC is not deferred: a store subscribes at QoS 1, and with QoS 2 the session would hold messages that it may not remember yet.

export class Deferred {
	/** Messages received and not acknowledged to the broker. */
	count = 0;
	/** Of them, the oldest ones that are approved: their PUBACK may be sent. */
	ready = 0;
	/** A ring: ids, and whether each is approved. */
	readonly #ids: Uint16Array;
	readonly #approved: Uint8Array;
	#first = 0;

	/** `most`: messages that may wait at once; then nothing more is read. */
	constructor(most: number) {
		this.#ids = new Uint16Array(most);
		this.#approved = new Uint8Array(most);
	}

	get full(): boolean {
		return this.count === this.#ids.length;
	}

	/** A message is whole. There must be room. `approved`: by the application, already. */
	hold(id: number, approved: boolean): void {
		const entry = (this.#first + this.count) % this.#ids.length;
		this.#ids[entry] = id;
		this.#approved[entry] = approved ? 1 : 0;
		this.count += 1;
		this.#advance();
	}

	/** Approves the oldest message with this id that is not approved. False when there is none. */
	approve(id: number): boolean {
		// in the order in which they came, as most applications go, it is the first one that is looked at
		for (let i = this.ready; i < this.count; i++) {
			const entry = (this.#first + i) % this.#ids.length;
			if (this.#ids[entry] !== id || this.#approved[entry] !== 0) continue;
			this.#approved[entry] = 1;
			this.#advance();
			return true;
		}
		return false;
	}

	/** Takes the oldest id that is `ready`: its PUBACK is being sent. */
	take(): number {
		const id = this.#ids[this.#first];
		this.#first = (this.#first + 1) % this.#ids.length;
		this.count -= 1;
		this.ready -= 1;
		return id;
	}

	/** The connection is gone: the broker sends all of them again, or has forgotten them. */
	clear(): void {
		this.count = this.ready = 0;
	}

	#advance(): void {
		while (this.ready < this.count && this.#approved[(this.#first + this.ready) % this.#ids.length] !== 0) this.ready += 1;
	}
}
