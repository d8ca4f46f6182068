// The receiving half: decodes the packets in the window, and keeps account of the message whose payload is still arriving.
//
// A message is announced fragment by fragment as its bytes come; its acknowledgement is queued when the last byte has been taken (§4.3.2).
// A message whose topic is too long, and a QoS 2 message that came before, are drained: taken and acknowledged, not announced.
import { Window } from "../bytes/window.js";
import { decode, Inbound } from "../packets/inbound.js";
import { BAD_ID, BAD_TOPIC, NEED_MORE, SUBACK_TOO_LONG, TOO_MANY_RECEIVED } from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import type { Session } from "./session.js";
import { TopicCache } from "./topics.js";

/** Results of `next`; a negative result is a reason to close. */
export const NOTHING = 0;
/** A packet without payload, in `packet`. */
export const CONTROL = 1;
/** The first fragment of a message, `fragment` bytes long; 0 only when the message is empty. */
export const MESSAGE = 2;
/** A further fragment. */
export const MORE = 3;
/** A message with too long a topic is being drained. */
export const OVERSIZE = 4;

/** Longest head of a packet that must lie in one piece: header, topic, id; or a whole SUBACK. */
export function marginBytes(topic: number, filters: number): number {
	return wire.fixed_header_bytes + 2 + Math.max(topic + 2, filters);
}

export class Incoming extends Window {
	readonly packet = new Inbound();
	/** The topic of the message. */
	topic = "";
	/** Bytes announced and not yet taken, from `start` on. */
	fragment = 0;
	/** Bytes of the payload not yet announced. */
	rest = 0;
	readonly topics: TopicCache;
	readonly #session: Session;
	readonly #longestTopic: number;
	/** Assigned here and by the fast path alone. A message has begun, and does not end with its fragment: another follows, or an acknowledgement. */
	inMessage = false;
	/** The application has acknowledged the message before its PUBACK could be queued. */
	approved = false;
	/** The message is drained, not announced. */
	#draining = false;
	/** The head came without a byte of the payload. It is announced with the first byte: a fragment is empty only when the message is. */
	#silent = false;
	/** Bytes still to be skipped in the head of a message with too long a topic. */
	#skip = 0;

	constructor(session: Session, limits: { topic: number; receive: number; filters: number; topics: number }) {
		super(marginBytes(limits.topic, limits.filters), limits.receive);
		this.#session = session;
		this.topics = new TopicCache(limits.topics, limits.topic);
		this.#longestTopic = limits.topic;
	}

	clear(): void {
		// the buffer gets its whole length back, should a socket have thrown while it was lent
		this.lent(0);
		this.start = this.end = this.margin;
		this.fragment = this.rest = this.#skip = 0;
		this.inMessage = this.approved = this.#draining = this.#silent = false;
	}

	/** The next packet or fragment in the window; `NOTHING` when more bytes are needed, or the announced fragment must first be taken. */
	next(): number {
		if (this.fragment !== 0) return NOTHING;
		if (this.inMessage) {
			const progress = this.#continue();
			if (progress !== CONTROL) return progress;
		}
		const start = this.start;
		// while no acknowledgement can be queued, no packet is taken, for it may need one
		if (start === this.end || this.#session.pendingAcks >= this.#session.pendingAcks_max) return NOTHING;
		const packet = this.packet;
		const taken = decode(this.bytes, start, this.end, packet);
		if (taken < NEED_MORE) return taken;
		if (packet.operation === wire.PUBLISH && packet.needed !== 0 && packet.topicLength > this.#longestTopic) return this.#oversize();
		if (taken === NEED_MORE) return packet.needed > this.margin ? SUBACK_TOO_LONG : NOTHING;
		this.start = start + taken;
		return packet.operation === wire.PUBLISH ? this.#message(packet) : CONTROL;
	}

	#message(packet: Inbound): number {
		const topic = this.topics.find(this.bytes, this.view, packet.topicStart, packet.topicLength);
		if (topic === undefined) return BAD_TOPIC;
		this.topic = topic;
		this.rest = packet.payloadLength;
		this.inMessage = true;
		if (packet.flags & 4) {
			// [MQTT-4.3.3-2] a QoS 2 message is delivered once, however often it is sent
			if (this.#session.isDuplicate(packet.id)) {
				this.#draining = true;
				return this.next();
			}
			if (!this.#session.canRemember) return TOO_MANY_RECEIVED;
		}
		if (this.start !== this.end || this.rest === 0) return this.#announce(MESSAGE);
		this.#silent = true;
		return NOTHING;
	}

	#announce(what: number): number {
		const available = this.end - this.start;
		this.fragment = this.rest < available ? this.rest : available;
		this.rest -= this.fragment;
		return what;
	}

	/** Goes on with the message. `CONTROL` when the message is done, and the next packet may be decoded. */
	#continue(): number {
		if (this.#skip !== 0) {
			if (!this.#skipHead()) return NOTHING;
			// [MQTT-2.3.1-1] the same check as for messages that are not drained
			if (this.packet.flags & 6 && this.packet.id === 0) return BAD_ID;
			if (this.packet.flags & 4 && !this.#session.isDuplicate(this.packet.id) && !this.#session.canRemember) return TOO_MANY_RECEIVED;
		}
		if (this.rest !== 0) {
			const available = this.end - this.start;
			if (available === 0) return NOTHING;
			if (!this.#draining) {
				const what = this.#silent ? MESSAGE : MORE;
				this.#silent = false;
				return this.#announce(what);
			}
			const skipped = this.rest < available ? this.rest : available;
			this.start += skipped;
			this.rest -= skipped;
			if (this.rest !== 0) return NOTHING;
		}
		// a message that was drained was not announced: the application cannot approve it
		const drained = this.#draining;
		const approved = drained || this.approved;
		this.inMessage = this.approved = this.#draining = false;
		const packet = this.packet;
		const session = this.#session;
		// [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.5.0-2] acknowledged as its QoS requires, drained or not
		if (packet.flags & 2) {
			if (session.deferred === undefined) session.queueAck(wire.puback | packet.id);
			else session.hold(packet.id, approved);
		} else if (packet.flags & 4) {
			// remembered only when it is whole: a message that is cut off in its payload comes again, and must be delivered then
			if (!drained || !session.isDuplicate(packet.id)) session.remember(packet.id);
			session.queueAck(wire.pubrec | packet.id);
		}
		return CONTROL;
	}

	/** The topic is too long: it is skipped, but the id behind it is read. Without an acknowledgement the broker would send the message for ever. */
	#oversize(): number {
		this.inMessage = this.#draining = true;
		this.rest = this.packet.payloadLength;
		this.#skip = this.packet.needed;
		return OVERSIZE;
	}

	/** True when the whole head of an oversize message is skipped. */
	#skipHead(): boolean {
		const packet = this.packet;
		const id = packet.flags & 6 ? 2 : 0;
		if (this.#skip > id) {
			const skipped = Math.min(this.#skip - id, this.end - this.start);
			this.start += skipped;
			this.#skip -= skipped;
		}
		if (this.#skip > id || this.end - this.start < id) return false;
		if (id !== 0) {
			packet.id = this.view.getUint16(this.start);
			this.start += 2;
		}
		this.#skip = 0;
		return true;
	}
}
