// The MQTT client class of ECMA-419 §25, over MQTT 3.1.1: options, callbacks, read, write, close. A client has one connection (`connection.ts`).
import type { ByteBuffer } from "../../host.js";
import { transmit_reserve_bytes } from "../../limits.js";
import { bytesOf } from "../packets/outbound.js";
import * as wire from "../packets/wire.js";
import type { Session } from "../session/session.js";
import { Connection } from "./connection.js";
import { makeFastPublish } from "./fast-publish.js";
import { readOptions } from "./options.js";
import { ACCEPTING, CLOSED, ENDED, LEAVING, READY, STREAMING } from "./state.js";
import type { ClientOptions, ConnectionEvents, ControlMessage, MqttError, ReadableInfo, Write, WriteOptions } from "./types.js";

const callbackNames = Object.freeze(["onReadable", "onWritable", "onControl", "onError", "onOversize", "onTolerated"] as const);

/** The default of `onControl`. */
const nothingToDo = () => {};

/** For tests: with `fast: false`, every packet goes the general way. */
export interface Internals {
	fast?: boolean;
}

export class Client implements ConnectionEvents {
	static readonly CONNECT = wire.CONNECT;
	static readonly CONNACK = wire.CONNACK;
	static readonly PUBLISH = wire.PUBLISH;
	static readonly PUBACK = wire.PUBACK;
	static readonly PUBREC = wire.PUBREC;
	static readonly PUBREL = wire.PUBREL;
	static readonly PUBCOMP = wire.PUBCOMP;
	static readonly SUBSCRIBE = wire.SUBSCRIBE;
	static readonly SUBACK = wire.SUBACK;
	static readonly UNSUBSCRIBE = wire.UNSUBSCRIBE;
	static readonly UNSUBACK = wire.UNSUBACK;
	static readonly PINGREQ = wire.PINGREQ;
	static readonly PINGRESP = wire.PINGRESP;
	static readonly DISCONNECT = wire.DISCONNECT;

	target: unknown;
	/** Not in ECMA-419: for adapters and tests. */
	readonly connection: Connection;
	/** The protocol state: packets in flight, acknowledgements that were ignored. Not in ECMA-419. */
	readonly session: Session;
	// the application's callbacks, or the defaults: own properties, for on boards the prototype is frozen
	readonly onReadable: (count: number, info: ReadableInfo) => void = this.#discard;
	readonly onControl: (operation: number, message: ControlMessage) => void = nothingToDo;
	readonly onWritable?: (count: number) => void;
	readonly onError?: (error: MqttError) => void;
	readonly onOversize?: (topicLength: number, byteLength: number) => void;
	readonly onTolerated?: (what: string) => void;
	/**
	 * Sends a packet, or a further fragment of the PUBLISH that is being sent (then without options). Returns how many bytes may be written
	 * next. Throws, with nothing sent, when an option is wrong, before CONNACK, and (`WouldBlock`) when there is no room: `onWritable` follows
	 * when there is. A PUBLISH with the same frozen options as the last PUBLISH costs half.
	 */
	readonly write: Write;

	/** Throws a `RangeError` or `TypeError` whose message begins with the name of the option at fault. Connects from the event loop. */
	constructor(options: ClientOptions, { fast = true }: Internals = {}) {
		for (const name of callbackNames) {
			const callback = options[name];
			if (callback === undefined) continue;
			if (typeof callback !== "function") throw new TypeError(`${name}: must be a function`);
			this[name] = callback as never;
		}
		const { target } = options;
		const connection = new Connection(readOptions(options), this, fast);
		const write = makeWrite(connection);
		this.connection = connection;
		this.session = connection.session;
		this.write = fast ? makeFastPublish(connection, write) : write;
		if (target !== undefined) this.target = target;
		connection.open();
	}

