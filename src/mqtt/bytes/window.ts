// The bytes received and not yet taken: one buffer, filled by whole reads, emptied from the front.
//
//   [ margin: what was left over ][ chunk: one read of the socket ]
//            start ─────────────────────────── end
//
// A read always goes to the same place, the chunk; what is left of an incomplete packet is first moved so that it ends where the chunk
// begins. So every packet's head lies in one piece, nothing is accumulated, and no view is made per read: `chunk` is a length-tracking view
// of a resizable buffer, and shortening the buffer lends exactly the bytes that a socket is asked for. A subarray would do that too, for
// the SDK's TCP fills whole Byte Buffers, but takes four slots of XS for each read.

export class Window {
	/** All of it. Valid from `start` to `end`. */
	readonly bytes: Uint8Array;
	/** The same bytes. */
	readonly view: DataView;
	/** Where a read begins. What is left over must not be longer. */
	readonly margin: number;
	/** Longest read. */
	readonly longest: number;
	/** Length of all of it. */
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

	/** The place for a read of `count` bytes, at most `longest`, behind those that are left over. Valid until `lent`. */
	lend(count: number): Uint8Array {
		const { margin, start, end } = this;
		this.start = margin - (end - start);
		if (start !== end) this.bytes.copyWithin(this.start, start, end);
		this.end = margin;
		this.buffer.resize(margin + count);
		return this.chunk;
	}

	/** The socket has filled `count` bytes of it. The buffer has its whole length again: garbage collection on XS would take what it has less. */
	lent(count: number): void {
		this.end += count;
		this.buffer.resize(this.size);
	}
}
