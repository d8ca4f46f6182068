// QoS 1 messages whose PUBACK the application gives the word for, when it has them safe (deferred acknowledgement). PUBACK goes out in the order
// in which the messages came [MQTT-4.6.0-2], in whatever order the word comes. Nothing allocated after construction.

export class Deferred {
	/** Messages received and not acknowledged to the broker. */
	count = 0;
	/** Of them, the oldest ones that have the word: their PUBACK may go out. */
	ready = 0;
	/** A ring: ids, and whether each has the word. */
	readonly #ids: Uint16Array;
	readonly #given: Uint8Array;
	#first = 0;

	/** `most`: messages that may wait at once; then nothing more is read. */
	constructor(most: number) {
		this.#ids = new Uint16Array(most);
		this.#given = new Uint8Array(most);
	}

	get full(): boolean {
		return this.count === this.#ids.length;
	}

	/** A message is whole. There must be room. `given`: it has the word already. */
	hold(id: number, given: boolean): void {
		const entry = (this.#first + this.count) % this.#ids.length;
		this.#ids[entry] = id;
		this.#given[entry] = given ? 1 : 0;
		this.count += 1;
		this.#advance();
	}

	/** The word for the oldest message with this id that does not have it. False when there is none. */
	give(id: number): boolean {
		// in the order in which they came, as most applications go, it is the first one that is looked at
		for (let i = this.ready; i < this.count; i++) {
			const entry = (this.#first + i) % this.#ids.length;
			if (this.#ids[entry] !== id || this.#given[entry] !== 0) continue;
			this.#given[entry] = 1;
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
		while (this.ready < this.count && this.#given[(this.#first + this.ready) % this.#ids.length] !== 0) this.ready += 1;
	}
}
