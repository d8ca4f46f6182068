// MQTT over WebSocket (MQTT 3.1.1 §6) with frames composed here (RFC 6455), as a socket over any other: TCP makes ws:, TLS makes wss:.
// Only the head of a frame is kept: a payload is read from the inner socket straight into the reader's buffer, so that memory, back-pressure
// and end are those of the inner socket.
import type { Alarm, ByteBuffer, Socket, SocketOptions } from "../../host.js";
import { handshake_timeout_ms } from "../../limits.js";
import { bytesOf } from "../packets/outbound.js";
import * as framing from "./framing.js";
import { Answer, newKey, request } from "./handshake.js";
import { FrameOutlet } from "./masking.js";
import { readOptions } from "./options.js";

export type { FramedSocketOptions } from "./options.js";

const CONNECTING = 0;
/** The request was sent. */
const OPENING = 1;
const OPEN = 2;
/** The end was reported, or is about to be. */
const ENDED = 3;
const CLOSED = 4;

/** Room of the inner socket that is kept free for a pong and a close frame. */
const reserve_bytes = framing.sent_head_max_bytes + framing.control_max_bytes + framing.sent_head_max_bytes + 2;

export class FramedSocket implements Socket {
	target: unknown;
	readonly #onReadable: SocketOptions["onReadable"];
	readonly #onWritable: SocketOptions["onWritable"];
	readonly #onError: SocketOptions["onError"];
	readonly #random: () => number;
	readonly #inner: Socket;
	/** Rings when the server has not answered in time, and for callbacks that may not come from inside `read`. */
	readonly #alarm: Alarm;
	#state = CONNECTING;
	#request: Uint8Array | undefined;
	#answer: Answer | undefined;

	/** Bytes that can be read from the inner socket. */
	#available = 0;
	readonly #head = new framing.FrameHead();
	readonly #two: Uint8Array;
	readonly #one = new Uint8Array(1);
	/** Bytes of the head that have come. */
	#got = 0;
	/** Bytes of the payload that have not been read. */
	#rest = 0;
	/** How many of these were reported to the reader. */
	#told = 0;
	/** The payload of a control frame, as far as it has come. */
	readonly #control = new Uint8Array(framing.control_max_bytes);
	#controlled = 0;
	/** Length of that payload; -1: no control frame is being received. */
	#expected = -1;
	#pumping = false;

	/** Bytes that can be written to the inner socket. */
	#writable = 0;
	/** Payload bytes that can be written, as reported to the writer. */
	#room = 0;
	readonly #outlet: FrameOutlet;
	/** The payload of a ping that could not be answered at once; only the last ping must be answered [RFC 6455 §5.5.3]. */
	readonly #pong = new Uint8Array(framing.control_max_bytes);
	/** Length of that payload; -1: no pong is owed. */
	#owed = -1;

