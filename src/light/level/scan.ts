// A cursor over JSON text (RFC 8259) that checks as it goes, in place: no allocation and no recursion. JSON.parse does both, on bytes
// that a stranger may send: 250 bytes of "[" would be 250 calls deep on the small C stack of a board. Here nesting is a bit mask.

/** How deep a value may nest: the bits of a small integer, and more than any light's JSON has. */
const depth_max = 16;

const space = 0x20;
const quote = 0x22;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const openArray = 0x5b;
const backslash = 0x5c;
const closeArray = 0x5d;
const letterE = 0x65;
const letterU = 0x75;
const lowerCase = 0x20;

export const comma = 0x2c;
export const colon = 0x3a;
export const openObject = 0x7b;
export const closeObject = 0x7d;

/** A word of ASCII as its codes: on XS, the length or a character of a string costs two slots each time. */
export type Codes = readonly number[];

export function codesOf(word: string): Codes {
	return Object.freeze(Array.from(word, (letter) => letter.charCodeAt(0)));
}

/** True when `bytes[from..to)` is `word`; with `fold` 0x20 in any case, the word being in lower-case letters. */
export function isWord(bytes: Uint8Array, from: number, to: number, word: Codes, fold = 0): boolean {
	if (to - from !== word.length) return false;
	for (let i = 0; i < word.length; i++) {
		if ((bytes[from + i] | fold) !== word[i]) return false;
	}
	return true;
}

/** The characters that may follow a backslash, besides `u`. */
const escapes = codesOf('"\\/bfnrt');
const literals = Object.freeze([codesOf("true"), codesOf("false"), codesOf("null")]);

/** From here on a double has no room for another digit. */
const digits_full = 1e16;

/** `value` times ten to the power of `scale`: one operation, exact for every number that a light needs. */
function scaled(value: number, scale: number): number {
	if (value === 0) return value; // 0e999 is 0
	// 10 ** 324 is infinite, and 5e-324 is not 0; nor is a smaller number
	if (scale < -300) return value / 1e300 / 10 ** (-300 - scale) || (value < 0 ? -Number.MIN_VALUE : Number.MIN_VALUE);
	return scale < 0 ? value / 10 ** -scale : value * 10 ** scale;
}

export function isDigit(c: number): boolean {
	return c >= zero && c <= nine;
}

/** White space of JSON; a regular expression's `\s` adds vertical tab and form feed. */
export function isSpace(c: number): boolean {
	return c === space || c === 0x0a || c === 0x0d || c === 0x09;
}

export class JsonScan {
	#bytes: Uint8Array = new Uint8Array(0);
	#at = 0;
	#end = 0;

	/** Text of the last string (without its quotes, escapes as written) or literal: `bytes[from..to)`. */
	from = 0;
	to = 0;
	/** The last value when it was a number, else NaN. */
	number = NaN;

	start(bytes: Uint8Array, from: number, end: number): void {
		this.#bytes = bytes;
		this.#at = from;
		this.#end = end;
	}

	/** The next byte that is no white space, not taken; -1 at the end. */
	peek(): number {
		while (this.#at < this.#end) {
			const c = this.#bytes[this.#at];
			if (!isSpace(c)) return c;
			this.#at++;
		}
		return -1;
	}

	/** The next byte that is no white space, taken; -1 at the end. */
	next(): number {
		const c = this.peek();
		this.#at++;
		return c;
	}

	/** Takes a string and its colon. False: the text is malformed. */
	key(): boolean {
		return this.peek() === quote && this.#string() && this.next() === colon;
	}

