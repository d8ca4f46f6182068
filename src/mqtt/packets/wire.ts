// MQTT 3.1.1 §2: the numbers of the wire.

/** Quality of service (§4.3): at most once, at least once, exactly once. */
export type QoS = 0 | 1 | 2;

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;

/** Room before a body for the largest fixed header: a byte of type and flags, four of remaining length (§2.2). */
export const fixed_header_bytes = 5;

/** PUBACK, PUBREC, PUBREL and PUBCOMP: a fixed header and an id (§3.4 to §3.7). */
export const answer_bytes = 4;

/** The acknowledgements whole, as the number that their four bytes are, with a packet id of 0. */
export const puback = 0x4002_0000;
export const pubrec = 0x5002_0000;
export const pubrel = 0x6202_0000;
export const pubcomp = 0x7002_0000;

/** PINGREQ (§3.12) and DISCONNECT (§3.14), whole. */
export const pingreq = new Uint8Array([PINGREQ << 4, 0]);
export const disconnect = new Uint8Array([DISCONNECT << 4, 0]);

/** Flags of PUBLISH (§3.3.1). QoS stands between them. */
export const RETAIN = 1;
export const DUP = 8;

/** Return code of a SUBACK for a filter that the server refuses (§3.9.3). */
export const SUBACK_FAILURE = 0x80;

/** Largest remaining length: four bytes of seven bits (§2.2.3). */
export const remaining_length_max_bytes = 268_435_455;

/** The flags that a packet of each type must have: PUBREL, SUBSCRIBE and UNSUBSCRIBE 2, all others but PUBLISH 0 (§2.2.2) [MQTT-2.2.2-1]. */
export const reservedFlags = new Uint8Array([0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0]);

/** The first two bytes of PUBACK, PUBREC, PUBREL and PUBCOMP, as a number, by operation; for others, a number that does not begin with it. */
export const answerHeads = new Uint16Array([-1, -1, -1, -1, 0x4002, 0x5002, 0x6202, 0x7002, -1, -1, -1, -1, -1, -1, -1, 0]);

/**
 * Remaining length plus one, for the packets that a server may send; SUBACK's varies, PUBLISH is decoded apart; 0: a server never
 * sends this packet.
 */
export const fixedLengths = new Uint8Array([0, 0, 3, 0, 3, 3, 3, 3, 0, 4, 0, 3, 0, 1, 0, 0]);

/** Bytes that a remaining length takes (§2.2.3, table 2.4). */
export function lengthBytes(length: number): number {
	return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}

/** Writes a fixed header that ends just before `end`. Returns where the header begins. */
export function writeHeaderBefore(bytes: Uint8Array, end: number, first: number, length: number): number {
	let at = end - lengthBytes(length);
	const start = at - 1;
	bytes[start] = first;
	while (length > 127) {
		bytes[at++] = (length & 0x7f) | 0x80;
		length >>= 7;
	}
	bytes[at] = length;
	return start;
}