	/** The default of `onReadable` takes the fragment and drops it. */
	#discard(count: number): void {
		this.connection.taken(count);
	}

	/** Messages drained because their topic was too long. */
	get oversize(): number {
		return this.connection.oversize;
	}

	/** Packets that broke the standard, and were taken all the same. Not in ECMA-419. */
	get tolerated(): number {
		return this.connection.tolerated;
	}

	/** Connects again with the same options and memory, after the connection has ended. Not in ECMA-419: the link uses it. */
	reopen(): void {
		const { connection } = this;
		if (connection.state !== ENDED) throw new Error(connection.state === CLOSED ? "closed" : "the connection has not ended");
		this.session.forgetRequests();
		connection.open();
	}

	/** Ends the connection as if the network had failed: `onError` follows from the event loop. Not in ECMA-419: the link uses it. */
	cut(): void {
		if (this.connection.state >= ACCEPTING) this.connection.deferConnectionLost();
	}

	/** Closes the socket and the alarms. Sends nothing: write DISCONNECT first. No callback comes afterwards. A second call does nothing. */
	close(): void {
		this.connection.close();
	}

	/**
	 * The application approves the QoS 1 message with this packet id: its PUBACK may go out, after those of the messages before it. For the
	 * option `deferAcknowledge`. False when no such message waits: the connection has ended since, and the broker sends it again. Not in ECMA-419.
	 */
	acknowledge(id: number): boolean {
		const { incoming, info, soon, state } = this.connection;
		const { deferred } = this.session;
		if (state === CLOSED) throw new Error("closed");
		if (deferred === undefined) throw new Error("acknowledge: needs the option deferAcknowledge");
		if (!this.session.approve(id)) {
			// the message that `onReadable` is called for right now
			if (!incoming.inMessage || incoming.approved || id === 0 || info.id !== id) return false;
			incoming.approved = true;
		}
		if (deferred.ready !== 0) soon.set(0);
		return true;
	}

	get format(): "buffer" {
		return "buffer";
	}
	set format(value: "buffer") {
		if (value !== "buffer") throw new RangeError('format: only "buffer"');
	}

	/**
	 * Takes bytes of the current message, as far as they have come: as many as `buffer` holds, or `count` of them, or all. Returns how many
	 * are in `buffer`; without one, an ArrayBuffer with the bytes. `undefined` when there is nothing to read.
	 */
	read(buffer: ByteBuffer): number | undefined;
	read(count?: number): ArrayBuffer | undefined;
	read(wanted?: ByteBuffer | number): ArrayBuffer | number | undefined {
		const connection = this.connection;
		const incoming = connection.incoming;
		let count = incoming.fragment;
		if (count === 0) {
			if (connection.state === CLOSED) throw new Error("closed");
			return undefined;
		}
		if ((wanted as Uint8Array | undefined)?.BYTES_PER_ELEMENT === 1) {
			if ((wanted as Uint8Array).length < count) count = (wanted as Uint8Array).length;
			const bytes = incoming.bytes;
			const from = incoming.start;
			// a loop, for a native copy of a part would need a view of it, and that is an object per read
			let at = count;
			while (at !== 0) (wanted as Uint8Array)[--at] = bytes[from + at];
			incoming.start = from + count;
			incoming.fragment -= count;
			if (connection.resume) connection.taken(0);
			return count;
		}
		if ((wanted as ByteBuffer | undefined)?.byteLength !== undefined) return this.read(bytesOf(wanted as ByteBuffer));
		const most = wanted as number | undefined;
		if (most !== undefined && !(most >= 1)) throw new RangeError("count: must be at least 1");
		if (most !== undefined && most < count) count = Math.floor(most);
		const copy = incoming.bytes.slice(incoming.start, incoming.start + count).buffer;
		connection.taken(count);
		return copy;
	}
}

/** `Client.write`, the general way. */
function makeWrite(connection: Connection): Write {
	const { outgoing, session, timers, transport } = connection;
	return (data, options) => {
		const room = transport.writable - transmit_reserve_bytes;
		if (connection.state === READY) {
			if (options === undefined) throw new TypeError("options: needed, for no PUBLISH is being sent");
			if (options.operation === undefined || options.operation === wire.PUBLISH) {
				const packet = outgoing.publish(room, data, options);
				transport.write(packet);
				if (outgoing.apart !== 0) {
					// TLS may need more room than it reported: then the packet cannot be completed, and the connection ends
					if (transport.writable < outgoing.apart) connection.deferConnectionLost();
					else transport.write(data as ByteBuffer);
				}
				outgoing.sent();
				if (outgoing.rest !== 0) connection.setState(STREAMING);
			} else writeControl(connection, options.operation, room, options);
		} else if (connection.state === STREAMING) {
			if (options !== undefined) throw new Error(`a PUBLISH is being sent: ${outgoing.rest} bytes of its payload are missing`);
			const length = outgoing.more(room, data);
			if (length !== 0) transport.write(data as ByteBuffer);
			outgoing.rest -= length;
			if (outgoing.rest === 0) {
				connection.setState(READY);
				if (session.hasAck) connection.soon.set(0);
			}
		} else {
			const { state } = connection;
			throw new Error(state === CLOSED ? "closed" : state === LEAVING ? "DISCONNECT was sent [MQTT-3.14.4-2]" : "not connected");
		}
		timers.sent = true;
		return transport.writable > transmit_reserve_bytes ? transport.writable - transmit_reserve_bytes : 0;
	};
}

function writeControl(connection: Connection, operation: number, room: number, options: WriteOptions): void {
	const { outgoing, settings, transport } = connection;
	if (operation === wire.SUBSCRIBE || operation === wire.UNSUBSCRIBE) {
		const packet = outgoing.request(room, operation, options, settings.limits.filters);
		transport.write(packet);
		outgoing.sent();
		connection.deadlines.requested();
		return;
	}
	// acknowledgements, PINGREQ and DISCONNECT may use the reserve
	transport.write(outgoing.short(room + transmit_reserve_bytes, operation, options.id ?? 0));
	if (operation === wire.PINGREQ) connection.deadlines.pinged();
	else if (operation === wire.DISCONNECT) connection.startDisconnect();
}

export default Client;
