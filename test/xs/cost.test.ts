// On the XS engine, exact on any machine: a message takes no heap slot, whichever way it goes and at whatever QoS.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { allocatesChunks } from "./chunks.js";
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

for (const name of ["publish0", "publishInTurn", "receive0", "publish1", "receive1", "publish2", "receive2"])
	test(`XS: 0 heap slots per message: ${name}`, { skip }, async () => {
		const { slots } = await engine.cost(name);
		// `cost` calls it with 3, 0, 0 and 1000
		await engine.evaluate(`check(${name.startsWith("receive") ? 1003 : 0})`);
		assert.equal(slots, 0);
	});

test("XS: topics in turn cost no slot more where one is as long as limits.topic allows: both stay composed", { skip }, async () => {
	const [longest, two] = [await engine.cost("publishLongest"), await engine.cost("publishTwo")];
	assert.equal(longest.slots, two.slots);
});

test("XS: 0 heap slots per message through the link, also where topics take turns, and after a reconnect", { skip }, async () => {
	const other = new Engine();
	try {
		await other.evaluate(await bundle(`${import.meta.dirname}/link-cost.ts`));
		for (const connection of ["first", "second"]) {
			for (const name of [
				"receiveOne",
				"receiveInTurn",
				"receiveQoS1",
				"receiveQoS2",
				"publishQoS0",
				"publishInTurn",
				"publishQoS1",
				"publishQoS2",
			]) {
				assert.equal((await other.cost(name)).slots, 0, `${name}, ${connection} connection`);
				await other.evaluate("check()");
			}
			await other.evaluate("reconnect()");
		}
	} finally {
		other.close();
	}
});

test("XS: 0 heap slots a frame of our WebSocket, out and in", { skip }, async (t) => {
	const other = new Engine();
	try {
		await other.evaluate(await bundle(`${import.meta.dirname}/websocket-cost.ts`));
		for (const name of ["send", "receive"]) {
			await other.evaluate(`${name}(100)`);
			const { slots, steps } = await other.cost(name, 240);
			assert.equal(slots, 0, name);
			t.diagnostic(`${name}: ${Math.round(steps)} steps`);
		}
		// with the 3 and the 240 of `cost`
		await other.evaluate("check(343)");
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
	["words", "a lamp taking JSON and words, or refusing them"],
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

test("XS: no string and no buffer a reading, a tick at rest, a step of a fade", { skip }, async () => {
	for (const [name, allocates] of [
		["strings", true],
		["nothing", false],
		["reading", false],
		["rest", false],
		["step", false],
	] as const) {
		const other = new Engine();
		try {
			await other.evaluate(await bundle(`${import.meta.dirname}/light-cost.ts`));
			assert.equal(await allocatesChunks(other, name), allocates, name);
		} finally {
			other.close();
		}
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

test("XS: the steps stay within what docs/costs.md says", { skip }, async () => {
	// with those of the fake socket
	const most = { publish0: 159, receive0: 404, publish1: 496, receive1: 564, publish2: 947, receive2: 1214 };
	for (const [name, bound] of Object.entries(most)) {
		const { steps } = await engine.cost(name);
		assert.ok(steps <= bound, `${name}: ${steps} steps, at most ${bound}`);
	}
});
