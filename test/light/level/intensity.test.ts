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
	refused_nul,
	refused_quotes,
	refused_range,
	refused_scale,
	refused_state,
	refused_utf8,
	refused_word,
} from "../../../src/light/level/intensity.js";

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
	["0012", 12],
	[`${"0".repeat(1000)}12`, 12],
	["127.0", 127],
	["254.00", 254],
	["0.0", 0],
	["000.00", 0],
	["43.18", 43],
	[" 12.7\n", 13],
	["12.5", 13],
	["12.4999999999", 12],
	["253.5", 254],
	["254.5", 254],
	["254.9", 254],
	["255.000", 254],
	["0.2", 1],
	[`0.${"0".repeat(500)}1`, 1],
	[`43.${"18".repeat(400)}`, 43],
	["200\0", 200],
	["ON\0\0\r\n\0", last],
	["\ufeff127", 127],
	["\ufeff OFF", 0],
	['\ufeff{"brightness":9}\0', 9],
	["1\0", 1],
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
	['{"brightness":29.01960784313726}', 29],
	['{"brightness":12.7}', 13],
	['{"brightness":7E+1}', 70],
	['{"brightness":5e-324}', 1],
	['{"brightness":1e-999}', 1],
	['{"brightness":0e999}', 0],
	['{"brightness":0.3}', 1],
	['{"brightness":254.5}', 254],
	['{"brightness":"12"}', 12],
	['{"brightness":"254.00"}', 254],
	['{"brightness":" 007 "}', 7],
	['{"brightness":"7E+1"}', 70],
	['{"brightness":50,"transition":"2"}', 50, 2000],
	['{"brightness":50,"transition":60.5}', 50, 60_500],
	['{"brightness":50,"transition":1800}', 50, 1_800_000],
	['{"brightness":50,"transition":3601}', 50, 3_600_000],
	['{"brightness":50,"transition":1e999}', 50, 3_600_000],
	// nothing that is no command takes a clear one away
	['{"brightness":50,"transition":-1}', 50],
	['{"brightness":50,"transition":null}', 50],
	['{"brightness":50,"transition":"soon"}', 50],
	['{"state":null,"brightness":3}', 3],
	['{"state":"toggle","brightness":3}', 3],
	['{"state":1,"brightness":3}', 3],
	['{"state":["OFF"],"brightness":3}', 3],
	['{"state":"ON","brightness":null}', last],
	['{"state":"ON","brightness":"bright"}', last],
	['{"state":"ON","brightness":[300]}', last],
	['{"state":"OFF","brightness":300}', 0],
	['{"state":"OFF","brightness":-5}', 0],
	['{"state":"OFF","brightness":"x","transition":true}', 0],
	// off in the words of others
	['{"ison":false,"brightness":75}', 0],
	['{"output":false,"brightness":75}', 0],
	['{"turn":"off","brightness":75}', 0],
	['{"on":false,"brightness":75}', 0],
	['{"on":false}', 0],
	['{"on":true,"ison":false}', 0],
	['{"ison":false,"on":true,"brightness":3}', 0],
	['{"on":true,"brightness":75}', 75],
	['{"turn":"on"}', last],
	['{"on":{"off":false},"brightness":75}', 75],
	['{"on":5,"turn":"toggle","brightness":75}', 75],
	['{"state":"ON","output":false}', last],
	['{"state":null,"output":false,"brightness":75}', 0],
	['{"update":{"state":"OFF","on":false},"brightness":75}', 75],
	['{"state":"OFF","transition":3600}', 0, 3_600_000],
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
	["1 2", refused_word],
	["12\u00a0", refused_word],
	["-1", refused_range],
	["-0", refused_range],
	["+1", refused_notation],
	["1e3", refused_notation],
	["0x10", refused_notation],
	["-12.7", refused_notation],
	["43,18", refused_notation],
	["12.5e1", refused_notation],
	["1.2.3", refused_notation],
	["12.", refused_word],
	[".5", refused_word],
	["255.1", refused_range],
	["255.99", refused_range],
	["256.0", refused_scale],
	["1.5 ON", refused_notation],
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
	["1".repeat(1025), refused_long],
	[`9${" ".repeat(1024)}`, refused_long],
	["\0", refused_nul],
	["\x001\x002", refused_nul],
	["1\x002\0", refused_nul],
	["O\0N\0", refused_nul],
	["\ufeff", refused_empty],
	["\ufeff\ufeff1", refused_word],
	[new Uint8Array([0xff, 0xfe, 0x31, 0x00]), refused_utf8],
	[new Uint8Array([0xfe, 0xff, 0x00, 0x31]), refused_utf8],
	["{brightness:200,transition:5}", refused_quotes],
	["'{brightness:200,transition:5}'", refused_quotes],
	["{ state:ON}", refused_quotes],
	["{'brightness':200}", refused_quotes],
	['{\\"brightness\\":200}', refused_quotes],
	["'127'", refused_quotes],
	['"127"', refused_quotes],
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
	['{"a":"\\x","brightness":1}', refused_json],
	[`{"brightness":1,"a":${"[".repeat(17)}${"]".repeat(17)}}`, refused_json],
	[`{"a":${"[".repeat(251)}`, refused_json],
	['{"brightness":null}', refused_brightness],
	['{"brightness":[1]}', refused_brightness],
	['{"brightness":{"a":1}}', refused_brightness],
	['{"brightness":true}', refused_brightness],
	['{"brightness":""}', refused_brightness],
	['{"brightness":"+5"}', refused_brightness],
	['{"brightness":"50 %"}', refused_brightness],
	['{"state":"toggle","brightness":null}', refused_brightness],
	['{"state":"ON","brightness":300}', refused_scale],
	['{"brightness":"300"}', refused_scale],
	['{"brightness":"-3"}', refused_range],
	['{"brightness":-0.2}', refused_range],
	['{"brightness":255.5}', refused_range],
	['{"brightness":1e999}', refused_range],
	['{"brightness":-1e999}', refused_range],
	['{"on":5}', refused_bare_json],
	['{"turn":"toggle"}', refused_bare_json],
	['{"brightness":-1}', refused_range],
	['{"brightness":5000}', refused_range],
	['{"brightness":300}', refused_scale],
	['{"state":"toggle"}', refused_state],
	['{"state":1}', refused_state],
	['{"state":["ON"]}', refused_state],
];

