// What comes most, for a fraction of what the general way costs: one read of the socket that holds one whole PUBLISH on the topic of the
// last one, or one acknowledgement, while nothing is left over and nothing is owed. Everything else goes the general way (`pump`), which
// is always right; test/mqtt/twins.test.ts lets a client with shortcuts and one without live the same lives.
//
// XS executes bytecode: a call costs as much as three comparisons, a field of `this` twice as much as a variable of a closure. Hence
// closures, made once for each client, with conditions written out.
import type { Socket } from "../../host.js";
import { OTHER_ACK } from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { AwaitPubcomp, AwaitPubrec, IGNORED } from "../session/session.js";
import { CLOSED, Opening, READY } from "./opening.js";
import type { QoS } from "./options.js";
import type { ControlMessage, ReadableInfo } from "./types.js";

/** First byte of a PUBLISH of each QoS without retain and DUP, above three bytes: remaining length and the topic's length. */
const QoS0 = wire.PUBLISH << 28;
const QoS1 = QoS0 | (1 << 25);
const QoS2 = QoS0 | (2 << 25);
/** The acknowledgements, with a packet id of 0. */
const PUBACK = wire.answerHeads[wire.PUBACK] << 16;
const PUBREC = wire.answerHeads[wire.PUBREC] << 16;
const PUBREL = wire.answerHeads[wire.PUBREL] << 16;
const PUBCOMP = wire.answerHeads[wire.PUBCOMP] << 16;
/** Fixed header and length of the topic, while the remaining length takes one byte. */
const head_bytes = 4;
/** Head and topic are compared eight bytes at a time, as four numbers, that may overlap. */
const words = 4;
const word_bytes = 8;

interface Seen {
	flags: number;
	from: number;
	first: number;
	second: number;
	third: number;
	fourth: number;
	secondAt: number;
	thirdAt: number;
	fourthAt: number;
}

type OnReadable = (count: number, info: ReadableInfo) => void;
type OnControl = (operation: number, message: ControlMessage) => void;

export abstract class Shortcut extends Opening {
	/** The application's, called with the client as `this`. */
	protected abstract readonly onReadable: OnReadable;
	protected abstract readonly onControl: OnControl;

	/** A write was refused for want of an in-flight entry; now there may be one. */
	protected abstract fed(): void;
	/** Sends the acknowledgements that are due, as far as there is room. False when none could be sent. */
	protected abstract flush(): boolean;

