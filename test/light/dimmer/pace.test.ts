import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { final, heartbeat, heartbeat_ms, moving, Pace, rest_ms, silent } from "../../../src/light/dimmer/pace.js";
import { intervalOf, readRate } from "../../../src/light/dimmer/rate.js";

test("the first level is final; a change is moving, and final after 200 ms; then the heartbeat", () => {
	const pace = new Pace();
	assert.equal(pace.deadline, Infinity);
	assert.equal(pace.due(0, 6), final);
	pace.sent(0, final);
	assert.equal(pace.due(39, 7), silent);
	assert.equal(pace.deadline, 40);
	assert.equal(pace.due(40, 7), moving);
	assert.equal(pace.due(50, 7), moving, "until it is sent");
	pace.sent(50, moving);
	assert.equal(pace.deadline, 39 + rest_ms);
	assert.equal(pace.due(238, 7), silent);
	assert.equal(pace.due(239, 7), final);
	assert.equal(pace.due(240, 7), final, "until it is sent");
	pace.sent(240, final);
	assert.equal(pace.due(30_239, 7), silent);
	assert.equal(pace.deadline, 240 + heartbeat_ms);
	assert.equal(pace.due(30_240, 7), heartbeat);
	pace.sent(30_240, heartbeat);
	assert.equal(pace.due(30_241, 7), silent);
	pace.postpone(40_000);
	assert.equal(pace.due(69_999, 7), silent);
	assert.equal(pace.due(70_000, 7), heartbeat);
});

test("turned and turned back while nothing could be sent: it has been turned, and speaks", () => {
	const pace = new Pace();
	pace.due(0, 7);
	pace.sent(0, final);
	assert.equal(pace.due(1000, 8), moving);
	assert.equal(pace.due(1010, 7), silent, "7 is what was said last");
	assert.equal(pace.due(1210, 7), final);
});

test("whatever the hand does: at most 25 in any second, newest wins, the last is final and exact", () => {
	const move = fc.record({ wait: fc.integer({ min: 1, max: 300 }), level: fc.integer({ min: 0, max: 254 }), fails: fc.boolean() });
	fc.assert(
		fc.property(fc.array(move, { minLength: 1, maxLength: 200 }), (moves) => {
			const pace = new Pace();
			const sent: { now: number; level: number; what: number }[] = [];
			let now = 0;
			const ask = (level: number, fails: boolean): void => {
				const what = pace.due(now, level);
				if (what === silent || fails) return;
				pace.sent(now, what);
				sent.push({ now, level, what });
			};
			for (const { wait, level, fails } of moves) {
				ask(level, fails);
				now += wait;
			}
			const last = moves[moves.length - 1].level;
			// From here on by the deadline alone, as a host without a tick does it.
			for (let i = 0; i < 4 && now < 100_000; i++) {
				ask(last, false);
				assert.ok(pace.deadline > now || pace.due(now, last) === silent);
				if (pace.deadline - now > 1000) break;
				now = pace.deadline;
			}
			assert.deepEqual([sent.at(-1)?.level, sent.at(-1)?.what], [last, final]);
			for (let i = 25; i < sent.length; i++) assert.ok(sent[i].now - sent[i - 25].now >= 1000);
		}),
	);
});

test("a longer interval makes it speak less often, and the last value still comes", () => {
	const pace = new Pace();
	pace.due(0, 10);
	pace.sent(0, final);
	pace.interval = 250;
	let sent = 0;
	for (let now = 10; now <= 5000; now += 10) {
		const what = pace.due(now, now);
		if (what !== moving) continue;
		pace.sent(now, what);
		sent++;
	}
	assert.equal(sent, 20);
	assert.equal(pace.due(5000 + 250, 5000), final);
});

test("a rate bounds what a turning knob says, and where it rests is said in any case", () => {
	assert.deepEqual([readRate("30/min"), readRate("2/s"), readRate("600/h")], [30, 120, 10]);
	for (const wrong of ["30", "30/day", "-1/s", "1/h", "x/min", "/min", "99999/min"])
		assert.throws(() => readRate(wrong), /is no rate; give 4\/min to 1500\/min/);
	const pace = new Pace(intervalOf(30));
	let said = 0;
	let last = -1;
	for (let now = 0; now < 60_000; now += 10) {
		const level = now < 50_000 ? Math.floor(now / 40) % 255 : 99;
		const what = pace.due(now, level);
		if (what === 0) continue;
		said += 1;
		last = level;
		pace.sent(now, what);
	}
	assert.ok(said <= 28 && said > 20, `${said} in a minute, and two for status and info`);
	assert.equal(last, 99);
});
