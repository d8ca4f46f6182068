// ECMA-419 §10 TCP over node:net, by the rules of `Socket` in src/host.ts.
import net from "node:net";
import type { ByteBuffer, Socket, SocketOptions } from "../../src/host.js";

/** Bytes written that the kernel has not taken. There are two such buffers: one is filled while the other is flushed. */
const outgoing_max = 64 * 1024;
/** Bytes received and not read, above which the kernel's window holds the peer back. */
const incoming_max = 64 * 1024;
/** Bytes that the kernel delivers at once. */
const chunk_max = 32 * 1024;
/** The first size of a socket's buffers, in bytes; they double as far as their connection needs it. A lamp's connection never does. */
const buffer_first = 1024;
/** The time that a closed connection has to deliver its last bytes before it is cut. */
const linger_ms = 2_000;

export interface TCPOptions extends SocketOptions {
	/** Sends small segments at once. Default true: the writes of one turn are already gathered here, and Nagle could only delay them. */
	nodelay?: boolean;
	target?: unknown;
}

/** The buffer into which the kernel delivers, for all sockets: the bytes are taken from it before the next socket reads. */
const chunk = new Uint8Array(chunk_max);

/** A stream that connects. */
export interface Line {
	socket: net.Socket;
	/** The error for the application, in place of an error or of an end without one (`undefined`). Default: the same error. */
	explained?(error: unknown): unknown;
}

/** Begins to connect. `connected`: bytes can be written. `arrived` copies bytes; after it returns false, no more may come until `resume`. */
export type Dial = (options: TCPOptions, connected: () => void, arrived: (bytes: Uint8Array) => boolean) => Line;

const dialTcp: Dial = ({ address, port, nodelay }, connected, arrived) => {
	// `onread` puts every chunk into one buffer of ours; the stream itself would allocate one for each chunk.
	const onread = { buffer: chunk, callback: (count: number) => arrived(count === chunk_max ? chunk : chunk.subarray(0, count)) };
	const socket = net.connect({ host: address, port, noDelay: nodelay, onread });
	socket.on("connect", connected);
	return { socket };
};

type State = "connecting" | "open" | "ended" | "reported" | "closed";

export default class TCP implements Socket {
	target: unknown;
	readonly #onReadable: TCPOptions["onReadable"];
	readonly #onWritable: TCPOptions["onWritable"];
	readonly #onError: TCPOptions["onError"];
	readonly #socket: net.Socket;
	readonly #explained: ((error: unknown) => unknown) | undefined;
	#state: State = "connecting";
	#error: unknown;
	/** Unread bytes are `#incoming[#start..#end)`. */
	#incoming = new Uint8Array(buffer_first);
	#start = 0;
	#end = 0;
	#paused = false;
	#filling = Buffer.from(new ArrayBuffer(buffer_first));
	#flushing = Buffer.from(new ArrayBuffer(buffer_first));
	#filled = 0;
	/** libuv still owns `#flushing`. */
	#busy = false;
	#scheduled = false;
	readonly #turn = () => this.#takeTurn();
	readonly #flushed = () => {
		this.#busy = false;
		// Not at once: this is a microtask where the kernel takes all bytes, and a writer that fills every buffer would
		// then keep the event loop from ever turning.
		if (this.#filled > 0) this.#schedule();
	};

