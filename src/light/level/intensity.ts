// The wire: an intensity is decimal text, 0 (off) to 254. Also taken: fractions, ON, OFF, true, false and one JSON object, as other senders write
// them. Any other payload is refused in words, and never bent into a level: 300 must not become 44, nor -1 full light.

import { isUtf8 } from "../../mqtt/bytes/utf8.js";
import type { Message } from "../../mqtt/link/link.js";
import { absent, LightJson, state_off, state_on, state_wrong, stateOf } from "./json.js";
import { isDigit, isSpace, JsonScan } from "./scan.js";

/** Brightest level; the range of Hue, Zigbee and (with `brightness_scale: 254`) of Home Assistant. */
export const level_max = 254;
/** A longer payload is refused unread. A colour bulb's whole state, as Zigbee2MQTT sends it, has some 400 bytes. */
export const payload_max_bytes = 1_024;
/** Longest fade, in seconds: a sunrise. A longer fade takes this time, and is not refused: a light that is switched off must end dark. */
const transition_max_s = 3_600;
/** The largest value that a 12-bit converter sends. */
const raw_max = 4095;

export const refused_empty = -1;
export const refused_long = -2;
export const refused_utf8 = -3;
export const refused_scale = -4;
export const refused_range = -5;
export const refused_notation = -6;
export const refused_word = -7;
export const refused_array = -8;
export const refused_json = -9;
export const refused_bare_json = -10;
export const refused_brightness = -11;
export const refused_state = -12;
export const refused_nul = -13;
export const refused_quotes = -14;

/** A later fragment of a payload that has been refused as too long. */
export const refused_already = -100;

/** The sentence of each refusal, with its fault and its remedy, at the negated code. */
export const reasons: readonly string[] = Object.freeze([
	"",
	"an empty payload clears the retained message and is no level; to switch off, send 0",
	"the payload is longer than 1,024 bytes; send 0 to 254 as decimal text (Zigbee2MQTT: filtered_attributes makes its state shorter)",
	"the payload is not UTF-8; send 0 to 254 as decimal text, not as raw bytes, and not as UTF-16",
	"256 to 4095 looks like a raw 10- or 12-bit reading; divide it (by 4 or by 16) and send 0 to 254",
	"the number is out of range; send 0 to 254",
	"the number is not written in digits and a point (no plus sign, comma, exponent or hexadecimal); send 0 to 254",
	"the text is no level; send 0 to 254, ON or OFF",
	'a JSON array is no level; send 0 to 254, or an object such as {"brightness":127}',
	'the JSON is malformed, or nested deeper than 16; send 0 to 254, or an object such as {"brightness":127}',
	'the JSON object holds neither "brightness" nor "state"; send one of them, or just 0 to 254',
	'"brightness" is not a number; send 0 to 254',
	'"state" is neither "ON" nor "OFF"',
	"the payload holds a NUL: UTF-16, or bytes of a buffer behind the text; send 0 to 254 as decimal text in UTF-8",
	'the text stands in quotes, or those of its JSON are missing: did a shell take them? Send 0 to 254 bare, or {"brightness":127} from a file',
]);

/**
 * The one rule for numbers, bare or in JSON: the nearest level; a half goes up; a number above 0 never becomes 0; 255, full light for a sender of
 * 0..255, is 254; a number above 255 or below 0 is refused.
 */
function levelOf(value: number): number {
	if (value < 0 || value > raw_max) return refused_range;
	if (value > 255) return value < 256 ? refused_range : refused_scale;
	if (value > 0 && value < 1) return 1;
	return value >= level_max ? level_max : Math.floor(value + 0.5) | 0; // JSON may hold -0
}

/** Why text that starts like a number is not a number of the wire. `bytes[from..end)` is trimmed and not empty. */
function refusedNumber(bytes: Uint8Array, from: number, end: number): number {
	let at = from;
	const sign = bytes[at] === 0x2b || bytes[at] === 0x2d;
	if (sign) at++;
	const first = at;
	while (at < end && isDigit(bytes[at])) at++;
	if (at === first) return refused_word;
	if (at === end) return bytes[from] === 0x2d ? refused_range : refused_notation;
	const c = bytes[at] | 0x20;
	const more = at + 1 < end; // "12e" is a word, "12e3" a number
	return more && (c === 0x2e || c === 0x2c || c === 0x65 || c === 0x78) ? refused_notation : refused_word;
}

/** `\s` of the ASCII range: JSON's white space, vertical tab and form feed. */
function isBlank(c: number): boolean {
	return isSpace(c) || c === 0x0b || c === 0x0c;
}

/** A character that cannot be seen: neither printed ASCII nor a blank. */
function isUnseen(c: number): boolean {
	return (c < 0x20 && !isBlank(c)) || c >= 0x7f;
}

function hasNul(bytes: Uint8Array, from: number, end: number): boolean {
	for (let at = from; at < end; at++) if (bytes[at] === 0) return true;
	return false;
}

/** Quotes around the whole, or an object whose keys have none: the result of `-m '{"brightness":200}'` in some shells. */
function isQuoted(bytes: Uint8Array, from: number, end: number): boolean {
	if (bytes[from] === 0x27 || bytes[from] === 0x22) return true;
	if (bytes[from] !== 0x7b) return false;
	let at = from + 1;
	while (at < end && isBlank(bytes[at])) at++;
	const letter = bytes[at] | 0x20;
	return at < end && ((letter >= 0x61 && letter <= 0x7a) || bytes[at] === 0x27 || bytes[at] === 0x5c);
}

