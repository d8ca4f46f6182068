import assert from "node:assert/strict";
import test from "node:test";
import { makeCurve } from "../../../src/light/lamp/curve.js";

for (let bits = 8; bits <= 16; bits++) {
	test(`${bits} bits: 0 and only 0 is off, the top is full, no step goes down${bits >= 12 ? ", all are distinct" : ""}`, () => {
		const curve = makeCurve(bits);
		assert.equal(curve.length, 255);
		assert.equal(curve[0], 0);
		assert.equal(curve[254], 2 ** bits - 1);
		for (let level = 1; level <= 254; level++) {
			assert.ok(curve[level] >= 1);
			assert.ok(curve[level] >= curve[level - 1]);
			if (bits >= 12) assert.ok(curve[level] > curve[level - 1], `level ${level}`);
		}
	});
}

test("known points of CIE L*", () => {
	const curve = makeCurve(16);
	// L* = 50 is 18.42 % luminance, the photographer's grey card; L* = 8 is where the two branches meet, at 0.8856 %.
	assert.ok(Math.abs(curve[127] / 65535 - 0.184187) < 0.0001);
	assert.ok(Math.abs(makeCurve(16)[20] / 65535 - 7.874 / 903.3) < 0.00002);
});

test("the limits scale, and 0 stays off", () => {
	const curve = makeCurve(14, { minimum: 5, maximum: 80 });
	assert.equal(curve[0], 0);
	assert.ok(curve[1] >= Math.round(0.05 * 16383));
	assert.equal(curve[254], Math.round(0.8 * 16383));
	assert.equal(new Set(curve).size, 255);
});

test("what is unfit is refused by name", () => {
	for (const bits of [7, 17, 12.5, NaN]) assert.throws(() => makeCurve(bits), /^Error: led: a resolution of/);
	assert.throws(() => makeCurve(12, { minimum: -1 }), /^Error: minimum: -1 is not a percentage/);
	assert.throws(() => makeCurve(12, { maximum: 101 }), /^Error: maximum: 101 is not a percentage/);
	assert.throws(() => makeCurve(12, { maximum: NaN }), /^Error: maximum: NaN/);
	assert.throws(() => makeCurve(12, { minimum: 50, maximum: 50 }), /^Error: minimum: must be less than maximum/);
});
