// XS's strings are bytes, and `ArrayBuffer.fromString` gives them; Node's cannot hold bytes that are no UTF-8. Here a character from U+DC80 to U+DCFF is
// such a byte, and another surrogate that stands alone has the three bytes that XS has for it.
export function bytesOf(text: string): Uint8Array {
	const bytes: number[] = [];
	for (const c of text) {
		const code = c.codePointAt(0) as number;
		if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code & 0xff);
		else if (code >= 0xd800 && code <= 0xdfff) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
		else bytes.push(...Buffer.from(c));
	}
	return Uint8Array.from(bytes);
}

Object.assign(ArrayBuffer, { fromString: (text: string) => bytesOf(text).buffer });
