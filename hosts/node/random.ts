// The system's randomness in the form of `Math.random`: its numbers cannot be predicted.
import { randomFillSync } from "node:crypto";

const pool = new Uint32Array(1_024);
let left = 0;

/** A number 0 ≤ x < 1, of 32 bits. */
export function random(): number {
	if (left === 0) {
		randomFillSync(pool);
		left = pool.length;
	}
	left -= 1;
	return (pool[left] as number) / 2 ** 32;
}
