// A host without a world: its clock stands until a test moves it, its sockets hold what a test puts in.
import assert from "node:assert/strict";
import type { Alarm, ByteBuffer, Resolver, Socket, SocketOptions, Time } from "../../src/host.js";

export class VirtualTime implements Time {
	#now = 1000;
	readonly #alarms = new Set<VirtualAlarm>();

	now(): number {
		return this.#now;
	}

	alarm(ring: () => void): Alarm {
		const alarm = new VirtualAlarm(this, ring);
		this.#alarms.add(alarm);
		return alarm;
	}

	/** Lets `milliseconds` pass, and rings what falls due, in order. */
	pass(milliseconds: number): void {
		const end = this.#now + milliseconds;
		for (;;) {
			let next: VirtualAlarm | undefined;
			for (const alarm of this.#alarms) if (alarm.at <= end && (next === undefined || alarm.at < next.at)) next = alarm;
			if (next === undefined) break;
			this.#now = Math.max(this.#now, next.at);
			next.at = Infinity;
			next.ring();
		}
		this.#now = Math.max(this.#now, end);
	}

	/** The clock leaps (a host that slept): what fell due meanwhile rings late, and all at once. */
	jump(milliseconds: number): void {
		this.#now += milliseconds;
		this.pass(0);
	}

	/** A callback works for so long: time passes, and nothing else happens. */
	stand(milliseconds: number): void {
		this.#now += milliseconds;
	}

	/**
	 * The event loop stands still for so long. Then it sees one alarm that has fallen due, and after it what has come meanwhile: Node.js looks at
	 * its timers first.
	 */
	late(milliseconds: number, arrived: () => void): void {
		this.#now += milliseconds;
		for (const alarm of [...this.#alarms]) {
			if (alarm.at > this.#now) continue;
			alarm.at = Infinity;
			alarm.ring();
		}
		arrived();
		this.pass(0);
	}

	/** When the next alarm rings; `Infinity` when none does. */
	next(): number {
		return Math.min(Infinity, ...[...this.#alarms].map((alarm) => alarm.at));
	}

	forget(alarm: VirtualAlarm): void {
		this.#alarms.delete(alarm);
	}

	get alarms(): number {
		return this.#alarms.size;
	}
}

class VirtualAlarm implements Alarm {
	at = Infinity;
	readonly #time: VirtualTime;
	readonly ring: () => void;
	constructor(time: VirtualTime, ring: () => void) {
		this.#time = time;
		this.ring = ring;
	}
	set(milliseconds: number): void {
		assert.ok(milliseconds >= 0, `alarm set to ${milliseconds}`);
		this.at = this.#time.now() + milliseconds;
	}
	clear(): void {
		this.at = Infinity;
	}
	close(): void {
		this.clear();
		this.#time.forget(this);
	}
}

/** The test's end of a connection. */
export class VirtualSocket implements Socket {
	readonly options: SocketOptions;
	format = "buffer";
	closed = false;
	/** Everything written, in order; each write in one piece. */
	readonly writes: Uint8Array[] = [];
	writable = 0;
	#pending: number[] = [];

	constructor(options: SocketOptions) {
		this.options = options;
	}

	read(buffer: Uint8Array): number {
		assert.ok(!this.closed, "read after close");
		assert.ok(buffer.byteLength > 0 && buffer.byteLength <= this.#pending.length, "read of more than there is");
		buffer.set(this.#pending.splice(0, buffer.byteLength));
		return buffer.byteLength;
	}

	write(buffer: ByteBuffer): number {
		assert.ok(!this.closed, "write after close");
		const bytes = ArrayBuffer.isView(buffer)
			? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice()
			: new Uint8Array(buffer).slice();
		assert.ok(bytes.length <= this.writable, `write of ${bytes.length} bytes where ${this.writable} are writable`);
		this.writes.push(bytes);
		this.writable -= bytes.length;
		return this.writable;
	}

	close(): void {
		this.closed = true;
	}

	/** Room comes. The first time: connected. */
	room(bytes = 65_536): void {
		this.writable = bytes;
		this.options.onWritable(bytes);
	}

	/** Bytes come, in one piece. */
	deliver(bytes: ArrayLike<number>): void {
		if (this.closed || bytes.length === 0) return;
		for (let i = 0; i < bytes.length; i++) this.#pending.push(bytes[i]);
		this.options.onReadable(this.#pending.length);
	}

	/** Bytes that were delivered and not read. */
	get unread(): number {
		return this.#pending.length;
	}

	/** The connection ends. */
	fail(error?: unknown): void {
		if (!this.closed) this.options.onError(error);
	}

	/** What was written since the last call, as one array. */
	taken = 0;
	take(): number[] {
		const bytes = this.writes.slice(this.taken).flatMap((write) => [...write]);
		this.taken = this.writes.length;
		return bytes;
	}
}

type Answer = { host: string; onResolved(host: string, address: string, others?: readonly string[]): void; onError(host: string): void };

/** One broker's side of the world: every socket and every resolver that a client makes. */
export class VirtualNetwork {
	readonly time = new VirtualTime();
	readonly sockets: VirtualSocket[] = [];
	readonly questions: Answer[] = [];
	/** The addresses of every name, in the system's order. */
	addresses: readonly string[] = ["192.0.2.1"];
	/** Answer every question at once; otherwise the test answers. */
	resolves = true;
	resolversOpen = 0;
	readonly provider;

	constructor() {
		const network = this;
		class TCP extends VirtualSocket {
			constructor(options: SocketOptions) {
				super(options);
				network.sockets.push(this);
			}
		}
		class DNS implements Resolver {
			constructor() {
				network.resolversOpen += 1;
			}
			resolve(question: Answer): void {
				network.questions.push(question);
				if (!network.resolves) return;
				const answer = network.time.alarm(() => {
					answer.close();
					question.onResolved(question.host, network.addresses[0], network.addresses.slice(1));
				});
				answer.set(0);
			}
			close(): void {
				network.resolversOpen -= 1;
			}
		}
		this.provider = { socket: { io: TCP }, dns: { io: DNS }, time: this.time };
	}

	get socket(): VirtualSocket {
		const socket = this.sockets.at(-1);
		assert.ok(socket, "no socket was made");
		return socket;
	}

	/** Resolves and connects, up to where CONNECT has been written. Returns CONNECT. */
	connect(room = 65_536): number[] {
		this.time.pass(0);
		this.socket.room(room);
		return this.socket.take();
	}

	/** As `connect`, and CONNACK. */
	accept(room = 65_536, sessionPresent = false): void {
		this.connect(room);
		this.socket.deliver([0x20, 2, sessionPresent ? 1 : 0, 0]);
	}
}

/** Bytes from hexadecimal, spaces ignored. */
export function hex(text: string): Uint8Array {
	const digits = text.replace(/\s/g, "");
	assert.equal(digits.length % 2, 0, `odd number of digits: ${text}`);
	return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: ArrayLike<number>): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

export function text(bytes: ArrayLike<number>): string {
	return String.fromCharCode(...Array.from(bytes));
}

/** The UTF-8 of `payload`. */
export const bytes = (payload: string) => new TextEncoder().encode(payload);

/** A payload of one byte, which is 1. */
export const one = Uint8Array.of(1);

/** A PUBLISH. */
export function publish(
	topic: string,
	payload: ArrayLike<number> | string,
	options: { QoS?: number; id?: number; flags?: number } = {},
): Uint8Array {
	const { QoS = 0, id = 0, flags = 0 } = options;
	const name = new TextEncoder().encode(topic);
	const body = [name.length >> 8, name.length & 255, ...name];
	if (QoS) body.push(id >> 8, id & 255);
	// not spread: the SDK's XS loses 65,536 arguments
	const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
	for (let i = 0; i < bytes.length; i++) body.push(bytes[i]);
	const length: number[] = [];
	let rest = body.length;
	do {
		length.push((rest & 127) | (rest > 127 ? 128 : 0));
		rest >>= 7;
	} while (rest > 0);
	return Uint8Array.from([0x30 | (QoS << 1) | flags, ...length, ...body]);
}
