// The knob and the lamp, as far as code can see them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostPieces } from "../contract.js";

export function deviceContract(host: HostPieces): void {
	describe(`${host.name}: knob`, () => {
		it("gives whole samples inside its resolution", () => {
			const knob = new host.knob.io(host.knob);
			assert.ok(Number.isInteger(knob.resolution) && knob.resolution >= 8 && knob.resolution <= 16);
			for (const position of [0, 0.3, 1]) {
				host.turn?.(position);
				for (let samples = 0; samples < 200; samples++) {
					const sample = knob.read();
					assert.ok(sample !== undefined && Number.isInteger(sample) && sample >= 0 && sample < 2 ** knob.resolution, `${sample}`);
				}
			}
			knob.close();
			knob.close();
			assert.throws(() => knob.read());
		});
	});

	describe(`${host.name}: LED`, () => {
		it("takes every duty from off to always on, and no other", () => {
			const led = new host.led.io(host.led);
			const most = 2 ** led.resolution - 1;
			assert.ok(led.resolution >= 8 && led.resolution <= 16 && led.hz >= 200);
			for (const duty of [0, 1, most >> 1, most, 0]) {
				led.write(duty);
				if (host.duty) assert.equal(host.duty(), duty);
			}
			for (const duty of [-1, most + 1, 0.5, Number.NaN]) assert.throws(() => led.write(duty));
			led.close();
			led.close();
			assert.throws(() => led.write(0));
		});
	});
}
