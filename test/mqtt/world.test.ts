// A slice of `npm run world`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seedOfRun } from "../world/random.js";
import { run } from "../world/world.js";

const seed = seedOfRun();
const runs = process.env.SEED === undefined ? 300 : 1;

for (const sessions of [true, false])
	test(`${runs} seeded worlds, sessions ${sessions ? "kept" : "lost"} by the broker (SEED=${seed} and on)`, () => {
		let accepted = 0;
		for (let i = 0; i < runs; i++) accepted += run(seed + i, sessions).accepted;
		assert.ok(accepted > 0);
	});