test("what is accepted", async (t) => {
	for (const [text, level, transition = -1] of accepted) {
		await t.test(JSON.stringify(text), () => {
			const parser = new IntensityParser();
			parse('{"brightness":1,"transition":9}', parser); // leaves nothing behind
			assert.equal(parse(text, parser), level);
			assert.equal(parser.transition, transition);
			const said = text.replaceAll("\0", "").trim();
			if (/^[\d.]+$/.test(said)) assert.equal(parser.named, true);
			if (/^\w+$/.test(said) && !/\d/.test(said)) assert.equal(parser.named, false);
		});
	}
});

test("what is refused, and why", async (t) => {
	for (const [payload, code] of refused) {
		await t.test(JSON.stringify(payload).slice(0, 60), () => {
			const parser = new IntensityParser();
			assert.equal(reasons[-parse(payload, parser)], reasons[-code]);
			assert.deepEqual([parser.transition, parser.named], [-1, false]);
		});
	}
});

test("whether a level was named tells a repetition from ON", () => {
	const parser = new IntensityParser();
	for (const text of ["9", "9.1", '{"brightness":9}', '{"state":"ON","brightness":"9"}']) {
		parse(text, parser);
		assert.equal(parser.named, true, text);
	}
	for (const text of ["ON", "true", '{"state":"ON"}', '{"turn":"on"}', '{"state":"ON","brightness":null}']) {
		parse(text, parser);
		assert.equal(parser.named, false, text);
	}
});

test("a reason names the first byte that a log would not show, and none where all can be seen", () => {
	const parser = new IntensityParser();
	for (const [payload, told] of [
		["O\0N\0", "byte 2 is 0x00"],
		["12\u00a0", "byte 3 is 0xC2"],
		["\u200bON", "byte 1 is 0xE2"],
		["O\x1bN", "byte 2 is 0x1B"],
		["\0", "byte 1 is 0x00"],
		[new Uint8Array([0xff, 0xfe, 0x31, 0x00]), "byte 1 is 0xFF"],
		['{"brightness":\u00a0127}', "byte 15 is 0xC2"],
	] as const) {
		const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
		const code = parse(bytes, parser);
		assert.ok(code < 0);
		assert.equal(parser.reason(code, bytes), `${reasons[-code]} (${told}, which cannot be seen)`);
	}
	for (const text of ["abc", "{", "", "1 2\t3", "300", "1".repeat(2000)]) {
		const code = parse(text, parser);
		assert.equal(parser.reason(code, encoder.encode(text)), reasons[-code]);
	}
});

