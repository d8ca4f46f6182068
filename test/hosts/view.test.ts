// What the desk draws, and what keys and lines mean.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { excerpt, gist, printable } from "../../hosts/node/events.js";
import { Pot } from "../../hosts/node/knob.js";
import { colourDepth, paintFor } from "../../hosts/node/paint.js";
import { Keys, type Turn, turn, turnOfLine } from "../../hosts/node/turning.js";
import { type Scene, type Tone, view } from "../../hosts/node/view.js";
import { toneOf } from "../../hosts/node/window.js";

const scene: Scene = {
	title: "desk · 127.0.0.1:1883 · topic light",
	knob: 0.5,
	dimmer: 127,
	lamp: { level: 127, duty: 3018, dutyMax: 16_383 },
	statuses: Array.from({ length: 9 }, (_, at) => [`device-${at}`, at % 2 ? "online" : "offline"] as const),
	messages: Array.from({ length: 60 }, (_, at) => ({
		time: "12:00:00.000",
		text: `light "${at}" qos=0 retain=1 from=somebody`,
		tone: at % 9 === 0 ? ("advice" as const) : ("message" as const),
	})),
	hints: ["Only this machine can connect. To let boards in: npm start -- --host 0.0.0.0."],
};

const bare = paintFor(1);

describe("view", () => {
	for (const depth of [1, 4, 8, 24]) {
		it(`fits every size, at a colour depth of ${depth}`, () => {
			const paint = paintFor(depth);
			for (const columns of [1, 7, 20, 40, 41, 80, 200]) {
				for (const rows of [1, 5, 13, 14, 20, 24, 60]) {
					const lines = view(scene, { columns, rows }, paint);
					assert.equal(lines.length, rows, `${columns}×${rows}`);
					// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
					const plain = lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, ""));
					for (const line of plain) assert.ok(line.length <= columns && !line.includes("\x1b"), `${columns}×${rows}: ${line}`);
				}
			}
		});
	}

	it("draws no escape sequence where there is no colour", () => {
		assert.doesNotMatch(view(scene, { columns: 80, rows: 24 }, bare).join(""), /\p{Cc}/u);
	});

	it("tells knob, lamp, people, the newest message and the way out on 40 × 16", () => {
		const text = view(scene, { columns: 40, rows: 16 }, bare).join("\n");
		for (const wanted of [/knob.*●.*127/, /lamp.*█░.*127/, /level 127/, /device-1 online/, /and 3 more/, /"59"/, /q quits/])
			assert.match(text, wanted);
	});

	it("shows the whole title, the address of the page first, beside a QR code too", () => {
		const title = "http://127.0.0.1:9001/ · desk · 0.0.0.0:1883 · topic home/desk/light";
		const rows = view({ ...scene, title }, { columns: 44, rows: 24 }, bare);
		assert.deepEqual(rows.slice(0, 3), [
			" Lampwire http://127.0.0.1:9001/ · desk ·",
			"          0.0.0.0:1883 · topic",
			"          home/desk/light",
		]);
	});

	it("wraps the newest line of the log, and cuts all the others", () => {
		const advice = "stopped: config: broker is missing; write broker=192.0.2.10 as one word";
		const line = (text: string, tone: Tone) => ({ time: "12:00:00.000", text, tone });
		const messages = [line(`old ${advice}`, "advice"), line(`new ${advice}`, "advice"), line(`light "${"1".repeat(99)}"`, "message")];
		const rows = view({ ...scene, statuses: [], messages }, { columns: 50, rows: 24 }, bare);
		const said = rows.slice(rows.findIndex((row) => row.includes("12:00:00.000"))).slice(0, 4);
		assert.deepEqual(said, [
			" 12:00:00.000 old stopped: config: broker is miss…",
			" 12:00:00.000 new stopped: config: broker is",
			"              missing; write broker=192.0.2.10 as",
			"              one word",
		]);
		assert.match(rows.join("\n"), /12:00:00.000 light "1+…\n/);
	});

	it("lights one cell at level 1 and none at 0", () => {
		const bar = (level: number) => {
			const lines = view({ ...scene, lamp: { level, duty: level, dutyMax: 16_383 } }, { columns: 60, rows: 16 }, bare);
			return lines.join("").split("█").length - 1;
		};
		assert.deepEqual([bar(0), bar(1)], [0, 1]);
	});
});

