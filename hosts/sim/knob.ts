// ECMA-419 §10 Analog over the panel's knob, with the flaws of a real potentiometer on a real ADC:
// every sample is noisy, and at both ends the wiper moves without changing the value.
import Ticks from "time";
import type { Analog as HostAnalog } from "../../src/host.js";
import type { Panel } from "./panel.js";

const resolution_bits = 12;
const sample_max = 2 ** resolution_bits - 1;
/** Greatest error of a sample, and the travel at each end that does not change the value: shares of full scale. */
const noise = 0.015;
const dead_end = 0.015;
/** From the left stop to the right stop and back. */
const sweep_ms = 4000;

export default class Analog implements HostAnalog {
	readonly resolution = resolution_bits;
	readonly #panel: Panel;
	#closed = false;

	constructor(options: { panel: Panel }) {
		this.#panel = options.panel;
	}

	read(): number {
		if (this.#closed) throw new Error("Analog: read after close");
		let value = this.#panel.position;
		if (this.#panel.sweep) value = Math.abs(1 - (Ticks.ticks % sweep_ms) / (sweep_ms / 2));
		if (this.#panel.deadEnds) value = (value - dead_end) / (1 - 2 * dead_end);
		value = Math.min(Math.max(value, 0), 1);
		// The sum of two even distributions: small errors are common, the greatest are rare.
		if (this.#panel.noise) value += (Math.random() + Math.random() - 1) * noise;
		return Math.round(Math.min(Math.max(value, 0), 1) * sample_max);
	}

	close(): void {
		this.#closed = true;
	}
}
