// A knob on the screen, as a potentiometer on an ADC. It has no noise and no dead ends: a pointer is exact, and the position on the screen is
// the value that is read.
import type { Analog as HostAnalog } from "../../src/host.js";

const resolution_bits = 12;
const sample_max = 2 ** resolution_bits - 1;

/** The potentiometer that the user turns. */
export class Pot {
	#position: number;

	constructor(position = 0) {
		this.#position = checked(position);
	}

	/** The position of the wiper: 0 to 1 of its travel. */
	get position(): number {
		return this.#position;
	}

	set position(position: number) {
		this.#position = checked(position);
	}
}

/** ECMA-419 §10 Analog. */
export default class Analog implements HostAnalog {
	readonly resolution = resolution_bits;
	readonly #pot: Pot;
	#closed = false;

	constructor(options: { pot: Pot }) {
		if (!(options.pot instanceof Pot)) throw new TypeError("Analog: pot must be a Pot");
		this.#pot = options.pot;
	}

	read(): number {
		if (this.#closed) throw new Error("Analog: read after close");
		return Math.round(this.#pot.position * sample_max);
	}

	close(): void {
		this.#closed = true;
	}
}

function checked(position: number): number {
	if (!(position >= 0 && position <= 1)) throw new RangeError(`Pot: position must be 0 to 1, not ${position}`);
	return position;
}
