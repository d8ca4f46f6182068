// The bytes received and not yet taken: one buffer, filled by whole reads, emptied from the front.
//
//   [ margin: incomplete packet  ][ chunk: one read of the socket ]
//            start ─────────────────────────── end
//
// A read always goes to the same place, the chunk; the bytes of an incomplete packet are first moved so that they end where the chunk
// begins. So every packet's head lies in one piece, nothing is accumulated, and no view is made per read: `chunk` is a length-tracking view
// of a resizable buffer, and shortening the buffer lends exactly the bytes that the socket is to fill. A subarray would do that too, for
// the SDK's TCP fills whole Byte Buffers, but it takes four slots of XS for each read.

export class Window {
	/** The whole buffer. Its bytes from `start` to `end` are valid. */
	readonly bytes: Uint8Array;
	/** The same bytes. */
	readonly view: DataView;
	/** Where a read begins. An incomplete packet must fit in front of it. */
	readonly margin: number;
	/** Longest read. */
	readonly longest: number;
	/** Length of the whole buffer. */
	readonly size: number;
	readonly buffer: ArrayBuffer;
	readonly chunk: Uint8Array;
	start: number;
	end: number;

	/** `margin`: the longest head that must lie in one piece. `longest`: the longest read. Both in bytes. */
	constructor(margin: number, longest: number) {
		this.margin = margin;
		this.longest = longest;
		this.size = margin + longest;
		this.buffer = new ArrayBuffer(this.size, { maxByteLength: this.size });
		this.bytes = new Uint8Array(this.buffer);
		this.view = new DataView(this.buffer);
		this.chunk = new Uint8Array(this.buffer, margin);
		this.start = margin;
		this.end = margin;
	}

	/** The place for a read of `count` bytes, at most `longest`, behind the bytes that are not yet taken. Valid until `lent`. */
	lend(count: number): Uint8Array {
		const { margin, start, end } = this;
		this.start = margin - (end - start);
		if (start !== end) this.bytes.copyWithin(this.start, start, end);
		this.end = margin;
		this.buffer.resize(margin + count);
		return this.chunk;
	}

	/** The socket has filled `count` bytes. The buffer gets its whole length back: on XS, garbage collection would free the rest of a shorter one. */
	lent(count: number): void {
		this.end += count;
		this.buffer.resize(this.size);
	}
}
