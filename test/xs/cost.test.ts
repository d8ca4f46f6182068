// On the XS engine, exact on any machine: a message takes no heap slot, whichever way it goes and at whatever QoS.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bundle, Engine, installEngine } from "./engine.js";

const missing = installEngine();
const skip = missing === undefined ? false : `the XS engine of npm is not built: ${missing.split("\n")[0]}`;
let engine: Engine;

before(async () => {
	if (skip) return;
	engine = new Engine();
	await engine.evaluate(await bundle(`${import.meta.dirname}/client-cost.ts`));
});
after(() => engine?.close());

for (const name of ["publish0", "receive0", "publish1", "receive1", "publish2", "receive2"])
	test(`XS: 0 heap slots per message: ${name}`, { skip }, async () => {
		const { slots } = await engine.cost(name);
		// `cost` calls it with 3, 0, 0 and 1000
		await engine.evaluate(`check(${name.startsWith("receive") ? 1003 : 0})`);
		assert.equal(slots, 0);
	});

test("XS: 0 heap slots per message through the link, also where topics take turns", { skip }, async () => {
	const other = new Engine();
	try {
		await other.evaluate(await bundle(`${import.meta.dirname}/link-cost.ts`));
		for (const name of ["receiveOne", "receiveInTurn", "receiveQoS1", "publishQoS0", "publishQoS1"]) {
			assert.equal((await other.cost(name)).slots, 0, name);
			await other.evaluate("check()");
		}
	} finally {
		other.close();
	}
});

for (const [name, what] of [
	["reading", "the knob's filter, a reading of 16 samples"],
	["rest", "a dimmer's tick at rest"],
	["turn", "a dimmer's tick while it is turned, publishing"],
	["turnWithPickup", "the same with soft take-over"],
	["level", "a lamp taking a level"],
	["step", "a step of its fade"],
] as const)
	test(`XS: 0 heap slots: ${what}`, { skip }, async (t) => {
		const other = new Engine();
		try {
			await other.evaluate(await bundle(`${import.meta.dirname}/light-cost.ts`));
			await other.evaluate(`${name}(100)`);
			const { slots, steps } = await other.cost(name, 960);
			assert.equal(slots, 0);
			t.diagnostic(`${Math.round(steps)} steps`);
		} finally {
			other.close();
		}
	});

test("XS: what was measured of knob and lamp was work", { skip }, async () => {
	const other = new Engine();
	try {
		await other.evaluate(await bundle(`${import.meta.dirname}/light-cost.ts`));
		for (const name of ["rest", "turn", "turnWithPickup", "level", "step"]) await other.cost(name, 960);
		await other.evaluate("check()");
	} finally {
		other.close();
	}
});

test("XS: the steps of QoS 0 stay within what the README says", { skip }, async () => {
	const publish = (await engine.cost("publish0")).steps;
	const receive = (await engine.cost("receive0")).steps;
	assert.ok(publish <= 230, `publish: ${publish} steps`);
	assert.ok(receive <= 750, `receive: ${receive} steps`);
});
