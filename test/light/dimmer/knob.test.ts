import assert from "node:assert/strict";
import test from "node:test";
import { Knob, oversampling } from "../../../src/light/dimmer/knob.js";
import { seedOfRun } from "../../world/random.js";
import { makeRandom } from "../world.js";

const seed = seedOfRun();

/** One reading of the knob at `raw`, a 10 ms tick. */
function read(knob: Knob, raw: number | (() => number), times = 1): void {
	for (let reading = 0; reading < times; reading++) {
		let sum = 0;
		for (let i = 0; i < oversampling; i++) sum += typeof raw === "number" ? raw : raw();
		knob.read(sum);
	}
}

/** The raw value at which `level` stands, by the documented 1.5 % of snap at each end. */
function rawOf(level: number, minimum: number, maximum: number): number {
	return Math.round(minimum + (maximum - minimum) * (0.015 + (0.97 * level) / 254));
}

for (const [bits, minimum, maximum] of [
	[10, 0, 1023],
	[12, 0, 4095],
	[12, 150, 3000],
	[14, 0, 16383],
	[16, 0, 65535],
] as const) {
	test(`${bits} bits, ${minimum} to ${maximum}: every level is reached, by turning and by jumping (SEED=${seed})`, () => {
		const knob = new Knob({ resolution: bits, minimum, maximum });
		assert.equal(knob.level, -1);
		const up = new Set<number>();
		const down = new Set<number>();
		const ticks = 6000; // a slow turn: a minute
		for (let t = 0; t <= ticks; t++) {
			read(knob, Math.round(minimum + ((maximum - minimum) * t) / ticks));
			up.add(knob.level);
		}
		for (let t = ticks; t >= 0; t--) {
			read(knob, Math.round(minimum + ((maximum - minimum) * t) / ticks));
			down.add(knob.level);
		}
		assert.equal(up.size, 255);
		assert.equal(down.size, 255);
		const random = makeRandom(seed + bits);
		for (let level = 0; level <= 254; level++) {
			read(knob, rawOf(Math.floor(random() * 255), minimum, maximum), 60);
			const before: number = knob.level;
			read(knob, rawOf(level, minimum, maximum), 60);
			if (Math.abs(before - level) >= 3) assert.equal(knob.level, level, `from ${before}`);
		}
	});
}

test("inverted and calibrated: the ends are where they should be, and beyond", () => {
	const knob = new Knob({ resolution: 12, minimum: 200, maximum: 3800, invert: true });
	for (const raw of [200, 0, 254]) {
		read(knob, raw, 30);
		assert.equal(knob.level, 254);
	}
	for (const raw of [3800, 4095, 3746, 99999, Infinity]) {
		read(knob, raw, 30);
		assert.equal(knob.level, 0);
	}
	read(knob, NaN, 30);
	assert.equal(knob.level, 254);
});

test(`the ends hold: a knob that reaches 1 % to 99 % of its converter says 0 and 254, whatever way it came (SEED=${seed})`, () => {
	const random = makeRandom(seed);
	const at = (share: number) => () => Math.round(4095 * Math.min(1, Math.max(0, share + (random() - 0.5) * 0.02)));
	const knob = new Knob({ resolution: 12 });
	for (let i = 0; i < 200; i++) {
		read(knob, at(random()), 5 + Math.floor(random() * 40));
		read(knob, at(i & 1 ? 0.01 : 0.99), 60);
		assert.equal(knob.level, i & 1 ? 0 : 254);
		// A nudge off the end by a step, and back.
		read(knob, at(i & 1 ? 0.02 : 0.98), 60);
		read(knob, at(i & 1 ? 0.01 : 0.99), 60);
		assert.equal(knob.level, i & 1 ? 0 : 254);
	}
});

test(`one wild sample in a hundred does not move it (SEED=${seed})`, () => {
	const random = makeRandom(seed);
	const knob = new Knob({ resolution: 12 });
	read(knob, 2000, 50);
	const { level } = knob;
	for (let t = 0; t < 2000; t++) {
		const spike = Math.floor(random() * oversampling * 7);
		let i = 0;
		read(knob, () => (i++ === spike ? 4095 : 2000));
		// A mean with one spike is 8 steps off; the median drops it unless it comes twice in three readings.
		assert.ok(Math.abs(knob.level - level) <= 8);
	}
});

test("follows the hand: a full turn in a second lags less than 25 ms, and ends exactly", () => {
	const knob = new Knob({ resolution: 12 });
	let last = 0;
	for (let t = 0; t <= 100; t++) {
		read(knob, Math.round(40.95 * t));
		const due = (((t - 2.5) / 100 - 0.015) / 0.97) * 254;
		assert.ok(knob.level >= Math.floor(due) - 1, `tick ${t}: ${knob.level} of ${due}`);
		assert.ok(knob.level >= last);
		last = knob.level;
	}
	read(knob, 4095);
	assert.equal(knob.level, 254);
});

test("turning back takes 1.5 steps, wherever the hand turns", () => {
	const place = (position: number) => Math.round(65535 * (0.015 + (0.97 * position) / 254));
	for (let top = 100; top < 103; top += 0.1) {
		const knob = new Knob({ resolution: 16 });
		let p = 80;
		for (; p < top; p += 0.1) read(knob, place(p));
		const { level } = knob;
		const turned = p;
		for (; knob.level >= level; p -= 0.1) read(knob, place(p));
		assert.ok(turned - p >= 1.4 && turned - p < 5, `${turned} → ${p}`);
	}
});

test("a hand slower than any average is followed too", () => {
	const knob = new Knob({ resolution: 16 });
	read(knob, 30_000, 3000);
	const first = knob.level;
	// One step in 25 s: slower than the place of rest is averaged.
	for (let t = 0; t < 25_000; t++) read(knob, 30_000 + Math.round(t / 10));
	assert.ok(knob.level >= first + 8, `${first} → ${knob.level}`);
});

test("a nudge too small to count is taken in some 20 s: the place of rest is averaged over 2 ** 10 readings", () => {
	const place = (position: number) => Math.round(65535 * (0.015 + (0.97 * position) / 254));
	for (const nudge of [1.3, -1.3]) {
		const knob = new Knob({ resolution: 16 });
		read(knob, place(100), 1000);
		assert.equal(knob.level, 100);
		let readings = 0;
		for (; knob.level === 100 && readings < 10_000; readings++) read(knob, place(100 + nudge));
		assert.equal(knob.level, 100 + Math.sign(nudge));
		// 1,024 × ln(1.3 / 0.3) is 1,500; an average twice as long, or half, would be outside
		assert.ok(readings > 1_100 && readings < 2_100, `${readings} readings`);
	}
});

test("what is unfit is refused by name", () => {
	assert.throws(() => new Knob({ resolution: 7 }), /^Error: knob: a converter of 7 bits/);
	assert.throws(() => new Knob({ resolution: 12, minimum: -1 }), /^Error: calibration.minimum: -1/);
	assert.throws(() => new Knob({ resolution: 12, maximum: 4096 }), /^Error: calibration.maximum: 4096/);
	assert.throws(() => new Knob({ resolution: 12, maximum: 1.5 }), /^Error: calibration.maximum: 1.5/);
	assert.throws(() => new Knob({ resolution: 12, minimum: 3000, maximum: 1000 }), /^Error: calibration: 3000 to 1000 is too narrow/);
});