	/** What is called with the count of bytes that can be read. */
	protected override hear(): (count: number) => void {
		const { incoming, message, session, timers } = this;
		const { buffer, chunk, margin, size, view } = incoming;
		const quickest = this.quickest;
		/** The message last seen: its flags, where its payload begins; four parts of its head and topic, and where they stand. */
		const last = { flags: 0, from: 0, first: 0, second: 0, third: 0, fourth: 0, secondAt: 0, thirdAt: 0, fourthAt: 0 };

		return (count) => {
			timers.heard = true;
			if (count > this.quick) {
				this.readable = count;
				return this.pump();
			}
			buffer.resize(margin + count);
			(this.socket as Socket).read(chunk);
			buffer.resize(size);
			if (count === wire.answer_bytes) {
				const head = view.getInt32(margin);
				message.operation = head >>> 28;
				message.id = head & 0xffff;
				if ((head & 0x2_0000) !== 0 && head === session.awaits[session.inflight]) session.inflight -= 1;
				else {
					if (!this.#acknowledged(head >>> 16)) return this.#generally(margin, count);
					if (message.operation === 0) return;
				}
				if (this.outgoing.starved) return this.#feed();
				this.onControl(message.operation, message);
				return;
			}
			if (
				(count !== this.repeat ||
					view.getFloat64(margin) !== last.first ||
					view.getFloat64(last.fourthAt) !== last.fourth ||
					view.getFloat64(last.secondAt) !== last.second ||
					view.getFloat64(last.thirdAt) !== last.third) &&
				!this.#learn(count, last)
			)
				return this.#generally(margin, count);
			if (last.flags !== 0) {
				incoming.packet.id = view.getUint16(last.from - 2);
				if (incoming.packet.id === 0) return this.#generally(margin, count);
				if (last.flags === 4 && !session.isNew(incoming.packet.id)) return this.#generally(margin, count);
				incoming.packet.flags = last.flags;
				incoming.inMessage = true;
			}
			incoming.start = last.from;
			incoming.end = margin + count;
			this.info.byteLength = incoming.fragment = incoming.end - last.from;
			// until it is done with: what a callback that throws has left goes the general way
			this.quick = 0;
			try {
				this.onReadable(incoming.fragment, this.info);
			} catch (error) {
				this.resume = incoming.fragment !== 0;
				if (!this.resume && this.state !== CLOSED) this.soon.set(0);
				throw error;
			}
			if (incoming.fragment !== 0) this.resume = true;
			else if (!incoming.inMessage) this.quick = this.state === READY ? quickest : 0;
			else {
				incoming.inMessage = false;
				if (last.flags === 4) session.remember(incoming.packet.id); // it is whole, and not before
				this.#answer((last.flags === 4 ? PUBREC : PUBACK) | incoming.packet.id);
			}
		};
	}

	/** Is the packet of `count` bytes in the window a PUBLISH on the last topic? If so, takes it for the one last seen. */
	#learn(count: number, last: Seen): boolean {
		const { info } = this;
		const { margin, topics, view } = this.incoming;
		const topic = topics.last;
		const start = margin + head_bytes;
		const end = start + topic.length;
		const kind = view.getInt32(margin) - ((count - 2) << 16) - topic.length;
		if (kind !== QoS0 && kind !== QoS1 && kind !== QoS2) return false;
		const from = kind === QoS0 ? end : end + 2;
		if (from > margin + count || !topic.at(view, start)) return false;
		last.from = from;
		last.flags = (kind >> 24) & 6;
		// a topic that is too short or too long for the four parts is looked at like this each time
		this.repeat = topic.length < word_bytes - head_bytes || topic.length > words * word_bytes - head_bytes ? -1 : count;
		if (this.repeat !== -1) {
			last.fourthAt = end - word_bytes;
			last.secondAt = Math.min(margin + word_bytes, last.fourthAt);
			last.thirdAt = Math.min(margin + 2 * word_bytes, last.fourthAt);
			last.first = view.getFloat64(margin);
			last.second = view.getFloat64(last.secondAt);
			last.third = view.getFloat64(last.thirdAt);
			last.fourth = view.getFloat64(last.fourthAt);
		}
		info.more = info.retain = info.duplicate = false;
		info.topic = topic.text;
		info.QoS = (last.flags >> 1) as QoS;
		return true;
	}

	/**
	 * Processes the acknowledgement in `message`, which begins with `head`; leaves 0 for an operation when there is nothing to tell. False when
	 * it is none, or not as it must be. What is owed for it goes out before the application is told: a callback that throws must not keep it
	 * back.
	 */
	#acknowledged(head: number): boolean {
		const session = this.session;
		const id = this.message.id;
		if (id === 0) return false; // [MQTT-2.3.1-1]
		if (head === PUBREL >> 16) {
			session.release(id);
			this.#answer(PUBCOMP | id); // [MQTT-4.3.3-2]
		} else if (head === PUBREC >> 16 && session.awaits[session.inflight] === (AwaitPubrec | id)) {
			session.awaits[session.inflight] = AwaitPubcomp | id;
			this.#answer(PUBREL | id); // [MQTT-4.3.3-1]
		} else {
			// [MQTT-2.2.2-2] flags and length as they must be
			if (wire.answerHeads[this.message.operation] !== head) return false;
			if (session.acknowledge(this.message.operation, id) === IGNORED) this.message.operation = 0;
			if (session.odd) this.tolerate(OTHER_ACK);
			if (session.due !== 0 && !this.flush()) this.quick = 0;
		}
		return true;
	}

	/** Sends an acknowledgement, of which `head` is all four bytes, while none is due, or lets it fall due. */
	#answer(head: number): void {
		if (this.state !== READY || this.writable < wire.answer_bytes) {
			this.session.owe(head >>> 28, head & 0xffff);
			this.quick = 0;
			return;
		}
		this.timers.sent = true;
		this.quick = this.quickest;
		this.outgoing.answerView.setInt32(0, head);
		try {
			this.writable = (this.socket as Socket).write(this.outgoing.answer);
		} catch {
			this.giveUp();
		}
	}

	/** Tells of the acknowledgement, and that there is room again: from the event loop, should the first callback throw. */
	#feed(): void {
		this.soon.set(0);
		this.onControl(this.message.operation, this.message);
		this.fed();
	}

	#generally(margin: number, count: number): void {
		this.incoming.start = margin;
		this.incoming.end = margin + count;
		this.pump();
	}
}
