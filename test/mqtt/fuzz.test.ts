// A short slice of `npm run fuzz`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzClient, fuzzDecoder } from "../world/fuzz.js";
import { Random, seedOfRun } from "../world/random.js";

const seed = seedOfRun();

test(`100,000 mutated inputs through the decoder (SEED=${seed})`, () => fuzzDecoder(new Random(seed), 100_000));

test(`50,000 mutated inputs through a client (SEED=${seed})`, () => {
	assert.ok(fuzzClient(new Random(seed + 1), 50_000) > 1000);
});
