// A simulated LED on a simulated PWM pin, with the width and the frequency of the boards' LEDC.
import type { PWM as HostPWM } from "../../src/host.js";

const resolution_bits = 14;
const duty_max = 2 ** resolution_bits - 1;

/** The LED, as a test or a view reads it. */
export class Led {
	/** 0 is off, `dutyMax` is on all the time. */
	duty = 0;
	readonly dutyMax = duty_max;
	/** Counted, so that a test finds a role that writes an unchanged duty. */
	writes = 0;
	onWrite: ((duty: number) => void) | undefined;
}

/** ECMA-419 §10 PWM. */
export default class PWM implements HostPWM {
	readonly resolution = resolution_bits;
	readonly hz = 4882;
	readonly #led: Led;
	#closed = false;

	constructor(options: { led: Led }) {
		if (!(options.led instanceof Led)) throw new TypeError("PWM: led must be a Led");
		this.#led = options.led;
	}

	write(duty: number): void {
		if (this.#closed) throw new Error("PWM: write after close");
		if (!Number.isInteger(duty) || duty < 0 || duty > duty_max) throw new RangeError(`PWM: duty must be 0 to ${duty_max}, not ${duty}`);
		this.#led.duty = duty;
		this.#led.writes++;
		this.#led.onWrite?.(duty);
	}

	close(): void {
		this.#closed = true;
	}
}
