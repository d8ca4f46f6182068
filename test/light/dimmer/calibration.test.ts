// Guided calibration: a user without a screen, a chip that is 6 % off, and everything that can go wrong between the two ends.
import assert from "node:assert/strict";
import { test as it } from "node:test";
import { Dimmer, type DimmerOptions } from "../../../src/light/dimmer/dimmer.js";
import { seedOfRun } from "../../world/random.js";
import { FakeLink, makeOptions, makeRandom, makeWorld, type World } from "../world.js";

const seed = seedOfRun();
/** Every hand here trembles, in a way of its own in every run. */
const test = (name: string, body: () => void) => it(`${name} (SEED=${seed})`, body);

/** A potentiometer and a converter as the field has them: gain and offset of the chip, dead ends of the pot, jitter on every sample. */
interface Flaws {
	gain: number;
	offset: number;
	dead: number;
	jitter: number;
	swapped?: boolean;
}

class Hand {
	/** 0 (fully left) to 1. */
	place = 0.5;
	constructor(world: World, { gain, offset, dead, jitter, swapped = false }: Flaws, random: () => number) {
		world.hand.sample = () => {
			const turned = Math.min(1, Math.max(0, (this.place - dead) / (1 - 2 * dead)));
			const value = (swapped ? 1 - turned : turned) * gain + offset + (random() + random() - 1) * jitter;
			return Math.round(4095 * Math.min(1, Math.max(0, value)));
		};
	}
}

const usual: Flaws = { gain: 1, offset: 0, dead: 0.015, jitter: 0.015 };

function start(flaws: Flaws = usual, options: Partial<DimmerOptions> = {}, world = makeWorld()) {
	const hand = new Hand(world, flaws, makeRandom(seed));
	const dimmer = new Dimmer({ ...makeOptions(world), ...options });
	const link = FakeLink.last;
	link.rise();
	return { world, hand, dimmer, link };
}

/** As the log says: left, right. Returns what it said. */
function guided({ world, hand }: ReturnType<typeof start>, left = 0, right = 1): string[] {
	world.log.length = 0;
	world.clock.run(4000);
	hand.place = left;
	world.clock.run(6500);
	hand.place = right;
	world.clock.run(10_000);
	return [...world.log];
}

test("left, right, kept: used at once, and at the next start without being asked for", () => {
	const flaws = { ...usual, gain: 0.7, offset: 0.03 };
	const first = start(flaws, { calibrate: "now" });
	assert.match(first.world.log.find((line) => line.includes("turn")) ?? "", /^dimmer: turn the knob fully to the left.*10 s/);
	const said = guided(first);
	assert.match(said[0], /^dimmer: now turn it fully to the right.*10 s/);
	assert.match(said[1], /^dimmer: calibrated: off at \d+, full at \d+$/);
	assert.deepEqual([...first.world.kept.values.keys()].sort(), ["knob_full", "knob_off"]);
	const [off, full] = ["knob_off", "knob_full"].map((key) => Number(first.world.kept.values.get(key)));
	assert.ok(Math.abs(off - 0.03 * 4095) < 10 && Math.abs(full - 0.73 * 4095) < 10, `${off} to ${full}`);
	assert.deepEqual(
		first.link.published.map(({ text, qos }) => [text, qos]),
		[["254", 1]],
		"silent until it was calibrated",
	);
	first.hand.place = 0;
	first.world.clock.run(1000);
	assert.equal(first.dimmer.level, 0);
	const next = start(flaws, {}, first.world);
	next.hand.place = 1;
	next.world.clock.run(1000);
	assert.equal(next.dimmer.level, 254);
	assert.equal(next.world.kept.writes, 2);
});

test("swapped ends are put right, whatever `invert` says; without a calibration `invert` does", () => {
	for (const invert of [false, true]) {
		const desk = start({ ...usual, swapped: true }, { calibrate: "now", invert });
		guided(desk);
		assert.equal(desk.dimmer.level, 254);
		desk.hand.place = 0;
		desk.world.clock.run(1000);
		assert.equal(desk.dimmer.level, 0);
		const plain = start({ ...usual, swapped: true }, { invert });
		plain.hand.place = 0;
		plain.world.clock.run(1000);
		assert.equal(plain.dimmer.level, invert ? 0 : 254);
	}
});

test("with soft take-over the light stays as it is: what a hand did for the calibration is not meant for it", () => {
	for (const held of [100, 127, 200])
		for (const [left, right] of [
			[0, 1],
			[0.9, 0.95], // not plausible: the knob stays as it was
		]) {
			const desk = start(usual, { calibrate: "now", pickup: true });
			desk.link.deliver(String(held), { retain: true });
			guided(desk, left, right);
			desk.world.clock.run(60_000);
			assert.equal(desk.link.published.length, 0, `topic at ${held}, turned to ${right}`);
			for (let place = right; place >= 0.2; place -= 0.01) {
				desk.hand.place = place;
				desk.world.clock.run(50);
			}
			desk.world.clock.run(1000);
			const [first] = desk.link.published;
			assert.ok(Math.abs(Number(first.text) - held) <= 8, `${held} → ${first.text}`);
			assert.equal(desk.link.published.at(-1)?.text, String(desk.dimmer.level));
		}
	const empty = start(usual, { calibrate: "now", pickup: true });
	guided(empty);
	empty.world.clock.run(1000);
	assert.equal(empty.link.published.at(-1)?.text, "254", "there was no light to stay");
});

