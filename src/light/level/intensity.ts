// The wire: an intensity is decimal text, 0 (off) to 254. Also taken: ON, OFF, true, false and one JSON object, for senders that speak so.
// Whatever else arrives is refused in words, and never bent into a level: 300 must not become 44, nor -1 full light.
import type { Message } from "../../mqtt/link/link.js";
import { absent, LightJson, state_off, state_on, state_wrong, stateOf } from "./json.js";
import { isDigit, isSpace } from "./scan.js";
import { isUtf8 } from "./utf8.js";

/** Brightest level; the range of Hue, Zigbee and (with `brightness_scale: 254`) of Home Assistant. */
export const level_max = 254;
/** A longer payload is refused unread: no form of a level comes near it. */
export const payload_max_bytes = 256;
const transition_max_s = 60;
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
export const refused_transition = -13;

/** A later fragment of a payload that has been refused as too long. */
export const refused_already = -100;

/** What was wrong and what to do, at the negated code of a refusal. */
export const reasons: readonly string[] = Object.freeze([
	"",
	"an empty payload clears the retained message and is no level; to switch off, send 0",
	"the payload is longer than 256 bytes; send 0 to 254 as decimal text",
	"the payload is not UTF-8; send 0 to 254 as decimal text, not as raw bytes",
	"256 to 4095 looks like a raw 10- or 12-bit reading; divide it (by 4 or by 16) and send 0 to 254",
	"the number is out of range; send 0 to 254",
	"the number is not written in plain digits (no sign, point, exponent, hexadecimal or fourth digit); send 0 to 254",
	"the text is no level; send 0 to 254, ON or OFF",
	'a JSON array is no level; send 0 to 254, or an object such as {"brightness":127}',
	'the JSON is malformed, or nested deeper than 16; send 0 to 254, or an object such as {"brightness":127}',
	'the JSON object holds neither "brightness" nor "state"; send one of them, or just 0 to 254',
	'"brightness" is not a whole number; send 0 to 254',
	'"state" is neither "ON" nor "OFF"',
	'"transition" is not a number of seconds from 0 to 60',
]);

/** The level that a number means: itself, or a refusal. 255 is what a sender of the range 0..255 means by full. */
function levelOf(value: number): number {
	if (value < 0 || value > raw_max) return refused_range;
	if (value > 255) return refused_scale;
	return value > level_max ? level_max : value | 0; // JSON may say -0
}

/** Why text that starts like a number is none that we take. `bytes[from..end)` is trimmed and not empty. */
function refusedNumber(bytes: Uint8Array, from: number, end: number): number {
	let at = from;
	const sign = bytes[at] === 0x2b || bytes[at] === 0x2d;
	if (sign) at++;
	const first = at;
	let value = 0;
	while (at < end && isDigit(bytes[at])) value = value * 10 + (bytes[at++] - 0x30);
	if (at === first) return refused_word;
	if (at === end && bytes[from] === 0x2d) return refused_range;
	if (at === end && !sign && value > 255) return levelOf(value);
	if (at === end) return refused_notation;
	const c = bytes[at] | 0x20;
	const more = at + 1 < end; // "12e" is a word, "12e3" a number
	return more && (c === 0x2e || c === 0x65 || c === 0x78) ? refused_notation : refused_word;
}

/** `\s` of the ASCII range: JSON's white space, vertical tab and form feed. */
function isBlank(c: number): boolean {
	return isSpace(c) || c === 0x0b || c === 0x0c;
}

/** Reads payloads. Made once and used for all of them, so that reading allocates nothing. */
export class IntensityParser {
	/** Milliseconds, 0 to 60,000, that the last accepted payload asked its fade to take; -1: it did not say. */
	transition = -1;
	/** True when the last payload was a bare number, false when it was a word, JSON or refused. */
	plain = false;

	#json = new LightJson();

	/**
	 * The level in `message`, as `parse` tells it. The link puts together what is up to 256 bytes long; a payload that still comes in fragments
	 * is refused at the first, and `refused_already` at the others.
	 */
	read(message: Message, lastNonZero: number): number {
		if (message.offset > 0) return refused_already;
		return message.more ? refused_long : this.parse(message.bytes, message.length, lastNonZero);
	}

	/**
	 * The level in `bytes[0..length)`, 0 to 254, or a negative code: its negation is an index into `reasons`.
	 * `lastNonZero` (1..254) is what ON means.
	 */
	parse(bytes: Uint8Array, length: number, lastNonZero: number): number {
		this.transition = -1;
		this.plain = false;
		if (length > payload_max_bytes) return refused_long;
		let from = 0;
		let end = length;
		while (from < end && isBlank(bytes[from])) from++;
		while (end > from && isBlank(bytes[end - 1])) end--;
		if (from === end) return refused_empty;

		let value = 0;
		let at = from;
		while (at < end && isDigit(bytes[at])) value = value * 10 + (bytes[at++] - 0x30);
		if (at === end && end - from <= 3) {
			this.plain = true;
			return levelOf(value);
		}
		if (!isUtf8(bytes, from, end)) return refused_utf8;
		const first = bytes[from];
		if (first === 0x7b) return this.#object(bytes, from, end, lastNonZero);
		if (first === 0x5b) return refused_array;
		const state = stateOf(bytes, from, end);
		if (state === state_wrong) return refusedNumber(bytes, from, end);
		return state === state_on ? lastNonZero : 0;
	}

	#object(bytes: Uint8Array, from: number, end: number, lastNonZero: number): number {
		const json = this.#json;
		if (!json.read(bytes, from, end)) return refused_json;
		const { brightness, state, transition } = json;
		if (state === state_wrong) return refused_state;
		if (transition !== absent && !(transition >= 0 && transition <= transition_max_s)) return refused_transition;
		let level = absent;
		if (brightness !== absent) {
			if (brightness !== Math.floor(brightness)) return refused_brightness; // NaN too: it equals nothing
			level = levelOf(brightness);
			if (level < 0) return level;
		}
		if (state === state_off) level = 0;
		else if (level === absent && state === state_on) level = lastNonZero;
		if (level === absent) return refused_bare_json;
		if (transition !== absent) this.transition = Math.round(transition * 1000);
		return level;
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