test("every code has its reason, which says what to do", () => {
	assert.equal(reasons.length, -refused_quotes + 1);
	for (let i = 1; i < reasons.length; i++) assert.match(reasons[i], /\w{3}/);
});

test("1,024 bytes are read, 1,025 are not", () => {
	assert.equal(payload_max_bytes, 1024);
	assert.equal(parse(`9${" ".repeat(1023)}`), 9);
	assert.equal(parse(`9${" ".repeat(1024)}`), refused_long);
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

test("bare numbers agree with the regular expression, and are rounded as the rule says", () => {
	const text = fc.array(fc.constantFrom(..."0123456789 \t\n\v\f-+.ex"), { maxLength: 7 }).map((parts) => parts.join(""));
	fc.assert(
		fc.property(text, (s) => {
			const value = /^\s*\d+(\.\d+)?\s*$/.test(s) ? Number(s) : NaN;
			const result = parse(s);
			if (value <= 255) assert.equal(result, rounded(value));
			else assert.ok(result < 0);
		}),
		{ numRuns: 5000 },
	);
});

/** The rule, as it is written. */
function rounded(value: number): number {
	return Math.min(254, value > 0 ? Math.max(1, Math.floor(value + 0.5)) : 0);
}

test("JSON is well-formed exactly when JSON.parse says so, and means the same", () => {
	const parser = new IntensityParser();
	const value = fc.oneof(
		fc.jsonValue({ maxDepth: 2 }).map((v) => JSON.stringify(v)),
		fc.integer({ min: -5, max: 300 }).map(String),
		fc.double({ noNaN: true, noDefaultInfinity: true, min: -400, max: 400 }).map(String),
		fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 256 }).map((v) => JSON.stringify(String(v))),
		fc.constantFrom('"ON"', '"off"', "true", "null", "01", "+1", '"\\u12g4"', "tru", "1.0", "25e1", "-", "[1,]", "{,}", "[{}", '"a\tb"'),
	);
	const key = fc.constantFrom("brightness", "brightness", "state", "transition", "x", "on", "turn");
	const object = fc.array(fc.tuple(key, value), { maxLength: 4 }).map((all) => `{${all.map(([k, v]) => `"${k}": ${v}`).join(",")}}`);
	fc.assert(
		fc.property(object, (text) => {
			fc.pre(encoder.encode(text).length <= 1024);
			const result = parse(text, parser);
			let expected: Record<string, unknown>;
			try {
				expected = JSON.parse(text);
			} catch {
				assert.ok(result === refused_json || result === refused_quotes, text);
				return;
			}
			assert.equal(result < 0 ? -1 : result, meaning(expected, text), text);
			const transition = numberIn(expected.transition);
			if (result >= 0) assert.equal(parser.transition, transition >= 0 ? Math.round(Math.min(transition, 3600) * 1000) + 0 : -1, text);
		}),
		{ numRuns: 5000 },
	);
});

function numberIn(value: unknown): number {
	if (typeof value === "number") return value;
	return typeof value === "string" && /^[ \t\r\n]*-?\d+(\.\d+)?(e[-+]?\d+)?[ \t\r\n]*$/i.test(value) ? Number(value) : NaN;
}

/** What an object means, or -1: that it is refused. */
function meaning(object: Record<string, unknown>, text: string): number {
	const says = (value: unknown) => (typeof value === "string" || typeof value === "boolean" ? String(value).toLowerCase() : "");
	const on = (value: unknown) => says(value) === "on" || says(value) === "true";
	const off = (value: unknown) => says(value) === "off" || says(value) === "false";
	// of equal keys the last wins; of foreign words any that says off
	const foreign = [...text.matchAll(/"(?:on|turn)": ("[^"\\]*"|true|false)/g)].map((match) => JSON.parse(match[1]));
	const own = on(object.state) || off(object.state);
	if (own ? off(object.state) : foreign.some(off)) return 0;
	const brightness = numberIn(object.brightness);
	if (brightness < 0 || brightness > 255) return -1;
	if (brightness >= 0) return rounded(brightness);
	return own || foreign.some(on) ? last : -1;
}

test("format writes what parse reads, into the buffer of that length", () => {
	const digits = makeDigits();
	for (let level = 0; level <= 254; level++) {
		const text = format(level, digits);
		assert.equal(String.fromCharCode(...text), String(level));
		assert.equal(text, digits[text.length - 1]);
		assert.equal(parse(text), level);
	}
});
