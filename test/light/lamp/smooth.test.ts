// No step of a fade can be seen. The criterion, and where it comes from:
//
// - A step that stands alone must be no more than 1 L*: "a delta L-star of unity is taken to be roughly the threshold of visibility"
//   (C. Poynton, Frequently Asked Questions about Color). In luminance that is 2.6 % at full light and 4 % at half.
// - Steps that follow one another at 80 Hz or more are not seen as steps but as a ramp: above 80 Hz the eye sees no flicker (CIE TN 006:2016;
//   N. Miller et al., Lighting Research & Technology 55 (2023) 5-35). A whole change in 350 ms is 100 L*, which no clock of 5 ms divides into
//   parts of 1: there it is the rate that hides them, 200 Hz, with 7 ms to spare for a busy event loop. They are still kept below 1.5 L*.
// - Changes that stream in go as fast as the hand: what is left is faded in 40 ms. That is less than the eye resolves in time (it adds up the
//   light of 40 to 100 ms: Bloch's law), so there are no steps to be seen, of whatever size, but one change, and that was asked for. What could
//   be seen is light that leaps ahead of a 40 ms fade, that goes beyond what was asked for, or the wrong way. So in any time t the light moves no
//   farther than t / 40 ms of all that lies between what is shown and what has been asked for since it was shown.
//
// L* counts from full light, to an eye that is adapted to a lit room. An eye used to the dark sees finer; the limit is then the PWM's own step:
// at 14 bits 0.055 L*, and a slow fade takes every one of them.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeCurve } from "../../../src/light/lamp/curve.js";
import { stream_fade_ms } from "../../../src/light/lamp/fade.js";
import { Lamp, type LampOptions } from "../../../src/light/lamp/lamp.js";
import { FakeLink, makeOptions, makeWorld } from "../world.js";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

const alone_max = 1;
const jump_max = 1.5;
/** 1 / 80 Hz. */
const gap_ms = 12.5;
/** Of the lamp. */
const tick_ms = 5;

