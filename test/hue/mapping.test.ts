import assert from "node:assert/strict";
import { test } from "node:test";
import { commandV1, commandV2, levelOf, levelOfBri, levelOfPercent, percentOf } from "../../src/hue/mapping.js";
import { makeV1 } from "../../src/hue/v1.js";
import { makeV2 } from "../../src/hue/v2.js";

test("each of the 255 levels comes back from v1 and from v2 as it was", () => {
	const v1 = makeV1("k");
	const v2 = makeV2("k");
	const light = { id: "1", kind: "light" as const };
	for (let level = 0; level <= 254; level++) {
		const first = JSON.parse(v1.command(level, 400));
		const state = JSON.stringify({ state: { on: first.on, bri: first.bri ?? 77 } });
		assert.equal(levelOf(v1.shown(state, light) as never), level, `v1 ${level}`);
		const second = JSON.parse(v2.command(level, 400));
		const data = JSON.stringify({ errors: [], data: [{ on: second.on, dimming: second.dimming ?? { brightness: 30 } }] });
		assert.equal(levelOf(v2.shown(data, light) as never), level, `v2 ${level}`);
	}
});

test("the ranges of both APIs are kept: bri 1 to 254, percent above 0 to 100, the fade in tenths and in milliseconds", () => {
	for (let level = 1; level <= 254; level++) {
		const { bri, on } = JSON.parse(commandV1(level, 0));
		assert.ok(on === true && Number.isInteger(bri) && bri >= 1 && bri <= 254);
		assert.ok(percentOf(level) > 0 && percentOf(level) <= 100);
	}
	assert.equal(JSON.parse(commandV1(1, 3_600_000)).transitiontime, 36_000);
	assert.equal(JSON.parse(commandV1(1, 1e9)).transitiontime, 65_535);
	assert.equal(JSON.parse(commandV2(1, 1e9)).dynamics.duration, 6_000_000);
});

test("0 is off in every dialect, never brightness 0", () => {
	assert.equal(commandV1(0, 400), '{"on":false}');
	assert.equal(commandV2(0, 400), '{"on":{"on":false},"dynamics":{"duration":400}}');
	// brightness 0 of a light that is on is its lowest light
	assert.equal(levelOf({ on: true, level: levelOfPercent(0) }), 1);
	assert.equal(levelOf({ on: true, level: levelOfBri(0) }), 1);
	assert.equal(levelOf({ on: false, level: 200 }), 0);
	assert.equal(levelOf({ on: undefined, level: 200 }), -1);
	assert.equal(levelOf({ on: true, level: undefined }), -1);
});
