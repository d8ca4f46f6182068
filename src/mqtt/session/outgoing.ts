// The sending half: composes packets, and refuses what may not or cannot be sent before its first byte.
//
// The topic of the last PUBLISH stays in the outlet, where the next one needs it: a dimmer says the same topic all its life.
import type { ByteBuffer, Socket } from "../../host.js";
import { Outlet } from "../bytes/outlet.js";
import type { WriteOptions } from "../client-types.js";
import { type ConnectFields, fieldLength, writeConnect, writeField, writeFilters } from "../packets/outbound.js";
import { filterFault, topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";
import { AwaitPuback, AwaitPubcomp, AwaitPubrec, AwaitSuback, AwaitUnsuback, FREE, type Session } from "./session.js";

const body = wire.fixed_header_bytes;

/** Refused for now: nothing was sent, and `onWritable` says when to try again. */
export class WouldBlock extends Error {}

export class Outgoing extends Outlet {
	/** Bytes of the payload being sent that are still to come. */
	rest = 0;
	/** A write was refused for want of an in-flight entry. */
	starved = false;
	/** Frozen options of the last PUBLISH: with them and a payload of `length` bytes, the next one differs by its payload alone. */
	options: WriteOptions | undefined;
	length = 0;
	/** That packet's length, the view that begins where it does, where its payload begins, and its end. */
	#packet = 0;
	#view: Uint8Array;
	#payload = 0;
	#end = 0;
	/** State of the in-flight table that it leads to; `FREE` with QoS 0. */
	#waits = FREE;
	readonly #session: Session;
	/** Its bytes stand in the outlet, behind their length. `undefined`: none do. */
	#topic: string | undefined;
	#topicEnd = body;
	readonly #short = new Outlet(body, body);

	constructor(session: Session, size: number) {
		super(size, body);
		this.#session = session;
		this.#view = this.views[0];
	}

	clear(): void {
		this.rest = 0;
		this.starved = false;
	}

	/** PUBLISH with the same `options` and `length` as the last: what a dimmer does while its knob turns. */
	again(socket: Socket, room: number, data: Uint8Array): number {
		if (this.#packet > room) throw new WouldBlock(`overflow: the packet has ${this.#packet} bytes, ${room} can be written`);
		// fields are read where they are used: on XS a local costs more than it saves
		const id = this.#waits === FREE ? 0 : this.#stamp();
		this.bytes.set(data, this.#payload);
		this.buffer.resize(this.#end);
		const writable = socket.write(this.#view);
		this.buffer.resize(this.size);
		if (id !== 0) this.#session.expect(id, this.#waits, 0);
		return writable;
	}

	/** Puts a new packet id in front of the payload. */
	#stamp(): number {
		const id = this.#takeId(undefined, false);
		this.bytes[this.#payload - 2] = id >> 8;
		this.bytes[this.#payload - 1] = id;
		return id;
	}

	/** Starts, and mostly completes, a PUBLISH. `room`: what the socket takes. Returns what it takes then. */
	publish(socket: Socket, room: number, data: ByteBuffer | null | undefined, options: WriteOptions): number {
		const bytes = this.bytes;
		const topic = options.topic;
		if (topic !== this.#topic || topic === undefined) this.#setTopic(topic);
		const QoS = options.QoS;
		const length = data ? data.byteLength : 0;
		const total = options.byteLength ?? length;
		let flags = wire.PUBLISH << 4;
		if (options.retain) flags |= wire.RETAIN;
		let end = this.#topicEnd;
		let id = 0;
		let given: number | undefined;
		if (QoS !== undefined && QoS !== 0) {
			// [MQTT-3.3.1-4]
			if (QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
			if (options.duplicate) flags |= wire.DUP;
			flags |= QoS << 1;
			given = options.id;
			id = this.#takeId(given, (flags & wire.DUP) !== 0);
			bytes[end] = id >> 8;
			bytes[end + 1] = id;
			end += 2;
		}
		const remaining = end - body + total;
		if (total !== length) this.#checkTotal(total, length);
		if (remaining > wire.remaining_length_max_bytes)
			throw new RangeError("byteLength: the packet would exceed 268,435,455 bytes [MQTT-2.2.3]");
		let start = body - 2;
		if (remaining < 128) {
			bytes[start] = flags;
			bytes[start + 1] = remaining;
		} else start = wire.writeHeaderBefore(bytes, body, flags, remaining);
		if (end - start + length > room) throw new WouldBlock(`overflow: the packet has ${end - start + length} bytes, ${room} can be written`);
		// one write for what fits; Int8Array and Uint8Array are copied, other Byte Buffers would need a view, so they go out by themselves
		const together = length !== 0 && (data as Uint8Array).BYTES_PER_ELEMENT === 1 && end + length <= this.size;
		this.options = undefined;
		if (together) {
			if (given === undefined && total === length && typeof topic === "string" && Object.isFrozen(options)) {
				this.options = options;
				this.length = length;
				this.#waits = id === 0 ? FREE : QoS === 1 ? AwaitPuback : AwaitPubrec;
				this.#packet = end - start + length;
				this.#view = this.views[start];
				this.#payload = end;
				this.#end = end + length;
			}
			bytes.set(data as Uint8Array, end);
			end += length;
		}
		let writable = socket.write(this.lend(start, end));
		this.lent();
		if (length !== 0 && !together) writable = socket.write(data as ByteBuffer);
		if (id !== 0) this.#session.expect(id, QoS === 1 ? AwaitPuback : AwaitPubrec, 0);
		this.rest = total - length;
		return writable;
	}

	/** A further fragment of the payload. */
	more(socket: Socket, room: number, data: ByteBuffer | null | undefined): number {
		const length = data ? data.byteLength : 0;
		if (length > this.rest) throw new RangeError(`data: has ${length} bytes, ${this.rest} are missing; byteLength said how many in all`);
		if (length > room) throw new WouldBlock(`overflow: ${length} bytes, ${room} can be written`);
		if (length === 0) return room;
		const writable = socket.write(data as ByteBuffer);
		this.rest -= length;
		return writable;
	}

	/** SUBSCRIBE or UNSUBSCRIBE. */
	request(socket: Socket, room: number, operation: number, options: WriteOptions, most: number): number {
		const items = options.items;
		const subscribe = operation === wire.SUBSCRIBE;
		// [MQTT-3.8.3-3] [MQTT-3.10.3-2] at least one filter
		if (!Array.isArray(items) || items.length === 0) throw new TypeError("items: must be an array of at least one filter [MQTT-3.8.3-3]");
		if (items.length > most) throw new RangeError(`items: ${items.length} filters; limits.filters allows ${most} at once`);
		for (const { topic, QoS } of items) {
			const fault =
				typeof topic === "string" ? filterFault(topic) : topic?.byteLength > 0 ? undefined : "must be a string or a Byte Buffer";
			if (fault !== undefined) throw new RangeError(`items: filter ${JSON.stringify(topic)} ${fault}`);
			if (subscribe && QoS !== undefined && QoS !== 0 && QoS !== 1 && QoS !== 2)
				throw new RangeError(`items: QoS must be 0, 1 or 2, is ${QoS} [MQTT-3.8.3-4]`);
		}
		const id = this.#takeId(options.id, false);
		this.#topic = this.options = undefined;
		const length = writeFilters(operation, id, items, this.bytes);
		if (length < 0) throw new RangeError(`items: the packet needs ${-length} bytes; limits.transmit allows ${this.size}`);
		if (length > room) throw new WouldBlock(`overflow: the packet has ${length} bytes, ${room} can be written`);
		const writable = socket.write(this.lend(0, length));
		this.lent();
		this.#session.expect(id, subscribe ? AwaitSuback : AwaitUnsuback, items.length);
		return writable;
	}

	/** CONNECT, which was seen to fit. Lent: `outlet.lent` when it is sent. */
	connect(fields: ConnectFields): Uint8Array {
		this.#topic = this.options = undefined;
		return this.lend(0, writeConnect(fields, this.bytes));
	}

	/** An acknowledgement, PINGREQ or DISCONNECT. */
	short(socket: Socket, room: number, operation: number, id: number): number {
		const short = this.#short;
		const bytes = short.bytes;
		let end = 2;
		if (operation >= wire.PUBACK && operation <= wire.PUBCOMP) {
			if (!(id >= 1 && id <= 65_535)) throw new RangeError(`id: must be 1 to 65,535, is ${id} [MQTT-2.3.1-1]`);
			bytes[2] = id >> 8;
			bytes[3] = id;
			end = 4;
		} else if (operation !== wire.PINGREQ && operation !== wire.DISCONNECT)
			throw new RangeError(`operation: a client does not send ${operation}`);
		if (end > room) throw new WouldBlock(`overflow: the packet has ${end} bytes, ${room} can be written`);
		if (operation === wire.PUBREL && this.#session.state(id) !== FREE) this.#session.expect(id, AwaitPubcomp, 0);
		bytes[0] = (operation << 4) | wire.reservedFlags[operation];
		bytes[1] = end - 2;
		const writable = socket.write(short.lend(0, end));
		short.lent();
		return writable;
	}

	#setTopic(topic: string | ByteBuffer | undefined): void {
		this.#topic = this.options = undefined;
		let fault: string | undefined;
		if (typeof topic === "string") fault = topicFault(topic);
		else if (!(topic && topic.byteLength > 0 && topic.byteLength <= 65_535))
			fault = "must be a string or a Byte Buffer of 1 to 65,535 bytes";
		if (fault !== undefined) throw new RangeError(`topic: ${fault}`);
		const needed = body + 2 + fieldLength(topic as string | ByteBuffer) + 2;
		if (needed > this.size) throw new RangeError(`topic: needs ${needed} bytes with its header; limits.transmit allows ${this.size}`);
		this.#topicEnd = writeField(topic as string | ByteBuffer, this.bytes, body);
		// the content of a Byte Buffer may change behind our back: it is written anew each time
		if (typeof topic === "string") this.#topic = topic;
	}

	#checkTotal(total: number, length: number): void {
		if (!Number.isInteger(total) || total < length)
			throw new RangeError(`byteLength: must be a whole number of at least ${length}, is ${total}`);
	}

	/** The id for a packet that wants an acknowledgement: the caller's, or the next. */
	#takeId(given: number | undefined, duplicate: boolean): number {
		const session = this.#session;
		if (given !== undefined) {
			if (!Number.isInteger(given) || given < 1 || given > 65_535)
				throw new RangeError(`id: must be 1 to 65,535, is ${given} [MQTT-2.3.1-1]`);
			if (session.state(given) !== FREE) {
				if (duplicate) return given;
				throw new RangeError(`id: ${given} is in use until it is acknowledged [MQTT-2.3.1-2]`);
			}
		}
		if (!session.room) {
			this.starved = true;
			throw new WouldBlock("inflight: every entry waits for its acknowledgement; limits.inflight says how many there are");
		}
		return given ?? session.nextId();
	}
}
