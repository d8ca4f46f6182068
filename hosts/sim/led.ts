// ECMA-419 §10 PWM over the panel's bulb, with the width and the frequency of the boards' LEDC.
import type { PWM as HostPWM } from "../../src/host.js";
import type { Panel } from "./panel.js";

const resolution_bits = 14;
const duty_max = 2 ** resolution_bits - 1;

export default class PWM implements HostPWM {
	readonly resolution = resolution_bits;
	readonly hz = 4882;
	readonly #panel: Panel;
	#closed = false;

	constructor(options: { panel: Panel }) {
		this.#panel = options.panel;
		this.#panel.show({ duty: 0, dutyMax: duty_max });
	}

	write(duty: number): void {
		if (this.#closed) throw new Error("PWM: write after close");
		if (!Number.isInteger(duty) || duty < 0 || duty > duty_max) throw new RangeError(`PWM: duty must be 0 to ${duty_max}, not ${duty}`);
		if (!this.#panel.quiet) this.#panel.show({ duty });
	}

	close(): void {
		this.#closed = true;
	}
}
