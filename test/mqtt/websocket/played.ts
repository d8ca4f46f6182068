// A framed socket whose inner socket, clock and randomness the test plays; and frames as a server makes them, written for the tests alone.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ByteBuffer, Socket, SocketOptions, Time } from "../../../src/host.js";
import { FramedSocket } from "../../../src/mqtt/websocket/socket.js";

/** The socket below. What arrives waits in it until it is read, as in any socket that keeps its contract. */
export class Inner implements Socket {
	static last: Inner;
	readonly options: SocketOptions;
	#unread = Buffer.alloc(0);
	/** Every write. */
	written: Buffer[] = [];
	writable = 0;
	closed = 0;
	constructor(options: SocketOptions) {
		this.options = options;
		Inner.last = this;
	}
	get unread(): number {
		return this.#unread.length;
	}
	read(buffer: Uint8Array): number {
		assert.equal(this.closed, 0, "read after close");
		const count = buffer.byteLength;
		assert.ok(count > 0 && count <= this.#unread.length, `${count} of ${this.#unread.length} bytes`);
		buffer.set(this.#unread.subarray(0, count));
		this.#unread = this.#unread.subarray(count);
		return count;
	}
	write(buffer: ByteBuffer): number {
		assert.equal(this.closed, 0, "write after close");
		assert.ok(buffer.byteLength <= this.writable, `${buffer.byteLength} bytes, ${this.writable} writable`);
		this.written.push(Buffer.from(buffer as Uint8Array));
		return (this.writable -= buffer.byteLength);
	}
	close(): void {
		this.closed += 1;
	}
	/** More has arrived, and is not told of yet. */
	put(...parts: (Uint8Array | readonly number[])[]): void {
		this.#unread = Buffer.concat([this.#unread, ...parts.map((part) => Uint8Array.from(part))]);
	}
	arrive(...parts: (Uint8Array | readonly number[])[]): void {
		if (this.closed) return;
		this.put(...parts);
		this.options.onReadable(this.#unread.length);
	}
	room(count: number): void {
		this.writable = count;
		this.options.onWritable(count);
	}
	/** The peer has gone, which is told once all is read. */
	end(error?: unknown): void {
		assert.equal(this.#unread.length, 0, "unread bytes keep the end back");
		this.options.onError(error);
	}
	/** Takes what was written. */
	sent(): Buffer {
		const all = Buffer.concat(this.written);
		this.written = [];
		return all;
	}
}

/** A clock whose alarms ring when the test says so. */
export class PlayedTime implements Time {
	set: number | undefined;
	closed = false;
	#ring: () => void = () => {};
	now(): number {
		return 0;
	}
	alarm(ring: () => void) {
		this.#ring = ring;
		return {
			set: (ms: number) => {
				assert.ok(!this.closed, "alarm set after close");
				this.set = ms;
			},
			clear: () => {
				this.set = undefined;
			},
			close: () => {
				this.closed = true;
				this.set = undefined;
			},
		};
	}
	ring(): void {
		assert.notEqual(this.set, undefined, "no alarm is set");
		this.set = undefined;
		this.#ring();
	}
}

export interface Played {
	socket: FramedSocket;
	inner: Inner;
	time: PlayedTime;
	/** What the socket has said. */
	heard: string[];
	/** What was read, in one piece. */
	read(): Buffer;
}

/** `reads`: everything is read as soon as it is told; else by the test. */
export function play({ reads = true, ...more }: Record<string, unknown> & { reads?: boolean } = {}): Played {
	const heard: string[] = [];
	const pieces: Buffer[] = [];
	const time = new PlayedTime();
	let inside = true;
	const outside = (line: string) => {
		assert.ok(!inside, `${line} from inside a method`);
		heard.push(line);
	};
	const options: SocketOptions = {
		socket: { io: Inner },
		time,
		random: Math.random,
		address: "10.0.0.7",
		host: "broker.example",
		port: 80,
		onReadable: (count) => {
			outside(`readable ${count}`);
			if (!reads) return;
			const piece = Buffer.alloc(count);
			socket.read(piece);
			pieces.push(piece);
		},
		onWritable: (count) => outside(`writable ${count}`),
		onError: (error) => outside(`error ${(error as Error | undefined)?.message}`),
		...more,
	};
	const socket = new FramedSocket(Object.freeze(options));
	for (const name of ["read", "write", "close"] as const) {
		const method = socket[name] as (...values: unknown[]) => unknown;
		socket[name] = ((...values: unknown[]) => {
			const outer = inside;
			inside = true;
			try {
				return method.apply(socket, values);
			} finally {
				inside = outer;
			}
		}) as never;
	}
	inside = false;
	const read = () => {
		const all = Buffer.concat(pieces);
		pieces.length = 0;
		return all;
	};
	return { socket, inner: Inner.last, time, heard, read };
}

export const accept = (key: string) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

export const keyOf = (request: Buffer | string) => /^Sec-WebSocket-Key: (\S+)\r$/m.exec(String(request))?.[1] ?? assert.fail("no key");

/** The right answer to a request. */
export const answerTo = (request: Buffer | string) =>
	Buffer.from(
		`HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ${accept(keyOf(request))}\r\n` +
			"Sec-WebSocket-Protocol: mqtt\r\n\r\n",
	);

/** Plays as far as the open WebSocket. */
export function open(more: Record<string, unknown> & { reads?: boolean } = {}): Played {
	const played = play(more);
	const { inner, heard } = played;
	inner.room(1_000_000);
	inner.arrive(answerTo(inner.sent()));
	assert.match(heard.shift() ?? "", /^writable \d+$/);
	return played;
}

export interface FrameOptions {
	final?: boolean;
	reserved?: number;
	mask?: Uint8Array;
	/** Bytes of the field for the length, more than needed. */
	wide?: 2 | 8;
}

/** A frame, by the letter of RFC 6455 §5.2. */
export function frame(opcode: number, payload: Uint8Array | readonly number[] = [], more: FrameOptions = {}): Buffer {
	const { final = true, reserved = 0, mask, wide } = more;
	const { length } = payload;
	const field = wide ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
	const head = Buffer.alloc(2 + field);
	head[0] = (final ? 0x80 : 0) | (reserved << 4) | opcode;
	head[1] = (mask ? 0x80 : 0) | (field === 0 ? length : field === 2 ? 126 : 127);
	if (field === 2) head.writeUInt16BE(length, 2);
	if (field === 8) head.writeBigUInt64BE(BigInt(length), 2);
	const body = Buffer.from(payload);
	if (mask) for (let i = 0; i < length; i++) body[i] ^= mask[i % 4];
	return Buffer.concat([head, mask ?? new Uint8Array(0), body]);
}

export interface ReadFrame {
	opcode: number;
	final: boolean;
	mask: string;
	payload: Buffer;
}

/** The frames that a client has sent, each masked, by the letter of RFC 6455 §5.2. */
export function framesIn(bytes: Buffer): ReadFrame[] {
	const frames: ReadFrame[] = [];
	for (let at = 0; at < bytes.length; ) {
		const [first, second] = [bytes[at], bytes[at + 1]];
		assert.equal(first & 0x70, 0, "reserved bits");
		assert.ok(second & 0x80, "a client masks");
		let length = second & 0x7f;
		at += 2;
		if (length === 126) {
			length = bytes.readUInt16BE(at);
			assert.ok(length > 125, "shortest form");
			at += 2;
		} else assert.ok(length < 126, "no frame of more than 65,535 bytes");
		const mask = bytes.subarray(at, at + 4);
		at += 4;
		assert.ok(at + length <= bytes.length, "a whole frame");
		const payload = Buffer.from(bytes.subarray(at, at + length));
		for (let i = 0; i < length; i++) payload[i] ^= mask[i % 4];
		at += length;
		frames.push({ opcode: first & 0x0f, final: (first & 0x80) !== 0, mask: mask.toString("hex"), payload });
	}
	return frames;
}