	/** Takes any value, nested up to `depth_max`. False: the text is malformed, or too deep. */
	value(): boolean {
		let depth = 0;
		let braces = 0; // one bit for each open bracket, innermost lowest: is it a brace?
		for (;;) {
			const c = this.peek();
			const opens = c === openObject || c === openArray;
			if (opens) {
				if (++depth > depth_max) return false;
				braces = (braces << 1) | (c === openObject ? 1 : 0);
				this.#at++;
			} else if (!this.#scalar(c)) return false;
			// A bracket that just opened is followed by its first value, unless it closes at once.
			if (opens && this.peek() !== (braces & 1 ? closeObject : closeArray)) {
				if (braces & 1 && !this.key()) return false;
				continue;
			}
			for (;;) {
				if (depth === 0) return true;
				const after = this.next();
				if (after === comma) {
					if (braces & 1 && !this.key()) return false;
					break;
				}
				if (after !== (braces & 1 ? closeObject : closeArray)) return false;
				braces >>= 1;
				depth--;
				this.number = NaN; // an array's last item is not the array's value
			}
		}
	}

	#scalar(first: number): boolean {
		this.number = NaN;
		if (first === quote) return this.#string();
		if (first === minus || isDigit(first)) return this.#number();
		for (let i = 0; i < literals.length; i++) if (this.#literal(literals[i])) return true;
		return false;
	}

	#literal(word: Codes): boolean {
		this.from = this.#at;
		this.to = this.#at + word.length;
		if (this.to > this.#end || !isWord(this.#bytes, this.from, this.to, word)) return false;
		this.#at = this.to;
		return true;
	}

	#string(): boolean {
		this.from = ++this.#at;
		while (this.#at < this.#end) {
			const c = this.#bytes[this.#at++];
			if (c === quote) {
				this.to = this.#at - 1;
				return true;
			}
			if (c < space) return false;
			if (c === backslash && !this.#escape()) return false;
		}
		return false;
	}

	#escape(): boolean {
		const c = this.#take();
		if (c !== letterU) {
			for (let i = 0; i < escapes.length; i++) {
				if (escapes[i] === c) return true;
			}
			return false;
		}
		for (let i = 0; i < 4; i++) {
			const digit = this.#take();
			const letter = digit | lowerCase;
			if (!isDigit(digit) && (letter < 0x61 || letter > 0x66)) return false;
		}
		return true;
	}

	/**
	 * The number in `bytes[from..end)`, blanks around it aside, written as in JSON but for leading zeros; with an exponent only where `exponent`
	 * is true. NaN: it is no number.
	 */
	numberOf(bytes: Uint8Array, from: number, end: number, exponent: boolean): number {
		this.start(bytes, from, end);
		const c = this.peek();
		if ((c !== minus && !isDigit(c)) || !this.#number(true, exponent)) return NaN;
		return this.peek() < 0 ? this.number : NaN;
	}

	#number(zeros = false, exponents = true): boolean {
		const negative = this.#here() === minus;
		if (negative) this.#at++;
		const leading = this.#here();
		if (!isDigit(leading)) return false;
		this.#scale = 0;
		let value = this.#digits(0, 1);
		// Two digits cannot start with 0 ("007" is no JSON): then more than one was taken and the first was 0.
		if (leading === zero && this.#count > 1 && !zeros) return false;
		if (this.#here() === point) {
			this.#at++;
			value = this.#digits(value, 0);
			if (this.#count === 0) return false;
		}
		let scale = this.#scale;
		if (exponents && (this.#here() | lowerCase) === letterE) {
			this.#at++;
			const sign = this.#here();
			if (sign === minus || sign === plus) this.#at++;
			const exponent = this.#digits(0, 1);
			if (this.#count === 0) return false;
			scale += sign === minus ? -exponent : exponent;
		}
		this.number = scaled(negative ? -value : value, scale);
		return true;
	}

	/** The number of digits that `#digits` took, and the power of ten that their value needs. */
	#count = 0;
	#scale = 0;

	/** Digits before the point (`before` 1) or behind it (0). Those that a double has no room for count as zeros, however many there are. */
	#digits(value: number, before: number): number {
		this.#count = 0;
		while (isDigit(this.#here())) {
			const digit = this.#bytes[this.#at++] - zero;
			this.#count++;
			if (value >= digits_full) this.#scale += before;
			else {
				value = value * 10 + digit;
				this.#scale += before - 1;
			}
		}
		return value;
	}

	#here(): number {
		return this.#at < this.#end ? this.#bytes[this.#at] : -1;
	}

	#take(): number {
		return this.#at < this.#end ? this.#bytes[this.#at++] : -1;
	}
}
