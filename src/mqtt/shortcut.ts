// What comes most, for a fraction of what the general way costs: one read of the socket that holds one whole PUBLISH on the topic of the
// last one, or one acknowledgement, while nothing is left over and nothing is owed. Everything else goes the general way (`pump`), which
// is always right; every vector goes both.
//
// XS executes bytecode: a call costs as much as three comparisons, a field of `this` twice as much as a variable of a closure. Hence
// closures, made once for each client, with conditions written out.
import type { Socket } from "../host.js";
import type { QoS } from "./client-options.js";
import type { ControlMessage, ReadableInfo } from "./client-types.js";
import { Opening, READY } from "./opening.js";
import * as wire from "./packets/wire.js";
import { IGNORED } from "./session/session.js";

/** First byte of a PUBLISH of each QoS without retain and DUP, above three bytes: remaining length and the topic's length. */
const QoS0 = wire.PUBLISH << 28;
const QoS1 = QoS0 | (1 << 25);
const QoS2 = QoS0 | (2 << 25);
/** Fixed header and length of the topic, while the remaining length takes one byte. */
const head_bytes = 4;
/** Longest packet whose remaining length takes one byte. */
const short_packet_max_bytes = 2 + 127;
/** Head and topic are compared eight bytes at a time, as four numbers, that may overlap. */
const words = 4;
const word_bytes = 8;

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
		const { incoming, info, session, timers } = this;
		const { buffer, chunk, margin, packet, size, topics, view } = incoming;
		const answer = this.answers();
		const acknowledged = this.acknowledgements(answer);
		const start = margin + head_bytes;
		// four bytes must be there to be looked at
		const longest = incoming.longest < head_bytes ? 0 : Math.min(short_packet_max_bytes, incoming.longest);
		/** The packet last seen: its flags, where its payload begins; four parts of its head and topic, and where they stand. */
		let [flags, from] = [0, 0];
		let [first, second, third, fourth] = [0, 0, 0, 0];
		let [secondAt, thirdAt, fourthAt] = [0, 0, 0];

		/** Is the packet of `count` bytes a PUBLISH on the last topic? If so, takes it for the one last seen. */
		const learn = (count: number): boolean => {
			const topic = topics.last;
			const end = start + topic.length;
			const kind = view.getInt32(margin) - ((count - 2) << 16) - topic.length;
			if (kind !== QoS0 && kind !== QoS1 && kind !== QoS2) return false;
			const body = kind === QoS0 ? end : end + 2;
			if (body > margin + count || !topic.at(view, start)) return false;
			from = body;
			flags = (kind >> 24) & 6;
			// a topic that is too short or too long for the four parts is looked at like this each time
			this.repeat = topic.length < word_bytes - head_bytes || topic.length > words * word_bytes - head_bytes ? 0 : count;
			if (this.repeat !== 0) {
				fourthAt = end - word_bytes;
				secondAt = Math.min(margin + word_bytes, fourthAt);
				thirdAt = Math.min(margin + 2 * word_bytes, fourthAt);
				first = view.getFloat64(margin);
				second = view.getFloat64(secondAt);
				third = view.getFloat64(thirdAt);
				fourth = view.getFloat64(fourthAt);
			}
			info.more = info.retain = info.duplicate = false;
			info.topic = topic.text;
			info.QoS = (flags >> 1) as QoS;
			return true;
		};

		return (count) => {
			timers.heard = true;
			if (!this.idle || count > longest) {
				this.readable = count;
				this.pump();
				return;
			}
			buffer.resize(margin + count);
			(this.socket as Socket).read(chunk);
			buffer.resize(size);
			incoming.end = margin + count;
			if (count === wire.answer_bytes) {
				if (!acknowledged(view.getInt32(margin))) this.#generally(margin);
				return;
			}
			if (
				count !== this.repeat ||
				view.getFloat64(margin) !== first ||
				view.getFloat64(fourthAt) !== fourth ||
				view.getFloat64(secondAt) !== second ||
				view.getFloat64(thirdAt) !== third
			) {
				if (!learn(count)) return this.#generally(margin);
			}
			if (flags !== 0) {
				const id = view.getUint16(from - 2);
				if (id === 0 || (flags === 4 && !session.isNew(id))) return this.#generally(margin);
				packet.id = id;
				packet.flags = flags;
				incoming.inMessage = true;
			}
			incoming.start = from;
			info.byteLength = incoming.fragment = incoming.end - from;
			// until it is done with: what a callback that throws has left goes the general way
			this.idle = false;
			this.onReadable(incoming.fragment, info);
			if (incoming.fragment !== 0) this.resume = true;
			else if (!incoming.inMessage) this.idle = this.state === READY;
			else {
				incoming.inMessage = false;
				if (flags === 4) session.remember(packet.id); // it is whole, and not before
				answer(flags === 4 ? wire.PUBREC : wire.PUBACK, packet.id);
			}
		};
	}

	/** What is called with the four bytes of a packet. False when they are no acknowledgement, or not as they must be. */
	protected acknowledgements(answer: (operation: number, id: number) => void): (head: number) => boolean {
		const { incoming, message, outgoing, session } = this;
		return (head) => {
			const id = head & 0xffff;
			const operation = head >>> 28;
			// [MQTT-2.2.2-2] [MQTT-2.3.1-1] flags and length as they must be, and no id of 0
			if (id === 0 || wire.answerHeads[operation] !== head >>> 16) return false;
			incoming.start = incoming.end;
			message.operation = operation;
			message.id = id;
			// what is owed goes out first: a callback that throws must not keep it back
			if (operation === wire.PUBREL) {
				session.release(id);
				answer(wire.PUBCOMP, id); // [MQTT-4.3.3-2]
				this.onControl(operation, message);
				return true;
			}
			const outcome = session.acknowledge(operation, id);
			if (session.due !== 0) this.idle = this.flush();
			if (outcome !== IGNORED) this.onControl(operation, message);
			if (outgoing.starved) this.fed();
			return true;
		};
	}

	/** What sends an acknowledgement while none is due, or lets it fall due. */
	protected answers(): (operation: number, id: number) => void {
		const { outgoing, session, timers } = this;
		const bytes = outgoing.answer;
		return (operation, id) => {
			if (this.state !== READY || this.writable < wire.answer_bytes) {
				session.owe(operation, id);
				this.idle = false;
				return;
			}
			bytes[0] = wire.answerHeads[operation] >> 8;
			bytes[2] = id >> 8;
			bytes[3] = id;
			timers.sent = this.idle = true;
			try {
				this.writable = (this.socket as Socket).write(bytes);
			} catch {
				this.giveUp();
			}
		};
	}

	#generally(margin: number): void {
		this.incoming.start = margin;
		this.pump();
	}
}
