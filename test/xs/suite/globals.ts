// Globals of Node that the tests use and XS lacks. Nothing in `src/` sees them: a lint rule keeps it from naming one.
class Encoder {
	encode(text: string): Uint8Array {
		// half a surrogate pair becomes U+FFFD
		const whole = text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
		const bytes: number[] = [];
		for (const part of encodeURIComponent(whole).match(/%..|[^%]/g) ?? [])
			bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
		return Uint8Array.from(bytes);
	}
}

/** Lowest and highest second byte behind each first byte, and how many bytes in all: Table 3-7 of the Unicode Standard. */
const wellFormed: [low: number, high: number, second: [number, number], length: number][] = [
	[0xc2, 0xdf, [0x80, 0xbf], 2],
	[0xe0, 0xe0, [0xa0, 0xbf], 3],
	[0xe1, 0xec, [0x80, 0xbf], 3],
	[0xed, 0xed, [0x80, 0x9f], 3],
	[0xee, 0xef, [0x80, 0xbf], 3],
	[0xf0, 0xf0, [0x90, 0xbf], 4],
	[0xf1, 0xf3, [0x80, 0xbf], 4],
	[0xf4, 0xf4, [0x80, 0x8f], 4],
];

/** Always with `fatal` and `ignoreBOM`. Not XS's own, whose opinion on UTF-8 differs from the standard's. */
class Decoder {
	decode(bytes: Uint8Array): string {
		let text = "";
		for (let at = 0; at < bytes.length; ) {
			const first = bytes[at++];
			if (first < 0x80) {
				text += String.fromCharCode(first);
				continue;
			}
			const row = wellFormed.find(([low, high]) => first >= low && first <= high);
			if (row === undefined) throw new TypeError("not UTF-8");
			const [, , [low, high], length] = row;
			let code = first & (0x7f >> length);
			for (let i = 1; i < length; i++) {
				const byte = bytes[at++];
				if (!(byte >= (i === 1 ? low : 0x80) && byte <= (i === 1 ? high : 0xbf))) throw new TypeError("not UTF-8");
				code = (code << 6) | (byte & 0x3f);
			}
			text += String.fromCodePoint(code);
		}
		return text;
	}
}

class Bytes extends Uint8Array {
	static concat(parts: Uint8Array[]): Bytes {
		const whole = new Bytes(parts.reduce((sum, part) => sum + part.length, 0));
		let at = 0;
		for (const part of parts) {
			whole.set(part, at);
			at += part.length;
		}
		return whole;
	}
	static override from(value: unknown): Bytes {
		if (typeof value === "string") value = new Encoder().encode(value);
		const bytes = new Bytes((value as Uint8Array).length);
		bytes.set(value as Uint8Array);
		return bytes;
	}
	equals(other: Uint8Array): boolean {
		return this.length === other.length && this.every((byte, i) => byte === other[i]);
	}
}

const world = globalThis as unknown as Record<string, unknown>;
world.TextEncoder = Encoder;
world.TextDecoder = Decoder;
world.Buffer = Bytes;
world.process ??= { env: {} };
// fast-check asks for timers when it is loaded, and never sets one here
world.setTimeout ??= () => {
	throw new Error("no timers here");
};
world.clearTimeout ??= () => {};
