// Packets of a client that are longer than an acknowledgement: CONNECT (MQTT 3.1.1 §3.1), SUBSCRIBE (§3.8), UNSUBSCRIBE (§3.10).
// Each writer puts the whole packet at the start of `bytes` and returns the packet's length; minus that length when `bytes` is too short.
import type { ByteBuffer } from "../../host.js";
import { isText, utf8Length, writeUtf8 } from "../bytes/utf8.js";
import { CONNECT, fixed_header_bytes, SUBSCRIBE, UNSUBSCRIBE, writeHeaderBefore } from "./wire.js";

export interface ConnectFields {
	id: string;
	clean: boolean;
	/** Seconds. */
	keepAlive: number;
	user: string | undefined;
	password: string | Uint8Array | undefined;
	will: { topic: string; message: string | Uint8Array; QoS: number; retain: boolean } | undefined;
}

export interface Filter {
	topic: string | ByteBuffer;
	QoS?: number;
}

/** The bytes of any Byte Buffer, without copying them. */
export function bytesOf(buffer: ByteBuffer): Uint8Array {
	if (buffer instanceof Uint8Array) return buffer;
	return ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
}

/** Length of a string or Byte Buffer on the wire, without the two bytes that hold this length. */
export function fieldLength(field: string | ByteBuffer): number {
	return isText(field) ? utf8Length(field) : field.byteLength;
}

/** Writes a field behind its length in two bytes (§1.5.3). Returns where the field ends. */
export function writeField(field: string | ByteBuffer, bytes: Uint8Array, at: number): number {
	let end = at + 2;
	if (isText(field)) end = writeUtf8(field, bytes, end);
	else {
		bytes.set(bytesOf(field), end);
		end += field.byteLength;
	}
	bytes[at] = (end - at - 2) >> 8;
	bytes[at + 1] = end - at - 2;
	return end;
}

function optionalLength(field: string | Uint8Array | undefined): number {
	return field === undefined ? 0 : 2 + fieldLength(field);
}

/** Moves a packet's header in front of its body, which stands at `fixed_header_bytes`, and both to the start. */
function finish(bytes: Uint8Array, first: number, end: number): number {
	const start = writeHeaderBefore(bytes, fixed_header_bytes, first, end - fixed_header_bytes);
	bytes.copyWithin(0, start, end);
	return end - start;
}

export function writeConnect(fields: ConnectFields, bytes: Uint8Array): number {
	const { id, user, password, will } = fields;
	let needed = fixed_header_bytes + 10 + optionalLength(id) + optionalLength(user) + optionalLength(password);
	if (will !== undefined) needed += optionalLength(will.topic) + optionalLength(will.message);
	if (needed > bytes.length) return -needed;

	// [MQTT-3.1.2-9] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] without a will, none of its flag, QoS, retain and fields; with a will, all
	// [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20] [MQTT-3.1.2-21] user name and password: flag and field together
	let flags = fields.clean ? 0x02 : 0;
	if (will !== undefined) flags |= 0x04 | (will.QoS << 3) | (will.retain ? 0x20 : 0);
	if (user !== undefined) flags |= 0x80;
	if (password !== undefined) flags |= 0x40;

	let at = writeField("MQTT", bytes, fixed_header_bytes);
	bytes[at++] = 4; // [MQTT-3.1.2-2] protocol level of 3.1.1
	bytes[at++] = flags;
	bytes[at++] = fields.keepAlive >> 8;
	bytes[at++] = fields.keepAlive;
	// [MQTT-3.1.3-1] [MQTT-3.1.3-3] in this order: client id, will topic, will message, user name, password
	at = writeField(id, bytes, at);
	if (will !== undefined) {
		at = writeField(will.topic, bytes, at);
		at = writeField(will.message, bytes, at);
	}
	if (user !== undefined) at = writeField(user, bytes, at);
	if (password !== undefined) at = writeField(password, bytes, at);
	return finish(bytes, CONNECT << 4, at);
}

/** `operation` is SUBSCRIBE, which has a QoS behind each filter, or UNSUBSCRIBE, which has none. */
export function writeFilters(operation: number, id: number, items: readonly Filter[], bytes: Uint8Array): number {
	const asked = operation === SUBSCRIBE ? 1 : 0;
	let needed = fixed_header_bytes + 2;
	for (const item of items) needed += 2 + fieldLength(item.topic) + asked;
	if (needed > bytes.length) return -needed;

	let at = fixed_header_bytes;
	bytes[at++] = id >> 8;
	bytes[at++] = id;
	for (const item of items) {
		at = writeField(item.topic, bytes, at);
		if (asked) bytes[at++] = item.QoS ?? 0;
	}
	// [MQTT-3.8.1-1] [MQTT-3.10.1-1] both carry the flags 0010
	return finish(bytes, (asked ? SUBSCRIBE << 4 : UNSUBSCRIBE << 4) | 2, at);
}