/** CIE 15:2004 §8.2.1, duty being luminance. */
function lightness(duty: number, full: number): number {
	const y = duty / full;
	return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

function start(bits: number, options: Partial<LampOptions> = {}) {
	const world = makeWorld({ ledBits: bits });
	const lamp = new Lamp({ ...makeOptions(world), ...options });
	const lightnesses = Float64Array.from({ length: 2 ** bits }, (_, duty) => lightness(duty, 2 ** bits - 1));
	return { world, lamp, link: FakeLink.last, lightnesses };
}

type Desk = ReturnType<typeof start>;

/** Every write of one fade from `before`: in one direction, to the end exactly, dark only at the end, and no step that can be seen. */
function check({ world, lightnesses }: Desk, before: number, target: number, stepMax: number, told: string): void {
	let duty = before;
	const { writes } = world;
	for (const [i, write] of writes.entries()) {
		assert.ok(target > before ? write.duty > duty : write.duty < duty, `${told}: ${duty}, ${write.duty}`);
		assert.ok(write.duty > 0 || target === 0, `${told}: dark on the way`);
		const size = Math.abs(lightnesses[write.duty] - lightnesses[duty]);
		const sinceLast = i > 0 ? write.at - writes[i - 1].at : Infinity;
		const toNext = i + 1 < writes.length ? writes[i + 1].at - write.at : Infinity;
		const most = Math.min(sinceLast, toNext) > gap_ms ? alone_max : stepMax;
		assert.ok(size <= most, `${told}: ${duty} → ${write.duty} is ${size.toFixed(2)} L*, ${sinceLast} ms after the last`);
		duty = write.duty;
	}
	assert.equal(duty, target, `${told}: the end`);
}

for (const bits of [12, 14])
	test(`${bits} bits: from every level to every other: monotonic, exact, no step that can be seen, and then silent`, () => {
		const desk = start(bits);
		const { world, lamp, link } = desk;
		const curve = makeCurve(bits);
		const stepMax = jump_max + desk.lightnesses[1]; // a duty is whole
		link.rise();
		for (let from = 0; from <= 254; from++) {
			for (let to = 0; to <= 254; to++) {
				link.deliver(`{"brightness":${from},"transition":0}`);
				world.clock.run(10);
				assert.equal(lamp.duty, curve[from]);
				world.clock.run(150); // what comes next is a jump
				world.writes.length = 0;
				link.deliver(String(to));
				world.clock.run(360);
				check(desk, curve[from], curve[to], stepMax, `${from} → ${to}`);
				assert.equal(world.clock.waiting, 0);
			}
		}
	});

test(`slow fades: each step is below the threshold by itself (SEED=${seed})`, () => {
	const level = fc.integer({ min: 0, max: 254 });
	const seconds = fc.integer({ min: 1, max: 60 });
	const desk = start(14);
	const { world, link } = desk;
	const curve = makeCurve(14);
	fc.assert(
		fc.property(level, level, seconds, (from, to, transition) => {
			link.deliver(`{"brightness":${from},"transition":0}`);
			world.clock.run(160);
			world.writes.length = 0;
			link.deliver(`{"brightness":${to},"transition":${transition}}`);
			world.clock.run(transition * 1000 + 10);
			check(desk, curve[from], curve[to], alone_max, `${from} → ${to} in ${transition} s`);
		}),
		{ numRuns: 150, seed },
	);
});

type Step = { level: number; wait: number; transition: number };

/** Levels that interrupt each other, each a wait after the one before: monotonic until the next, no leap, exact at the end. */
function interrupt(steps: readonly Step[]): void {
	const curve = makeCurve(14);
	const { world, lamp, link, lightnesses } = start(14);
	let duty = lamp.duty;
	let at = -Infinity;
	// Between these lies what was shown last, and all that has been asked for since.
	let least = 0;
	let most = 0;
	/** How far the fade goes at most; and those before it, with the time that each ended. */
	let far = 0;
	const fades: { ended: number; far: number }[] = [];
	let last = 0;
	/** When the first message after the last write came. */
	let asked = Infinity;
	for (const { level, wait, transition } of steps) {
		const up = curve[level] > duty;
		const target = lightnesses[curve[level]];
		world.writes.length = 0;
		asked = Math.min(asked, world.clock.now());
		least = Math.min(least, target);
		most = Math.max(most, target);
		// A target that is repeated begins no new fade.
		if (level !== last) fades.push({ ended: world.clock.now(), far });
		far = level === last ? Math.max(far, most - least) : most - least;
		last = level;
		let alone = false;
		link.deliver(transition < 0 ? String(level) : `{"brightness":${level},"transition":${transition}}`);
		world.clock.run(wait);
		for (const write of world.writes) {
			assert.ok(up ? write.duty > duty : write.duty < duty, `${duty} → ${write.duty}, to ${curve[level]}`);
			assert.ok(write.duty > 0 || level === 0);
			const size = Math.abs(lightnesses[write.duty] - lightnesses[duty]);
			// What stood still begins to move with the message, on the next tick.
			const took = Math.min(write.at - at, Math.max(write.at - asked, tick_ms));
			// A fade that was turned may have gone on for a tick beyond what is shown; that is seen with the next write, whenever it comes.
			const turned = Math.max(0, ...fades.filter(({ ended }) => ended >= at - stream_fade_ms).map((fade) => fade.far));
			// Duty is even within a level, not L*: up to a level at either end.
			const allowed = (Math.max(far, turned) * took + turned * tick_ms) / stream_fade_ms + 2 * lightnesses[curve[1]];
			assert.ok(size <= allowed, `${duty} → ${write.duty} in ${took} ms: ${size.toFixed(2)} L*, ${allowed.toFixed(2)} allowed`);
			if (alone && write.at - at > gap_ms) assert.ok(size <= alone_max, `${size} L*, alone`);
			duty = write.duty;
			at = write.at;
			least = Math.min(lightnesses[duty], target);
			most = Math.max(lightnesses[duty], target);
			asked = Infinity;
			alone = true;
		}
	}
	world.clock.run(6000);
	assert.deepEqual([lamp.level, lamp.duty], [last, curve[last]]);
	assert.equal(world.clock.waiting, 0);
}

// Found by SEED=816878730, 1003 and 1034: changes within a few milliseconds of each other, with 5 to 6 L* in consecutive steps of 5 ms.
for (const [seedOf, steps] of [
	[
		816878730,
		[
			[1, 34, -1],
			[0, 6, -1],
			[127, 14, -1],
			[32, 0, -1],
			[45, 1, -1],
		],
	],
	[
		1003,
		[
			[1, 0, -1],
			[193, 40, -1],
			[0, 3, -1],
			[193, 2, 5],
			[0, 5, -1],
		],
	],
	[
		1034,
		[
			[1, 57, 1],
			[130, 7, -1],
			[0, 2, -1],
			[1, 4, 1],
			[160, 5, -1],
			[0, 0, -1],
		],
	],
] as const)
	test(`changes within a few milliseconds: no leap (found by SEED=${seedOf})`, () =>
		interrupt(steps.map(([level, wait, transition]) => ({ level, wait, transition }))));

const step = fc.record({
	level: fc.integer({ min: 0, max: 254 }),
	wait: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 })),
	transition: fc.constantFrom(-1, -1, -1, 1, 5),
});

for (const fixed of [seed, 816878730, 1003, 1034])
	test(`interrupted at random: monotonic until the next, no leap at the turn, exact at the end (SEED=${fixed})`, () => {
		fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), interrupt), { numRuns: 300, seed: fixed });
	});
