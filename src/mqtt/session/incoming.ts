// The receiving half: takes the window apart into packets, and keeps account of the message whose payload is on its way.
//
// A message is announced fragment by fragment as its bytes come; its acknowledgement is queued when the last has been taken (§4.3.2).
// A topic that is too long to be kept, and a QoS 2 message that came before, are drained: taken and acknowledged, not announced.
import { Window } from "../bytes/window.js";
import { decode, Inbound } from "../packets/inbound.js";
import { BAD_ID, BAD_TOPIC, NEED_MORE, SUBACK_TOO_LONG, TOO_MANY_RECEIVED } from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import type { Session } from "./session.js";
import { TopicCache } from "./topics.js";

/** Results of `next`; a negative one is a reason to close. */
export const NOTHING = 0;
/** A packet without payload, in `packet`. */
export const CONTROL = 1;
/** The first fragment of a message, `fragment` bytes of it; 0 only when the message is empty. */
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
	/** Not for others to change. A message was begun, and is not done with when its fragment is taken: more follows, or an acknowledgement. */
	inMessage = false;
	/** The application has acknowledged the message before it was done with. */
	approved = false;
	/** It is drained, not announced. */
	#draining = false;
	/** Its head came without a byte of its payload: announced with the first, so that a fragment is empty only when the message is. */
	#silent = false;
	/** Bytes of head still to be skipped of a message with too long a topic. */
	#skip = 0;

	constructor(session: Session, limits: { topic: number; receive: number; filters: number; topics: number }) {
		super(marginBytes(limits.topic, limits.filters), limits.receive);
		this.#session = session;
		this.topics = new TopicCache(limits.topics, limits.topic);
		this.#longestTopic = limits.topic;
	}

	clear(): void {
		// its whole length again, should a socket have thrown while it was lent
		this.lent(0);
		this.start = this.end = this.margin;
		this.fragment = this.rest = this.#skip = 0;
		this.inMessage = this.approved = this.#draining = this.#silent = false;
	}

	/** The next thing that the window holds; `NOTHING` when it needs more bytes, or the fragment announced must first be taken. */
	next(): number {
		if (this.fragment !== 0) return NOTHING;
		if (this.inMessage) {
			const progress = this.#continue();
			if (progress !== CONTROL) return progress;
		}
		const start = this.start;
		// where no acknowledgement can be queued, no packet may ask for one
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
			// [MQTT-4.3.3-2] delivered once, however often it is sent
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

	/** Goes on with the message. `CONTROL` when it is done, and the next packet may be looked at. */
	#continue(): number {
		if (this.#skip !== 0) {
			if (!this.#skipHead()) return NOTHING;
			// [MQTT-2.3.1-1] as for the messages that are not drained
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
			const drained = this.rest < available ? this.rest : available;
			this.start += drained;
			this.rest -= drained;
			if (this.rest !== 0) return NOTHING;
		}
		// the application does not know of a message that was drained, and cannot approve it
		const approved = this.#draining || this.approved;
		this.inMessage = this.approved = this.#draining = false;
		const packet = this.packet;
		// [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.5.0-2] as its QoS asks, drained or not
		if (packet.flags & 2) this.#session.hold(packet.id, approved);
		else if (packet.flags & 4) {
			// not before it is whole: a message that is cut off in its payload comes again, and must be delivered then
			if (!this.#session.isDuplicate(packet.id)) this.#session.remember(packet.id);
			this.#session.queueAck(wire.PUBREC, packet.id);
		}
		return CONTROL;
	}

	/** A topic that is too long: skip it, but read the id behind it, for the message must be acknowledged or it comes for ever. */
	#oversize(): number {
		this.inMessage = this.#draining = true;
		this.rest = this.packet.payloadLength;
		this.#skip = this.packet.needed;
		return OVERSIZE;
	}

	/** True when the head of an oversize message is behind us. */
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
