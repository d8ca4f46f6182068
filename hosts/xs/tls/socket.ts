// TLS 1.2 over a TCP socket, as a socket like any other (src/host.ts): the SDK's records and ciphers, our guards, and no uncaught exception.
import type { Alarm, ByteBuffer, Socket, SocketOptions, SocketProvider, Time } from "../../../src/host.js";
import { handshake_timeout_ms } from "../../../src/limits.js";
import type { Security } from "./authenticate.js";
import { addressBytes } from "./chain.js";
import { messageName } from "./handshake.js";
import { internal_error, Refusal } from "./refusal.js";
import { Guarded } from "./session.js";

/** A record's head, its nonce, its tag (RFC 5246 §6.2.3, RFC 5288 §3). */
const record_overhead_bytes = 5 + 8 + 16;
const fragment_bytes = 16_384;

/** The source of the time of day. */
export interface Clockwork {
	/** The clock is right already. */
	readonly known: boolean;
	/** Sets the clock, then calls `then` from the event loop, with the fault if there is one. Returns a function that cancels this. */
	set(then: (fault?: string) => void): () => void;
}

export interface TLSOptions extends SocketOptions {
	TCP: SocketProvider;
	secure: Security;
	time: Time;
	/** Default: the device's clock is right. */
	clock?: Clockwork;
}

