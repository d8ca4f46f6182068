// The server of the setup page over ECMA-419's Listener and TCP: a few connections at once, one request each.
import type { Alarm, Time } from "../../../src/host.js";
import type { Answer } from "./answer.js";
import type { Request } from "./request.js";

/** ECMA-419 §10 TCP, as made from the SDK's Listener. */
interface Accepted {
	read(count: number): ArrayBuffer | undefined;
	/** Returns the bytes that are writable then; the SDK's class returns undefined once the connection has ended. */
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

/** A browser opens two or three. When all are in use, one is ended for the next: a silent connection must not keep the others out. */
const connections_max = 4;

/** Longest time until a request is let in, and between two pieces of its body; and the wait before an answer's `whenSent`, for the last packet. */
const patience_ms = 15_000;
const linger_ms = 1_000;

/** The calls of a connection to its server. */
interface Told {
	/** The request has been read, and `answer` is its answer. */
	onAnswer(connection: Connection, answer: Answer): void;
	onEnd(connection: Connection, answer: Answer | undefined): void;
}

class Connection {
	readonly #socket: Accepted;
	readonly #request: Request<Answer>;
	readonly #told: Told;
	#answer: Answer | undefined;
	#sent = 0;
	#writable = 0;
	#open = true;
	readonly #time: Time;
	/** When the connection began, or its last bytes came after the request was let in. */
	since: number;

	constructor(from: object, request: Request<Answer>, time: Time, told: Told) {
		this.#request = request;
		this.#told = told;
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

	/** The request has been let in, or answered. */
	get admitted(): boolean {
		return this.#request.welcome || this.#answer !== undefined;
	}

	/** At every end of the connection. Saved settings take effect, also when their sender did not wait for the answer. */
	end(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#socket.close();
		this.#request.abort();
		this.#told.onEnd(this, this.#answer);
	}

	#readable(count: number): void {
		// All bytes, also those after the request: lwIP resets a connection that is closed with bytes unread, and the answer would be lost.
		const buffer = this.#open ? this.#socket.read(count) : undefined;
		if (buffer === undefined || this.#answer !== undefined) return;
		const answer = this.#request.take(new Uint8Array(buffer));
		this.#answer = answer;
		// A firmware image takes a minute; a sender that has been let in may send it one byte at a time.
		if (this.admitted) this.since = this.#time.now();
		if (answer !== undefined) this.#told.onAnswer(this, answer);
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

	/** Between the peer's FIN and `onError` the SDK's classes throw, or return undefined. */
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
	#listening = true;
	#restart: Alarm | undefined;

	/** Throws when the listener does, and leaves nothing open then. */
	constructor(options: ServerOptions) {
		this.#options = options;
		this.#listener = new options.io({ port: options.port, onReadable: (count) => this.#accept(count) });
		this.#sweep = options.time.alarm(() => this.#swept());
		this.#sweep.set(patience_ms);
	}

	close(): void {
		this.#deafen();
		this.#sweep.close();
		this.#restart?.close();
		for (const connection of [...this.#connections]) connection.end();
	}

	#deafen(): void {
		if (!this.#listening) return;
		this.#listening = false;
		this.#listener.close();
	}

	#accept(count: number): void {
		for (let i = 0; i < count && this.#listening; i++) {
			const from = this.#listener.read();
			if (from === undefined) return;
			if (this.#connections.size >= connections_max) this.#makeRoom();
			this.#open(from);
		}
	}

	/** Ends the oldest connection that has not been let in; when all have, the one that has been silent for longest. A running upload is neither. */
	#makeRoom(): void {
		let worst: Connection | undefined;
		for (const one of this.#connections) {
			if (worst === undefined || (worst.admitted && !one.admitted)) worst = one;
			else if (worst.admitted === one.admitted && one.since < worst.since) worst = one;
		}
		worst?.end();
	}

	#open(from: object): void {
		try {
			const { time, request } = this.#options;
			this.#connections.add(new Connection(from, request(), time, this.#told));
		} catch (error) {
			this.#options.log(`setup: ${error}`);
		}
	}

	readonly #told: Told = {
		onAnswer: (connection, answer) => {
			if (answer.whenSent === undefined) return;
			// The change takes effect with a restart: until then no other request may change anything.
			this.#deafen();
			for (const other of [...this.#connections]) if (other !== connection) other.end();
		},
		onEnd: (connection, answer) => {
			this.#connections.delete(connection);
			const whenSent = answer?.whenSent;
			if (whenSent === undefined || this.#restart !== undefined) return;
			this.#restart = this.#options.time.alarm(whenSent);
			this.#restart.set(linger_ms);
		},
	};

	#swept(): void {
		const now = this.#options.time.now();
		for (const connection of [...this.#connections]) if (now - connection.since >= patience_ms) connection.end();
		this.#sweep.set(patience_ms);
	}
}
