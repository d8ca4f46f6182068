// UTF-8: MQTT 3.1.1 §1.5.3.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isUtf8, readUtf8, utf8Length, writeUtf8 } from "../../../src/mqtt/bytes/utf8.js";

test("UTF-8: all text goes there and back, and is what the platform makes of it (property)", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (text) => {
			const expected = new TextEncoder().encode(text);
			assert.ok(isUtf8(expected, 0, expected.length));
			if (text.includes("\0")) return assert.equal(utf8Length(text), -1);
			assert.equal(utf8Length(text), expected.length);
			const bytes = new Uint8Array(expected.length + 2);
			assert.equal(writeUtf8(text, bytes, 1), expected.length + 1);
			assert.deepEqual(bytes.subarray(1, -1), expected);
			assert.equal(readUtf8(bytes, 1, expected.length + 1), text);
		}),
	);
});

test("UTF-8: bytes are refused exactly where the platform refuses them, and where MQTT does (property)", () => {
	const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	const tricky = fc.constantFrom(
		0x61,
		0x7f,
		0x80,
		0xbf,
		0xc0,
		0xc1,
		0xc2,
		0xdf,
		0xe0,
		0xe1,
		0x9f,
		0xa0,
		0xed,
		0xef,
		0xf0,
		0x8f,
		0x90,
		0xf4,
		0xf5,
		0xff,
		0,
	);
	fc.assert(
		fc.property(fc.array(tricky, { maxLength: 8 }), (values) => {
			const bytes = Uint8Array.from(values);
			let expected: string | undefined;
			try {
				expected = strict.decode(bytes);
			} catch {
				expected = undefined;
			}
			assert.equal(isUtf8(bytes, 0, bytes.length), expected !== undefined);
			if (values.includes(0)) expected = undefined;
			assert.equal(readUtf8(bytes, 0, bytes.length), expected);
		}),
		{ numRuns: 20_000 },
	);
});

test("UTF-8: a check stays in its window", () => {
	const bytes = new Uint8Array([0xff, 0xc3, 0xa9, 0xff]);
	assert.ok(isUtf8(bytes, 1, 3));
	assert.ok(!isUtf8(bytes, 1, 2));
	assert.ok(isUtf8(bytes, 2, 2));
});

test("UTF-8: half a pair at the end, and a pair in the wrong order", () => {
	assert.deepEqual(["a\ud83d", "\udca1\ud83d", "\ud83dx", "💡"].map(utf8Length), [-1, -1, -1, 4]);
});

test("UTF-8: an engine that counts code points, as the SDK's XS does, writes the same bytes", () => {
	const points = [..."a💡ü"].map((character) => character.codePointAt(0) as number);
	const text = { length: points.length, charCodeAt: (at: number) => points[at] } as unknown as string;
	const bytes = new Uint8Array(utf8Length(text));
	assert.equal(writeUtf8(text, bytes, 0), bytes.length);
	assert.deepEqual([...bytes], [...new TextEncoder().encode("a💡ü")]);
});