/** The colours of a text with escape sequences, in order: the number of each that is set. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
const colours = (text: string) => [...text.matchAll(/\x1b\[(\d[\d;]*)m([^\x1b]+)/g)].map(([, code = "", part = ""]) => ({ code, part }));

describe("colours", () => {
	const glow = (depth: number, lightness: number) => {
		const lamp = { level: 200, duty: 16_383 * lightness ** 2.4, dutyMax: 16_383 };
		const rows = view({ ...scene, lamp }, { columns: 60, rows: 24 }, paintFor(depth));
		const bar = colours(rows.find((row) => row.includes("lamp")) ?? "").find(({ part }) => /[▒▓█]/.test(part));
		return `${bar?.code} ${bar?.part[0]}`;
	};

	it("with 16 of them: a lamp has several brightnesses, none of them black or grey", () => {
		const seen = [0.05, 0.2, 0.4, 0.6, 0.8, 1].map((lightness) => glow(4, lightness));
		assert.ok(new Set(seen).size >= 5, seen.join(" "));
		for (const one of seen) assert.match(one, /^(33|93|97) [▒▓█]$/);
	});

	it("with 256 of them: a lamp has several brightnesses", () => {
		const seen = [0.05, 0.2, 0.4, 0.6, 0.8, 1].map((lightness) => glow(8, lightness));
		assert.ok(new Set(seen).size >= 5, seen.join(" "));
	});

	it("tell good news, advice and messages apart", () => {
		const tones: Tone[] = ["good", "advice", "message"];
		const messages = tones.map((tone) => ({ time: "12:00:00.000", text: `a ${tone}`, tone }));
		for (const depth of [4, 8, 24]) {
			const all = colours(view({ ...scene, messages }, { columns: 80, rows: 24 }, paintFor(depth)).join("\n"));
			const codes = tones.map((tone) => all.find(({ part }) => part === `a ${tone}`)?.code);
			assert.equal(new Set(codes).size, 3, `${depth}: ${codes}`);
			assert.equal(codes[0], all.find(({ part }) => part === " online")?.code, `${depth}: good as online is`);
		}
	});

	it("that somebody is online is good news, what else the log says is advice", () => {
		assert.equal(toneOf("log", "lamp desk-lamp: online at 127.0.0.1, topic light"), "good");
		assert.equal(toneOf("log", "lamp desk-lamp: offline: transport: the connection was lost or refused"), "advice");
		assert.equal(toneOf("message", 'light "x: online at y" qos=0'), "message");
	});

	it("are as many as TERM says where Node knows fewer", () => {
		assert.equal(colourDepth(4, "screen-256color"), 8);
		assert.equal(colourDepth(4, "xterm"), 4);
		assert.equal(colourDepth(24, "tmux-256color"), 24);
		assert.equal(colourDepth(1, "xterm-256color"), 1, "NO_COLOR");
	});
});

describe("a lamp alone", () => {
	it("has a picture, and neither knob nor the keys of one", () => {
		const { knob: _, ...lamp } = scene;
		const text = view(lamp, { columns: 80, rows: 24 }, bare).join("\n");
		assert.match(text, /lamp.*█░.*127/);
		assert.match(text, /q quits/);
		assert.doesNotMatch(text, /knob|●─|a step|Home/);
	});
});

describe("what others wrote", () => {
	it("a device's info in a few words, whatever order it has", () => {
		const info = {
			uptime: 61,
			role: "lamp",
			version: "0.1.0",
			board: "esp32",
			rssi: -61,
			link: { connects: 2, published: 5 },
			lamp: { accepted: 7, ignored: 1 },
		};
		assert.equal(gist(Buffer.from(JSON.stringify(info))), "role=lamp version=0.1.0 uptime=61 rssi=-61 connects=2 ignored=1 board=esp32");
		assert.equal(gist(Buffer.from('{"role":"a b\\u001b[2J","version":"1","uptime":0}')), 'role="a b\ufffd[2J" version=1 uptime=0');
		for (const text of ["127", "null", '{"role":"lamp"}', '{"role":1,"version":"1","uptime":0}', '{"role":"lamp","version":"1","upt'])
			assert.equal(gist(Buffer.from(text)), JSON.stringify(text), text);
		assert.equal(gist(Buffer.from("x".repeat(100))), `"${"x".repeat(64)}…"`);
	});

	it("cannot command the terminal or move what stands beside it", () => {
		assert.equal(printable("a\x1b[2J\r\n\u202eb日é\u{1f4a1}\u0085"), "a�[2J���b�é��");
		assert.equal(excerpt(Buffer.from("x".repeat(100))), `${"x".repeat(64)}…`);
		assert.equal(excerpt(Uint8Array.of(0xff, 0x31)), "�1");
	});
});

describe("turning the knob", () => {
	const typed = (...chunks: string[]) => {
		const keys = new Keys();
		const turns: Turn[] = [];
		let quits = 0;
		for (const chunk of chunks)
			keys.feed(
				chunk,
				(meant) => turns.push(meant),
				() => void quits++,
			);
		return { turns, quits };
	};

	it("knows the keys, several in a chunk, one in several chunks", () => {
		const all = "\x1b[C\x1bOA\x1b[6~\x1b[H\x1b[F\x1b[4~7x\x1b[Z\x1b[1;5C";
		const { turns } = typed(all);
		assert.deepEqual(turns.slice(2), [{ by: -0.1 }, { to: 0 }, { to: 1 }, { to: 1 }, { to: 0.7 }]);
		assert.ok(turns.slice(0, 2).every((meant) => "by" in meant && meant.by > 0));
		assert.deepEqual(typed(...all).turns, turns);
	});

	it("quits with q and Ctrl-C, and not with Escape", () => {
		assert.deepEqual([typed("q").quits, typed("\x03").quits, typed("\x1b", "\x1b[", "D").quits], [1, 1, 0]);
	});

	it("reads lines: percent, levels, steps", () => {
		for (const [line, wanted] of [
			["50%", { to: 0.5 }],
			[" 254 ", { to: 1 }],
			["0", { to: 0 }],
			["+10%", { by: 0.1 }],
			["-127", { by: -0.5 }],
			["", undefined],
			["%", undefined],
			["101%", undefined],
			["255", undefined],
			["1e2", undefined],
			["light", undefined],
		] as const) {
			assert.deepEqual(turnOfLine(line), wanted, line);
		}
		assert.ok(turnOfLine("+") && turnOfLine("-"));
	});

	it("stops at the ends", () => {
		const pot = new Pot({ position: 0.95 });
		turn(pot, { by: 0.1 });
		assert.equal(pot.position, 1);
		turn(pot, { by: -7 });
		assert.equal(pot.position, 0);
	});
});
