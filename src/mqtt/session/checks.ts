// Checks of the data and options that an application hands to `write`.
import type { ByteBuffer } from "../../host.js";
import { isText, readUtf8 } from "../bytes/utf8.js";
import { bytesOf, type Filter } from "../packets/outbound.js";
import { filterFault } from "../packets/topic.js";
import type { QoS } from "../packets/wire.js";

export interface WriteOptions {
	/** Default `Client.PUBLISH`. */
	operation?: number;
	/** Packet id. The caller sets the id of every packet or of none. */
	id?: number;
	topic?: string | ByteBuffer;
	QoS?: QoS;
	retain?: boolean;
	duplicate?: boolean;
	/** Length of the whole payload, when it is sent in several writes. */
	byteLength?: number;
	items?: readonly Filter[];
}

/** Length of a Byte Buffer in bytes; 0 for `null` and `undefined`. Throws for anything else. */
export function lengthOf(data: ByteBuffer | null | undefined): number {
	if (data === undefined || data === null) return 0;
	const { byteLength, BYTES_PER_ELEMENT = 1 } = data as Uint8Array;
	if (!Number.isInteger(byteLength) || (BYTES_PER_ELEMENT as number) !== 1)
		throw new TypeError("data: must be a Byte Buffer (ArrayBuffer, Uint8Array, Int8Array, DataView), null or undefined");
	return byteLength;
}

/** The fault of a topic or filter, given as text or as its bytes; `undefined` when there is none. */
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

/** Checks the length of a payload: `total` bytes, of which this write has `length`. */
export function checkTotal(total: number, length: number): void {
	if (!Number.isInteger(total) || total < length)
		throw new RangeError(`byteLength: must be a whole number of at least ${length}, is ${total}`);
}

/** Checks the filters of a SUBSCRIBE or UNSUBSCRIBE, of which `most` are allowed at once. */
export function checkFilters(items: WriteOptions["items"], most: number, subscribe: boolean): asserts items is readonly Filter[] {
	// [MQTT-3.8.3-3] [MQTT-3.10.3-2] at least one filter
	if (!Array.isArray(items) || items.length === 0) throw new TypeError("items: must be an array of at least one filter [MQTT-3.8.3-3]");
	if (items.length > most) throw new RangeError(`items: ${items.length} filters; limits.filters allows ${most} at once`);
	// [MQTT-3.8.3-1] [MQTT-3.10.3-1] filters are text
	for (const { topic, QoS } of items) {
		const fault = textFault(topic, filterFault);
		if (fault !== undefined) throw new RangeError(`items: filter ${JSON.stringify(topic)} ${fault}`);
		if (subscribe && QoS !== undefined && QoS !== 0 && QoS !== 1 && QoS !== 2)
			throw new RangeError(`items: QoS must be 0, 1 or 2, is ${QoS} [MQTT-3.8.3-4]`);
	}
}
