// QoS 1 messages whose PUBACK waits for the application's approval, `Client.acknowledge` (deferred acknowledgement). PUBACK is sent in the
// order in which the messages came [MQTT-4.6.0-2], whatever the order of the approvals. Nothing is allocated after construction.
// PUBREC is not deferred: a recorder subscribes at QoS 1, and at QoS 2 the session would hold messages that it may not remember yet.

export class Deferred {
	/** Messages received and not acknowledged to the broker. */
	count = 0;
	/** How many of the oldest of them are approved: their PUBACK may be sent. */
	ready = 0;
	/** A ring: ids, and whether each is approved. */
	readonly #ids: Uint16Array;
	readonly #approved: Uint8Array;
	#first = 0;

	/** `most`: messages that may wait at once; while so many wait, nothing more is read. */
	constructor(most: number) {
		this.#ids = new Uint16Array(most);
		this.#approved = new Uint8Array(most);
	}

	get full(): boolean {
		return this.count === this.#ids.length;
	}

	/** Adds a message that is whole. There must be room. `approved`: the application has approved it already. */
	hold(id: number, approved: boolean): void {
		const entry = (this.#first + this.count) % this.#ids.length;
		this.#ids[entry] = id;
		this.#approved[entry] = approved ? 1 : 0;
		this.count += 1;
		this.#advance();
	}

	/** Approves the oldest message with this id that is not approved. False when there is none. */
	approve(id: number): boolean {
		// most applications approve messages in the order in which they came: then the first entry has the id
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

	/** The connection has ended: the broker sends all of these messages again, or has discarded them. */
	clear(): void {
		this.count = this.ready = 0;
	}

	#advance(): void {
		while (this.ready < this.count && this.#approved[(this.#first + this.ready) % this.#ids.length] !== 0) this.ready += 1;
	}
}
