// What ON means.
import assert from "node:assert/strict";
import test from "node:test";
import { Rested, rest_ms } from "../../../src/light/level/rested.js";

/** Says each level at its time, and then what ON means. */
function on(
	said: readonly (readonly [at: number, level: number, transition?: number, retained?: boolean])[],
	rested = new Rested(),
): number {
	for (const [at, level, transition = -1, retained = false] of said) rested.heard(level, at, transition, retained);
	return rested.on;
}

test("nothing heard: full", () => {
	assert.equal(new Rested().on, 254);
	assert.equal(new Rested(0, 60).on, 60);
	assert.equal(new Rested(180, 60).on, 180);
	assert.equal(on([[0, 0]], new Rested(180)), 180, "what it was at has stood");
});

test("the last level that stood for a second, not one that was passed on the way to off", () => {
	assert.equal(rest_ms, 1000);
	const turn = [[0, 200], ...Array.from({ length: 40 }, (_, i) => [5000 + 40 * i, 195 - 5 * i])] as [number, number][];
	assert.equal(on(turn), 200);
	assert.equal(
		on([
			[0, 200],
			[1000, 0],
		]),
		200,
	);
	assert.equal(
		on([
			[0, 200],
			[999, 0],
		]),
		254,
	);
	assert.equal(
		on([
			[0, 200],
			[5000, 20],
			[6000, 0],
		]),
		20,
		"a pause of a second is a rest",
	);
	assert.equal(
		on([
			[0, 200],
			[5000, 0],
			[5100, 7],
			[5200, 0],
		]),
		200,
	);
});

test("a light that is on stays where it is", () => {
	assert.equal(
		on([
			[0, 200],
			[5000, 90],
		]),
		90,
	);
});

test("said again, it stands since it was said first", () => {
	assert.equal(
		on([
			[0, 60],
			[600, 60],
			[1000, 0],
		]),
		60,
	);
	assert.equal(
		on([
			[0, 60],
			[30_000, 60],
			[30_001, 0],
		]),
		60,
		"a heartbeat",
	);
});

test("a transition counts from its end, or from the command that ended it", () => {
	assert.equal(
		on([
			[0, 200],
			[5000, 100, 60_000],
			[30_000, 0],
		]),
		200,
		"on its way",
	);
	assert.equal(
		on([
			[0, 200],
			[5000, 100, 60_000],
			[66_000, 0],
		]),
		100,
	);
	assert.equal(
		on([
			[0, 200],
			[5000, 100, 60_000],
			[6000, 100],
			[7000, 0],
		]),
		100,
	);
	assert.equal(
		on([
			[0, 200],
			[5000, 100],
			[6000, 100, 60_000],
			[8000, 0],
		]),
		100,
		"it was there already",
	);
});

test("what is retained has stood", () => {
	assert.equal(
		on([
			[0, 200, -1, true],
			[10, 0],
		]),
		200,
	);
	assert.equal(
		on([
			[0, 0],
			[10, 80, -1, true],
			[20, 0],
		]),
		80,
	);
});
