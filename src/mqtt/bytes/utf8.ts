// UTF-8 as MQTT allows it (MQTT 3.1.1 §1.5.3), without TextEncoder and Buffer: not every host has them, and both allocate.

/** A constant, for on XS a text literal in a preloaded module is copied each time that it is executed; a constant is not. */
const text_type = "string";

export function isText(value: unknown): value is string {
	return typeof value === text_type;
}

/** Length of `text` in bytes of UTF-8, or -1 when MQTT forbids it: a lone surrogate [MQTT-1.5.3-1] or U+0000 [MQTT-1.5.3-2]. */
export function utf8Length(text: string): number {
	let length = 0;
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		if (unit === 0) return -1;
		if (unit < 0x80) length += 1;
		else if (unit < 0x800) length += 2;
		// the XS of the Moddable SDK counts code points where other engines count UTF-16 units
		else if (unit > 0xffff) length += 4;
		else if (unit < 0xd800 || unit > 0xdfff) length += 3;
		else {
			const low = text.charCodeAt(i + 1);
			if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
			length += 4;
			i += 1;
		}
	}
	return length;
}

/** Writes `text`, which `utf8Length` has accepted, from `at` on. Returns where the text ends. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
	for (let i = 0; i < text.length; i++) {
		let code = text.charCodeAt(i);
		if (code < 0x80) {
			bytes[at++] = code;
			continue;
		}
		if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
		else {
			if (code > 0xffff || (code >= 0xd800 && code <= 0xdfff)) {
				if (code <= 0xffff) {
					i += 1;
					code = 0x10000 + ((code - 0xd800) << 10) + (text.charCodeAt(i) - 0xdc00);
				}
				bytes[at++] = 0xf0 | (code >> 18);
				bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
			} else bytes[at++] = 0xe0 | (code >> 12);
			bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
		}
		bytes[at++] = 0x80 | (code & 0x3f);
	}
	return at;
}

/** Smallest code point that a sequence of 2, 3 or 4 bytes may stand for: a smaller one would be an overlong form. */
const smallest = Object.freeze([0, 0, 0x80, 0x800, 0x10000]);

/**
 * The text of `bytes[start..end)`, or `undefined` when they are not UTF-8 that MQTT allows: malformed, overlong, a surrogate, beyond
 * U+10FFFF [MQTT-1.5.3-1], or U+0000 [MQTT-1.5.3-2]. A byte order mark stays [MQTT-1.5.3-3].
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
	let text = "";
	for (let at = start; at < end; ) {
		const first = bytes[at++];
		if (first < 0x80) {
			if (first === 0) return undefined;
			text += String.fromCharCode(first);
			continue;
		}
		const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
		if (first < 0xc2 || first > 0xf4 || at + size - 1 > end) return undefined;
		let code = first & (0x7f >> size);
		for (let i = 1; i < size; i++) {
			const next = bytes[at++];
			if ((next & 0xc0) !== 0x80) return undefined;
			code = (code << 6) | (next & 0x3f);
		}
		if (code < smallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
		text += String.fromCodePoint(code);
	}
	return text;
}
