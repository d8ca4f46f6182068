// The server of the setup page over ECMA-419's Listener and TCP: a few connections at once, one request each.
import type { Alarm, Time } from "../../../src/host.js";
import type { Answer } from "./answer.js";
import type { Request } from "./request.js";

/** ECMA-419 §10 TCP, as the SDK's Listener hands it out. */
interface Accepted {
	read(count: number): ArrayBuffer | undefined;
	/** What is writable then; the SDK's class returns nothing once the connection has ended. */
	write(bytes: Uint8Array): number | undefined;
	close(): void;
}

interface Listener {
	read(): object | undefined;
	close(): void;
}

export interface ServerOptions {
	/** ECMA-419 §10 TCP Listener. */
	io: new (options: {
		port: number;
		onReadable(count: number): void;
	}) => Listener;
	port: number;
	time: Time;
	log(line: string): void;
	request(): Request<Answer>;
}

/** A browser opens two or three. The oldest makes room: one that says nothing must not shut the door. */
const connections_max = 4;

/** How long one may take until its request is let in, and between two pieces of its body; and how long an answer's `whenSent` waits, so that its last packet arrives. */
const patience_ms = 15_000;
const linger_ms = 1_000;

class Connection {
	readonly #socket: Accepted;
	readonly #request: Request<Answer>;
	readonly #onEnd: (connection: Connection, answer: Answer | undefined) => void;
	#answer: Answer | undefined;
	#sent = 0;
	#writable = 0;
	#open = true;
	readonly #time: Time;
	since: number;

	constructor(from: object, request: Request<Answer>, time: Time, onEnd: (connection: Connection, answer: Answer | undefined) => void) {
		this.#request = request;
		this.#onEnd = onEnd;
		this.#time = time;
		this.since = time.now();
		const TCP = from.constructor as new (options: object) => Accepted;
		this.#socket = new TCP({
			from,
			onReadable: (count: number) => this.#readable(count),
			onWritable: (count: number) => {
				this.#writable = count;
				this.#write();
			},
			onError: () => this.end(),
		});
	}

	/** Whoever ends it. What was saved takes effect, also when its sender did not wait for the answer. */
	end(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#socket.close();
		this.#request.abort();
		this.#onEnd(this, this.#answer);
	}

	#readable(count: number): void {
		// All of it, also what nobody needs any more: lwIP resets a connection that is closed with bytes unread, and the answer would be lost.
		const buffer = this.#open ? this.#socket.read(count) : undefined;
		if (buffer === undefined || this.#answer !== undefined) return;
		this.#answer = this.#request.take(new Uint8Array(buffer));
		// A firmware image takes a minute; who sends one byte of it at a time has been let in, and may.
		if (this.#request.welcome) this.since = this.#time.now();
		this.#write();
	}

	#write(): void {
		const bytes = this.#answer?.bytes;
		if (bytes === undefined || !this.#open) return;
		while (this.#sent < bytes.length && this.#writable > 0) {
			const count = Math.min(this.#writable, bytes.length - this.#sent);
			const left = this.#send(bytes.subarray(this.#sent, this.#sent + count));
			if (left === undefined) return this.end();
			this.#sent += count;
			this.#writable = left;
		}
		if (this.#sent === bytes.length) this.end();
	}

	/** Between the peer's end and `onError` the SDK's classes throw, or return nothing. */
	#send(bytes: Uint8Array): number | undefined {
		try {
			return this.#socket.write(bytes);
		} catch {
			return undefined;
		}
	}
}

export class Server {
	readonly #options: ServerOptions;
	readonly #listener: Listener;
	readonly #sweep: Alarm;
	readonly #connections = new Set<Connection>();
	#restart: Alarm | undefined;

	constructor(options: ServerOptions) {
		this.#options = options;
		this.#sweep = options.time.alarm(() => this.#swept());
		this.#listener = new options.io({ port: options.port, onReadable: (count) => this.#accept(count) });
		this.#sweep.set(patience_ms);
	}

	close(): void {
		this.#listener.close();
		this.#sweep.close();
		this.#restart?.close();
		for (const connection of [...this.#connections]) connection.end();
	}

	#accept(count: number): void {
		for (let i = 0; i < count; i++) {
			const from = this.#listener.read();
			if (from === undefined) return;
			for (const oldest of this.#connections) {
				if (this.#connections.size < connections_max) break;
				oldest.end();
			}
			this.#open(from);
		}
	}

	#open(from: object): void {
		try {
			const { time, request } = this.#options;
			this.#connections.add(new Connection(from, request(), time, (connection, answer) => this.#ended(connection, answer)));
		} catch (error) {
			this.#options.log(`setup: ${error}`);
		}
	}

	#ended(connection: Connection, answer: Answer | undefined): void {
		this.#connections.delete(connection);
		const whenSent = answer?.whenSent;
		if (whenSent === undefined || this.#restart !== undefined) return;
		this.#restart = this.#options.time.alarm(whenSent);
		this.#restart.set(linger_ms);
	}

	#swept(): void {
		const now = this.#options.time.now();
		for (const connection of [...this.#connections]) if (now - connection.since >= patience_ms) connection.end();
		this.#sweep.set(patience_ms);
	}
}
