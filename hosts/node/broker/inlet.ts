// Cuts a stream of bytes into packets: MQTT 3.1.1 §2.2. A packet that is too long is refused at its header, before it takes any memory.
import { inBytes } from "./limits.js";

/** A fault in the bytes, in words. */
export class Malformed extends Error {}

const nothing = Buffer.alloc(0);

export class Inlet {
	/** Bytes of the longest packet, its header included. */
	max: number;
	/** What to do about a longer packet, for the Error's sentence. */
	advice = "";
	/** The rest of the last chunk: less than a header. */
	#rest: Buffer = nothing;
	/** A packet that has come in part, and the number of its bytes that are here. */
	#whole: Buffer | undefined;
	#filled = 0;

	constructor(max: number) {
		this.max = max;
	}

	/** Calls `onPacket` with each whole packet: all its bytes, lent for the call. Stops when `onPacket` returns false. Throws `Malformed`. */
	take(chunk: Buffer, onPacket: (packet: Buffer) => boolean): void {
		if (this.#whole) {
			const taken = chunk.copy(this.#whole, this.#filled);
			this.#filled += taken;
			if (this.#filled < this.#whole.length) return;
			const whole = this.#whole;
			this.#whole = undefined;
			if (!onPacket(whole)) return;
			chunk = chunk.subarray(taken);
		} else if (this.#rest.length > 0) {
			chunk = Buffer.concat([this.#rest, chunk]);
			this.#rest = nothing;
		}
		for (let at = 0; at < chunk.length; ) {
			const size = sizeAt(chunk, at);
			if (size > this.max) throw new Malformed(`sent a packet of ${inBytes(size)}, the most is ${inBytes(this.max)}${this.advice}`);
			if (size === 0) this.#rest = Buffer.from(chunk.subarray(at));
			else if (at + size > chunk.length) {
				this.#whole = Buffer.allocUnsafe(size);
				this.#filled = chunk.copy(this.#whole, 0, at);
			} else {
				if (!onPacket(chunk.subarray(at, at + size))) return;
				at += size;
				continue;
			}
			return;
		}
	}
}

/** Bytes of the packet that begins at `at`; 0 while a part of its header is missing. */
function sizeAt(bytes: Buffer, at: number): number {
	let length = 0;
	for (let i = 0; i < 4; i++) {
		const byte = bytes[at + 1 + i];
		if (byte === undefined) return 0;
		length |= (byte & 127) << (7 * i);
		if (byte < 128) return 2 + i + length;
	}
	throw new Malformed("sent something that is no MQTT [MQTT-2.2.3]");
}
