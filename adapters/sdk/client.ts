// The client under the Moddable SDK's conventions: the options and results of its `embedded:network/mqtt/client` (examples/io/tcp/mqttclient)
// where they differ from ECMA-419 §25. Everything else is `src/mqtt/client/client.ts`.
import type { ByteBuffer } from "../../src/host.js";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientLimits } from "../../src/mqtt/client/options.js";
import { STREAMING } from "../../src/mqtt/client/state.js";
import type { ClientCallbacks, ClientOptions, ControlMessage, MqttError, ReadableInfo, WriteOptions } from "../../src/mqtt/client/types.js";
import { AwaitPubcomp, FREE, type Session } from "../../src/mqtt/session/session.js";
import { Clock } from "./time.js";

// biome-ignore lint/suspicious/noExplicitAny: the SDK's options are not typed, and taken as JavaScript gives them
type SDKOptions = Record<string, any>;

/** The SDK's class has no limits but the heap; programs for it must find more room than one lamp needs. */
const generous: Partial<ClientLimits> = Object.freeze({ topic: 256, inflight: 64, filters: 64, transmit: 512, login: 131_070 });

const text = (value: unknown) => (value instanceof ArrayBuffer ? String.fromArrayBuffer(value) : String(value));

function adapted(options: SDKOptions, callbacks: ClientCallbacks<Client>): ClientOptions {
	const { id, user, password, will, port, format } = options;
	if (format !== undefined && format !== "buffer") throw new RangeError('format: only "buffer"');
	const fields = {
		id: text(id ?? ""),
		user: user ? text(user) : undefined,
		password: password ? (typeof password === "object" ? password : text(password)) : undefined,
		will: will?.topic ? { ...will, topic: text(will.topic), message: will.message ?? "" } : undefined,
	};
	return {
		...options,
		...fields,
		port: Number(port ?? 1883), // `mqtt/js` takes the port out of a URL, as text
		keepAlive: options.keepAlive ?? options.keepalive ?? 0,
		clean: options.clean ?? true,
		limits: { ...generous, ...options.limits },
		time: options.time ?? new Clock(),
		...callbacks,
	} as ClientOptions;
}

export default class MQTTClient {
	readonly #client: Client;
	/** The caller's last packet id, and its part beyond the protocol's 16 bits: `mqtt/js` counts on for ever. */
	#last = 0;
	#turns = 0;
	// the application's callbacks, called with this object as `this`
	readonly #onReadable?: (count: number, info: ReadableInfo) => void;
	readonly #onWritable?: (count: number) => void;
	readonly #onControl?: (message: ControlMessage) => void;
	readonly #onError?: (error: MqttError) => void;
	target: unknown;

	constructor(options: SDKOptions) {
		const { onReadable, onWritable, onControl, onError, target } = options;
		for (const [name, callback] of Object.entries({ onReadable, onWritable, onControl, onError }))
			if (callback && typeof callback !== "function") throw new TypeError(`${name}: must be a function`);
		this.#onReadable = onReadable || undefined;
		this.#onWritable = onWritable || undefined;
		this.#onControl = onControl || undefined;
		this.#onError = onError || undefined;
		if (target !== undefined) this.target = target;
		this.#client = new Client(
			adapted(options, {
				onReadable: onReadable ? (count, info) => this.#onReadable?.(count, info) : undefined,
				onWritable: (count) => {
					const { connection, session } = this.#client;
					if (!session.room && connection.state !== STREAMING) connection.outgoing.inflightFull = true;
					else this.#onWritable?.(count);
				},
				onControl: (_operation, message) => {
					message.id = this.#given(message);
					this.#onControl?.(message);
				},
				// the SDK's class closes itself
				onError: (error) => {
					this.#onError?.(error);
					this.close();
				},
			}),
		);
	}

	/** The protocol state: packets in flight, packets that were ignored. */
	get session(): Session {
		return this.#client.session;
	}

	get format(): "buffer" {
		return this.#client.format;
	}
	set format(value: "buffer") {
		this.#client.format = value;
	}

	/** The caller's id of the packet that is acknowledged. */
	#given({ operation, id }: ControlMessage): number {
		if (this.#turns === 0 || operation === Client.PUBREL) return id;
		return this.#turns + id > this.#last ? this.#turns + id - 65_535 : this.#turns + id;
	}

	/** Returns 0 also when no entry for an acknowledgement is free: programs do not expect the SDK's class to throw for that. */
	write(data?: ByteBuffer | null, options?: WriteOptions | null): number {
		let packet = options ?? undefined; // null comes with the later fragments
		if (options?.id !== undefined && options.id > 65_535) {
			this.#last = options.id;
			this.#turns = options.id - 1 - ((options.id - 1) % 65_535);
			packet = { ...options, id: options.id - this.#turns };
		}
		const count = this.#client.write(data, packet);
		const { connection, session } = this.#client;
		// a message published through another instance, before the connection was lost, is released through this one
		const released = packet?.operation === Client.PUBREL ? (packet.id as number) : 0;
		if (released !== 0 && session.room && session.state(released) === FREE) session.expect(released, AwaitPubcomp, 0);
		if (session.room || connection.state === STREAMING) return count;
		connection.outgoing.inflightFull = true;
		return 0;
	}

	/** `read(count)` of an empty message is an empty buffer: programs for the SDK's class do not check for `undefined`. */
	read(buffer: ByteBuffer): number | undefined;
	read(count?: number): ArrayBuffer | undefined;
	read(wanted?: ByteBuffer | number): ArrayBuffer | number | undefined {
		return this.#client.read(wanted as number) ?? (wanted === 0 ? new ArrayBuffer(0) : undefined);
	}

	close(): void {
		this.#client.close();
	}
}

/** `MQTTClient.CONNECT` and the other constants of `Client`. */
Object.assign(MQTTClient, Client);
