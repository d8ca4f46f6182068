// The most frequent packets: one read of the socket that holds one whole PUBLISH on the topic of the last one, or one acknowledgement, while
// the window is empty and no acknowledgement is pending. Everything else goes the general way (`drain.ts`).
//
// Invariant: for every input accepted here, the bytes sent, the callbacks, the session and the timers afterwards equal those of the general way.
// test/mqtt/twins.test.ts takes a client with fast paths and one without through the same events. Accepted: a read of at most
// `Connection.fastBytes`, which the end of each drain sets, and `Connection.setState` clears in every state but READY.
//
// On XS a call costs as much as three comparisons, a field of an object twice as much as a variable of a closure: the general way costs two
// to four times as much. Hence closures, made once for each client, with conditions written out; and the fields of `Incoming` for a message
// (`packet`, `start`, `end`, `fragment`, `inMessage`) and the newest entry of the session (`inflight`, `awaits`) are written here. The
// variables are few: XS puts each one that a closure names on its stack.
import type { Socket } from "../../host.js";
import { OTHER_ACK } from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { AwaitPubcomp, AwaitPubrec, IGNORED } from "../session/session.js";
import type { Connection } from "./connection.js";
import { CLOSED, READY } from "./state.js";

/** First byte of a PUBLISH of each QoS without retain and DUP, above three bytes: remaining length and the topic's length. */
const QoS0 = wire.PUBLISH << 28;
const QoS1 = QoS0 | (1 << 25);
const QoS2 = QoS0 | (2 << 25);
/** Fixed header and length of the topic, while the remaining length takes one byte. */
const head_bytes = 4;
/** Head and topic are compared eight bytes at a time, as four numbers, that may overlap. */
const words = 4;
const word_bytes = 8;

/** Longest packet that the fast path takes: the socket's longest read, and a remaining length of one byte. */
export function fastMaxBytes(longestRead: number): number {
	return longestRead < wire.answer_bytes ? 0 : Math.min(longestRead, 2 + 127);
}

