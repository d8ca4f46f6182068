// The MQTT client class of ECMA-419 §25, over MQTT 3.1.1. What it does by itself is in `connection.ts`; here is what an application
// gives it and gets from it.
import type { ByteBuffer, Socket } from "../../host.js";
import { transmit_reserve_bytes } from "../../limits.js";
import { bytesOf } from "../packets/outbound.js";
import { reasonText } from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { MESSAGE } from "../session/incoming.js";
import { overflow } from "../session/outgoing.js";
import { Connection } from "./connection.js";
import { ACCEPTING, CLOSED, ENDED, LEAVING, READY, STREAMING } from "./opening.js";
import { readOptions } from "./options.js";
import { type ClientOptions, type ControlMessage, MqttError, type ReadableInfo, type WriteOptions } from "./types.js";

const callbackNames = Object.freeze(["onReadable", "onWritable", "onControl", "onError", "onOversize", "onTolerated"] as const);

export class Client extends Connection {
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
	/** Messages drained because their topic was too long. */
	oversize = 0;
	protected readonly onReadable: (count: number, info: ReadableInfo) => void;
	protected readonly onControl: (operation: number, message: ControlMessage) => void;
	readonly #onWritable: ClientOptions["onWritable"];
	readonly #onError: ClientOptions["onError"];
	readonly #onOversize: ClientOptions["onOversize"];
	readonly #onTolerated: ClientOptions["onTolerated"];

	/** Throws a `RangeError` or `TypeError` that begins with the name of the option at fault. Connects from the event loop. */
	constructor(options: ClientOptions) {
		const callbacks: Record<string, unknown> = {};
		for (const name of callbackNames) {
			const callback = options[name];
			if (callback !== undefined && typeof callback !== "function") throw new TypeError(`${name}: must be a function`);
			callbacks[name] = callback;
		}
		const { onReadable, onWritable, onControl, onError, onOversize, onTolerated } = callbacks as unknown as ClientOptions;
		const { target } = options;
		super(readOptions(options));
		this.onReadable = (onReadable ?? this.#taken) as Client["onReadable"];
		this.#onWritable = onWritable;
		this.onControl = (onControl ?? (() => {})) as Client["onControl"];
		this.#onError = onError;
		this.#onOversize = onOversize;
		this.#onTolerated = onTolerated;
		if (target !== undefined) this.target = target;
	}

	/** Connects again with the same options and memory, after the connection has ended. Not in ECMA-419: the link uses it. */
	reopen(): void {
		if (this.state !== ENDED) throw new Error(this.state === CLOSED ? "closed" : "the connection has not ended");
		this.session.forgetRequests();
		this.open();
	}

	/** Ends the connection as if the network had: `onError` follows from the event loop. Not in ECMA-419: the link uses it. */
	cut(): void {
		if (this.state >= ACCEPTING) this.giveUp();
	}

	/** Gives everything back. Sends nothing: write DISCONNECT first. No callback comes afterwards. Twice is fine. */
	close(): void {
		if (this.state !== CLOSED) this.dispose();
	}

	/**
	 * The application has the message at QoS 1 with this packet id safe: its PUBACK may go out, after those of the messages before it. For the
	 * option `deferAcknowledge`. False when no such message waits: the connection has ended since, and the broker sends it again. Not in ECMA-419.
	 */
	acknowledge(id: number): boolean {
		const { deferred } = this.session;
		if (this.state === CLOSED) throw new Error("closed");
		if (deferred === undefined) throw new Error("acknowledge: needs the option deferAcknowledge");
		if (!this.session.give(id)) {
			// the one that is being told of right now
			const { incoming } = this;
			if (!incoming.inMessage || incoming.given || id === 0 || this.info.id !== id) return false;
			incoming.given = true;
		}
		if (deferred.ready !== 0) this.soon.set(0);
		return true;
	}

	get format(): "buffer" {
		return "buffer";
	}
	set format(value: "buffer") {
		if (value !== "buffer") throw new RangeError('format: only "buffer"');
	}

	/**
	 * Takes bytes of the current message: as many as `buffer` holds or `count` says, as far as they have come. Returns how many, or for a
	 * count (or none: all) an ArrayBuffer; `undefined` when there is nothing to read.
	 */
	read(buffer: ByteBuffer): number | undefined;
	read(count?: number): ArrayBuffer | undefined;
	read(wanted?: ByteBuffer | number): ArrayBuffer | number | undefined {
		const incoming = this.incoming;
		let count = incoming.fragment;
		if (count === 0) {
			if (this.state === CLOSED) throw new Error("closed");
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
			if (this.resume) this.#taken(0);
			return count;
		}
		if ((wanted as ByteBuffer | undefined)?.byteLength !== undefined) return this.read(bytesOf(wanted as ByteBuffer));
		const most = wanted as number | undefined;
		if (most !== undefined && !(most >= 1)) throw new RangeError("count: must be at least 1");
		if (most !== undefined && most < count) count = Math.floor(most);
		const copy = incoming.bytes.slice(incoming.start, incoming.start + count).buffer;
		this.#taken(count);
		return copy;
	}

	/**
	 * Sends a packet, or a further fragment of the PUBLISH that is being sent (then without options). Returns how many bytes may be written
	 * next. Throws, having sent nothing, when an option is wrong, before CONNACK, and (`WouldBlock`) when there is no room: `onWritable` says
	 * when there is. With options that are frozen and were used for the last PUBLISH, the next one costs half.
	 */
	write(data?: ByteBuffer | null, options?: WriteOptions): number {
		const outgoing = this.outgoing;
		if (
			(data as Uint8Array | undefined)?.length === outgoing.length &&
			(data as Uint8Array).BYTES_PER_ELEMENT === 1 &&
			(options === outgoing.repeats || (options !== undefined && outgoing.alike(options)))
		) {
			// all but the payload and the id stands in the outlet; written out, for on XS a call costs a tenth of all this
			if (outgoing.needs > this.writable) throw overflow(outgoing.needs - transmit_reserve_bytes, this.writable - transmit_reserve_bytes);
			if (outgoing.waits) {
				const session = this.session;
				if (session.inflight === 0 && session.lastId !== 65_535) {
					session.lastId += 1;
					session.awaits[1] = outgoing.waits | session.lastId;
				} else if (session.nextId(outgoing.waits) === 0) outgoing.starve();
				outgoing.fields.setUint16(outgoing.payload - 2, session.lastId);
			}
			this.timers.sent = true;
			outgoing.bytes.set(data as Uint8Array, outgoing.payload);
			outgoing.buffer.resize(outgoing.end);
			this.writable = (this.socket as Socket).write(outgoing.view);
			outgoing.buffer.resize(outgoing.size);
			if (outgoing.waits) this.session.inflight += 1; // [MQTT-4.3.2-1] [MQTT-4.3.3-1] unacknowledged from now on
			return this.writable > transmit_reserve_bytes ? this.writable - transmit_reserve_bytes : 0;
		}
		return this.#write(data, options);
	}

	#write(data: ByteBuffer | null | undefined, options: WriteOptions | undefined): number {
		const outgoing = this.outgoing;
		const socket = this.socket as Socket;
		const room = this.writable - transmit_reserve_bytes;
		if (this.state === READY) {
			if (options === undefined) throw new TypeError("options: needed, for no PUBLISH is being sent");
			const operation = options.operation;
			if (operation === undefined || operation === wire.PUBLISH) {
				this.writable = socket.write(outgoing.publish(room, data, options));
				if (outgoing.apart !== 0) {
					// TLS may need more room than it said; a packet that is torn cannot be mended
					if (this.writable < outgoing.apart) this.giveUp();
					else this.writable = socket.write(data as ByteBuffer);
				}
				outgoing.sent();
			} else this.#writeControl(operation, room, options);
			if (outgoing.rest !== 0) this.state = STREAMING;
		} else if (this.state === STREAMING) {
			if (options !== undefined) throw new Error(`a PUBLISH is being sent: ${outgoing.rest} bytes of its payload are missing`);
			const length = outgoing.more(room, data);
			if (length !== 0) this.writable = socket.write(data as ByteBuffer);
			outgoing.rest -= length;
			if (outgoing.rest === 0) {
				this.state = READY;
				if (this.session.due !== 0 || this.session.deferred?.ready) this.soon.set(0);
			}
		} else {
			const why = this.state === CLOSED ? "closed" : this.state === LEAVING ? "DISCONNECT was sent [MQTT-3.14.4-2]" : "not connected";
			throw new Error(why);
		}
		this.timers.sent = true;
		return this.writable > transmit_reserve_bytes ? this.writable - transmit_reserve_bytes : 0;
	}

