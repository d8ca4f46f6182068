// The clock of the hosts on XS, over the SDK's "time" and "timer": the fakes count as the boards do, in 32 bits.
import assert from "node:assert/strict";
import { register } from "node:module";
import { test } from "node:test";

const hook = `export async function resolve(specifier, context, next) {
	if (!["time", "timer"].includes(specifier) || !context.parentURL?.includes("/hosts/xs/")) return next(specifier, context);
	return { url: "data:text/javascript,export default globalThis[" + encodeURIComponent(JSON.stringify(specifier)) + "]", shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

/** Milliseconds since power-up, as many as there are; what the board counts are the last 32 bits of them. */
let passed = 0;
const timers: { at: number; repeat: number; ring: () => void }[] = [];
const world = globalThis as unknown as Record<string, unknown>;
world.time = {
	get ticks() {
		return passed | 0;
	},
	delta: (start: number, end: number) => (end - start) | 0,
};
world.timer = {
	repeat(ring: () => void, interval: number) {
		// modTimersExecute compares in 32 bits with a sign: a timer that is set farther ahead rings at once
		assert.ok(interval < 2 ** 31);
		timers.push({ at: passed + interval, repeat: interval, ring });
	},
};

function pass(milliseconds: number): void {
	const until = passed + milliseconds;
	for (;;) {
		const next = timers.reduce((first, timer) => (timer.at < first.at ? timer : first), { at: Infinity, repeat: 0, ring: () => {} });
		if (next.at > until) break;
		passed = next.at;
		next.at += next.repeat;
		next.ring();
	}
	passed = until;
}

const { Clock } = await import(`../../hosts/xs/${"time"}.js`);
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
	passed -= 5000;
	assert.equal(clock.now(), before);
	passed += 40;
	assert.equal(clock.now(), before + 40);
});
