// The packets that a server sends (MQTT 3.1.1 §3.2 to §3.13), decoded over the caller's bytes into a record that the caller owns.
import {
	BAD_CONNACK,
	BAD_DUP,
	BAD_FLAGS,
	BAD_ID,
	BAD_LENGTH,
	BAD_OPERATION,
	BAD_PACKET_LENGTH,
	BAD_QOS,
	BAD_SUBACK,
	BAD_TOPIC,
	FROM_SERVER,
	NEED_MORE,
} from "./reason.js";
import { CONNACK, DUP, fixedLengths, PINGRESP, PUBLISH, reservedFlags, SUBACK, SUBACK_FAILURE, UNSUBACK } from "./wire.js";

/** One received packet. Positions are in the bytes from which the packet was decoded. */
export class Inbound {
	operation = 0;
	/** The low four bits of the first byte. */
	flags = 0;
	/** Remaining length (§2.2.3). */
	length = 0;
	/** Packet id, 0 where the packet has none. */
	id = 0;
	topicStart = 0;
	topicLength = 0;
	/** PUBLISH: payload bytes that follow. */
	payloadLength = 0;
	/** CONNACK: its return code. */
	returnCode = 0;
	/** CONNACK: session present. */
	sessionPresent = false;
	/** SUBACK: where its return codes stand. */
	codesStart = 0;
	codesLength = 0;
	/** The reason, where the packet breaks the standard without harm; else 0. */
	odd = 0;
	/** Bytes that must be there before this packet can be taken: the head of a PUBLISH, the whole of any other packet. 0 when not yet known. */
	needed = 0;
}

/**
 * Decodes the packet that begins at `start`. Returns the bytes taken: the whole packet, or all of a PUBLISH but its payload; `NEED_MORE` (0)
 * when `end` comes too early, with `into.needed`; a negative reason when the packet is malformed.
 */
export function decode(bytes: Uint8Array, start: number, end: number, into: Inbound): number {
	into.needed = into.odd = 0;
	if (end - start < 2) return NEED_MORE;
	const first = bytes[start];
	let length = bytes[start + 1];
	let at = start + 2;
	if (length > 127) {
		length &= 127;
		for (let shift = 7; ; shift += 7) {
			// §2.2.3: four bytes at the most
			if (shift > 21) return BAD_LENGTH;
			if (at === end) return NEED_MORE;
			const byte = bytes[at++];
			length |= (byte & 127) << shift;
			if (byte < 128) break;
		}
	}
	const operation = first >> 4;
	into.operation = operation;
	into.flags = first & 15;
	into.length = length;
	if (operation === PUBLISH) return decodePublish(bytes, start, at, end, into);
	// [MQTT-2.2.2-2] reserved flags must have the values of table 2.2
	if (into.flags !== reservedFlags[operation]) return operation === 0 || operation === 15 ? BAD_OPERATION : BAD_FLAGS;
	const fixed = fixedLengths[operation];
	if (fixed === 0) return operation === 0 || operation === 15 ? BAD_OPERATION : FROM_SERVER;
	if (operation === SUBACK ? length < 3 : length !== fixed - 1) return BAD_PACKET_LENGTH;
	into.needed = at - start + length;
	if (end - at < length) return NEED_MORE;
	return decodeControl(bytes, at, into);
}

function decodePublish(bytes: Uint8Array, start: number, at: number, end: number, into: Inbound): number {
	const QoS = (into.flags >> 1) & 3;
	// [MQTT-3.3.1-4] QoS 3 is malformed
	if (QoS === 3) return BAD_QOS;
	// [MQTT-3.3.1-2] a QoS 0 message is never a duplicate, but brokers forward a DUP flag that its sender has set by mistake
	if (QoS === 0 && into.flags & DUP) {
		into.odd = BAD_DUP;
		into.flags &= ~DUP;
	}
	if (into.length < 2) return BAD_PACKET_LENGTH;
	if (end - at < 2) return NEED_MORE;
	const topicLength = (bytes[at] << 8) | bytes[at + 1];
	// [MQTT-4.7.3-1] a topic has at least one character
	if (topicLength === 0) return BAD_TOPIC;
	const head = 2 + topicLength + (QoS === 0 ? 0 : 2);
	if (head > into.length) return BAD_PACKET_LENGTH;
	into.needed = at - start + head;
	into.topicLength = topicLength;
	into.payloadLength = into.length - head;
	if (end - at < head) return NEED_MORE;
	at += 2;
	into.topicStart = at;
	at += topicLength;
	into.id = 0;
	if (QoS !== 0) {
		into.id = (bytes[at] << 8) | bytes[at + 1];
		at += 2;
		// [MQTT-2.3.1-1] packet ids are never 0
		if (into.id === 0) return BAD_ID;
	}
	return at - start;
}

function decodeControl(bytes: Uint8Array, at: number, into: Inbound): number {
	const operation = into.operation;
	into.id = 0;
	if (operation === PINGRESP) return into.needed;
	if (operation === CONNACK) {
		const present = bytes[at];
		into.returnCode = bytes[at + 1];
		// [MQTT-3.2.2-4] no session is present where the connection is refused; §3.2.2.1: bits 7 to 1 are 0
		if (present > 1 || (present === 1 && into.returnCode !== 0)) into.odd = BAD_CONNACK;
		into.sessionPresent = (present & 1) !== 0 && into.returnCode === 0;
		return into.needed;
	}
	into.id = (bytes[at] << 8) | bytes[at + 1];
	if (into.id === 0) return BAD_ID;
	into.codesStart = at + 2;
	into.codesLength = operation === UNSUBACK ? 0 : into.length - 2;
	if (operation === SUBACK) {
		for (let i = 0; i < into.codesLength; i++) {
			const code = bytes[into.codesStart + i];
			// [MQTT-3.9.3-2] only 0, 1, 2 and 0x80 are allowed; MQTT 5 has more codes that refuse
			if (code > 2 && code !== SUBACK_FAILURE) into.odd = BAD_SUBACK;
		}
	}
	return into.needed;
}