/** Makes the `onReadable` of a socket. `drain` is the general way. */
export function makeFastReceive(connection: Connection, drain: () => void): (count: number) => void {
	const { incoming, info, message, outgoing, session, timers, transport } = connection;
	const { buffer, chunk, margin, size, topics, view } = incoming;
	/** The last message: its flags, where its payload begins, the payload's length; four parts of its head and topic, and where they stand. */
	const last = { flags: 0, from: 0, length: 0, first: 0, second: 0, third: 0, fourth: 0, secondAt: 0, thirdAt: 0, fourthAt: 0 };

	/** Hands the bytes that were read to the general way. */
	function general(count: number): void {
		incoming.start = margin;
		incoming.end = margin + count;
		drain();
	}

	/** Is the packet of `count` bytes in the window a PUBLISH on the last topic? If so, it becomes the `last` message. */
	function learn(count: number): boolean {
		const topic = topics.last;
		const start = margin + head_bytes;
		const end = start + topic.length;
		const kind = view.getInt32(margin) - ((count - 2) << 16) - topic.length;
		if (kind !== QoS0 && kind !== QoS1 && kind !== QoS2) return false;
		const from = kind === QoS0 ? end : end + 2;
		if (from > margin + count || !topic.at(view, start)) return false;
		last.from = from;
		last.flags = (kind >> 24) & 6;
		// a topic that is too short or too long for the four parts is checked like this each time
		connection.repeat = topic.length < word_bytes - head_bytes || topic.length > words * word_bytes - head_bytes ? -1 : count;
		if (connection.repeat !== -1) {
			last.fourthAt = end - word_bytes;
			last.secondAt = Math.min(margin + word_bytes, last.fourthAt);
			last.thirdAt = Math.min(margin + 2 * word_bytes, last.fourthAt);
			last.first = view.getFloat64(margin);
			last.second = view.getFloat64(last.secondAt);
			last.third = view.getFloat64(last.thirdAt);
			last.fourth = view.getFloat64(last.fourthAt);
		}
		info.byteLength = last.length = margin + count - from;
		info.more = info.retain = info.duplicate = false;
		info.topic = topic.text;
		info.QoS = (last.flags >> 1) as wire.QoS;
		return true;
	}

	/** Sends an acknowledgement, which is `packet` as a number, or queues it. */
	function answer(packet: number): void {
		if (connection.state === READY)
			if (transport.writable >= wire.answer_bytes) {
				timers.sent = true;
				outgoing.answerView.setInt32(0, packet);
				try {
					transport.write(outgoing.answer);
				} catch {
					connection.deferConnectionLost();
				}
				return;
			}
		session.queueAck(packet);
		connection.fastBytes = 0;
	}

	/**
	 * Processes the acknowledgement in `message`, which begins with `head`; sets its operation to 0 when `onControl` is not to be called. False
	 * when it is none, or malformed. Its answer goes out before `onControl` is called: a callback that throws must not keep the answer back.
	 */
	function acknowledged(head: number): boolean {
		const id = message.id;
		if (id === 0) return false; // [MQTT-2.3.1-1]
		if (head === wire.pubrel >> 16) {
			session.release(id);
			answer(wire.pubcomp | id); // [MQTT-4.3.3-2]
		} else if (head === wire.pubrec >> 16 && session.awaits[session.inflight] === (AwaitPubrec | id)) {
			session.awaits[session.inflight] = AwaitPubcomp | id;
			answer(wire.pubrel | id); // [MQTT-4.3.3-1]
		} else {
			// [MQTT-2.2.2-2] flags and length must be right
			if (wire.answerHeads[message.operation] !== head) return false;
			if (session.acknowledge(message.operation, id) === IGNORED) message.operation = 0;
			if (session.odd) {
				connection.tolerate(OTHER_ACK);
				if (connection.state === CLOSED) message.operation = 0; // by `onTolerated`: no callback follows
			}
			if (session.pendingAcks !== 0 && !connection.sendAcks()) connection.fastBytes = 0;
		}
		return true;
	}

	/** Calls `onControl`, then `onWritable`, for there is room again: from the event loop, should `onControl` throw. */
	function feed(): void {
		connection.soon.set(0);
		connection.events.onControl(message.operation, message);
		connection.onInflightFreed();
	}

	return (count) => {
		timers.heard = true;
		if (count > connection.fastBytes) {
			transport.readable = count;
			return drain();
		}
		buffer.resize(margin + count);
		(transport.socket as Socket).read(chunk);
		buffer.resize(size);
		if (count === wire.answer_bytes) {
			const head = view.getInt32(margin);
			message.operation = head >>> 28;
			message.id = head & 0xffff;
			// PUBACK or PUBCOMP of the newest entry, byte for byte; without a remaining length of 2 it is malformed
			if (head === session.awaits[session.inflight])
				if ((head & 0x2_0000) !== 0) {
					session.inflight -= 1;
					if (outgoing.inflightFull) return feed();
					connection.events.onControl(message.operation, message);
					return;
				}
			if (!acknowledged(head >>> 16)) return general(count);
			if (message.operation === 0) return;
			if (outgoing.inflightFull) return feed();
			connection.events.onControl(message.operation, message);
			return;
		}
		let seen = false;
		if (count === connection.repeat)
			if (view.getFloat64(margin) === last.first)
				if (view.getFloat64(last.fourthAt) === last.fourth)
					if (view.getFloat64(last.secondAt) === last.second) if (view.getFloat64(last.thirdAt) === last.third) seen = true;
		if (!seen) if (!learn(count)) return general(count);
		if (last.flags !== 0) {
			incoming.packet.id = view.getUint16(last.from - 2);
			if (incoming.packet.id === 0) return general(count);
			if (last.flags === 4 && !session.isNew(incoming.packet.id)) return general(count);
			incoming.packet.flags = last.flags;
			incoming.inMessage = true;
		}
		incoming.start = last.from;
		incoming.end = margin + count;
		incoming.fragment = last.length;
		try {
			connection.events.onReadable(last.length, info);
		} catch (error) {
			// the bytes that the callback has not taken go the general way
			connection.fastBytes = 0;
			connection.resume = incoming.fragment !== 0;
			if (!connection.resume && connection.state !== CLOSED) connection.soon.set(0);
			throw error;
		}
		if (incoming.fragment !== 0) {
			connection.fastBytes = 0;
			connection.resume = true;
		} else if (incoming.inMessage) {
			incoming.inMessage = false;
			if (last.flags === 4) {
				session.remember(incoming.packet.id); // only now, for the message is whole
				answer(wire.pubrec | incoming.packet.id);
			} else answer(wire.puback | incoming.packet.id);
		}
	};
}