test("not plausible: said why, nothing kept, the knob as it was", () => {
	const half = start(usual, { calibrate: "now" });
	assert.match(guided(half, 0.4, 0.5).at(-1) ?? "", /not calibrated: \d+ and \d+ are too near each other/);
	const nobody = start(usual, { calibrate: "once" });
	assert.match(guided(nobody, 0.5, 0.5).at(-1) ?? "", /not calibrated: .* start again/);
	const turning = start(usual, { calibrate: "now" });
	turning.world.clock.run(9000);
	for (let t = 0; t < 120; t++) {
		turning.hand.place = t / 120;
		turning.world.clock.run(10);
	}
	turning.world.clock.run(20_000);
	assert.match(turning.world.log.at(-1) ?? "", /not calibrated: the knob was still being turned/);
	for (const { world, hand, dimmer, link } of [half, nobody, turning]) {
		assert.equal(world.kept.writes, 0);
		hand.place = 1;
		world.clock.run(1000);
		assert.equal(dimmer.level, 254);
		assert.equal(link.published.at(-1)?.text, "254");
	}
});

test("once: asked for at every start until it has been done, then no more; now: again", () => {
	const world = makeWorld();
	for (const [calibrate, asks] of [
		["kept", false],
		["once", true],
		["once", true],
	] as const) {
		const desk = start(usual, { calibrate }, world);
		assert.equal(
			world.log.some((line) => line.includes("fully to the left")),
			asks,
		);
		world.log.length = 0;
		desk.dimmer.close();
	}
	guided(start(usual, { calibrate: "once" }, world));
	assert.equal(world.kept.writes, 2);
	world.log.length = 0;
	start(usual, { calibrate: "once" }, world);
	assert.ok(!world.log.some((line) => line.includes("fully to the left")));
	start(usual, { calibrate: "now" }, world);
	assert.ok(world.log.some((line) => line.includes("fully to the left")));
});

test("what is kept and unfit is not used; a device that keeps nothing says so, and goes on", () => {
	for (const [off, full] of [
		[100, 200],
		[-1, 4000],
		[0.5, 4000],
		[0, 4096],
		["0", "4000"],
		[0, undefined],
	] as const) {
		const world = makeWorld();
		world.kept.values.set("knob_off", off);
		if (full !== undefined) world.kept.values.set("knob_full", full);
		const desk = start(usual, {}, world);
		desk.hand.place = 1;
		world.clock.run(1000);
		assert.equal(desk.dimmer.level, 254, `${off} ${full}`);
	}
	const full = makeWorld();
	full.kept.fails = true;
	const desk = start(usual, { calibrate: "now" }, full);
	assert.equal(guided(desk).at(-1), "dimmer: calibration not kept: store: full");
	full.clock.run(1000);
	assert.equal(desk.link.published.at(-1)?.text, "254");
	assert.throws(
		() => start(usual, { calibrate: "always" as "now" }),
		/^Error: calibrate: "always" is unknown; give one of kept, once, now/,
	);
});

test("chips that are 6 % off, jitter of 1 to 2 %, dead ends: calibrated, both ends are reached and hold, and every level is", () => {
	const random = makeRandom(seed + 2);
	for (let chip = 0; chip < 12; chip++) {
		const flaws = {
			gain: 0.94 + 0.06 * random(),
			offset: 0.03 * random(),
			dead: 0.01 + 0.02 * random(),
			jitter: 0.01 + 0.01 * random(),
			swapped: chip % 3 === 0,
		};
		const told = `SEED=${seed}, ${JSON.stringify(flaws)}`;
		const desk = start(flaws, { calibrate: "now" });
		const { world, hand, dimmer, link } = desk;
		guided(desk);
		for (const [end, level] of [
			[0, 0],
			[1, 254],
			[0, 0],
		] as const) {
			hand.place = end;
			world.clock.run(1000);
			assert.equal(dimmer.level, level, told);
			const { length } = link.published;
			world.clock.run(29_000);
			assert.ok(link.published.length <= length + 1, `${told}: it chatters at its end`);
			assert.equal(dimmer.level, level, told);
		}
		const seen = new Set<number>();
		// There and back: noise may carry the knob over a level in one direction.
		for (let step = -6000; step <= 6000; step++) {
			hand.place = 1 - Math.abs(step) / 6000;
			world.clock.run(10);
			seen.add(dimmer.level);
		}
		assert.equal(seen.size, 255, told);
	}
});
