// MQTT over WebSocket (MQTT 3.1.1 §6): a socket class like TCP, over the WebSocket constructor of the host (WHATWG WebSocket: a
// browser's, or that of `ws` in Node.js). Frames are no packets: bytes go in and out as a stream [MQTT-6.0.0-2].
import type { Alarm, ByteBuffer, Socket, SocketOptions, Time } from "../../host.js";
import { bytesOf } from "../packets/outbound.js";

/** Most bytes that are written and not yet sent. */
const outgoing_max_bytes = 64 * 1024;
/** Unread bytes above which the WebSocket is paused, so that the peer must wait. A browser's WebSocket has no `pause`. */
const incoming_max_bytes = 64 * 1024;
/** Without `pause`: unread bytes upon which a further frame ends the connection, so that memory has a bound. */
const unread_max_bytes = 16 * 1024 * 1024;
/** First length of the buffer for unread bytes; when the buffer is full, its length doubles. */
const incoming_first_bytes = 4 * 1024;
/** A WebSocket has no event for bytes that were sent: `bufferedAmount` is read so often. */
const poll_ms = 10;

/** A closed connection has so long to deliver its last bytes and to receive the peer's close frame, then it is cut. */
const linger_ms = 2_000;

/** `readyState` of a WebSocket that can send, and of a closed one. */
const OPEN = 1;
const CLOSED = 3;

/** The members of a WebSocket that are used. Handlers are `unknown`, so that a browser's type fits as well as that of `ws`. */
export interface WebSocketLike {
	binaryType: string;
	readonly bufferedAmount: number;
	readonly protocol: string;
	readonly readyState: number;
	onopen: unknown;
	onmessage: unknown;
	onerror: unknown;
	onclose: unknown;
	send(data: Uint8Array<ArrayBuffer>): void;
	close(): void;
	/** Of `ws`: cuts the connection. A browser cuts by itself. */
	terminate?(): void;
	/** Of `ws`: stops reading, so that the peer's bytes wait in the buffers of the network. */
	pause?(): void;
	resume?(): void;
}

export interface WebSocketOptions extends SocketOptions {
	/** The host's WebSocket class. */
	WebSocket: new (
		url: string,
		protocol: string,
	) => WebSocketLike;
	time: Time;
	/** Default "/mqtt". */
	path?: string;
	/** wss instead of ws. Default false. A page loaded over https may open wss only. */
	secure?: boolean;
	target?: unknown;
}

type State = "connecting" | "open" | "ended" | "reported" | "closed";

