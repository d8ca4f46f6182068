// What an application hands to `write`: its bytes, and its texts.
import type { ByteBuffer } from "../../host.js";
import { isText, readUtf8 } from "../bytes/utf8.js";
import { bytesOf } from "../packets/outbound.js";

/** Bytes of a Byte Buffer or of nothing; throws when it is neither. */
export function lengthOf(data: ByteBuffer | null | undefined): number {
	if (data === undefined || data === null) return 0;
	const { byteLength, BYTES_PER_ELEMENT = 1 } = data as Uint8Array;
	if (!Number.isInteger(byteLength) || (BYTES_PER_ELEMENT as number) !== 1)
		throw new TypeError("data: must be a Byte Buffer (ArrayBuffer, Uint8Array, Int8Array, DataView), null or undefined");
	return byteLength;
}

/** What is wrong with a topic or filter, given as text or as its bytes. */
export function textFault(value: string | ByteBuffer | undefined, faultOf: (text: string) => string | undefined): string | undefined {
	if (isText(value)) return faultOf(value);
	if (value === undefined || value === null || !Number.isInteger(value.byteLength)) return "must be a string or a Byte Buffer";
	if (value.byteLength > 65_535) return "has more than 65,535 bytes [MQTT-4.7.3-3]";
	const text = readUtf8(bytesOf(value), 0, value.byteLength);
	return text === undefined ? "is no UTF-8 that MQTT allows [MQTT-1.5.3-1]" : faultOf(text);
}

export function checkId(id: number): void {
	if (!Number.isInteger(id) || id < 1 || id > 65_535) throw new RangeError(`id: must be 1 to 65,535, is ${id} [MQTT-2.3.1-1]`);
}

/** `total` bytes of payload, of which `length` are there. */
export function checkTotal(total: number, length: number): void {
	if (!Number.isInteger(total) || total < length)
		throw new RangeError(`byteLength: must be a whole number of at least ${length}, is ${total}`);
}
