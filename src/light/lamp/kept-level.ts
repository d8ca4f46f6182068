// The lamp's level over a power cut. Flash wears by writing: NVS of 24 KiB bears some 75 million writes, a knob makes 25 levels a second.
import type { Alarm, Store, Time } from "../../host.js";
import { level_max } from "../level/intensity.js";

/** The choices for the light after a start, for the `powerOn` of a lamp. */
export const powerOns = Object.freeze(["follow", "last", "off"] as const);

/** The level is kept when it has stood for so long. */
export const keep_ms = 10_000;

const key = "level";
/** The level of ON while `level` is 0; above 0, ON is `level` itself. Written only at 0: after a power cut at 0, ON must not be full light. */
const key_on = "level_on";

function read(store: Store, name: string, least: number): number {
	const kept = store.read(name);
	return typeof kept === "number" && kept === Math.floor(kept) && kept >= least && kept <= level_max ? kept : -1;
}

export class KeptLevel {
	#store: Store;
	#time: Time;
	#log: (line: string) => void;
	#alarm: Alarm;
	#level: number;
	#kept: number;
	#on: number;
	#keptOn: number;
	#changed = 0;
	#armed = false;
	#closed = false;

	constructor(store: Store, time: Time, log: (line: string) => void) {
		this.#store = store;
		this.#time = time;
		this.#log = log;
		this.#level = this.#kept = read(store, key, 0);
		this.#keptOn = read(store, key_on, 1);
		this.#on = this.#level > 0 ? this.#level : this.#keptOn > 0 ? this.#keptOn : level_max;
		this.#alarm = time.alarm(() => this.#ring());
	}

	/** 0 to 254; -1: none was kept. */
	get level(): number {
		return this.#level;
	}

	/** 1 to 254: the level of ON; 254 when none was kept. */
	get on(): number {
		return this.#on;
	}

	/** The lamp is at `level` since `now` (milliseconds), and `on` is the level of ON there. Writes nothing yet: a flood of levels sets one alarm. */
	changed(level: number, on: number, now: number): void {
		this.#level = level;
		this.#on = on;
		this.#changed = now;
		if (this.#armed) return;
		this.#armed = true;
		this.#alarm.set(keep_ms);
	}

	/** Keeps the level at once: a goodbye is no power cut, and comes once. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#alarm.close();
		this.#keep();
	}

	#ring(): void {
		const stood = this.#time.now() - this.#changed;
		if (stood < keep_ms) {
			this.#alarm.set(keep_ms - stood);
			return;
		}
		this.#armed = false;
		this.#keep();
	}

	#keep(): void {
		const on = this.#level === 0 && this.#on !== this.#keptOn;
		if (this.#level === this.#kept && !on) return;
		try {
			if (on) this.#store.write(key_on, this.#on);
			if (this.#level !== this.#kept) this.#store.write(key, this.#level);
		} catch (error) {
			this.#log(`level not kept for the next start: ${error instanceof Error ? error.message : error}`);
		}
		// Failed or not: the same level is not written again to a medium that is full.
		this.#kept = this.#level;
		if (on) this.#keptOn = this.#on;
	}
}