	#writeControl(operation: number, room: number, options: WriteOptions): void {
		const socket = this.socket as Socket;
		const { outgoing, timers, settings } = this;
		if (operation === wire.SUBSCRIBE || operation === wire.UNSUBSCRIBE) {
			this.writable = socket.write(outgoing.request(room, operation, options, settings.limits.filters));
			outgoing.sent();
			timers.requested(settings.time.now(), settings.limits.subackTimeout);
			this.arm();
			return;
		}
		// what answers or ends may use the room that is kept for it
		const id = options.id ?? 0;
		this.writable = socket.write(outgoing.short(room + transmit_reserve_bytes, operation, id));
		if (operation === wire.PINGREQ) {
			timers.pinged(settings.time.now());
			this.arm();
		} else if (operation === wire.DISCONNECT) this.leave();
	}

	#taken(count: number): void {
		const incoming = this.incoming;
		incoming.start += count;
		incoming.fragment -= count;
		if (this.resume && incoming.fragment === 0) {
			this.resume = false;
			this.soon.set(0);
		}
	}

	protected override announce(what: number): void {
		const incoming = this.incoming;
		const info = this.info;
		const count = incoming.fragment;
		const first = what === MESSAGE;
		const flags = incoming.packet.flags;
		this.repeat = -1;
		info.more = incoming.rest !== 0;
		info.topic = first ? incoming.topic : undefined;
		info.QoS = first ? (((flags >> 1) & 3) as 0 | 1 | 2) : undefined;
		info.byteLength = first ? count + incoming.rest : undefined;
		info.retain = (flags & wire.RETAIN) !== 0;
		info.duplicate = (flags & wire.DUP) !== 0;
		info.id = this.settings.defer && (flags & 2) !== 0 ? incoming.packet.id : 0;
		this.onReadable(count, info);
	}

	protected override oversized(): void {
		this.oversize += 1;
		this.#onOversize?.(this.incoming.packet.topicLength, this.incoming.packet.payloadLength);
	}

	protected override roomy(): void {
		const count = this.writable - transmit_reserve_bytes;
		if (count > 0 && (this.state === READY || this.state === STREAMING)) this.#onWritable?.(count);
	}

	protected override erred(code: number): void {
		this.#onTolerated?.(reasonText(code));
	}

	protected override ended(code: number, returnCode: number, detail: string, state: number): void {
		this.#onError?.(new MqttError(code, returnCode, detail, state));
	}
}

export default Client;
