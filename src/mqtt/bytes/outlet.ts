// Where packets are composed before they are sent: one buffer, lent to the socket by length.
//
//   [ fixed header, written backwards ][ body ... ]
//                                    header
//
// A body always begins at the same place, so that what stands there can stay from one packet to the next (the topic of a PUBLISH does).
// The header has a few bytes, and ends where the body begins; for each place where it may begin there is a
// length-tracking view, made once.

export class Outlet {
	/** All of it. */
	readonly bytes: Uint8Array;
	/** The same bytes. */
	readonly fields: DataView;
	/** Length of all of it. */
	readonly size: number;
	readonly buffer: ArrayBuffer;
	/** `views[start]`: what stands from there on. */
	readonly views: Uint8Array[] = [];

	/** `size` of it all, `header` of the longest header, in bytes. */
	constructor(size: number, header: number) {
		this.size = size;
		this.buffer = new ArrayBuffer(size, { maxByteLength: size });
		this.bytes = new Uint8Array(this.buffer);
		this.fields = new DataView(this.buffer);
		for (let start = 0; start < header; start++) this.views.push(new Uint8Array(this.buffer, start));
	}

	/** What stands from `start` (less than `header`) to `end`. Valid until `lent`. */
	lend(start: number, end: number): Uint8Array {
		this.buffer.resize(end);
		return this.views[start];
	}

	/** The socket has copied it. The buffer has its whole length again: garbage collection on XS would take what it has less. */
	lent(): void {
		this.buffer.resize(this.size);
	}
}
