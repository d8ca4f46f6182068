// The axis of time of the page's history, in zones whose days have 23 and 25 hours.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Answer, seriesOf } from "../../hosts/browser/page/history/data.js";
import { labels, ticks } from "../../hosts/browser/page/history/ticks.js";

const zone = process.env.TZ;
after(() => {
	if (zone === undefined) delete process.env.TZ;
	else process.env.TZ = zone;
});

const hour = 3_600_000;
const clocks = (at: number[]) => at.map((each) => new Date(each).getHours());

for (const [name, spring, autumn] of [
	["Europe/Berlin", [2026, 2, 29], [2026, 9, 25]],
	["America/New_York", [2026, 2, 8], [2026, 10, 1]],
] as const) {
	test(`${name}: a day of 23 hours and one of 25 have each label once, and even ones`, () => {
		process.env.TZ = name;
		for (const [[year, month, day], hours] of [
			[spring, 23],
			[autumn, 25],
		] as const) {
			const from = new Date(year, month, day).getTime();
			const to = new Date(year, month, day + 1).getTime();
			assert.equal((to - from) / hour, hours);
			assert.deepEqual(clocks(ticks(from, to, 12)), [0, 3, 6, 9, 12, 15, 18, 21, 0]);
			for (const most of [4, 8, 12, 30]) {
				const found = ticks(from, to, most);
				const told = labels(found);
				assert.equal(new Set(told).size, told.length, `${most}: ${told}`);
				for (let i = 1; i < found.length; i++) assert.ok((found[i] as number) > (found[i - 1] as number));
			}
		}
	});

	test(`${name}: within the hour that comes twice, labels say the offset`, () => {
		process.env.TZ = name;
		const [year, month, day] = autumn;
		const from = new Date(year, month, day, 0, 30).getTime();
		const told = labels(ticks(from, from + 3 * hour, 12));
		assert.equal(new Set(told).size, told.length, `${told}`);
	});

	test(`${name}: a week over the change has seven or eight midnights, each of its own date`, () => {
		process.env.TZ = name;
		const [year, month, day] = autumn;
		const found = ticks(new Date(year, month, day - 3, 12).getTime(), new Date(year, month, day + 4, 12).getTime(), 8);
		assert.deepEqual(new Set(clocks(found)), new Set([0]));
		assert.equal(new Set(labels(found)).size, 7);
	});
}

const answer = (over: Partial<Answer>): Answer => ({
	from: 1_000,
	to: 11_000,
	step: 0,
	now: 9_000,
	before: null,
	gaps: [],
	complete: true,
	rows: [],
	...over,
});

test("a silent stretch is nothing, not a level; nothing is drawn beyond the desk's now", () => {
	const series = seriesOf(
		answer({
			before: { time: 1, level: 7 },
			gaps: [{ kind: "off", source: "", from: 3_000, to: 5_000, note: "the recorder was off" }],
			rows: [
				[2_000, 20],
				[6_000, 60],
			],
		}),
	);
	assert.deepEqual(series.time, [1, 2, 3, 3, 6, 9]);
	assert.deepEqual(series.level, [7, 20, 20, null, 60, 60]);
});

test("a gap that lasts ends the line; one that lies before does not; a device's own silence is no gap of the level", () => {
	const gap = { source: "", note: "" };
	const series = seriesOf(
		answer({
			before: { time: 1, level: 7 },
			gaps: [
				{ ...gap, kind: "off", from: 0, to: 500 },
				{ ...gap, kind: "offline", from: 2_000, to: null },
				{ ...gap, kind: "away", from: 4_000, to: null },
			],
		}),
	);
	assert.deepEqual(series.time, [1, 4, 4]);
	assert.deepEqual(series.level, [7, 7, null]);
});
