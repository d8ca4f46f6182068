// The form that a browser posts: application/x-www-form-urlencoded (WHATWG URL §5.1), more strictly than a browser needs. A form that our own page
// would not send is refused as a whole: no field is guessed, and none is taken alone.
import { readUtf8 } from "../../../src/mqtt/bytes/utf8.js";

/** The eight fields of the page at their longest (fields.ts) have 2,666 bytes, 7,998 when each byte is written as `%XX`; their names take 60. */
export const form_max_bytes = 8_192;
/**
 * In an image with TLS. A CA of the longest (`ca_max_bytes` in fields.ts) has some 4,100 bytes in PEM, with its line ends 4,800 when they, `+`, `/` and `=`
 * are written as `%XX`; the rest is for the words that OpenSSL writes before it.
 */
export const secureForm_max_bytes = 16_384;

/** XS copies a text whenever something is added to it: a long text is put together of pieces. */
const piece_bytes = 64;

const fields_max = 16;

function digit(byte: number): number {
	if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
	const letter = byte | 0x20;
	return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Decodes `bytes[from..end)` in place, from `from` on; returns where the text ends, or -1. */
function decode(bytes: Uint8Array, from: number, end: number): number {
	let to = from;
	for (let at = from; at < end; at++) {
		let byte = bytes[at];
		if (byte === 0x2b) byte = 0x20;
		else if (byte === 0x25) {
			if (at + 2 >= end) return -1;
			const high = digit(bytes[at + 1]);
			const low = digit(bytes[at + 2]);
			if (high < 0 || low < 0) return -1;
			byte = (high << 4) | low;
			at += 2;
		}
		bytes[to++] = byte;
	}
	return to;
}

function text(bytes: Uint8Array, from: number, end: number): string | undefined {
	const to = decode(bytes, from, end);
	if (to < 0) return undefined;
	let all = "";
	for (let at = from; at < to; ) {
		let next = Math.min(at + piece_bytes, to);
		// not within a character: the bytes that continue a character have 10 in front
		while (next < to && next > at + 1 && (bytes[next] & 0xc0) === 0x80) next--;
		const piece = readUtf8(bytes, at, next);
		if (piece === undefined) return undefined;
		all += piece;
		at = next;
	}
	return all;
}

function indexOf(bytes: Uint8Array, byte: number, from: number, end: number): number {
	for (let at = from; at < end; at++) if (bytes[at] === byte) return at;
	return end;
}

/**
 * The fields of `bytes`, which are overwritten. Undefined when `bytes` are no form of ours: longer than `most`, malformed, not UTF-8, with a NUL,
 * with a name twice, with more than 16 fields.
 */
export function parseForm(bytes: Uint8Array, most = form_max_bytes): Map<string, string> | undefined {
	const length = bytes.length;
	if (length > most) return undefined;
	const fields = new Map<string, string>();
	for (let at = 0; at < length; ) {
		const end = indexOf(bytes, 0x26, at, length);
		const equals = indexOf(bytes, 0x3d, at, end);
		if (equals === end) return undefined;
		const name = text(bytes, at, equals);
		const value = text(bytes, equals + 1, end);
		if (!name || value === undefined || fields.has(name) || fields.size === fields_max) return undefined;
		fields.set(name, value);
		at = end + 1;
	}
	return fields;
}
