// The JSON form of a level: {"brightness": 0..254, "state": "ON", "transition": 2}, every key optional. A key with an unfit value (null, another
// type, an unknown word) takes nothing from the keys beside it; an object with nothing else is refused.
import { type Codes, closeObject, codesOf, comma, isWord, JsonScan, openObject } from "./scan.js";

/** The value of a field of `LightJson` when the key was not there. No number is infinite: one that overflows is read as the greatest. */
export const absent = -Infinity;
export const state_off = 0;
export const state_on = 1;
export const state_wrong = 2;

const words = Object.freeze({ on: codesOf("on"), off: codesOf("off"), true: codesOf("true"), false: codesOf("false") });
const keys = Object.freeze({ brightness: codesOf("brightness"), transition: codesOf("transition"), state: codesOf("state") });
/** Other senders' keys for `state`: Hue and WLED; Shelly's statuses, first and second generation; Shelly's commands. */
const foreign = Object.freeze([codesOf("on"), codesOf("ison"), codesOf("output"), codesOf("turn")]);
const anyCase = 0x20;

/** The state that the text `bytes[from..to)` names: `state_on`, `state_off`, or `state_wrong`. */
export function stateOf(bytes: Uint8Array, from: number, to: number): number {
	if (isWord(bytes, from, to, words.on, anyCase) || isWord(bytes, from, to, words.true, anyCase)) return state_on;
	if (isWord(bytes, from, to, words.off, anyCase) || isWord(bytes, from, to, words.false, anyCase)) return state_off;
	return state_wrong;
}

/** Reads one object; the fields hold its values until the next `read`. */
export class LightJson {
	/** As it stands, unchecked; NaN when the value is no number, nor a text that holds one. */
	brightness = absent;
	/** Seconds as they stand, unchecked; NaN as above. */
	transition = absent;
	/** `state_off`, `state_on` or `state_wrong`. Our own key goes first; of foreign keys that differ, off does. */
	state = absent;

	#foreign = absent;
	#scan = new JsonScan();
	#number = new JsonScan();
	#bytes: Uint8Array = new Uint8Array(0);

	/** True when `bytes[from..end)` is one well-formed object and nothing else. Keys are taken as written; of equal keys the last wins. */
	read(bytes: Uint8Array, from: number, end: number): boolean {
		const scan = this.#scan;
		scan.start(bytes, from, end);
		this.#bytes = bytes;
		this.brightness = this.transition = this.state = this.#foreign = absent;
		if (scan.next() !== openObject) return false;
		if (scan.peek() === closeObject) {
			scan.next();
			return scan.peek() < 0;
		}
		for (;;) {
			if (!scan.key() || !this.#member()) return false;
			const after = scan.next();
			if (after === closeObject) break;
			if (after !== comma) return false;
		}
		if (this.#foreign !== absent && this.state !== state_on && this.state !== state_off) this.state = this.#foreign;
		return scan.peek() < 0;
	}

	#member(): boolean {
		const scan = this.#scan;
		const brightness = this.#keyIs(keys.brightness);
		const transition = !brightness && this.#keyIs(keys.transition);
		const state = !brightness && !transition && this.#keyIs(keys.state);
		const other = !brightness && !transition && !state && this.#isForeign();
		const first = scan.peek();
		if (!scan.value()) return false;
		if (brightness) this.brightness = this.#numberFrom(first);
		else if (transition) this.transition = this.#numberFrom(first);
		else if (state) this.state = this.#stateFrom(first);
		else if (other) {
			const said = this.#stateFrom(first);
			if (said === state_off || (said === state_on && this.#foreign === absent)) this.#foreign = said;
		}
		return true;
	}

	/** The value that began with `first`, as a number: itself, or the number that a string holds. */
	#numberFrom(first: number): number {
		const scan = this.#scan;
		const value = first === 0x22 ? this.#number.numberOf(this.#bytes, scan.from, scan.to, true) : scan.number;
		if (value === Infinity) return Number.MAX_VALUE;
		return value === -Infinity ? -Number.MAX_VALUE : value;
	}

	/** Only a string, `true` and `false` leave their own text: a number leaves an older text, an object the text of its last item. */
	#stateFrom(first: number): number {
		const isText = first === 0x22 || first === 0x74 || first === 0x66;
		return isText ? stateOf(this.#bytes, this.#scan.from, this.#scan.to) : state_wrong;
	}

	#isForeign(): boolean {
		for (let i = 0; i < foreign.length; i++) if (this.#keyIs(foreign[i])) return true;
		return false;
	}

	#keyIs(key: Codes): boolean {
		return isWord(this.#bytes, this.#scan.from, this.#scan.to, key);
	}
}
