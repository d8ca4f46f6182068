// From the name of a broker to a socket, and how many bytes can be read and written. No MQTT and no deadline: those are the connection's.
import type { ByteBuffer, Socket, SocketOptions } from "../../host.js";
import { Candidates } from "./candidates.js";
import { NameLookup } from "./name-lookup.js";
import type { Settings } from "./options.js";

/** The callbacks of a transport, always from the event loop. */
export interface TransportEvents {
	/** The name has addresses: `connect` tries the first. */
	onResolved(): void;
	onNotFound(why: unknown): void;
	/** `count` bytes can be read. The socket calls this function itself: no other one stands between socket and fast path. */
	readonly onSocketReadable: (count: number) => void;
	/** `writable` has changed. The first time: connected. */
	onSocketWritable(): void;
	/** The connection has ended. */
	onSocketError(error: unknown): void;
}

export class Transport {
	socket: Socket | undefined;
	/** Bytes that can be read from the socket. */
	readable = 0;
	/** Bytes that can be written to the socket. Assigned in this file only. */
	writable = 0;
	/** Why the addresses before the current one failed. */
	tried = "";
	readonly #settings: Settings;
	readonly #events: TransportEvents;
	readonly #options: SocketOptions;
	readonly #lookup = new NameLookup();
	readonly #candidates = new Candidates();

	constructor(settings: Settings, events: TransportEvents) {
		this.#settings = settings;
		this.#events = events;
		this.#options = {
			...settings.socket,
			address: "",
			host: settings.host,
			port: settings.port,
			onReadable: () => {}, // set by `connect`
			onWritable: (count) => {
				this.writable = count;
				events.onSocketWritable();
			},
			onError: (error) => events.onSocketError(error),
		};
	}

	/** Addresses that have not been tried. */
	get left(): number {
		return this.#candidates.left;
	}

	/** Looks up the host's name, unless a lookup is under way. */
	resolve(): void {
		const { dns, host, port } = this.#settings;
		if (this.#lookup.open) return;
		this.#lookup.ask(
			dns,
			host,
			(addresses) => {
				this.#candidates.add(host, port, addresses);
				this.#events.onResolved();
			},
			(why) => this.#events.onNotFound(why),
		);
	}

	/** Makes a socket to the next address. Throws as the socket's constructor does. */
	connect(): void {
		this.#options.onReadable = this.#events.onSocketReadable;
		Object.assign(this.#options, this.#candidates.next());
		this.socket = new this.#settings.socket.io(this.#options);
	}

	/**
	 * Sends `bytes`, which must not be longer than `writable`. Returns how many bytes are writable then. Throws as the socket does: on ESP32,
	 * after the peer's FIN.
	 */
	write(bytes: ByteBuffer): number {
		return (this.writable = (this.socket as Socket).write(bytes));
	}

	/** Nothing more can be written. */
	stopWriting(): void {
		this.writable = 0;
	}

	/** Closes the socket. */
	drop(): void {
		this.socket?.close();
		this.socket = undefined;
		this.readable = this.writable = 0;
	}

	/** Closes lookup and socket, and discards the addresses. */
	release(): void {
		this.#lookup.cancel();
		this.#candidates.clear();
		this.tried = "";
		this.drop();
	}
}