/** Reads payloads. Made once and used for all of them, so that reading allocates nothing. */
export class IntensityParser {
	/** Milliseconds, 0 to 3,600,000: the transition in the last accepted payload; -1: it had none. */
	transition = -1;
	/** True when the last payload named its level, as a number or in JSON; false when it was ON or OFF in any form, or refused. */
	named = false;
	/** Where the last refused payload holds the first byte that cannot be seen in a log; -1: nowhere. */
	unseen = -1;

	#json = new LightJson();
	#number = new JsonScan();

	/**
	 * The level in `message`, as `parse` returns it. The link puts together payloads of up to 1,024 bytes; a payload that still comes in fragments
	 * is refused at the first, and `refused_already` at the others. `on` (1..254) is the level of ON: see `Rested`.
	 */
	read(message: Message, on: number): number {
		if (message.offset > 0) return refused_already;
		if (!message.more) return this.parse(message.bytes, message.length, on);
		this.unseen = -1;
		return refused_long;
	}

	/**
	 * The level in `bytes[0..length)`, 0 to 254, or a negative code: its negation is an index into `reasons`.
	 * Bytes that cannot be seen are trimmed where they change nothing: blanks, UTF-8's byte order mark in front, NULs behind.
	 */
	parse(bytes: Uint8Array, length: number, on: number): number {
		this.transition = -1;
		this.named = false;
		this.unseen = -1;
		if (length > payload_max_bytes) return refused_long;
		let from = 0;
		let end = length;
		if (end > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) from = 3;
		while (from < end && isBlank(bytes[from])) from++;
		while (end > from && (bytes[end - 1] === 0 || isBlank(bytes[end - 1]))) end--;
		if (from === end) return hasNul(bytes, 0, length) ? this.#refuse(refused_nul, bytes, 0, length) : refused_empty;

		let value = 0;
		let at = from;
		while (at < end && isDigit(bytes[at])) value = value * 10 + (bytes[at++] - 0x30);
		if (at === end) {
			value = levelOf(value);
			this.named = value >= 0;
			return value;
		}
		const level = this.#text(bytes, from, end, on);
		return level < 0 ? this.#refuse(level, bytes, from, end) : level;
	}

	/** The sentence of a refusal of `bytes`, for a log: it names the first byte that the log would not show. Makes a string. */
	reason(code: number, bytes: Uint8Array): string {
		const { unseen } = this;
		if (unseen < 0) return reasons[-code];
		const byte = bytes[unseen].toString(16).toUpperCase().padStart(2, "0");
		return `${reasons[-code]} (byte ${unseen + 1} is 0x${byte}, which cannot be seen)`;
	}

	#refuse(code: number, bytes: Uint8Array, from: number, end: number): number {
		this.transition = -1;
		this.named = false;
		for (let at = from; at < end && this.unseen < 0; at++) if (isUnseen(bytes[at])) this.unseen = at;
		return code;
	}

	#text(bytes: Uint8Array, from: number, end: number, on: number): number {
		if (!isUtf8(bytes, from, end)) return refused_utf8;
		const first = bytes[from];
		if (first === 0x7b) return this.#object(bytes, from, end, on);
		if (first === 0x5b) return refused_array;
		if (isDigit(first)) {
			const value = this.#number.numberOf(bytes, from, end, false);
			this.named = value >= 0; // not NaN
			if (this.named) return levelOf(value);
		}
		const state = stateOf(bytes, from, end);
		if (state !== state_wrong) return state === state_on ? on : 0;
		if (hasNul(bytes, from, end)) return refused_nul;
		return isQuoted(bytes, from, end) ? refused_quotes : refusedNumber(bytes, from, end);
	}

	/** OFF goes first, then a level, then ON; each as if nothing stood beside it: a Shelly that is off also sends its brightness when on. */
	#object(bytes: Uint8Array, from: number, end: number, on: number): number {
		const json = this.#json;
		if (!json.read(bytes, from, end)) return isQuoted(bytes, from, end) ? refused_quotes : refused_json;
		const { brightness, state, transition } = json;
		if (transition >= 0) this.transition = Math.round(Math.min(transition, transition_max_s) * 1000);
		if (state === state_off) return 0;
		if (brightness > absent) {
			// nor is it NaN
			this.named = true;
			return levelOf(brightness);
		}
		if (state === state_on) return on;
		if (brightness !== absent) return refused_brightness;
		return state === absent ? refused_bare_json : refused_state;
	}
}

/** Room for a level's text, by number of digits: MQTT sends whole buffers, and cutting one to length would allocate. */
export type Digits = readonly [Uint8Array, Uint8Array, Uint8Array];

export function makeDigits(): Digits {
	return [new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)];
}

/** Writes `level` (0..254, whole) in decimal digits; returns the one buffer of `out` that holds exactly them, until the next call. */
export function format(level: number, out: Digits): Uint8Array {
	const text = level < 10 ? out[0] : level < 100 ? out[1] : out[2];
	let rest = level;
	for (let i = text.length - 1; i >= 0; i--) {
		const tens = (rest / 10) | 0;
		text[i] = 0x30 + rest - tens * 10;
		rest = tens;
	}
	return text;
}
