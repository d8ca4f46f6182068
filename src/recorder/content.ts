// A payload in a history: a level, or bytes that are kept as they came.
import { IntensityParser, level_max } from "../light/level/intensity.js";
import { Rested } from "../light/level/rested.js";
import type { Row } from "./store.js";

/** Decimal text of 0 to 254 as `format` writes it; -1 for anything else. */
export function plainLevel(payload: Uint8Array): number {
	const { length } = payload;
	if (length === 0 || length > 3 || (length > 1 && payload[0] === 0x30)) return -1;
	let value = 0;
	for (let i = 0; i < length; i++) {
		const digit = payload[i] - 0x30;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
	}
	return value <= level_max ? value : -1;
}

/** The bytes of a row's message: those of its level where the row has no payload. */
export function payloadOf({ level, payload }: Pick<Row, "level" | "payload">): Uint8Array {
	if (payload !== undefined) return payload;
	const text = String(level);
	return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
	if (one.length !== other.length) return false;
	for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
	return true;
}

/** Reads the payloads of the intensity topic, as a lamp does: ON, OFF and JSON are levels too. */
export class Reader {
	readonly #parser = new IntensityParser();
	readonly #rested = new Rested();

	/** 0 to 254, or -1. `now`: the steady clock, milliseconds. */
	read(payload: Uint8Array, now: number, retained: boolean): number {
		const level = this.#parser.parse(payload, payload.length, this.#rested.on);
		if (level < 0) return -1;
		this.#rested.heard(level, now, this.#parser.transition, retained);
		return level;
	}
}
