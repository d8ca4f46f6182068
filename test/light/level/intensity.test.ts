import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
	format,
	IntensityParser,
	makeDigits,
	payload_max_bytes,
	reasons,
	refused_array,
	refused_bare_json,
	refused_brightness,
	refused_empty,
	refused_json,
	refused_long,
	refused_notation,
	refused_range,
	refused_scale,
	refused_state,
	refused_transition,
	refused_utf8,
	refused_word,
} from "../../../src/light/level/intensity.js";
import { message_bytes } from "../../../src/limits.js";

const encoder = new TextEncoder();
const last = 77;

function parse(payload: string | Uint8Array, parser = new IntensityParser()): number {
	const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
	// Digits behind the end: what is read beyond the length shows.
	const lent = new Uint8Array(bytes.length + 8).fill(0x39);
	lent.set(bytes);
	return parser.parse(lent, bytes.length, last);
}

const accepted: [string, number, number?][] = [
	["0", 0],
	["1", 1],
	["127", 127],
	["254", 254],
	["007", 7],
	["000", 0],
	[" 12", 12],
	["12 \r\n", 12],
	["\t\v\f200\n", 200],
	["255", 254],
	["ON", last],
	["on", last],
	["oN\n", last],
	["true", last],
	["TRUE", last],
	["OFF", 0],
	["Off", 0],
	["false", 0],
	["FALSE", 0],
	['{"brightness":100}', 100],
	[' { "brightness" : 100 } ', 100],
	['{"brightness":255}', 254],
	['{"brightness":0}', 0],
	['{"brightness":-0}', 0],
	['{"brightness":12.0}', 12],
	['{"brightness":1.2e1}', 12],
	['{"brightness":120E-1}', 12],
	['{"state":"ON"}', last],
	['{"state":"off"}', 0],
	['{"state":true}', last],
	['{"state":false}', 0],
	['{"state":"OFF","brightness":100}', 0],
	['{"state":"ON","brightness":100}', 100],
	['{"brightness":1,"brightness":2}', 2],
	['{"brightness":50,"transition":2}', 50, 2000],
	['{"brightness":50,"transition":0}', 50, 0],
	['{"brightness":50,"transition":0.35}', 50, 350],
	['{"state":"OFF","transition":60}', 0, 60000],
	['{"color":{"x":[1,{"brightness":3}]},"brightness":9,"effect":null,"é\\u00e9\\n":"ü"}', 9],
	['{"a":[],"b":{},"c":[[],{}],"brightness":9}', 9],
];

const refused: [string | Uint8Array, number][] = [
	["", refused_empty],
	[" \n", refused_empty],
	["12abc", refused_word],
	["abc", refused_word],
	["online", refused_word],
	["offline", refused_word],
	["NaN", refused_word],
	["-", refused_word],
	["\0", refused_word],
	["1 2", refused_word],
	["12\u00a0", refused_word],
	["-1", refused_range],
	["-0", refused_range],
	["+1", refused_notation],
	["1e3", refused_notation],
	["0x10", refused_notation],
	["12.7", refused_notation],
	["-12.7", refused_notation],
	["0012", refused_notation],
	["256", refused_scale],
	["300", refused_scale],
	["1023", refused_scale],
	["4095", refused_scale],
	["4096", refused_range],
	["99999999999999999999", refused_range],
	["[]", refused_array],
	["[12]", refused_array],
	[new Uint8Array([0xff]), refused_utf8],
	[new Uint8Array([0x31, 0x80]), refused_utf8],
	[new Uint8Array([0xc0, 0xb1]), refused_utf8],
	[new Uint8Array([0xed, 0xa0, 0x80]), refused_utf8],
	[new Uint8Array([0xe2, 0x82]), refused_utf8],
	[encoder.encode('{"brightness":9,"a":"?"}').map((c) => (c === 0x3f ? 0xfe : c)), refused_utf8],
	["1".repeat(257), refused_long],
	[`9${" ".repeat(256)}`, refused_long],
	["{}", refused_bare_json],
	['{"transition":2}', refused_bare_json],
	['{"Brightness":2}', refused_bare_json],
	["{", refused_json],
	['{"brightness":1', refused_json],
	['{"brightness":1}}', refused_json],
	['{"brightness":1,}', refused_json],
	['{"brightness":01}', refused_json],
	['{"brightness":1.}', refused_json],
	['{"brightness":.5}', refused_json],
	["{brightness:1}", refused_json],
	['{"a":"\\x","brightness":1}', refused_json],
	[`{"brightness":1,"a":${"[".repeat(17)}${"]".repeat(17)}}`, refused_json],
	[`{"a":${"[".repeat(251)}`, refused_json],
	['{"brightness":12.7}', refused_brightness],
	['{"brightness":"12"}', refused_brightness],
	['{"brightness":null}', refused_brightness],
	['{"brightness":[1]}', refused_brightness],
	['{"brightness":{"a":1}}', refused_brightness],
	['{"brightness":1e999}', refused_brightness],
	['{"brightness":-1}', refused_range],
	['{"brightness":5000}', refused_range],
	['{"brightness":300}', refused_scale],
	['{"state":"toggle"}', refused_state],
	['{"state":1}', refused_state],
	['{"state":["ON"]}', refused_state],
	['{"state":null,"brightness":3}', refused_state],
	['{"brightness":1,"transition":-1}', refused_transition],
	['{"brightness":1,"transition":60.5}', refused_transition],
	['{"brightness":1,"transition":"2"}', refused_transition],
];

