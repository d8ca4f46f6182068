// The patterns of a board's small LED, to be read from across the room. They differ in rhythm, not in speed alone, and `online` is nearly dark:
// a lamp's own light must not be spoilt by a diode beside it.
import type { Alarm, Time } from "../host.js";

/** Lit, dark, lit, dark, …, in milliseconds; then again from the start. */
export type Pattern = readonly number[];

/** No network: even blinking. */
export const connecting: Pattern = Object.freeze([200, 200]);
/** A network, and no broker: two flashes, a pause. */
export const noBroker: Pattern = Object.freeze([120, 180, 120, 1080]);
/** All is well: a flash every 4 s, which shows that the board runs. */
export const online: Pattern = Object.freeze([30, 3970]);
/** The board's own setup page is open, and waits: slow and even. */
export const setupOpen: Pattern = Object.freeze([1000, 1000]);
/** The configuration is wrong, and nothing will happen: lit, with a gap every second. */
export const stopped: Pattern = Object.freeze([900, 100]);

export class StatusLight {
	readonly #write: (lit: boolean) => void;
	readonly #alarm: Alarm;
	#pattern: Pattern | undefined;
	#at = 0;

	/** `write` switches the LED; it is called when a pattern begins, and from the event loop. */
	constructor(time: Time, write: (lit: boolean) => void) {
		this.#write = write;
		this.#alarm = time.alarm(() => this.#step());
	}

	/** Shows `pattern` from its start, unless it is shown already. */
	show(pattern: Pattern): void {
		if (pattern === this.#pattern) return;
		this.#pattern = pattern;
		this.#at = -1;
		this.#step();
	}

	/** Switches the LED off, for ever. */
	close(): void {
		this.#alarm.close();
		this.#write(false);
	}

	#step(): void {
		const pattern = this.#pattern as Pattern;
		const at = this.#at + 1 < pattern.length ? this.#at + 1 : 0;
		this.#at = at;
		this.#alarm.set(pattern[at] as number);
		this.#write((at & 1) === 0);
	}
}