	/** `given`: `FramedSocketOptions`. */
	constructor(given: SocketOptions) {
		const settings = readOptions(given);
		const { address, host, port, path, socket, time, random, authority } = settings;
		this.#onReadable = settings.onReadable;
		this.#onWritable = settings.onWritable;
		this.#onError = settings.onError;
		this.#random = random;
		this.target = given.target;
		this.#two = new Uint8Array(this.#head.bytes.buffer, 0, 2);
		this.#outlet = new FrameOutlet(settings.frame);
		const key = newKey(random);
		this.#request = request(authority, path, key);
		this.#answer = new Answer(path, key);
		this.#inner = new socket.io({
			...socket,
			address,
			host,
			port,
			onReadable: (count) => this.#readable(count),
			onWritable: (count) => this.#takes(count),
			onError: (error) => this.#lost(error),
		});
		this.#alarm = time.alarm(() => this.#ring());
	}

	read(buffer: Uint8Array): number | undefined {
		if (this.#state === CLOSED) throw new Error("WebSocket: read after close");
		const count = buffer.byteLength;
		if (count > this.#told) throw new RangeError(`WebSocket: ${count} bytes to read, ${this.#told} received`);
		if (count === 0) return 0;
		this.#inner.read(buffer);
		this.#told -= count;
		this.#rest -= count;
		this.#available -= count;
		// the frames behind this payload are read from the event loop
		if (this.#told === 0 && this.#available !== 0 && !this.#pumping) this.#alarm.set(0);
		return count;
	}

	write(buffer: ByteBuffer): number {
		if (this.#state === CLOSED) throw new Error("WebSocket: write after close");
		if (this.#state === ENDED) return 0;
		const count = buffer.byteLength;
		if (count > this.#room) throw new RangeError(`WebSocket: ${count} bytes to write, ${this.#room} writable`);
		if (count === 0) return this.#room;
		const { longest } = this.#outlet;
		if (count <= longest) this.#send(framing.BINARY, bytesOf(buffer), count);
		else {
			const bytes = bytesOf(buffer);
			for (let at = 0; at < count; at += longest) {
				const part = bytes.subarray(at, at + longest);
				this.#send(framing.BINARY, part, part.length);
			}
		}
		return this.#measure();
	}

	close(): void {
		if (this.#state === CLOSED) return;
		if (this.#state === OPEN) this.#sayGoodbye(framing.NORMAL);
		const live = this.#state < ENDED;
		this.#state = CLOSED;
		if (!live) return;
		this.#alarm.close();
		this.#inner.close();
	}

	/** Sends `bytes[0..length)` as one frame, for which there must be room. */
	#send(opcode: number, bytes: Uint8Array, length: number): void {
		const outlet = this.#outlet;
		this.#writable = this.#inner.write(outlet.lend(opcode, bytes, length, (this.#random() * 0x1_0000_0000) | 0));
		outlet.lent();
	}

	/** Sets and returns how many bytes can be written: a frame of 512 bytes has a head of 8, a 64th of that. */
	#measure(): number {
		const writable = this.#writable;
		const room = writable - (writable >> 6) - framing.sent_head_max_bytes - reserve_bytes;
		return (this.#room = room > 0 ? room : 0);
	}

	#ring(): void {
		if (this.#state === OPENING) this.#fail(`the server has not answered the request for a WebSocket within ${handshake_timeout_ms} ms`);
		else if (this.#state === OPEN) this.#pump();
	}

	/** `count` bytes can be written to the inner socket. */
	#takes(count: number): void {
		this.#writable = count;
		if (this.#state === OPEN) {
			if (this.#owed >= 0) this.#answerPing(this.#pong, this.#owed);
			if (this.#measure() > 0) this.#onWritable.call(this, this.#room);
		} else if (this.#state === CONNECTING) {
			const bytes = this.#request as Uint8Array;
			if (bytes.length > count) return;
			this.#state = OPENING;
			this.#request = undefined;
			this.#alarm.set(handshake_timeout_ms);
			this.#writable = this.#inner.write(bytes);
		}
	}

	/** `count` bytes can be read from the inner socket, in all. */
	#readable(count: number): void {
		this.#available = count;
		if (this.#state === OPENING) this.#open();
		if (this.#state === OPEN && this.#available !== 0) this.#pump();
	}

	#nextByte(): number {
		this.#inner.read(this.#one);
		this.#available -= 1;
		return this.#one[0];
	}

	/** Takes the answer's head, and no byte more: frames follow. */
	#open(): void {
		const answer = this.#answer as Answer;
		while (this.#available !== 0 && !answer.done && answer.fault === undefined) answer.take(this.#nextByte());
		if (answer.fault !== undefined) return this.#fail(answer.fault);
		if (!answer.done) return;
		this.#answer = undefined;
		this.#state = OPEN;
		this.#alarm.clear();
		this.#onWritable.call(this, this.#measure());
	}

	/** Takes frames until there are no more bytes, or the reader must first read a payload. */
	#pump(): void {
		let done = false;
		this.#pumping = true;
		try {
			while (this.#state === OPEN && this.#step());
			done = true;
		} finally {
			this.#pumping = false;
			// the bytes that came after a callback that threw must still be read
			if (!done && this.#state === OPEN) this.#alarm.set(0);
		}
	}

	/** False when there is nothing more to do now. */
	#step(): boolean {
		const available = this.#available;
		if (this.#rest !== 0) {
			const count = this.#rest < available ? this.#rest : available;
			if (count === this.#told) return false;
			this.#told = count;
			this.#onReadable.call(this, count);
			return this.#told === 0;
		}
		if (available === 0) return false;
		if (this.#expected >= 0) {
			this.#control[this.#controlled++] = this.#nextByte();
			if (this.#controlled === this.#expected) this.#controlFrame();
			return true;
		}
		const head = this.#head;
		if (this.#got === 0 && available !== 1) {
			this.#inner.read(this.#two);
			this.#available = available - 2;
			this.#got = 2;
		} else head.bytes[this.#got++] = this.#nextByte();
		if (this.#got !== head.needed) return true;
		head.step();
		if (head.fault !== undefined) this.#fail(head.fault.why, head.fault.code);
		else if (head.done) {
			this.#got = 0;
			head.reset();
			if (head.opcode < framing.CLOSE) this.#rest = head.length;
			else {
				this.#controlled = 0;
				this.#expected = head.length;
				if (head.length === 0) this.#controlFrame();
			}
		}
		return true;
	}

	#controlFrame(): void {
		const length = this.#expected;
		this.#expected = -1;
		const { opcode } = this.#head;
		if (opcode === framing.PING) this.#answerPing(this.#control, length);
		else if (opcode === framing.CLOSE) {
			const closing = framing.readClose(this.#control, length);
			if ("why" in closing) this.#fail(closing.why, closing.code);
			else this.#fail(`the WebSocket was closed with ${closing.code}${closing.reason === "" ? "" : ` ${closing.reason}`}`, closing.code);
		}
	}

	/** Sends a pong, or keeps it for later: the room that was reported to the writer is not used. */
	#answerPing(payload: Uint8Array, length: number): void {
		const promised = this.#room === 0 ? 0 : this.#room + (this.#room >> 6) + 2 * framing.sent_head_max_bytes;
		if (this.#writable - promised < framing.sent_head_max_bytes + length) {
			if (payload !== this.#pong) this.#pong.set(payload);
			this.#owed = length;
			return;
		}
		this.#owed = -1;
		this.#send(framing.PONG, payload, length);
	}

	/** Sends a close frame, if there is room for it. */
	#sayGoodbye(code: number): void {
		if (this.#writable < framing.sent_head_max_bytes + 2) return;
		const bytes = this.#control;
		bytes[0] = code >> 8;
		bytes[1] = code;
		this.#send(framing.CLOSE, bytes, code === framing.NO_CODE ? 0 : 2);
	}

	/** Ends the connection, with a close frame once it is open: for a fault of the server, or as an answer to its close frame [RFC 6455 §7.1.7]. */
	#fail(why: string, code: number = framing.PROTOCOL_ERROR): void {
		if (this.#state === OPEN) this.#sayGoodbye(code);
		this.#end(new Error(why));
	}

	#lost(error: unknown): void {
		if (this.#state === OPENING) error ??= new Error("the server ended the connection without an answer: does it speak WebSocket here?");
		else if (this.#state === OPEN) error ??= new Error("the WebSocket was closed with 1006");
		if (this.#state < ENDED) this.#end(error);
	}

	/** Called from the event loop. */
	#end(error: unknown): void {
		this.#state = ENDED;
		this.#alarm.close();
		this.#inner.close();
		this.#onError.call(this, error);
	}
}

export default FramedSocket;
