// ECMA-419 Listener and TCP over Node's sockets, as far as the setup page's server uses the SDK's: so that attacks come through a true network stack.
import { createServer, type Server as NodeServer, type Socket } from "node:net";

interface Callbacks {
	onReadable(count: number): void;
	onWritable(count: number): void;
	onError(): void;
}

/** Writable at once. lwIP has 5,744; fewer make more pieces. */
const room_bytes = 2_048;

class TCP {
	socket: Socket | undefined;
	readonly #unread: Buffer[] = [];

	/** From the Listener: a socket. From the server: `from`, and callbacks. */
	constructor(options: Socket | (Callbacks & { from: TCP })) {
		if (!("from" in options)) {
			// what comes before somebody takes it over waits
			this.socket = options.pause();
			return;
		}
		const { from, onReadable, onWritable, onError } = options;
		const socket = from.socket as Socket;
		this.socket = socket;
		socket.on("data", (bytes: Buffer) => {
			this.#unread.push(bytes);
			onReadable(bytes.length);
		});
		socket.on("drain", () => this.socket && onWritable(room_bytes));
		for (const event of ["end", "error"] as const) socket.on(event, () => this.socket && onError());
		socket.resume();
		setImmediate(() => this.socket && onWritable(room_bytes));
	}

	read(count: number): ArrayBuffer {
		const bytes = Buffer.concat(this.#unread.splice(0)).subarray(0, count);
		return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
	}

	write(bytes: Uint8Array): number {
		return this.socket?.write(Buffer.from(bytes)) ? room_bytes : 0;
	}

	close(): void {
		this.socket?.end();
		this.socket = undefined;
	}
}

/** `io` for the server. */
export class NodeListener {
	/** Listens: its port. */
	static port: Promise<number>;
	readonly #waiting: TCP[] = [];
	readonly #server: NodeServer;

	constructor({ onReadable }: { onReadable(count: number): void }) {
		this.#server = createServer({ allowHalfOpen: true }, (socket) => {
			socket.on("error", () => {});
			this.#waiting.push(new TCP(socket));
			onReadable(1);
		});
		NodeListener.port = new Promise((resolve) => {
			this.#server.listen(0, "127.0.0.1", () => resolve((this.#server.address() as { port: number }).port));
		});
	}
	read(): object | undefined {
		return this.#waiting.shift();
	}
	close(): void {
		this.#server.close();
	}
}
