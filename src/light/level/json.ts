// The JSON form of a level: {"brightness": 0..254, "state": "ON", "transition": 2}, every key optional, others ignored.
import { type Codes, closeObject, codesOf, comma, isWord, JsonScan, openObject } from "./scan.js";

/** What `LightJson`'s fields hold when the key was not there. No JSON number is infinite: one that overflows is read as NaN. */
export const absent = -Infinity;
export const state_off = 0;
export const state_on = 1;
export const state_wrong = 2;

const words = Object.freeze({ on: codesOf("on"), off: codesOf("off"), true: codesOf("true"), false: codesOf("false") });
const keys = Object.freeze({ brightness: codesOf("brightness"), transition: codesOf("transition"), state: codesOf("state") });
const anyCase = 0x20;

/** What the text `bytes[from..to)` says as a state: `state_on`, `state_off`, or `state_wrong`. */
export function stateOf(bytes: Uint8Array, from: number, to: number): number {
	if (isWord(bytes, from, to, words.on, anyCase) || isWord(bytes, from, to, words.true, anyCase)) return state_on;
	if (isWord(bytes, from, to, words.off, anyCase) || isWord(bytes, from, to, words.false, anyCase)) return state_off;
	return state_wrong;
}

/** Reads one object; the fields hold what it found until the next `read`. */
export class LightJson {
	/** As it stands, unchecked; NaN when the value is no number. */
	brightness = absent;
	/** Seconds as they stand, unchecked; NaN when the value is no number. */
	transition = absent;
	/** `state_off`, `state_on` or `state_wrong`. */
	state = absent;

	#scan = new JsonScan();
	#bytes: Uint8Array = new Uint8Array(0);

	/** True when `bytes[from..end)` is one well-formed object and nothing else. Keys are taken as written; of equal keys the last wins. */
	read(bytes: Uint8Array, from: number, end: number): boolean {
		const scan = this.#scan;
		scan.start(bytes, from, end);
		this.#bytes = bytes;
		this.brightness = absent;
		this.transition = absent;
		this.state = absent;
		if (scan.next() !== openObject) return false;
		if (scan.peek() === closeObject) {
			scan.next();
			return scan.peek() < 0;
		}
		for (;;) {
			if (!scan.key() || !this.#member()) return false;
			const after = scan.next();
			if (after === closeObject) return scan.peek() < 0;
			if (after !== comma) return false;
		}
	}

	#member(): boolean {
		const scan = this.#scan;
		if (this.#keyIs(keys.brightness)) {
			if (!scan.value()) return false;
			this.brightness = finite(scan.number);
		} else if (this.#keyIs(keys.transition)) {
			if (!scan.value()) return false;
			this.transition = finite(scan.number);
		} else if (this.#keyIs(keys.state)) {
			const first = scan.peek();
			if (!scan.value()) return false;
			// Only a string, `true` and `false` leave their own text: a number leaves an older one, an object that of its last item.
			const isText = first === 0x22 || first === 0x74 || first === 0x66;
			this.state = isText ? stateOf(this.#bytes, scan.from, scan.to) : state_wrong;
		} else {
			return scan.value();
		}
		return true;
	}

	#keyIs(key: Codes): boolean {
		return isWord(this.#bytes, this.#scan.from, this.#scan.to, key);
	}
}

function finite(value: number): number {
	return value - value === 0 ? value : NaN;
}
