// The recording: every packet with its time, in one piece of memory that does not grow; the oldest packets are overwritten. Pure.

/** Enough for some 50,000 packets of a class room. */
export const tape_bytes = 4 * 1024 * 1024;

export interface Recorded {
	/** Milliseconds since 1970. */
	at: number;
	/** Number of the connection. */
	connection: number;
	/** The packet goes to the broker. */
	out: boolean;
	bytes: Uint8Array;
	/** The length on the wire, which for a very long packet is more than that of `bytes`. */
	length: number;
}

/** at (8), connection (4), length (4), kept length (4), direction (1), and three to fill. */
const head_bytes = 24;

export class Tape {
	/** Packets that have been overwritten. */
	lost = 0;
	/** Packets on the tape. */
	count = 0;
	readonly #view: DataView;
	readonly #bytes: Uint8Array;
	/** The begin of the oldest record, and of the next one. A record that does not fit before the end begins at 0. */
	#first = 0;
	#next = 0;
	/** The end of the records that are older than `#next`, but behind it in the memory; -1: there are none. */
	#wrap = -1;

	constructor(size = tape_bytes) {
		this.#bytes = new Uint8Array(size);
		this.#view = new DataView(this.#bytes.buffer);
	}

	add({ at, connection, out, bytes, length }: Recorded): void {
		const size = head_bytes + ((bytes.length + 7) & ~7);
		if (size > this.#bytes.length) {
			this.lost++;
			return;
		}
		if (this.#next + size > this.#bytes.length) {
			// The records from here to the end of the memory are the oldest.
			while (this.count > 0 && this.#first >= this.#next) this.#drop();
			this.#wrap = this.count === 0 ? -1 : this.#next;
			this.#next = 0;
			if (this.count === 0) this.#first = 0;
		}
		while (this.count > 0 && this.#first >= this.#next && this.#first < this.#next + size && this.#wrap >= 0) this.#drop();
		const view = this.#view;
		view.setFloat64(this.#next, at);
		view.setUint32(this.#next + 8, connection);
		view.setUint32(this.#next + 12, length);
		view.setUint32(this.#next + 16, bytes.length);
		view.setUint8(this.#next + 20, out ? 1 : 0);
		this.#bytes.set(bytes, this.#next + head_bytes);
		this.#next += size;
		this.count++;
	}

	/** Oldest first. `bytes` are lent. */
	*[Symbol.iterator](): Generator<Recorded> {
		let at = this.#first;
		for (let i = 0; i < this.count; i++) {
			if (at === this.#wrap) at = 0;
			const kept = this.#view.getUint32(at + 16);
			yield {
				at: this.#view.getFloat64(at),
				connection: this.#view.getUint32(at + 8),
				length: this.#view.getUint32(at + 12),
				out: this.#view.getUint8(at + 20) === 1,
				bytes: this.#bytes.subarray(at + head_bytes, at + head_bytes + kept),
			};
			at += head_bytes + ((kept + 7) & ~7);
		}
	}

	#drop(): void {
		this.#first += head_bytes + ((this.#view.getUint32(this.#first + 16) + 7) & ~7);
		this.count--;
		this.lost++;
		if (this.#first === this.#wrap) {
			this.#first = 0;
			this.#wrap = -1;
		}
	}
}
