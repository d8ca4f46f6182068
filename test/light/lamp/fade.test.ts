import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeCurve } from "../../../src/light/lamp/curve.js";
import { Fade, jump_fade_ms, stream_fade_ms, unchanged } from "../../../src/light/lamp/fade.js";

const curve = makeCurve(14);

/** Milliseconds from `now` until the fade ends, looked at every millisecond. */
function duration(fade: Fade, now: number): number {
	let t = now;
	while (fade.active) fade.step(++t);
	return t - now;
}

test("a single jump takes 350 ms, an update of a stream 40 ms", () => {
	const fade = new Fade(curve);
	fade.retarget(100, 5000);
	assert.equal(duration(fade, 5000), jump_fade_ms);
	assert.equal(fade.duty, curve[100]);
	fade.retarget(200, 6000);
	fade.step(6020);
	fade.retarget(210, 6040);
	assert.equal(duration(fade, 6040), stream_fade_ms);
	fade.retarget(0, 6040 + 149);
	assert.equal(duration(fade, 6040 + 149), stream_fade_ms);
	fade.retarget(32, 6189 + 150);
	assert.equal(duration(fade, 6189 + 150), jump_fade_ms);
});

test("a small jump takes less, so that a knob that begins to turn does not wait", () => {
	let last = stream_fade_ms;
	for (const level of [1, 4, 16, 31]) {
		const fade = new Fade(curve);
		fade.retarget(level, 0);
		const span = duration(fade, 0);
		assert.ok(span > last && span < jump_fade_ms, `${level}: ${span}`);
		last = span;
	}
});

test("both times are options", () => {
	const fade = new Fade(curve, 1000, 20);
	fade.retarget(100, 0);
	fade.retarget(101, 100);
	assert.equal(duration(fade, 100), 20);
	fade.retarget(0, 5000);
	assert.equal(duration(fade, 5000), 1000);
	const atOnce = new Fade(curve, 0, 0);
	atOnce.retarget(100, 0);
	assert.equal(atOnce.step(0), curve[100]);
});

test("a transition is honoured, 0 at once, and goes evenly to the eye", () => {
	const fade = new Fade(curve);
	fade.retarget(200, 0, 60_000);
	assert.equal(fade.step(30_000), curve[100]);
	assert.equal(fade.step(45_000), curve[150]);
	assert.ok(fade.step(59_999) < curve[200]);
	assert.equal(fade.step(60_000), curve[200]);
	fade.retarget(77, 60_001, 0);
	assert.equal(fade.step(60_001), curve[77]);
	assert.ok(!fade.active);
});

test("nothing to write when nothing changes", () => {
	const fade = new Fade(curve);
	assert.equal(fade.step(0), unchanged);
	fade.retarget(1, 0, 1000);
	fade.step(500);
	assert.equal(fade.duty, curve[1], "between off and level 1 stands level 1");
	for (let t = 501; t < 2000; t++) assert.equal(fade.step(t), unchanged);
	fade.retarget(0, 2000, 1000);
	for (let t = 2000; t < 3000; t++) assert.equal(fade.step(t), unchanged);
	assert.equal(fade.step(3000), 0);
	assert.equal(fade.step(3001), unchanged);
});

for (const bits of [8, 12, 14, 16])
	test(`${bits} bits: from where it is, without a jump, however often it is turned`, () => {
		const table = makeCurve(bits);
		const change = fc.record({
			target: fc.integer({ min: 0, max: 254 }),
			after: fc.integer({ min: 0, max: 400 }),
			transition: fc.constantFrom(-1, -1, 0, 7, 900),
		});
		fc.assert(
			fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
				const fade = new Fade(table);
				let now = 0;
				for (const { target, after, transition } of changes) {
					fade.step(now);
					const from = fade.duty;
					fade.retarget(target, now, transition);
					const until = now + after;
					let duty = fade.duty;
					for (; now < until; now++) {
						const next = fade.step(now);
						if (next === unchanged) continue;
						const to = table[target];
						assert.ok(Number.isInteger(next));
						assert.ok(to >= from ? next >= duty && next <= to : next <= duty && next >= to, `${from} → ${to}: ${duty} → ${next}`);
						duty = next;
					}
				}
				const last = changes.at(-1);
				fade.step(now + 60_000);
				assert.equal(fade.duty, table[last?.target ?? 0]);
				assert.ok(!fade.active);
			}),
			{ numRuns: 300 },
		);
	});

test("a flood of updates does not stop the light", () => {
	const table = makeCurve(8);
	const fade = new Fade(table);
	// Two levels a little apart, in turn, every millisecond.
	for (let now = 0; now < 1000; now++) {
		fade.retarget(200 + (now & 1), now);
		if (now % 10 === 0) fade.step(now);
	}
	assert.ok(fade.duty >= table[199], `${fade.duty}`);
});
