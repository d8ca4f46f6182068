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

/** True when `bytes[start..end)` is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF (Unicode 15 §3.9, table 3-7). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
	let at = start;
	while (at < end) {
		const lead = bytes[at++];
		if (lead < 0x80) continue;
		if (lead < 0xc2 || lead > 0xf4) return false;
		const tail = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		if (at + tail > end) return false;
		// Only the second byte's range depends on the lead: its limits shut out overlong forms and surrogates.
		const second = bytes[at];
		const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
		const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
		if (second < lowest || second > highest) return false;
		for (let i = 1; i < tail; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return false;
		at += tail;
	}
	return true;
}

/**
 * The text of `bytes[start..end)`, or `undefined` when MQTT forbids it: no well-formed UTF-8 [MQTT-1.5.3-1], or U+0000 [MQTT-1.5.3-2]. A byte
 * order mark stays [MQTT-1.5.3-3].
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (!isUtf8(bytes, start, end)) return undefined;
	let text = "";
	for (let at = start; at < end; ) {
		const lead = bytes[at++];
		if (lead === 0) return undefined;
		const tail = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		let code = tail === 0 ? lead : lead & (0x3f >> tail);
		for (let i = 0; i < tail; i++) code = (code << 6) | (bytes[at++] & 0x3f);
		text += String.fromCodePoint(code);
	}
	return text;
}
