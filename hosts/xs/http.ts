// The HTTP/1.1 of src/host.ts, for every host on XS: the SDK's client (examples/io/tcp/httpclient), with five faults corrected: the client never
// closes its resolver, opens a socket for a name that is resolved after `close`, is unusable once its peer has closed the connection, takes an
// answer that ends with the connection for a broken one, and throws, which restarts a board, at bytes that it does not expect.
import Client from "embedded:network/http/client";
import Timer from "timer";
import type {
	Http as HostHttp,
	HttpOptions,
	HttpRequest,
	Resolver,
	ResolverProvider,
	SocketOptions,
	SocketProvider,
} from "../../src/host.js";

export interface XsHttpOptions extends HttpOptions {
	socket: SocketProvider;
	dns: ResolverProvider;
}

export default class Http implements HostHttp {
	readonly #options: XsHttpOptions;
	#client: Client | undefined;
	#resolver: Resolver | undefined;
	#socket: Portions | undefined;
	/** The exchange under way. */
	#request: HttpRequest | undefined;
	#closed = false;

	/** Throws, naming itself, where https is asked for: the SDK's TLS cannot tell one bridge's certificate from another's. */
	constructor(options: XsHttpOptions) {
		if (options.secure) throw new Error("http: this host speaks no https; the bridge must take plain http (hue_http=1)");
		this.#options = options;
	}

	request(request: HttpRequest): void {
		if (this.#closed) throw new Error("Http: closed");
		if (this.#request) throw new Error("Http: an exchange is under way");
		this.#request = request;
		const { method, path, headers = {}, body } = request;
		const all = new Map<string, string>(Object.entries(headers));
		const bytes = body === undefined ? undefined : ArrayBuffer.fromString(body);
		if (bytes) all.set("content-type", "application/json").set("content-length", String(bytes.byteLength));
		const text = new Text();
		let status = 0;
		let endless = false;
		let last = false;
		let sent = 0;
		const mine = () => this.#request === request;
		this.#client ??= this.#open();
		this.#client.request({
			method,
			path,
			headers: all,
			onWritable(count) {
				if (!bytes) return;
				const end = Math.min(sent + count, bytes.byteLength);
				this.write(bytes.slice(sent, end));
				sent = end;
			},
			onHeaders: (code, fields) => {
				status = code;
				endless = !fields.has("content-length") && !fields.has("transfer-encoding");
				last = endless || fields.get("connection")?.toLowerCase() === "close";
			},
			onReadable: (() => {
				const { limit } = this.#options;
				const fail = (reason: string) => this.#fail(request, reason);
				return function (this: { read(count: number): ArrayBuffer | undefined }, count: number) {
					const part = this.read(count);
					if (!part || !mine()) return;
					if (!request.onPiece && text.length + part.byteLength > limit) return fail(`the answer is longer than ${limit} bytes`);
					try {
						const piece = text.take(part, request.onPiece !== undefined);
						if (piece !== "") request.onPiece?.(piece);
					} catch {
						fail("the answer is not UTF-8");
					}
				};
			})(),
			onDone: (error) => {
				if (!mine()) return;
				if (error && !(endless && status > 0))
					return this.#fail(request, status > 0 ? "the connection broke in the middle of the answer" : "the connection broke");
				let whole = "";
				try {
					whole = text.whole();
				} catch {
					return this.#fail(request, "the answer is not UTF-8");
				}
				if (error || last || this.#socket?.unread) this.#drop();
				this.#request = undefined;
				request.onDone(status, whole);
			},
		});
	}

	close(): void {
		this.#closed = true;
		this.#request = undefined;
		this.#drop();
	}

	#fail(request: HttpRequest, reason: string): void {
		this.#drop();
		this.#request = undefined;
		request.onError(reason);
	}

