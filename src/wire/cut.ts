// Cuts a stream of bytes into packets (MQTT 3.1.1 §2.2), to show them: of a packet that is too long a part is kept, and none is refused. The
// memory has a bound, whatever bytes come.

/** Bytes of one packet that are kept; of a longer packet the beginning. */
export const kept_max_bytes = 64 * 1024;

/** A fixed header: type and flags, and up to four bytes of remaining length. */
const head_max = 5;

export class Cutter {
	/** The stream is not MQTT: a remaining length has more than four bytes. No further packets are cut. */
	broken = false;
	readonly #head = new Uint8Array(head_max);
	#headLength = 0;
	/** The packet under way, as far as it is kept; its whole length, and how many of its bytes have come. */
	#packet: Uint8Array | undefined;
	#length = 0;
	#seen = 0;

	/** Calls `onPacket` with each packet that is now whole: its bytes, which belong to the caller from then on, and its whole length. */
	take(bytes: Uint8Array, onPacket: (bytes: Uint8Array, length: number) => void): void {
		for (let at = 0; at < bytes.length && !this.broken; ) {
			if (this.#packet === undefined) this.#begin(bytes[at++] as number);
			const packet = this.#packet as Uint8Array | undefined;
			if (packet === undefined) continue;
			const count = Math.min(bytes.length - at, this.#length - this.#seen);
			const kept = Math.min(count, Math.max(packet.length - this.#seen, 0));
			if (kept > 0) packet.set(bytes.subarray(at, at + kept), this.#seen);
			this.#seen += count;
			at += count;
			if (this.#seen < this.#length) return;
			this.#packet = undefined;
			onPacket(packet, this.#length);
		}
	}

	/** Takes a byte of the fixed header. */
	#begin(byte: number): void {
		this.#head[this.#headLength++] = byte;
		if (this.#headLength === 1) return;
		if (byte > 127) {
			this.broken = this.#headLength === head_max;
			return;
		}
		let remaining = 0;
		for (let i = 1; i < this.#headLength; i++) remaining += ((this.#head[i] as number) & 127) * 128 ** (i - 1);
		this.#length = this.#headLength + remaining;
		this.#packet = new Uint8Array(Math.min(this.#length, kept_max_bytes));
		this.#packet.set(this.#head.subarray(0, this.#headLength));
		this.#seen = this.#headLength;
		this.#headLength = 0;
	}
}