/** Neither a name nor an address: white space, and characters that would end the host's part of a URL. */
const noHost = /[\s/?#@\\]|^$/;

export class WebSocketStream implements Socket {
	target: unknown;
	readonly #onReadable: WebSocketOptions["onReadable"];
	readonly #onWritable: WebSocketOptions["onWritable"];
	readonly #onError: WebSocketOptions["onError"];
	readonly #socket: WebSocketLike;
	/** Rings for the callbacks that may not come from inside a method: room to write, and the end. */
	readonly #alarm: Alarm;
	#state: State = "connecting";
	#error: unknown;
	/** Unread bytes are `#incoming[#start..#end)`. */
	#incoming = new Uint8Array(incoming_first_bytes);
	#start = 0;
	#end = 0;
	#paused = false;
	/** Bytes written in one turn of the event loop, to go out as one frame. */
	readonly #outgoing = new Uint8Array(outgoing_max_bytes);
	#filled = 0;
	/** Bytes that can be written. */
	#room = 0;
	/** A promise's job runs before the turn ends. A timer would be too late: in a page in the background it waits for a second. */
	readonly #soon = Promise.resolve();
	readonly #flush = () => this.#send();

	/** `given`: `WebSocketOptions`; options beyond those of any socket come from the provider, outside the types. */
	constructor(given: SocketOptions) {
		const options = given as WebSocketOptions;
		const { address, host = address, port, path = "/mqtt", secure = false, time } = options;
		// The URL has the name, not the address: the certificate is for the name, and in a browser only the WebSocket can resolve it.
		for (const [name, value] of Object.entries({ address, host }))
			if (typeof value !== "string" || noHost.test(value))
				throw new TypeError(`WebSocket: ${name} must be a name or an address, not "${value}"`);
		if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`WebSocket: port must be 1 to 65535, not ${port}`);
		if (typeof path !== "string" || path[0] !== "/") throw new TypeError(`WebSocket: path must begin with "/", not "${path}"`);
		if (typeof options.WebSocket !== "function") throw new TypeError("WebSocket: WebSocket must be the host's class");
		if (typeof time?.alarm !== "function") throw new TypeError("WebSocket: time must be the host's Time");
		this.#onReadable = callback(options, "onReadable");
		this.#onWritable = callback(options, "onWritable");
		this.#onError = callback(options, "onError");
		this.target = options.target;
		const authority = host.includes(":") ? `[${host}]` : host;
		// [MQTT-6.0.0-3] the subprotocol offered is "mqtt".
		const socket = new options.WebSocket(`${secure ? "wss" : "ws"}://${authority}:${port}${path}`, "mqtt");
		this.#socket = socket;
		this.#alarm = time.alarm(() => this.#ring());
		socket.binaryType = "arraybuffer";
		socket.onopen = () => this.#opened();
		socket.onmessage = (event: { data: unknown }) => this.#arrived(event.data);
		// A browser's event has no message, that of `ws` has one. The end itself comes with onclose.
		socket.onerror = (event: { message?: string }) => {
			this.#error ??= event.message;
		};
		socket.onclose = (event: { code: number; reason: string }) => {
			const { code, reason } = event;
			this.#ended(this.#error ?? `the WebSocket was closed with ${code}${reason === "" ? "" : ` ${reason}`}`);
		};
	}

	read(buffer: Uint8Array): number | undefined {
		this.#assertUsable("read");
		// Read once: the buffer may track the length of a resizable ArrayBuffer.
		const count = buffer.byteLength;
		const unread = this.#end - this.#start;
		if (count > unread) throw new RangeError(`WebSocket: ${count} bytes to read, ${unread} received`);
		buffer.set(this.#incoming.subarray(this.#start, this.#start + count));
		this.#start += count;
		if (this.#start === this.#end) {
			this.#start = this.#end = 0;
			// The end of the connection has waited for this read.
			if (this.#state === "ended") this.#alarm.set(0);
		}
		if (this.#paused && this.#end - this.#start <= incoming_max_bytes) this.#pause(false);
		return count;
	}

	write(buffer: ByteBuffer): number {
		this.#assertUsable("write");
		const count = buffer.byteLength;
		if (count > this.#room) throw new RangeError(`WebSocket: ${count} bytes to write, ${this.#room} writable`);
		if (count === 0) return this.#room;
		if (this.#filled === 0) this.#soon.then(this.#flush);
		this.#outgoing.set(bytesOf(buffer), this.#filled);
		this.#filled += count;
		this.#room -= count;
		return this.#room;
	}

	close(): void {
		if (this.#state === "closed") return;
		// The last bytes (MQTT's DISCONNECT) still go out: a WebSocket sends its buffered bytes before it closes.
		this.#send();
		this.#state = "closed";
		if (this.#paused) this.#pause(false);
		const socket = this.#socket;
		socket.onopen = socket.onmessage = socket.onclose = undefined;
		socket.close();
		// `ws` waits half a minute for a peer that does not answer its close frame, and the process does not end before
		if (socket.terminate === undefined || socket.readyState === CLOSED) return this.#alarm.close();
		socket.onclose = () => this.#alarm.close();
		this.#alarm.set(linger_ms);
	}

	#opened(): void {
		if (this.#state !== "connecting") return;
		// [MQTT-6.0.0-4] the server must have chosen "mqtt".
		if (this.#socket.protocol !== "mqtt") return this.#refuse(`the server chose the subprotocol "${this.#socket.protocol}" [MQTT-6.0.0-4]`);
		this.#state = "open";
		this.#room = outgoing_max_bytes;
		this.#onWritable.call(this, this.#room);
	}

	#arrived(data: unknown): void {
		if (this.#state !== "open") return;
		// [MQTT-6.0.0-1] anything but a binary frame ends the connection.
		if (!(data instanceof ArrayBuffer)) return this.#refuse("a frame came that is not binary [MQTT-6.0.0-1]");
		const unread = this.#end - this.#start;
		if (unread > unread_max_bytes) return this.#refuse(`${unread} bytes wait to be read, and more came`);
		if (data.byteLength === 0) return;
		this.#makeRoom(data.byteLength);
		this.#incoming.set(new Uint8Array(data), this.#end);
		this.#end += data.byteLength;
		this.#onReadable.call(this, this.#end - this.#start);
		// `close` may have come in the callback.
		if (this.#open && !this.#paused && this.#end - this.#start > incoming_max_bytes) this.#pause(true);
	}

	#makeRoom(count: number): void {
		const incoming = this.#incoming;
		if (this.#end + count <= incoming.length) return;
		const unread = this.#end - this.#start;
		if (unread + count > incoming.length) {
			this.#incoming = new Uint8Array(Math.max(unread + count, 2 * incoming.length));
			this.#incoming.set(incoming.subarray(this.#start, this.#end));
		} else incoming.copyWithin(0, this.#start, this.#end);
		this.#start = 0;
		this.#end = unread;
	}

	#pause(paused: boolean): void {
		this.#paused = paused;
		if (paused) this.#socket.pause?.();
		else this.#socket.resume?.();
	}

	/** The peer is at fault: the WebSocket is closed; the bytes that came before can still be read. */
	#refuse(why: string): void {
		this.#ended(why);
		this.#socket.close();
	}

	#ended(why: unknown): void {
		if (this.#state !== "connecting" && this.#state !== "open") return;
		this.#state = "ended";
		this.#error = why instanceof Error ? why : new Error(String(why));
		this.#reportEnd();
	}

	#reportEnd(): void {
		if (this.#state !== "ended" || this.#start !== this.#end) return;
		this.#state = "reported";
		this.#onError.call(this, this.#error);
	}

	/** Sends the bytes written as one frame: a copy, for `ws` may send it later, and browsers refuse views of a resizable buffer. */
	#send(): void {
		const count = this.#filled;
		if (!this.#open || count === 0) return;
		this.#filled = 0;
		// On a closing WebSocket a browser's `send` logs an error and sends nothing. The alarm ends the connection.
		if (this.#socket.readyState === OPEN) this.#socket.send(this.#outgoing.slice(0, count));
		this.#alarm.set(0);
	}

	#ring(): void {
		if (this.#state === "closed") {
			this.#alarm.close();
			return this.#socket.terminate?.();
		}
		if (!this.#open) return this.#reportEnd();
		const { bufferedAmount, readyState } = this.#socket;
		// The peer has closed but reads no bytes: the answer to its close frame cannot go out, and onclose would come late.
		if (readyState !== OPEN) return this.#refuse("the WebSocket is closing");
		if (bufferedAmount > 0) this.#alarm.set(poll_ms);
		// `bufferedAmount` of `ws` includes the heads of frames.
		const room = outgoing_max_bytes - this.#filled - bufferedAmount;
		if (room <= this.#room) return;
		this.#room = room;
		this.#onWritable.call(this, room);
	}

	get #open(): boolean {
		return this.#state === "open";
	}

	#assertUsable(method: string): void {
		if (this.#state === "closed") throw new Error(`WebSocket: ${method} after close`);
	}
}

function callback<K extends "onReadable" | "onWritable" | "onError">(options: WebSocketOptions, name: K): WebSocketOptions[K] {
	const given = options[name];
	if (typeof given !== "function") throw new TypeError(`WebSocket: ${name} must be a function`);
	return given;
}

export default WebSocketStream;
