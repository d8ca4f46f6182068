// No step of a fade can be seen. The criterion, and where it comes from:
//
// - A step that stands alone must be no more than 1 L*: "a delta L-star of unity is taken to be roughly the threshold of visibility"
//   (C. Poynton, Frequently Asked Questions about Color). In luminance that is 2.6 % at full light and 4 % at half.
// - Steps that follow one another at 80 Hz or more are not seen as steps but as a ramp: above 80 Hz the eye sees no flicker (CIE TN 006:2016;
//   N. Miller et al., Lighting Research & Technology 55 (2023) 5-35). A whole change in 350 ms is 100 L*, which no clock of 5 ms divides into
//   parts of 1: there it is the rate that hides them, 200 Hz, with 7 ms to spare for a busy event loop. They are still kept below 1.5 L*.
//
// L* counts from full light, to an eye that is adapted to a lit room. An eye used to the dark sees finer; the limit is then the PWM's own step:
// at 14 bits 0.055 L*, and a slow fade takes every one of them.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeCurve } from "../../../src/light/lamp/curve.js";
import { Lamp, type LampOptions } from "../../../src/light/lamp/lamp.js";
import { FakeLink, makeOptions, makeWorld } from "../world.js";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

const alone_max = 1;
const jump_max = 1.5;
/** 1 / 80 Hz. */
const gap_ms = 12.5;

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

test(`interrupted at random: monotonic until the next, no leap at the turn, exact at the end (SEED=${seed})`, () => {
	const step = fc.record({
		level: fc.integer({ min: 0, max: 254 }),
		wait: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1500 })),
		transition: fc.constantFrom(-1, -1, -1, 1, 5),
	});
	const curve = makeCurve(14);
	fc.assert(
		fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), (steps) => {
			const desk = start(14);
			const { world, lamp, link, lightnesses } = desk;
			let most = jump_max;
			for (const { level, wait, transition } of steps) {
				const before = lamp.duty;
				// A stream goes as fast as the hand: 40 ms, that is 8 steps, for whatever it has left.
				const last = most;
				if (level !== lamp.level) most = (Math.abs(lightnesses[curve[level]] - lightnesses[before]) + last) / 8 + jump_max;
				let allowed = last + most; // before the turn the fade went on unseen, for up to a step
				world.writes.length = 0;
				link.deliver(transition < 0 ? String(level) : `{"brightness":${level},"transition":${transition}}`);
				world.clock.run(wait);
				let duty = before;
				let at = -Infinity;
				for (const write of world.writes) {
					assert.ok(curve[level] > before ? write.duty > duty : write.duty < duty);
					assert.ok(write.duty > 0 || level === 0);
					const size = Math.abs(lightnesses[write.duty] - lightnesses[duty]);
					assert.ok(size <= allowed, `${duty} → ${write.duty}: ${size} L*, ${allowed} allowed`);
					allowed = most;
					if (at > -Infinity && write.at - at > gap_ms) assert.ok(size <= alone_max, `${size} L*, alone`);
					duty = write.duty;
					at = write.at;
				}
			}
			world.clock.run(6000);
			const last = steps[steps.length - 1].level;
			assert.deepEqual([lamp.level, lamp.duty], [last, curve[last]]);
			assert.equal(world.clock.waiting, 0);
		}),
		{ numRuns: 300, seed },
	);
});
