// The small parts: filters that must not overlap, means over the time, words for lengths.
import assert from "node:assert/strict";
import { test } from "node:test";
import { matches } from "../../src/mqtt/packets/topic.js";
import { Buckets } from "../../src/recorder/buckets.js";
import { length } from "../../src/recorder/clock.js";
import { plainLevel } from "../../src/recorder/content.js";
import { covers, overlap, plan } from "../../src/recorder/filters.js";
import { SeenTable, seen_max } from "../../src/recorder/seen.js";
import type { Minute } from "../../src/recorder/store.js";

test("a filter that another one covers is left out; one that overlaps another in part is refused, and so is everything", () => {
	assert.deepEqual(plan("light", []), ["light", "light/+/status"]);
	assert.deepEqual(plan("light", ["light/#"]), ["light/#"]);
	assert.deepEqual(plan("light", ["home/+/light", "home/kitchen/light", "light"]), ["light", "light/+/status", "home/+/light"]);
	for (const filter of ["#", "+/#", "/#", "a+", "", "$share/g/a", "+/+/status", "light/+/+/#"])
		if (filter === "+/+/status") assert.deepEqual(plan("light", [filter]), ["light", filter]);
		else if (filter !== "light/+/+/#") assert.throws(() => plan("light", [filter]), /^RangeError: filter: /, filter);
	assert.throws(() => plan("light", ["+/a/status"]), /"light\/\+\/status" and "\+\/a\/status" stand for the same topics in part/);
	assert.throws(() => plan("li+ght", []), /topic/);
});

test("covers and overlap agree with what topics match (all filters of three levels)", () => {
	const levels = ["a", "b", "+"];
	const filters = [
		...levels,
		...levels.flatMap((one) => levels.map((two) => `${one}/${two}`)),
		"a/#",
		"+/#",
		"a/b/#",
		"$a",
		"$a/#",
		"a/b/a",
	];
	const topics = [
		"a",
		"b",
		"a/a",
		"a/b",
		"b/a",
		"b/b",
		"a/b/a",
		"a/b/b",
		"$a",
		"$a/b",
		"c",
		"c/a",
		"a/c",
		"c/c",
		"a/b/c",
		"c/c/c",
		"a/c/c",
	];
	for (const one of filters)
		for (const other of filters) {
			const both = topics.filter((topic) => matches(one, topic) && matches(other, topic));
			assert.equal(overlap(one, other), both.length > 0, `${one} ${other}`);
			const all = topics.filter((topic) => matches(other, topic)).every((topic) => matches(one, topic));
			assert.equal(covers(one, other), all, `${one} covers ${other}`);
		}
});

test("a mean is over the time, and what stood before a bucket is a part of it", () => {
	const out: Minute[] = [];
	const buckets = new Buckets(100, { level: 10, from: 0, silences: [] }, (bucket) => void out.push({ ...bucket }));
	buckets.add({ time: 50, level: 30 });
	buckets.add({ time: 250, level: 0 });
	buckets.add({ time: 250, level: 90 });
	buckets.finish(275);
	assert.deepEqual(out, [
		{ time: 0, min: 10, max: 30, mean: 20, last: 30, count: 1 },
		{ time: 200, min: 0, max: 90, mean: 50, last: 90, count: 2 },
	]);
});

test("a silence belongs to no mean, and what stood before it is no part of what came after", () => {
	const out: Minute[] = [];
	const silences = [-10, 50, 175, 340];
	const buckets = new Buckets(100, { level: 254, from: 0, silences }, (bucket) => void out.push({ ...bucket }));
	buckets.add({ time: 10, level: 200 });
	buckets.add({ time: 150, level: 10 });
	buckets.add({ time: 180, level: 40 });
	buckets.add({ time: 320, level: 0 });
	buckets.add({ time: 330, level: 90 });
	buckets.finish(400);
	assert.deepEqual(out, [
		{ time: 0, min: 200, max: 200, mean: 200, last: 200, count: 1 },
		{ time: 100, min: 10, max: 40, mean: (10 * 25 + 40 * 20) / 45, last: 40, count: 2 },
		{ time: 300, min: 0, max: 90, mean: (40 * 20 + 90 * 10) / 40, last: 90, count: 2 },
	]);
});

test("levels are decimal text as we write it, and nothing else", () => {
	const read = (text: string) => plainLevel(new TextEncoder().encode(text));
	for (const text of ["0", "7", "42", "254"]) assert.equal(read(text), Number(text));
	for (const text of ["", "00", "01", "255", "1.0", " 1", "-1", "1e1", "ON", "2540"]) assert.equal(read(text), -1, text);
});

test("an id is known until so many others have come that it may mean another message", () => {
	const seen = new SeenTable([{ id: 1, hash: 7 }]);
	assert.ok(seen.has(1, 7) && !seen.has(1, 8) && !seen.has(2, 7));
	for (let i = 0; i < seen_max - 1; i++) seen.add(2, i);
	assert.ok(seen.has(1, 7));
	seen.add(2, 0);
	assert.ok(!seen.has(1, 7));
	seen.clear();
	assert.ok(!seen.has(2, 0));
});

test("lengths of time in words", () => {
	for (const [milliseconds, words] of [
		[0, "0 s"],
		[-3_600_000, "1 h"],
		[65_000, "1 min 5 s"],
		[90_061_000, "1 d 1 h"],
	] as const)
		assert.equal(length(milliseconds), words);
});
