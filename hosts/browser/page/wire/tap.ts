// A socket that reports the bytes that pass: the WebSocket of the client, with an onlooker. For the client it is a socket like any other.
import type { ByteBuffer, SocketOptions } from "../../../../src/host.js";
import { bytesOf } from "../../../../src/mqtt/packets/outbound.js";
import WebSocketStream from "../../../../src/mqtt/websocket/whatwg.js";

/** The onlooker of one connection. `bytes` are lent. */
export interface Line {
	/** When set, the plug is pulled: no bytes go out any more, none come in, and the other end gets no close. */
	unplugged: boolean;
	opened(): void;
	sent(bytes: Uint8Array): void;
	received(bytes: Uint8Array): void;
	/** The other end, or the network, has ended the connection; `why` in words. */
	ended(why: string): void;
	/** This end closes the connection. */
	closed(): void;
}

interface TapOptions extends SocketOptions {
	/** Makes the onlooker of one connection. */
	tap(): Line;
}

/** The options are those of the WebSocket, and `tap`. */
export default class Tap extends WebSocketStream {
	readonly #line: Line;
	#open = false;
	#done = false;

	constructor(given: SocketOptions) {
		const { tap, onReadable, onWritable, onError } = given as TapOptions;
		const line = tap();
		super({
			...given,
			onReadable(this: Tap, count: number) {
				if (line.unplugged) this.#discard(count);
				else onReadable.call(this, count);
			},
			onWritable(this: Tap, count: number) {
				if (!this.#open) line.opened();
				this.#open = true;
				if (!line.unplugged) onWritable.call(this, count);
			},
			onError(this: Tap, error: unknown) {
				this.#end(() => line.ended(error instanceof Error ? error.message : String(error)));
				if (line.unplugged) this.close();
				else onError.call(this, error);
			},
		} as SocketOptions);
		this.#line = line;
	}

	override read(buffer: Uint8Array): number | undefined {
		const count = super.read(buffer);
		if (count !== undefined && count > 0) this.#line.received(buffer.subarray(0, count));
		return count;
	}

	override write(buffer: ByteBuffer): number {
		const room = super.write(buffer);
		this.#line.sent(bytesOf(buffer));
		return room;
	}

	/** With its plug pulled, the connection stays open, and silent, until the other end closes it. */
	override close(): void {
		if (this.#line.unplugged && this.#open && !this.#done) return;
		this.#end(() => this.#line.closed());
		super.close();
	}

	#end(tell: () => void): void {
		if (this.#done) return;
		this.#done = true;
		tell();
	}

	#discard(count: number): void {
		super.read(new Uint8Array(count));
	}
}
