// The page's parts that need no browser: words, names, keys, the flash guard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { FlashGuard } from "../../hosts/browser/page/shared/flash.js";
import { Glow } from "../../hosts/browser/page/shared/glow.js";
import { levelOfKey } from "../../hosts/browser/page/shared/hand.js";
import { nameFault, nextName } from "../../hosts/browser/page/shared/names.js";
import {
	connectionWords,
	type DeviceSituation,
	deviceNotice,
	notice,
	type Situation,
	span,
	spoken,
} from "../../hosts/browser/page/shared/words.js";
import { makeRandom } from "../light/world.js";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));

const calm: Situation = {
	state: "known",
	topic: "light",
	now: 100_000,
	started: 0,
	heard: 90_000,
	retry: 0,
	reason: "",
	pending: false,
	slept: 0,
	notPassedOn: -1,
	refused: "",
	insecure: "",
	broker: "",
	updated: false,
	held: false,
};
const words = (change: Partial<Situation>) => notice({ ...calm, ...change })?.words ?? "";

describe("page: words", () => {
	it("say what is the matter, and nothing when all is well", () => {
		assert.equal(words({}), "");
		assert.equal(words({ state: "empty" }), "Nobody has set the light yet. Turn the knob.");
		assert.equal(words({ state: "connecting", started: 99_500 }), "");
		assert.equal(words({ state: "connecting" }), "Connecting to the desk…");
		assert.match(words({ state: "lost" }), /^The desk does not answer\. What you see is from \d\d:\d\d\.$/);
		assert.match(words({ state: "lost", pending: true }), / What you set now is sent when it is back\.$/);
		assert.equal(words({ state: "checking", slept: 52 * 60_000 }), "This page slept for 52 min. Checking…");
		assert.equal(words({ notPassedOn: 154 }), "The broker took 154, but passes on something else.");
		assert.equal(words({ updated: true }), "The desk has been updated.");
		assert.match(words({ insecure: "http://192.0.2.10:9001/" }), /only use wss\. Open http:\/\/192\.0\.2\.10:9001\/$/);
		const refused = "configuration: the broker refused the connection: not authorized (5)";
		assert.deepEqual(notice({ ...calm, state: "lost", reason: refused }), {
			words: "The broker asks for a name and a password that it knows.",
			form: "login",
		});
		const wrong = "configuration: the broker refused the connection: bad user name or password (4)";
		assert.deepEqual(notice({ ...calm, state: "lost", reason: wrong }), {
			words: "The broker refuses this name or password.",
			form: "login",
		});
	});

	it("count down to the next try beside the words, not in them", () => {
		const { words: said, aside, button } = notice({ ...calm, state: "lost", retry: 104_000 }) ?? { words: "" };
		assert.doesNotMatch(said, /4 s/);
		assert.equal(aside, "Next try in 4 s.");
		assert.equal(button, "Try now");
	});

	it("name the connection, a length of time, a level", () => {
		assert.equal(connectionWords(calm), "connected · light");
		assert.equal(connectionWords({ ...calm, state: "lost" }), "not connected");
		assert.deepEqual([3_400, 61_000, 3_600_000, 90_000_000, 180_000_000].map(span), ["3 s", "1 min", "1 h", "1 day", "2 days"]);
		assert.equal(spoken(154), "154 of 254, 61 percent");
	});

	it("offer a taken name's next one", () => {
		const taken = {
			kind: "lamp",
			name: "anna",
			up: true,
			now: 0,
			started: 0,
			retry: 0,
			reason: "",
			thrownOut: true,
		} satisfies Partial<DeviceSituation>;
		const rest = { nextName: nextName("anna"), slept: 0, waking: false, awake: false, phone: true, soft: false, target: -1 };
		assert.deepEqual(deviceNotice({ ...taken, ...rest }), {
			words: "Another device is called anna. Choose a name:",
			button: "anna-2",
			act: "rename",
		});
		assert.deepEqual(["anna-2", "a-99", "living-room-lamp"].map(nextName), ["anna-3", "a-100", "living-room-la-2"]);
		assert.equal(nameFault("anna"), "");
		assert.match(nameFault("ä".repeat(9)), /18 bytes are too long; 16 is the most/);
		assert.match(nameFault("a+b"), /may not hold/);
		assert.match(nameFault(""), /may not be empty/);
	});
});

describe("page: the hand's keys", () => {
	it("never 4: no key leads beyond an end", () => {
		for (const key of ["ArrowUp", "PageUp", "+"]) assert.equal(levelOfKey(key, false, 254), 254);
		for (const key of ["ArrowDown", "PageDown", "-"]) assert.equal(levelOfKey(key, false, 0), 0);
		for (const key of ["a", "Enter", " ", "Tab", "constructor"]) assert.equal(levelOfKey(key, false, 9), undefined);
	});
});