	/** `dial`: for sockets over another stream than TCP's. */
	constructor(options: TCPOptions, dial: Dial = dialTcp) {
		const { address, port, nodelay = true } = options;
		if (!net.isIP(address)) throw new TypeError(`TCP: address must be an IP address, not "${address}"`);
		if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`TCP: port must be 1 to 65535, not ${port}`);
		this.#onReadable = callback(options, "onReadable");
		this.#onWritable = callback(options, "onWritable");
		this.#onError = callback(options, "onError");
		this.target = options.target;
		const { socket, explained } = dial(
			{ ...options, nodelay },
			() => this.#connected(),
			(bytes) => this.#arrived(bytes),
		);
		this.#socket = socket;
		this.#explained = explained;
		this.#socket.on("error", (error) => this.#ended(error));
		// A peer that has closed its half sends no MQTT any more, even if it still reads.
		this.#socket.on("end", () => this.#ended());
		this.#socket.on("close", () => this.#ended());
	}

	read(buffer: Uint8Array): number | undefined {
		this.#assertUsable("read");
		// The length is read once: the buffer may track the length of a resizable ArrayBuffer.
		const count = buffer.byteLength;
		const unread = this.#end - this.#start;
		if (count > unread) throw new RangeError(`TCP: ${count} bytes to read, ${unread} received`);
		buffer.set(this.#incoming.subarray(this.#start, this.#start + count));
		this.#start += count;
		if (this.#start === this.#end) {
			this.#start = this.#end = 0;
			// The end of the connection has waited for this read.
			if (this.#state === "ended") this.#schedule();
		}
		if (this.#paused && this.#end - this.#start <= incoming_max) {
			this.#paused = false;
			this.#socket.resume();
		}
		return count;
	}

	write(buffer: ByteBuffer): number {
		this.#assertUsable("write");
		const bytes = buffer instanceof Uint8Array ? buffer : view(buffer);
		const count = bytes.byteLength;
		const writable = this.#state === "connecting" ? 0 : outgoing_max - this.#filled;
		if (count > writable) throw new RangeError(`TCP: ${count} bytes to write, ${writable} writable`);
		if (this.#filled + count > this.#filling.length) this.#grow(this.#filled + count);
		this.#filling.set(bytes, this.#filled);
		this.#filled += count;
		// While libuv owns the other buffer, its completion sends this one.
		if (!this.#busy) this.#schedule();
		return writable - count;
	}

	close(): void {
		if (this.#state === "closed") return;
		const live = this.#state === "open";
		this.#state = "closed";
		if (!live) {
			this.#socket.destroy();
			return;
		}
		// The last bytes (MQTT's DISCONNECT) are still sent. Bytes that come in are drained: closing a socket that holds
		// unread bytes makes the kernel send RST, and RST may overtake those last bytes.
		const linger = setTimeout(() => this.#socket.destroy(), linger_ms);
		this.#socket.once("close", () => clearTimeout(linger));
		if (this.#filled > 0) this.#socket.write(this.#filling.subarray(0, this.#filled));
		this.#socket.end();
		this.#socket.resume();
	}

	#connected(): void {
		if (this.#state !== "connecting") return;
		this.#state = "open";
		this.#onWritable.call(this, outgoing_max);
	}

	/** False stops reading until `read` has made room. */
	#arrived(bytes: Uint8Array): boolean {
		if (this.#state !== "open") return true;
		const count = bytes.length;
		if (this.#end + count > this.#incoming.length) this.#makeRoom(count);
		this.#incoming.set(bytes, this.#end);
		this.#end += count;
		this.#onReadable.call(this, this.#end - this.#start);
		// `close` may have come in the callback.
		this.#paused = this.#open && this.#end - this.#start > incoming_max;
		return !this.#paused;
	}

	/** Makes room for `count` bytes behind the unread bytes. */
	#makeRoom(count: number): void {
		const { start, end, incoming } = { start: this.#start, end: this.#end, incoming: this.#incoming };
		const needed = end - start + count;
		if (needed <= incoming.length) incoming.copyWithin(0, start, end);
		else {
			this.#incoming = new Uint8Array(doubled(incoming.length, needed));
			this.#incoming.set(incoming.subarray(start, end));
		}
		this.#start = 0;
		this.#end = end - start;
	}

	#grow(needed: number): void {
		const filled = this.#filling.subarray(0, this.#filled);
		this.#filling = Buffer.from(new ArrayBuffer(doubled(this.#filling.length, needed)));
		this.#filling.set(filled);
	}

	#ended(error?: unknown): void {
		if (this.#state !== "connecting" && this.#state !== "open") return;
		this.#state = "ended";
		this.#error = this.#explained ? this.#explained(error) : error;
		this.#socket.destroy();
		this.#reportEnd();
	}

	#reportEnd(): void {
		if (this.#state !== "ended" || this.#start !== this.#end) return;
		this.#state = "reported";
		this.#onError.call(this, this.#error);
	}

	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		// Not a microtask: one immediate gathers the writes of all callbacks in this turn of the event loop.
		setImmediate(this.#turn);
	}

	#takeTurn(): void {
		this.#scheduled = false;
		this.#flush();
		this.#reportEnd();
	}

	#flush(): void {
		if (!this.#open || this.#busy || this.#filled === 0) return;
		const full = this.#filling;
		this.#filling = this.#flushing;
		this.#flushing = full;
		this.#busy = true;
		this.#socket.write(full.subarray(0, this.#filled), this.#flushed);
		this.#filled = 0;
		this.#onWritable.call(this, outgoing_max);
	}

	get #open(): boolean {
		return this.#state === "open";
	}

	#assertUsable(method: string): void {
		if (this.#state === "closed") throw new Error(`TCP: ${method} after close`);
	}
}

function callback<K extends "onReadable" | "onWritable" | "onError">(options: TCPOptions, name: K): TCPOptions[K] {
	const given = options[name];
	if (typeof given !== "function") throw new TypeError(`TCP: ${name} must be a function`);
	return given;
}

function doubled(size: number, needed: number): number {
	while (size < needed) size *= 2;
	return size;
}

function view(buffer: ByteBuffer): Uint8Array {
	if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
	return new Uint8Array(buffer);
}
