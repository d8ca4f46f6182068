// What a board tells about itself leaves nothing behind: a lamp that hangs in a ceiling has nothing to collect.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bundle, Engine, installEngine } from "./engine.js";

test("0 slots a minute", async (t) => {
	assert.equal(installEngine(), undefined);
	const engine = new Engine();
	t.after(() => engine.close());
	await engine.evaluate(await bundle(join(import.meta.dirname, "role-ram.ts")));
	const { slots, steps } = await engine.cost("info", 100);
	t.diagnostic(`${slots} slots, ${steps} steps`);
	assert.equal(slots, 0);
});
