// The sending half: composes packets. A packet that may not or cannot be sent is refused before its first byte.
//
// The topic of the last PUBLISH stays in the outlet, where the next one needs it: a dimmer publishes to one topic only.
import type { ByteBuffer } from "../../host.js";
import { topics_sent_max, transmit_reserve_bytes } from "../../limits.js";
import { Outlet } from "../bytes/outlet.js";
import { isText } from "../bytes/utf8.js";
import { bytesOf, type ConnectFields, fieldLength, writeConnect, writeField, writeFilters } from "../packets/outbound.js";
import { topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";
import { checkFilters, checkId, checkTotal, lengthOf, textFault, type WriteOptions } from "./checks.js";
import { AwaitPuback, AwaitPubcomp, AwaitPubrec, AwaitSuback, AwaitUnsuback, FREE, type Session } from "./session.js";
import { SentTopic } from "./topics.js";

const body = wire.fixed_header_bytes;

/** Options of no PUBLISH: no caller has this object. */
export const nothing: WriteOptions = Object.freeze({});

/** The packet is refused for now: nothing was sent, and `onWritable` follows. In ECMA-419 `write` throws; the link waits and tries again. */
export class WouldBlock extends Error {}

/** The socket has too little room for a packet of `length` bytes. */
export function overflow(length: number, room: number): WouldBlock {
	return new WouldBlock(`overflow: ${length} bytes, ${Math.max(0, room)} can be written`);
}

export class Outgoing extends Outlet {
	/** Bytes still to be written of the payload that is being sent. */
	rest = 0;
	/** A write was refused because no in-flight entry was free. */
	inflightFull = false;
	/** Length of a payload that is written to the socket by itself, behind the composed head; 0: it is composed too, or there is none. */
	apart = 0;
	/**
	 * Frozen options of the last PUBLISH, or `nothing`: with them and a payload of `length` bytes, the next one differs in its payload and its
	 * id alone, and `client/fast-publish.ts` sends it: a dimmer publishes like that while its knob turns.
	 */
	repeats = nothing;
	/** The values of the last PUBLISH's options, for the application may change their object: another object with the same values will do. */
	#topicAgain: unknown;
	#QoSAgain: unknown;
	#retainAgain: unknown;
	/** Payload length of the last PUBLISH; -1: the next one cannot repeat it. */
	length = -1;
	/** Of the last PUBLISH: the room that it needs, the view from its first byte on, where its payload begins, and where it ends. */
	needs = 0;
	view: Uint8Array;
	payload = 0;
	end = 0;
	/** The state of its entry in the in-flight table once it is sent; `FREE` at QoS 0. */
	waits = FREE;
	/** The last options that were found frozen. */
	#frozen = nothing;
	readonly #session: Session;
	/** For `sent`, of the packet composed last: its id, or 0; its next state; its count of filters; payload bytes still to be written. */
	#id = 0;
	#waits = FREE;
	#filters = 0;
	#restOf = 0;
	/** The topic whose bytes stand in the outlet, behind their length; `undefined`: there is none. */
	#topic: string | undefined;
	#topicEnd = body;
	/** PUBACK, PUBREC, PUBREL or PUBCOMP; two views of the same bytes. */
	readonly answer = new Uint8Array(wire.answer_bytes);
	readonly answerView = new DataView(this.answer.buffer);

	/** Topics that are published to in turn: a device's level, and once a minute its info. */
	readonly #sent: readonly SentTopic[];
	#oldest = 0;
	/** `size`: of the largest packet composed here; `topic`: of the longest topic that is kept; both in bytes. */
	constructor(session: Session, size: number, topic: number) {
		super(size, body);
		this.#session = session;
		this.view = this.views[0];
		this.#sent = Array.from({ length: topics_sent_max }, () => new SentTopic(topic));
	}

	/** The connection has ended. The buffer gets its whole length back, should a socket have thrown while it was lent. */
	clear(): void {
		this.rest = 0;
		this.inflightFull = false;
		this.lent();
	}

	/** The outlet holds no PUBLISH that could be repeated. */
	forget(): void {
		this.repeats = nothing;
		this.length = -1;
	}

	/** Whether these options, of whatever object, have the same values as those of the last PUBLISH. */
	alike(options: WriteOptions): boolean {
		return (
			options.topic === this.#topicAgain &&
			options.QoS === this.#QoSAgain &&
			options.retain === this.#retainAgain &&
			options.operation === undefined &&
			options.id === undefined &&
			options.byteLength === undefined &&
			!options.duplicate
		);
	}

	/** Every entry of the in-flight table is in use. */
	refuseInflight(): never {
		this.inflightFull = true;
		throw new WouldBlock("inflight: every entry waits for its acknowledgement; limits.inflight says how many there are");
	}

	/**
	 * Composes a PUBLISH, all of it or its beginning. `room`: bytes that the socket takes. The result is valid until `sent`; a payload that is
	 * `apart` is written behind it.
	 */
	publish(room: number, data: ByteBuffer | null | undefined, options: WriteOptions): Uint8Array {
		const bytes = this.bytes;
		// the last PUBLISH is written over, even if this one is refused
		this.forget();
		this.lent();
		const topic = options.topic;
		if (topic !== this.#topic || topic === undefined) this.#setTopic(topic);
		const QoS = options.QoS;
		const length = lengthOf(data);
		const total = options.byteLength ?? length;
		let flags = wire.PUBLISH << 4;
		if (options.retain) flags |= wire.RETAIN;
		let end = this.#topicEnd;
		let waits = FREE;
		let given: number | undefined;
		let id = 0;
		// [MQTT-2.3.1-5] [MQTT-4.3.1-1] QoS 0 has neither an id nor DUP
		if (QoS !== undefined && QoS !== 0) {
			// [MQTT-3.3.1-4] QoS 3 is not sent
			if (QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
			if (options.duplicate) flags |= wire.DUP;
			flags |= QoS << 1;
			given = options.id;
			waits = QoS === 1 ? AwaitPuback : AwaitPubrec;
			end += 2;
		}
		const remaining = end - body + total;
		if (total !== length) checkTotal(total, length);
		if (remaining > wire.remaining_length_max_bytes) throw new RangeError("byteLength: the packet would exceed 268,435,455 bytes [§2.2.3]");
		const start = wire.writeHeaderBefore(bytes, body, flags, remaining);
		if (end - start + length > room) throw overflow(end - start + length, room);
		if (waits !== FREE) {
			id = this.#takeId(given, (flags & wire.DUP) === 0 ? FREE : waits, waits);
			this.fields.setUint16(end - 2, id);
		}
		// one write for head and payload, if both fit in the outlet
		const together = length !== 0 && end + length <= this.size;
		if (together) {
			if (given === undefined && total === length && this.#topic !== undefined && !options.duplicate) {
				if (this.#isFrozen(options)) this.repeats = options;
				this.#topicAgain = topic;
				this.#QoSAgain = QoS;
				this.#retainAgain = options.retain;
				this.length = length;
				this.waits = waits;
				this.needs = end - start + length + transmit_reserve_bytes;
				this.view = this.views[start];
				this.payload = end;
				this.end = end + length;
			}
			bytes.set(bytesOf(data as ByteBuffer), end);
			end += length;
		}
		this.apart = together ? 0 : length;
		this.#id = id;
		this.#waits = waits;
		this.#filters = 0;
		this.#restOf = total - length;
		return this.lend(start, end);
	}

	/** The socket has taken the packet that was composed last. */
	sent(): void {
		this.lent();
		// [MQTT-4.3.2-1] [MQTT-4.3.3-1] the packet is unacknowledged from now on
		if (this.#id !== 0) this.#session.expect(this.#id, this.#waits, this.#filters);
		this.rest = this.#restOf;
	}

	/** Checks a further fragment of the payload. Returns its length. */
	more(room: number, data: ByteBuffer | null | undefined): number {
		const length = lengthOf(data);
		if (length > this.rest) throw new RangeError(`data: has ${length} bytes, ${this.rest} are missing; byteLength said how many in all`);
		if (length > room) throw overflow(length, room);
		return length;
	}

	/** Composes SUBSCRIBE or UNSUBSCRIBE. `most`: filters allowed. Valid until `sent`. */
	request(room: number, operation: number, options: WriteOptions, most: number): Uint8Array {
		const items = options.items;
		const subscribe = operation === wire.SUBSCRIBE;
		checkFilters(items, most, subscribe);
		this.#topic = undefined;
		this.forget();
		this.lent();
		const waits = subscribe ? AwaitSuback : AwaitUnsuback;
		const id = this.#takeId(options.id, FREE, waits);
		const length = writeFilters(operation, id, items, this.bytes);
		if (length < 0) throw new RangeError(`items: the packet needs ${-length} bytes; limits.transmit allows ${this.size}`);
		if (length > room) throw overflow(length, room);
		this.#id = id;
		this.#waits = waits;
		this.#filters = items.length;
		this.#restOf = 0;
		return this.lend(0, length);
	}

	/** Composes CONNECT, for which the outlet is long enough. `lent` must be called when it is sent. */
	connect(fields: ConnectFields): Uint8Array {
		this.#topic = undefined;
		return this.lend(0, writeConnect(fields, this.bytes));
	}

	/** Composes an acknowledgement, which is `packet` as a number. Valid until the next one. */
	acknowledge(packet: number): Uint8Array {
		this.answerView.setInt32(0, packet);
		return this.answer;
	}

	/** An acknowledgement, PINGREQ or DISCONNECT that the application sends. */
	short(room: number, operation: number, id: number): Uint8Array {
		const answer = operation >= wire.PUBACK && operation <= wire.PUBCOMP;
		if (answer) checkId(id);
		if (!answer && operation !== wire.PINGREQ && operation !== wire.DISCONNECT)
			throw new RangeError(`operation: a client does not send ${operation}`); // [MQTT-3.1.0-2] nor a second CONNECT
		const length = answer ? wire.answer_bytes : 2;
		if (length > room) throw overflow(length, room);
		if (operation === wire.PUBREL) this.#release(id);
		if (answer) return this.acknowledge((wire.answerHeads[operation] << 16) | id); // [MQTT-2.2.2-1] [MQTT-3.6.1-1] PUBREL: flags 0010
		return operation === wire.PINGREQ ? wire.pingreq : wire.disconnect;
	}

	#setTopic(topic: string | ByteBuffer | undefined): void {
		this.#topic = undefined;
		for (let i = 0; i < topics_sent_max; i++) {
			const known = this.#sent[i];
			if (known.text !== topic) continue;
			this.bytes.set(known.bytes, body);
			this.#topicEnd = body + known.length;
			this.#topic = topic as string;
			return;
		}
		const fault = textFault(topic, topicFault);
		if (fault !== undefined) throw new RangeError(`topic: ${fault}`);
		const needed = body + 2 + fieldLength(topic as string | ByteBuffer) + 2;
		if (needed > this.size) throw new RangeError(`topic: needs ${needed} bytes with its header; limits.transmit allows ${this.size}`);
		this.#topicEnd = writeField(topic as string | ByteBuffer, this.bytes, body);
		// the bytes of a Byte Buffer may change between two calls: they are written anew each time
		if (isText(topic)) this.#keep(topic);
	}

	#keep(topic: string): void {
		this.#topic = topic;
		const oldest = this.#sent[this.#oldest];
		const length = this.#topicEnd - body;
		if (length > oldest.bytes.length) return;
		this.#oldest = (this.#oldest + 1) % topics_sent_max;
		oldest.text = topic;
		oldest.length = length;
		oldest.bytes.set(this.bytes.subarray(body, this.#topicEnd));
	}

	/** Called with the same options again and again, as when a knob's level gains a digit; `Object.isFrozen` takes two slots on XS. */
	#isFrozen(options: WriteOptions): boolean {
		if (options !== this.#frozen && Object.isFrozen(options)) this.#frozen = options;
		return options === this.#frozen;
	}

	/** The application releases a QoS 2 message of this connection or of an earlier one (§4.4). Throws when the id waits for another packet. */
	#release(id: number): void {
		const session = this.#session;
		const state = session.state(id);
		if (state !== FREE && state !== AwaitPubrec && state !== AwaitPubcomp) throw new RangeError(`id: ${id} is in use by another packet`);
		if (state !== FREE || session.room) session.expect(id, AwaitPubcomp, 0);
	}

	/**
	 * The id for a packet of state `waits`: the caller's id, or the next one. `resent`: the state in which an id may be in use already; `FREE`
	 * for a packet that is not sent again.
	 */
	#takeId(given: number | undefined, resent: number, waits: number): number {
		const session = this.#session;
		if (given !== undefined) {
			checkId(given);
			const state = session.state(given);
			if (state !== FREE) {
				if (state === resent) return given;
				throw new RangeError(`id: ${given} is in use until it is acknowledged [MQTT-2.3.1-2]`);
			}
		}
		const id = given !== undefined && session.room ? given : session.nextId(waits);
		if (id === 0) this.refuseInflight();
		return id;
	}
}