export default class TLSSocket implements Socket {
	readonly #options: TLSOptions;
	readonly #alarm: Alarm;
	#tcp: Socket | undefined;
	#session: Guarded | undefined;
	/** The connection that the SDK's session reads from and writes to; its `writable` is the SDK's own, and is not read here. */
	readonly #wire = {
		readable: 0,
		writable: 0,
		read: (buffer: Uint8Array) => {
			this.#tcp?.read(buffer);
		},
		write: (packet: Uint8Array) => this.#send(packet),
	};
	/** Bytes that TCP takes. */
	#room = 0;
	/** Packets of the handshake that wait for room. */
	readonly #unsent: Uint8Array[] = [];
	#connected = false;
	#ready = false;
	/** A record's content, and how much of it has been read. */
	#plain: Uint8Array | undefined;
	#at = 0;
	/** Records are being taken: a `read` meanwhile sets no alarm. */
	#busy = false;
	/** Cancels the question for the time. */
	#forget: (() => void) | undefined;
	/** Why the connection has ended: `onError` gets it when all data have been read. */
	#ending: { error: unknown } | undefined;

	constructor(options: TLSOptions) {
		this.#options = options;
		const { secure, host, time, clock } = options;
		this.#session = new Guarded({ ...secure, host }, addressBytes(host) ? undefined : host);
		this.#alarm = time.alarm(() => this.#ring());
		if (!clock || clock.known) this.#dial();
		else
			this.#forget = clock.set((fault) => {
				this.#forget = undefined;
				if (fault === undefined) this.#dialed();
				else this.#end(new Refusal(0, `the time of day is not known, and no certificate can be checked without: ${fault}`));
			});
	}

	/** Called from the event loop, where no caller catches an exception. */
	#dialed(): void {
		try {
			this.#dial();
		} catch (error) {
			this.#end(error);
		}
	}

	#dial(): void {
		const { TCP, address, host, port } = this.#options;
		try {
			this.#tcp = new TCP.io({
				...TCP,
				address,
				host,
				port,
				onReadable: (count) => {
					this.#wire.readable = count;
					this.#take();
				},
				onWritable: (count) => {
					this.#room = count;
					this.#flush();
				},
				onError: (error) => this.#lost(error),
			});
		} catch (error) {
			this.#release();
			throw error;
		}
	}

	read(buffer: Uint8Array): number | undefined {
		const plain = this.#plain;
		if (!plain) return undefined;
		const count = Math.min(buffer.length, plain.length - this.#at);
		buffer.set(this.#at === 0 && count === plain.length ? plain : plain.subarray(this.#at, this.#at + count));
		this.#at += count;
		if (this.#at === plain.length) {
			this.#plain = undefined;
			if (!this.#busy && (this.#wire.readable > 0 || this.#ending)) this.#alarm.set(0);
		}
		return count;
	}

	write(buffer: ByteBuffer): number {
		const session = this.#session;
		if (!session || !this.#ready) return 0;
		if (buffer.byteLength > this.#writable) throw new RangeError(`TLS: ${buffer.byteLength} bytes to write, ${this.#writable} writable`);
		session.write(this.#wire, buffer instanceof DataView ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : buffer);
		return this.#writable;
	}

	close(): void {
		if (this.#ready) this.#say(0);
		this.#release();
	}

	/** Bytes that can be written now. */
	get #writable(): number {
		if (!this.#ready || this.#unsent.length > 0) return 0;
		return Math.max(0, Math.min(this.#room - record_overhead_bytes, fragment_bytes));
	}

	#send(packet: Uint8Array): number {
		if (this.#unsent.length === 0 && packet.byteLength <= this.#room) this.#room = this.#tcp?.write(packet) ?? 0;
		else this.#unsent.push(packet);
		return this.#room;
	}

	/** Uses the room: for waiting packets, for the next step of the handshake, for the application. */
	#flush(): void {
		while (this.#unsent.length > 0 && this.#room > 0) {
			const [packet] = this.#unsent as [Uint8Array];
			const part = packet.subarray(0, this.#room);
			this.#room = this.#tcp?.write(part) ?? 0;
			if (part.length < packet.length) this.#unsent[0] = packet.subarray(part.length);
			else this.#unsent.shift();
		}
		if (!this.#connected) {
			this.#connected = true;
			this.#alarm.set(handshake_timeout_ms);
			this.#take();
		} else if (this.#writable > 0) this.#options.onWritable(this.#writable);
	}

	/** Takes the bytes that have come, record by record, as long as each is read whole. */
	#take(): void {
		if (this.#busy || !this.#connected) return;
		this.#busy = true;
		try {
			if (!this.#ready) this.#shake();
			while (this.#ready && !this.#plain && this.#wire.readable > 0) {
				const data = this.#attempt((session) => session.read(this.#wire));
				if (data === undefined) break;
				if (data === null) return this.#lost(new Error("TLS: the broker has closed the connection"));
				if (data.length === 0) continue;
				this.#plain = data;
				this.#at = 0;
				this.#options.onReadable(data.length);
			}
		} finally {
			this.#busy = false;
		}
	}

	/** Continues the handshake as far as the bytes that have come allow. */
	#shake(): void {
		const done = this.#attempt((session) => {
			do if (session.handshake(this.#wire)) return true;
			while (this.#wire.readable > 0 || session.handshakeProcess >= 0);
			return false;
		});
		if (!done) return;
		this.#alarm.clear();
		this.#ready = true;
		if (this.#writable > 0) this.#options.onWritable(this.#writable);
	}

	/** Runs a step of the session; an exception ends the connection, and undefined is returned. */
	#attempt<T>(step: (session: Guarded) => T): T | undefined {
		const session = this.#session;
		if (!session) return undefined;
		try {
			return step(session);
		} catch (error) {
			const refusal =
				error instanceof Refusal
					? error
					: new Refusal(internal_error, `what the broker sends cannot be understood (${(error as Error).message})`);
			if (refusal.alert !== 0) this.#say(refusal.alert);
			this.#end(refusal);
			return undefined;
		}
	}

	#say(description: number): void {
		try {
			this.#session?.say(this.#wire, description);
		} catch {
			// the connection cannot be used, and ends for that reason
		}
	}

	/** TCP has ended, or the broker has sent close_notify. */
	#lost(error: unknown): void {
		if (this.#connected && !this.#ready && this.#session)
			this.#end(
				new Refusal(0, `the broker has closed the connection in the middle of the handshake, after ${messageName(this.#session.message)}`),
			);
		else this.#end(error);
	}

	#end(error: unknown): void {
		if (this.#ending) return;
		this.#ending = { error };
		if (!this.#plain) this.#tell();
	}

	#tell(): void {
		const { error } = this.#ending as { error: unknown };
		this.#release();
		this.#options.onError(error);
	}

	#ring(): void {
		if (this.#ready || this.#ending) {
			if (this.#wire.readable > 0 && !this.#ending) this.#take();
			if (this.#ending && !this.#plain && this.#session) this.#tell();
			return;
		}
		const after = messageName(this.#session?.message ?? -1);
		this.#end(new Refusal(0, `the broker has stopped in the middle of the handshake, after ${after}`));
	}

	/** Frees all resources; there is no callback from now on. */
	#release(): void {
		this.#forget?.();
		this.#forget = undefined;
		this.#ready = false;
		this.#plain = undefined;
		this.#session = undefined;
		this.#unsent.length = 0;
		this.#wire.readable = 0;
		this.#alarm.close();
		this.#tcp?.close();
		this.#tcp = undefined;
	}
}
