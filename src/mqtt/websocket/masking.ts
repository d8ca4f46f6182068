// Frames that go out: composed and masked (RFC 6455 §5.3) in one buffer, which is lent to the socket by length.
//
//   [ head, written backwards ][ mask ][ payload ... ]
//                         aligned ↑    for whole words
import * as framing from "./framing.js";

const mask_at = framing.sent_head_max_bytes;
const body = mask_at + framing.mask_bytes;

export class FrameOutlet {
	/** Longest payload, in bytes. */
	readonly longest: number;
	readonly #size: number;
	readonly #buffer: ArrayBuffer;
	readonly #bytes: Uint8Array;
	readonly #words: Int32Array;
	/** The bytes from the beginning of a head of two bytes on, and of a head of four. */
	readonly #short: Uint8Array;
	readonly #long: Uint8Array;

	constructor(longest: number) {
		this.longest = longest;
		this.#size = (body + longest + 3) & ~3;
		this.#buffer = new ArrayBuffer(this.#size, { maxByteLength: this.#size });
		this.#bytes = new Uint8Array(this.#buffer);
		this.#words = new Int32Array(this.#buffer);
		this.#short = new Uint8Array(this.#buffer, mask_at - 2);
		this.#long = new Uint8Array(this.#buffer, mask_at - 4);
	}

	/** A frame with a copy of `bytes`, of which the first `length` go out. `mask`: 32 bits, at random [RFC 6455 §5.3]. Valid until `lent`. */
	lend(opcode: number, bytes: Uint8Array, length: number, mask: number): Uint8Array {
		const words = this.#words;
		const end = (body + length + 3) >> 2;
		this.#bytes.set(bytes, body);
		let i = body >> 2;
		words[i - 1] = mask;
		while (i < end) words[i++] ^= mask;
		const start = framing.writeHeadBefore(this.#bytes, mask_at, opcode, length);
		this.#buffer.resize(body + length);
		return start === mask_at - 2 ? this.#short : this.#long;
	}

	/** The socket has copied the frame. The buffer gets its whole length back: on XS, garbage collection would free the rest of a shorter one. */
	lent(): void {
		this.#buffer.resize(this.#size);
	}
}