test("what is accepted", async (t) => {
	for (const [text, level, transition = -1] of accepted) {
		await t.test(JSON.stringify(text), () => {
			const parser = new IntensityParser();
			parse('{"brightness":1,"transition":9}', parser); // leaves nothing behind
			assert.equal(parse(text, parser), level);
			assert.equal(parser.transition, transition);
			assert.equal(parser.plain, /^\s*\d+\s*$/.test(text));
		});
	}
});

test("what is refused, and why", async (t) => {
	for (const [payload, code] of refused) {
		await t.test(JSON.stringify(payload).slice(0, 60), () => {
			const parser = new IntensityParser();
			assert.equal(reasons[-parse(payload, parser)], reasons[-code]);
			assert.equal(parser.transition, -1);
		});
	}
});

test("every code has its reason, which says what to do", () => {
	assert.equal(reasons.length, -refused_transition + 1);
	for (let i = 1; i < reasons.length; i++) assert.match(reasons[i], /\w{3}/);
});

test("whatever is short enough to be a level, the link delivers in one piece", () => {
	assert.ok(message_bytes >= payload_max_bytes);
});

test("256 bytes are read, 257 are not", () => {
	assert.equal(parse(`9${" ".repeat(255)}`), 9);
	assert.equal(parse(`9${" ".repeat(256)}`), refused_long);
});

test("any bytes at all give a level or a reason", () => {
	const parser = new IntensityParser();
	const soup = fc.array(fc.constantFrom(...'{}[]":,0129-+.eE \\ubrightnesstransitionstateONFFtruefalsnl\u00e9'), { maxLength: 60 });
	const payloads = fc.oneof(
		fc.uint8Array({ maxLength: 300 }),
		soup.map((parts) => encoder.encode(parts.join(""))),
	);
	fc.assert(
		fc.property(payloads, (bytes) => {
			const result = parse(bytes, parser);
			assert.ok(Number.isInteger(result) && result <= 254 && result > -reasons.length);
		}),
		{ numRuns: 2000 },
	);
});

test("plain numbers agree with the regular expression", () => {
	const text = fc.array(fc.constantFrom(..."0123456789 \t\n\v\f-+.ex"), { maxLength: 6 }).map((parts) => parts.join(""));
	fc.assert(
		fc.property(text, (s) => {
			const value = /^\s*\d{1,3}\s*$/.test(s) ? Number(s) : NaN;
			const result = parse(s);
			if (value <= 254) assert.equal(result, value);
			else if (value === 255) assert.equal(result, 254);
			else assert.ok(result < 0);
		}),
		{ numRuns: 5000 },
	);
});

test("JSON is well-formed exactly when JSON.parse says so, and means the same", () => {
	const parser = new IntensityParser();
	const value = fc.oneof(
		fc.jsonValue({ maxDepth: 2 }).map((v) => JSON.stringify(v)),
		fc.integer({ min: -5, max: 300 }).map(String),
		fc.double({ noNaN: true, noDefaultInfinity: true, min: -400, max: 400 }).map(String),
		fc.constantFrom('"ON"', '"off"', "true", "null", "01", "+1", '"\\u12g4"', "tru", "1.0", "25e1", "-", "[1,]", "{,}", "[{}", '"a\tb"'),
	);
	const key = fc.constantFrom("brightness", "state", "transition", "x");
	const object = fc.array(fc.tuple(key, value), { maxLength: 3 }).map((all) => `{${all.map(([k, v]) => `"${k}": ${v}`).join(",")}}`);
	fc.assert(
		fc.property(object, (text) => {
			fc.pre(encoder.encode(text).length <= 256);
			const result = parse(text, parser);
			let expected: Record<string, unknown>;
			try {
				expected = JSON.parse(text);
			} catch {
				assert.equal(result, refused_json, text);
				return;
			}
			assert.notEqual(result, refused_json, text);
			if (result < 0) return;
			const { brightness, state, transition } = expected;
			const off = state === false || String(state).toLowerCase() === "off" || String(state).toLowerCase() === "false";
			const level = off ? 0 : brightness === undefined ? last : brightness === 255 ? 254 : brightness;
			assert.equal(result, Number(level) + 0, text);
			assert.equal(parser.transition, transition === undefined ? -1 : Math.round(Number(transition) * 1000) + 0, text);
		}),
		{ numRuns: 5000 },
	);
});

test("format writes what parse reads, into the buffer of that length", () => {
	const digits = makeDigits();
	for (let level = 0; level <= 254; level++) {
		const text = format(level, digits);
		assert.equal(String.fromCharCode(...text), String(level));
		assert.equal(text, digits[text.length - 1]);
		assert.equal(parse(text), level);
	}
});
