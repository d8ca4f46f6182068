// The buffer in which packets are composed before they are sent. A packet is lent to the socket by its length.
//
//   [ fixed header, written backwards ][ body ... ]
//                                    header
//
// A body always begins at the same place, so that its bytes can stay from one packet to the next (the topic of a PUBLISH does).
// The header has a few bytes, and ends where the body begins; for each place where it may begin there is a
// length-tracking view, made once.

export class Outlet {
	/** The whole buffer. */
	readonly bytes: Uint8Array;
	/** The same bytes. */
	readonly fields: DataView;
	/** Length of the whole buffer. */
	readonly size: number;
	readonly buffer: ArrayBuffer;
	/** `views[start]`: the bytes from `start` on. */
	readonly views: Uint8Array[] = [];

	/** `size`: of the buffer; `header`: of the longest header; both in bytes. */
	constructor(size: number, header: number) {
		this.size = size;
		this.buffer = new ArrayBuffer(size, { maxByteLength: size });
		this.bytes = new Uint8Array(this.buffer);
		this.fields = new DataView(this.buffer);
		for (let start = 0; start < header; start++) this.views.push(new Uint8Array(this.buffer, start));
	}

	/** The bytes from `start` (less than `header`) to `end`. Valid until `lent`. */
	lend(start: number, end: number): Uint8Array {
		this.buffer.resize(end);
		return this.views[start];
	}

	/** The socket has copied the packet. The buffer gets its whole length back: on XS, garbage collection would free the rest of a shorter one. */
	lent(): void {
		this.buffer.resize(this.size);
	}
}
