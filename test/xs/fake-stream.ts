// Runs on XS: a TCP socket for what frames a stream, ours and the SDK's alike. Its reads and writes cost next to nothing, as those of a native socket.

type Callback = (count: number) => void;

export class FakeStream {
	static last: FakeStream;
	/** The same frame again and again: once it has been copied, it stands in its reader's buffers. */
	copies = true;
	/** The last write, as text, while `copies`. */
	written = "";
	format = "buffer";
	#incoming: Uint8Array = new Uint8Array(0);
	#position = 0;
	readonly onReadable: Callback;
	readonly onWritable: Callback;

	constructor(options: { onReadable: Callback; onWritable: Callback }) {
		this.onReadable = options.onReadable;
		this.onWritable = options.onWritable;
		FakeStream.last = this;
	}

	write(buffer: Uint8Array | ArrayBuffer): number {
		if (this.copies) {
			this.written = "";
			for (const code of buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : buffer) this.written += String.fromCharCode(code);
		}
		return 1_000_000;
	}

	read(into?: Uint8Array): number | undefined {
		if (into === undefined) return this.#incoming[this.#position++];
		const count = into.byteLength;
		if (this.copies) for (let i = 0; i < count; i++) into[i] = this.#incoming[this.#position + i];
		this.#position += count;
		return count;
	}

	close(): void {}

	deliver(bytes: Uint8Array): void {
		this.#incoming = bytes;
		this.#position = 0;
		this.onReadable(bytes.length);
	}
}

/** A message of a level: PUBLISH at QoS 0 with a topic of 23 bytes and a payload of 3. */
export const message = new Uint8Array(30).fill(0x31);
/** The same in a frame of a server's. */
export const frame = new Uint8Array([0x82, message.length, ...message]);
export const into = new Uint8Array(message.length);

export function ascii(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}
