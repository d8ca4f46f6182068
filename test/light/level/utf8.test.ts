import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isUtf8 } from "../../../src/light/level/utf8.js";

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodes(bytes: Uint8Array): boolean {
	try {
		decoder.decode(bytes);
		return true;
	} catch {
		return false;
	}
}

test("agrees with the platform's decoder", () => {
	// Bytes at the edges of the ranges, so that a hundred thousand cases meet all of them.
	const byte = fc.constantFrom(
		0x41,
		0x7f,
		0x80,
		0x8f,
		0x90,
		0x9f,
		0xa0,
		0xbf,
		0xc0,
		0xc1,
		0xc2,
		0xdf,
		0xe0,
		0xe1,
		0xed,
		0xef,
		0xf0,
		0xf4,
		0xf5,
		0xff,
	);
	fc.assert(
		fc.property(fc.array(byte, { maxLength: 5 }), (all) => {
			const bytes = new Uint8Array(all);
			assert.equal(isUtf8(bytes, 0, bytes.length), decodes(bytes));
		}),
		{ numRuns: 20_000 },
	);
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (text) => {
			const bytes = new TextEncoder().encode(text);
			assert.ok(isUtf8(bytes, 0, bytes.length));
		}),
	);
});

test("looks at its window only", () => {
	const bytes = new Uint8Array([0xff, 0xc3, 0xa9, 0xff]);
	assert.ok(isUtf8(bytes, 1, 3));
	assert.ok(!isUtf8(bytes, 1, 2));
	assert.ok(isUtf8(bytes, 2, 2));
});
