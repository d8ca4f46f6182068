// The clock of the hosts on XS, over an SDK that counts as the boards do, in 32 bits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, pass, setBack } from "../board/fakes.js";

const { Clock } = await load("time");
const day = 24 * 3_600_000;

test("nobody asks for 30 days, and for 60: no millisecond is lost where 32 bits wrap", () => {
	const clock = new Clock();
	assert.equal(clock.now(), 0);
	for (const days of [1, 24, 25, 30, 49, 50, 60, 365]) {
		const before = clock.now();
		pass(days * day + 7);
		assert.equal(clock.now() - before, days * day + 7, `${days} days`);
	}
});

test("a wall clock that was set back does not take time back", () => {
	const clock = new Clock();
	const before = clock.now();
	setBack(5000);
	assert.equal(clock.now(), before);
	pass(40);
	assert.equal(clock.now(), before + 40);
});
