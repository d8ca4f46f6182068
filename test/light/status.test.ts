// The status LED in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connecting, noBroker, online, StatusLight, stopped } from "../../src/light/status.js";
import { Clock } from "./world.js";

function lamp() {
	const clock = new Clock();
	const seen: [at: number, lit: boolean][] = [];
	const start = clock.now();
	const light = new StatusLight(clock, (lit) => seen.push([clock.now() - start, lit]));
	return { clock, seen, light };
}

/** Milliseconds lit and dark by turns, from the LED alone. */
function rhythm(pattern: readonly number[], ms: number): number[] {
	const { clock, seen, light } = lamp();
	light.show(pattern);
	clock.run(ms);
	return seen.slice(1).map(([at], index) => at - (seen[index] as [number, boolean])[0]);
}

test("each pattern has its rhythm, and repeats it", () => {
	assert.deepEqual(rhythm(connecting, 1600), [200, 200, 200, 200, 200, 200, 200, 200]);
	assert.deepEqual(rhythm(noBroker, 3000), [120, 180, 120, 1080, 120, 180, 120, 1080]);
	assert.deepEqual(rhythm(online, 8000), [30, 3970, 30, 3970]);
	assert.deepEqual(rhythm(stopped, 2000), [900, 100, 900, 100]);
});

test("a pattern begins lit, and ends with a dark piece", () => {
	for (const pattern of [connecting, noBroker, online, stopped]) {
		assert.equal(pattern.length % 2, 0);
		const { seen, light } = lamp();
		light.show(pattern);
		assert.deepEqual(seen, [[0, true]]);
	}
});

test("another pattern begins at once; the same one goes on as it was", () => {
	const { clock, seen, light } = lamp();
	light.show(connecting);
	clock.run(250);
	light.show(connecting);
	clock.run(100);
	assert.deepEqual(seen, [
		[0, true],
		[200, false],
	]);
	light.show(online);
	clock.run(30);
	assert.deepEqual(seen.slice(2), [
		[350, true],
		[380, false],
	]);
	assert.equal(clock.waiting, 1);
});

test("closed, it is dark and rests", () => {
	const { clock, seen, light } = lamp();
	light.show(stopped);
	light.close();
	clock.run(10_000);
	assert.deepEqual(seen, [
		[0, true],
		[0, false],
	]);
	assert.equal(clock.waiting, 0);
});