	#drop(): void {
		const client = this.#client;
		this.#client = undefined;
		this.#resolver?.close();
		this.#resolver = undefined;
		client?.close();
		this.#socket = undefined;
	}

	/** Passes the bytes that have arrived to the client. The client throws at an answer that is not HTTP: the connection counts as broken. */
	#deliver(client: Client, deliver: () => void, broken: () => void): void {
		const request = this.#request;
		// no request is under way
		if (!request) return this.#drop();
		try {
			deliver();
		} catch (error) {
			if (this.#client !== client) return;
			// thrown not by the client, but by a callback of the request
			if (this.#request !== request) throw error;
			broken();
		}
	}

	#open(): Client {
		const { host, port, socket, dns } = this.#options;
		const keep = (resolver: Resolver | undefined) => {
			this.#resolver?.close();
			this.#resolver = resolver;
		};
		class Once {
			resolve(asked: { host: string; onResolved(host: string, address: string): void; onError(error: unknown): void }): void {
				const resolver = new dns.io(dns);
				keep(resolver);
				resolver.resolve({
					host: asked.host,
					onResolved: (name, address) => {
						keep(undefined);
						asked.onResolved(name, address);
					},
					onError: () => {
						keep(undefined);
						asked.onError(new Error("the name is not known"));
					},
				});
			}
		}
		const made = (portions: Portions) => {
			this.#socket = portions;
		};
		const arrived = (deliver: () => void, broken: () => void) => this.#deliver(client, deliver, broken);
		class Socket extends Portions {
			constructor(options: SocketOptions) {
				super(socket, options, arrived);
				made(this);
			}
		}
		const client: Client = new Client({
			host,
			port,
			socket: { ...socket, io: Socket as never },
			dns: { io: Once },
			// the peer has closed the connection between two exchanges
			onError: () => {
				if (this.#client === client) this.#drop();
			},
		});
		return client;
	}
}

/** The SDK's sockets have more members than a socket of src/host.ts. */
interface SdkSocket {
	format: "buffer" | "number";
	read(what?: number | ArrayBuffer | Uint8Array): unknown;
	write(data: ArrayBuffer | Uint8Array, options?: object): number;
	close(): void;
}

/**
 * A socket that reports no further bytes before the reported ones are read. Between two chunks the client waits for a timer, but it takes
 * bytes that are reported meanwhile at once; then the timer finds no bytes, and throws.
 */
class Portions {
	readonly #socket: SdkSocket;
	/** Bytes that have arrived and are not read. */
	unread = 0;
	/** How many of them have been reported to the client. */
	#told = 0;
	#timer: Timer | undefined;
	readonly #tell: () => void;

	constructor(provider: SocketProvider, options: SocketOptions, arrived: (deliver: () => void, broken: () => void) => void) {
		const deliver = () => options.onReadable(this.#told);
		const broken = () => options.onError();
		this.#tell = () => {
			this.#timer = undefined;
			this.#told = this.unread;
			arrived(deliver, broken);
		};
		this.#socket = new provider.io({
			...options,
			onReadable: (count) => {
				this.unread = count;
				if (this.#told === 0 && !this.#timer) this.#tell();
			},
		}) as unknown as SdkSocket;
	}

	set format(format: SdkSocket["format"]) {
		this.#socket.format = format;
	}

	read(count?: number): unknown {
		const bytes = count ?? 1;
		this.unread -= bytes;
		this.#told -= bytes;
		const result = count === undefined ? this.#socket.read() : this.#socket.read(count);
		if (this.#told === 0 && this.unread > 0) this.#timer = Timer.set(this.#tell, 0);
		return result;
	}

	write(data: ArrayBuffer | Uint8Array, options?: object): number {
		return this.#socket.write(data, options);
	}

	close(): void {
		if (this.#timer) Timer.clear(this.#timer);
		this.#timer = undefined;
		this.#socket.close();
	}
}

/** Makes text of bytes that come in pieces, which may be cut inside a character, or whole. */
class Text {
	#parts: ArrayBuffer[] = [];
	length = 0;

	/** With `pieces`, returns the text that has come so far, without an incomplete last character; else an empty text, until `whole`. */
	take(part: ArrayBuffer, pieces: boolean): string {
		this.#parts.push(part);
		this.length += part.byteLength;
		if (!pieces) return "";
		const bytes = new Uint8Array(this.#joined());
		let end = bytes.length;
		// back to the first byte of the last character, and its length
		let first = end - 1;
		while (first > 0 && (bytes[first] & 0xc0) === 0x80) first--;
		const lead = bytes[first];
		const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
		if (first + needed > end) end = first;
		const { buffer } = bytes;
		this.#parts = end < buffer.byteLength ? [buffer.slice(end)] : [];
		this.length = buffer.byteLength - end;
		return end === 0 ? "" : String.fromArrayBuffer(buffer.slice(0, end));
	}

	whole(): string {
		const joined = this.#joined();
		return joined.byteLength === 0 ? "" : String.fromArrayBuffer(joined);
	}

	#joined(): ArrayBuffer {
		if (this.#parts.length === 1) return this.#parts[0];
		const all = new Uint8Array(this.length);
		let at = 0;
		for (const part of this.#parts) {
			all.set(new Uint8Array(part), at);
			at += part.byteLength;
		}
		return all.buffer;
	}
}
