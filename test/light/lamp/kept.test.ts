// The lamp's level over a power cut, and the flash that must not feel it.
import assert from "node:assert/strict";
import test from "node:test";
import { makeCurve } from "../../../src/light/lamp/curve.js";
import { Lamp, type LampOptions } from "../../../src/light/lamp/lamp.js";
import { FakeLink, makeOptions, makeWorld } from "../world.js";

const curve = makeCurve(14);

function start(world = makeWorld(), options: Partial<LampOptions> = {}) {
	const lamp = new Lamp({ ...makeOptions(world), powerOn: "last", ...options });
	return { world, lamp, link: FakeLink.last };
}

test("kept once, 10 s after the last change, however many there were", () => {
	const { world, link } = start();
	for (let i = 0; i < 30_000; i++) {
		link.deliver(String(i % 255));
		world.clock.run(1);
	}
	assert.equal(world.kept.writes, 0, "30 s of a flood");
	link.deliver("77");
	world.clock.run(9_999);
	assert.equal(world.kept.writes, 0);
	world.clock.run(1);
	assert.deepEqual([world.kept.writes, world.kept.values.get("level")], [1, 77]);
	world.clock.run(3_600_000);
	assert.equal(world.kept.writes, 1);
	link.deliver("78");
	world.clock.run(5_000);
	link.deliver("77");
	world.clock.run(60_000);
	assert.equal(world.kept.writes, 1, "what is kept already is not written");
	assert.equal(world.clock.waiting, 0, "nothing rings at rest");
});

test("after a power cut: faded in before any broker is reached, then the topic's", () => {
	const world = makeWorld();
	world.kept.values.set("level", 180);
	const { lamp, link } = start(world);
	assert.deepEqual([world.writes[0], lamp.level], [{ at: 1000, duty: 0 }, 180]);
	world.clock.run(175);
	assert.equal(lamp.duty, curve[90]);
	world.clock.run(175);
	assert.equal(lamp.duty, curve[180]);
	assert.equal(world.kept.writes, 0);
	link.rise();
	link.deliver("180", { retain: true });
	assert.equal(world.clock.waiting, 0, "the same level: nothing to do");
	link.deliver("40", { retain: true });
	world.clock.run(1000);
	assert.equal(lamp.duty, curve[40]);
	link.deliver("0");
	link.deliver("ON");
	assert.equal(lamp.level, 40);
});

test("ON after a power cut is the level of before", () => {
	const world = makeWorld();
	world.kept.values.set("level", 60);
	const { lamp, link } = start(world);
	link.deliver("OFF");
	link.deliver("ON");
	assert.equal(lamp.level, 60);
});

test("switched off before the power cut: dark, and ON is the level of before", () => {
	const before = start();
	before.link.deliver("40");
	before.world.clock.run(60_000);
	before.link.deliver("60");
	before.world.clock.run(1_000);
	before.link.deliver("OFF");
	before.world.clock.run(60_000);
	assert.equal(before.world.kept.writes, 3, "40, and then 0 with the 60 that it was");
	for (let cut = 0; cut < 3; cut++) {
		const { lamp, link, world } = start(before.world);
		world.clock.run(60_000);
		assert.deepEqual([lamp.level, lamp.duty], [0, 0]);
		link.deliver("0", { retain: true });
		link.deliver("ON");
		assert.equal(lamp.level, 60);
		link.deliver("OFF");
		lamp.close();
		assert.equal(world.kept.writes, 3, "that is kept already");
	}
	const briefly = start(before.world);
	briefly.link.deliver("80");
	briefly.world.clock.run(1_000);
	briefly.link.deliver("OFF");
	briefly.world.clock.run(60_000);
	assert.deepEqual([briefly.world.kept.writes, briefly.world.kept.values.get("level_on")], [4, 80], "0 is kept already");
	briefly.link.deliver("ON");
	briefly.world.clock.run(60_000);
	briefly.link.deliver("OFF");
	briefly.world.clock.run(60_000);
	assert.equal(briefly.world.kept.writes, 6, "the 80 is kept already");
	for (const unfit of [0, -1, 255, 1.5, "90"]) {
		before.world.kept.values.set("level_on", unfit);
		const { lamp, link } = start(before.world);
		link.deliver("ON");
		assert.equal(lamp.level, 254, `${unfit}`);
	}
});

test("turned down to off: what is kept for ON is where the light rested, not the last level that was passed", () => {
	const { world, link } = start();
	link.deliver("200");
	world.clock.run(5_000);
	for (let level = 195; level >= 0; level -= 5) {
		link.deliver(String(level));
		world.clock.run(40);
	}
	world.clock.run(60_000);
	assert.equal(world.kept.values.get("level_on"), 200);
	const { lamp, link: again } = start(world);
	again.deliver("0", { retain: true });
	again.deliver("ON");
	assert.equal(lamp.level, 200);
});

test("nothing kept, or nothing that could be a level: dark until the topic speaks", () => {
	for (const value of [undefined, 0, -1, 255, 1.5, "90", Number.NaN]) {
		const world = makeWorld();
		if (value !== undefined) world.kept.values.set("level", value);
		const { lamp, link } = start(world);
		world.clock.run(1000);
		assert.deepEqual([lamp.level, lamp.duty], [0, 0], `${value}`);
		link.deliver("5", { retain: true });
		assert.equal(lamp.level, 5);
	}
});

test("a goodbye keeps the level at once, and only once; other policies keep nothing", () => {
	const first = start();
	first.link.deliver("33");
	first.lamp.close();
	first.lamp.close();
	assert.deepEqual([first.world.kept.writes, first.world.kept.values.get("level")], [1, 33]);
	const again = start(first.world);
	assert.equal(again.lamp.level, 33);
	again.lamp.close();
	assert.equal(first.world.kept.writes, 1);
	for (const powerOn of ["follow", "off"] as const) {
		const other = start(makeWorld(), { powerOn });
		other.link.deliver("33");
		other.world.clock.run(60_000);
		other.lamp.close();
		assert.equal(other.world.kept.writes, 0);
	}
});

test("a device that keeps nothing says so once a level, and the light goes on", () => {
	const { world, lamp, link } = start();
	world.kept.fails = true;
	link.deliver("33");
	world.clock.run(60_000);
	assert.deepEqual(world.log, ["lamp: level not kept for the next start: store: full"]);
	assert.equal(lamp.duty, curve[33]);
});
