import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { Fade, jump_fade_ms, stream_fade_ms, unchanged } from "../../src/light/fade.js";

/** Milliseconds from `now` until the fade ends, looked at every millisecond. */
function duration(fade: Fade, now: number): number {
	let t = now;
	while (fade.active) fade.step(++t);
	return t - now;
}

test("a single jump takes 350 ms, an update of a stream 40 ms", () => {
	const fade = new Fade();
	fade.retarget(1000, 5000);
	assert.equal(duration(fade, 5000), jump_fade_ms);
	assert.equal(fade.duty, 1000);
	fade.retarget(2000, 6000);
	fade.step(6020);
	fade.retarget(2100, 6040);
	assert.equal(duration(fade, 6040), stream_fade_ms);
	fade.retarget(0, 6040 + 149);
	assert.equal(duration(fade, 6040 + 149), stream_fade_ms);
	fade.retarget(9, 6189 + 150);
	assert.equal(duration(fade, 6189 + 150), jump_fade_ms);
});

test("a transition is honoured, 0 at once", () => {
	const fade = new Fade();
	fade.retarget(500, 0, 60_000);
	assert.equal(fade.step(30_000), 250);
	assert.equal(fade.step(59_999), 499);
	assert.equal(fade.step(60_000), 500);
	fade.retarget(77, 60_001, 0);
	assert.equal(fade.step(60_001), 77);
	assert.ok(!fade.active);
});

test("nothing to write when nothing changes", () => {
	const fade = new Fade();
	assert.equal(fade.step(0), unchanged);
	fade.retarget(1, 0, 1000);
	for (let t = 0; t < 1000; t++) assert.equal(fade.step(t), unchanged);
	assert.equal(fade.step(1000), 1);
	assert.equal(fade.step(1001), unchanged);
});

test("from where it is, without a jump, however often it is turned", () => {
	const change = fc.record({
		target: fc.integer({ min: 0, max: 65535 }),
		after: fc.integer({ min: 0, max: 400 }),
		transition: fc.constantFrom(-1, -1, 0, 7, 900),
	});
	fc.assert(
		fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
			const fade = new Fade();
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
					assert.ok(Number.isInteger(next));
					assert.ok(
						target >= from ? next >= duty && next <= target : next <= duty && next >= target,
						`${from} → ${target}: ${duty} → ${next}`,
					);
					duty = next;
				}
			}
			const last = changes.at(-1);
			fade.step(now + 60_000);
			assert.equal(fade.duty, last?.target ?? 0);
			assert.ok(!fade.active);
		}),
		{ numRuns: 500 },
	);
});

test("a flood of updates does not stop the light", () => {
	const fade = new Fade();
	// Two levels a little apart, in turn, every millisecond: at 8 bits each retarget moves less than one duty.
	for (let now = 0; now < 1000; now++) {
		fade.retarget(30 + (now & 1), now);
		if (now % 10 === 0) fade.step(now);
	}
	assert.ok(fade.duty >= 29, `${fade.duty}`);
});
