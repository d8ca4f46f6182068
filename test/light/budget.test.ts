// Knob to light within 100 ms: ADC and filter 25, publish slot 40, network 20, fade 40 at the most, and not all of them at once.
import assert from "node:assert/strict";
import test from "node:test";
import { percentile, type Stages, turns } from "./turns.js";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

test(`a level that the hand passes is in the light within 100 ms at p99, with 20 ms of network (SEED=${seed})`, (t) => {
	const all = turns(seed, 600);
	assert.ok(all.length > 20_000, `${all.length} levels passed`);
	for (const stage of ["knob", "publish", "network", "fade", "total"] as const) {
		const values = all.map((stages: Stages) => stages[stage]);
		assert.ok(values.every((value) => value >= 0 && value < Infinity));
		t.diagnostic(`${stage}: ${[0.5, 0.9, 0.99, 1].map((share) => percentile(values, share).toFixed(0)).join(" / ")} ms (p50/p90/p99/max)`);
	}
	const p99 = percentile(
		all.map(({ total }) => total),
		0.99,
	);
	assert.ok(p99 <= 100, `p99 is ${p99} ms`);
});