describe("page: the flash guard", () => {
	/** Paints `raw` at the given times, on a screen that is dark before. Returns when what was painted had swung by a tenth. */
	const swingsAt = (raw: (now: number) => number, frames: Iterable<number>): number[] => {
		const guard = new FlashGuard();
		const swings: number[] = [];
		let [extreme, up] = [0, undefined as boolean | undefined];
		for (const now of frames) {
			const level = guard.paint(raw(now), now);
			const away = level - extreme;
			if (up === undefined ? Math.abs(away) >= 25 : up ? away <= -25 : away >= 25) {
				swings.push(now);
				[up, extreme] = [away > 0, level];
			} else if (up === undefined ? false : up ? away > 0 : away < 0) extreme = level;
		}
		return swings;
	};
	/** 60 times a second, for `length` milliseconds. */
	function* steady(length: number): Iterable<number> {
		for (let now = 0; now < length; now += 1000 / 60) yield now;
	}
	const atMostThree = (swings: readonly number[], about: string) => {
		for (let i = 6; i < swings.length; i++)
			assert.ok((swings[i] ?? 0) - (swings[i - 6] ?? 0) >= 1_000, `${about}: ${swings.map(Math.round).join(" ")}`);
	};

	it("never 19: three flashes a second at most, at any frequency and depth", () => {
		for (const hertz of [2.6, 3, 3.5, 4, 5, 7, 9, 12, 20, 25])
			for (const depth of [30, 60, 127, 254])
				for (const lit of [0, 1]) {
					const swings = swingsAt((now) => (Math.floor((now * 2 * hertz) / 1000) % 2 === lit ? 0 : depth), steady(6_000));
					atMostThree(swings, `${hertz} Hz, ${depth}, ${lit === 1 ? "lit" : "dark"} at first`);
				}
	});

	it("never 19: nor where frames are late, levels come in bursts, and the light fades from one to the next", (t) => {
		t.diagnostic(`SEED=${seed}`);
		for (let run = 0; run < 2_000; run++) {
			const random = makeRandom(seed + run);
			const depth = 30 + 224 * random();
			const pause = 20 + 500 * random();
			const late = 1_000 * random() ** 3;
			const fade_ms = random() < 0.5 ? 1 : 300 * random();
			// The first frame may be the first of a flash.
			let [changes, level, at, last] = [0, 0, 0, -1000 * random()];
			const frames = [0];
			while ((frames.at(-1) ?? 0) < 8_000) frames.push((frames.at(-1) ?? 0) + 1000 / 60 + (random() < 0.3 ? late * random() : 0));
			const raw = (now: number) => {
				if (now >= changes) {
					changes = now + pause * random();
					level = random() < 0.8 ? (level < depth / 2 ? depth : 0) : depth * random();
				}
				const most = (depth * (now - last)) / fade_ms;
				last = now;
				at += Math.min(Math.max(level - at, -most), most);
				return at;
			};
			atMostThree(swingsAt(raw, frames), `SEED=${seed + run}`);
		}
	});

	it("paints as it is what does not flash, and again after a second of calm", () => {
		const guard = new FlashGuard();
		for (let now = 0; now < 4_000; now += 16) assert.equal(guard.paint((now / 16) % 255, now), (now / 16) % 255);
		for (let now = 4_000; now < 6_000; now += 16) guard.paint(Math.floor(now / 40) % 2 ? 254 : 0, now);
		assert.equal(guard.soft, true);
		for (let now = 6_000; now < 9_000; now += 16) guard.paint(100, now);
		assert.equal(guard.soft, false);
		assert.equal(guard.paint(100, 9_000), 100);
		assert.equal(guard.active, false);
	});
});

describe("page: the lamp in the room", () => {
	it("goes to a level in the time that the message asks for, as the lamps do; a repeat without one changes nothing", () => {
		const glow = new Glow();
		const begun = performance.now();
		assert.equal(glow.show(200, 3_600_000), true);
		assert.ok(glow.position(begun + 60_000) < 10);
		assert.equal(glow.show(200, -1), false);
		assert.ok(glow.moving);
		assert.equal(glow.show(200, 0), true, "the same level at once");
		assert.equal(glow.position(performance.now() + 1), 200);
		assert.equal(glow.moving, false);
	});
});

it("the table of what a page must never do has each point once, and its tests exist", () => {
	const rows = readFileSync(new URL("README.md", import.meta.url), "utf8").matchAll(/^\| (\d+) .*\| (.*) \|$/gm);
	const points = [...rows].map(([, number, tests = ""]) => ({ number: Number(number), tests }));
	assert.deepEqual(
		points.map(({ number }) => number),
		Array.from({ length: 27 }, (_, i) => i + 1),
	);
	for (const { number, tests } of points)
		for (const [, file = "", names = ""] of tests.matchAll(/`([^`]+\.test\.ts)` ((?:“[^”]+”(?:, )?)+)/g)) {
			const code = readFileSync(new URL(file, import.meta.url), "utf8");
			for (const [, name = ""] of names.matchAll(/“([^”]+)”/g))
				assert.match(
					code,
					new RegExp(`\\b(it|test)\\(\\s*["\`]${name.replaceAll(/[/.*+?()[\]{}|^$\\]/g, "\\$&")}`),
					`${number}: ${file}: ${name}`,
				);
		}
});
