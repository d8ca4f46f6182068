// UTF-8 well-formedness, Unicode 15 §3.9 table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.

/** True when `bytes[from..end)` is well-formed UTF-8. Decodes nothing, allocates nothing. */
export function isUtf8(bytes: Uint8Array, from: number, end: number): boolean {
	let at = from;
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
		for (let i = 1; i < tail; i++) {
			if ((bytes[at + i] & 0xc0) !== 0x80) return false;
		}
		at += tail;
	}
	return true;
}
