// What the README and docs/ say is so: links lead somewhere, tables are what the firmware does, the pictures show one circuit, quoted log
// lines are in the code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { reasonText as terseText } from "../hosts/board/terse/sentences.js";
import * as reason from "../src/mqtt/packets/reason.js";
import { reasonText } from "../src/mqtt/packets/sentences.js";
import { fakeModules } from "./fake-modules.js";
import { withoutNpm } from "./hosts/spawn.js";

const root = join(import.meta.dirname, "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const below = (folder: string, ending: RegExp) =>
	readdirSync(join(root, folder), { recursive: true })
		.map((name) => join(folder, String(name)))
		.filter((name) => ending.test(name) && !name.includes("node_modules"));
const pages = ["README.md", "src/README.md", "CHANGELOG.md", "CONTRIBUTING.md", "test/README.md", ...below("docs", /\.md$/)];

/** Markdown without its blocks and spans of code. */
const prose = (text: string) => text.replace(/^ *```[\s\S]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "");

/** As GitHub makes the anchors of headings. */
function anchors(text: string): Set<string> {
	const headings = text.replace(/^ *```[\s\S]*?^ *```$/gm, "").matchAll(/^#+ (.*)$/gm);
	return new Set(
		[...headings].map(([, words = ""]) =>
			words
				.toLowerCase()
				.replace(/[^\p{L}\p{N} _-]/gu, "")
				.replaceAll(" ", "-"),
		),
	);
}

test("the table of reasons is what the client says, for images that say the number alone", () => {
	const [, section = ""] = /^### Reasons$([\s\S]*?)^### /m.exec(read("docs/mqtt.md")) ?? [];
	const rows = [...section.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, number, sentence]) => [-Number(number), sentence]);
	const numbers = Object.entries(reason)
		.filter(([name]) => name !== "NEED_MORE")
		.sort(([, one], [, other]) => other - one);
	assert.deepEqual(
		rows,
		numbers.map(([, number]) => [number, reasonText(number)]),
	);
	assert.equal(terseText(reason.REFUSED, 5), "reason 23: 5");
	assert.equal(terseText(reason.SUBACK_TIMEOUT), "reason 19");
});

test("every link and picture of the README and of docs/ is there", () => {
	let links = 0;
	for (const page of pages)
		for (const [, target = ""] of prose(read(page)).matchAll(/(?:\]\(|src=")([^)"\s]+)[)"]/g)) {
			if (/^https?:/.test(target)) continue;
			links++;
			const [file, anchor] = target.split("#");
			const path = file ? join(dirname(page), file) : page;
			assert.ok(existsSync(join(root, path)), `${page}: ${target} leads nowhere`);
			if (anchor) assert.ok(anchors(read(path)).has(anchor), `${page}: ${target}: there is no such heading`);
		}
	assert.ok(links > 30, `${links} links`);
});

/** The rows of the table whose first heading is `first`, as objects by heading, without backticks. */
function table(page: string, first: string): Record<string, string>[] {
	const lines = read(page).split("\n");
	const at = lines.findIndex((line) => line.replaceAll("`", "").startsWith(`| ${first} |`));
	assert.ok(at >= 0, `${page}: no table of ${first}`);
	const cells = (line: string) =>
		line
			.replaceAll("`", "")
			.split(/(?<!\\)\|/)
			.slice(1, -1)
			.map((cell) => cell.trim().replaceAll("\\|", "|"));
	const names = cells(lines[at] as string);
	const rows: Record<string, string>[] = [];
	for (let i = at + 2; lines[i]?.startsWith("|"); i++)
		rows.push(Object.fromEntries(cells(lines[i] as string).map((cell, column) => [names[column], cell])));
	return rows;
}

interface Manifest {
	config?: Record<string, unknown>;
	platforms: Record<string, { config?: Record<string, unknown> }>;
}

const { chipNames, pinFault, pinWarning } = await import("../hosts/board/pins.js" as string);

/** What the manifests set for `-p platform`. */
function presets(platform: string): Record<string, unknown> {
	const [device = ""] = platform.split("/");
	const { config, platforms }: Manifest = JSON.parse(read(`hosts/board/${device === "pico" ? "pico/" : ""}manifest.json`));
	return { ...config, ...(platform.includes("/") ? {} : platforms[device]?.config), ...platforms[platform]?.config };
}

test("the pin table is what manifest and pins.ts say", () => {
	const boards = table("docs/boards.md", "board");
	const told = boards.map((board) => presets(board["-p"] as string).chip);
	assert.deepEqual([...told].sort(), [...chipNames].sort(), "a row for each chip");
	for (const board of boards) {
		const { chip, knob, led } = presets(board["-p"] as string);
		assert.equal(board["knob="], String(knob), `${chip}: knob`);
		assert.equal(board["led="], String(led), `${chip}: led`);
		const pins = Array.from({ length: 64 }, (_, pin) => pin);
		const range = pins.filter((pin) => pinFault(chip, "knob", pin) === undefined);
		assert.equal(board["any of"], `${range[0]} to ${range.at(-1)}`, `${chip}: knob range`);
		const strapping = pins.filter((pin) => /strapping/.test(pinWarning(chip, "led", pin) ?? ""));
		assert.equal(board["strapping pins"], strapping.join(", ") || "none", `${chip}: strapping`);
	}
});

/** The options that a build reads: its `mc/config` is an object that takes notes. */
async function optionsRead(): Promise<Set<string>> {
	const asked = new Set<string>();
	const given: Record<string, unknown> = {
		broker: "192.0.2.10",
		port: 1883,
		topic: "light",
		ssid: "home",
		password: "secret!!",
		chip: "esp32",
	};
	Object.assign(given, { knob: 34, led: 13, pwm_hz: 4882, status_led: 2, status_active: "high" });
	Object.assign(given, { hue_bridge: "192.0.2.7", hue_key: "0123456789", hue_lights: "1", hue_http: "1" });
	const notes = new Proxy(given, {
		get(target, name) {
			asked.add(String(name));
			return target[String(name)];
		},
	});
	(globalThis as unknown as Record<string, unknown>)["noted config"] = notes;
	fakeModules({ "mc/config": "export default globalThis['noted config']" });
	const { readSettings, readStatus } = await import("../hosts/board/config.js" as string);
	for (given.role of ["dimmer", "lamp", "hue"]) {
		readSettings(() => {});
		readStatus?.(() => {});
	}
	// what only an image with TLS asks for
	Object.assign(given, { broker: "mqtts://192.0.2.10", port: "", tls_insecure: "", sntp: "pool.ntp.org" });
	readSettings(() => {});
	return asked;
}

test("the options table is what config.ts reads, with the manifest's defaults", async () => {
	const rows = table("docs/options.md", "option");
	const told = rows.map(({ option = "" }) => option);
	assert.deepEqual([...told].sort(), [...(await optionsRead())].sort());
	const common = JSON.parse(read("manifest.json")).config;
	for (const { option = "", default: preset } of rows) {
		const value = { ...common, ...presets("esp32") }[option];
		if (value !== undefined && value !== "" && !["chip", "knob", "led"].includes(option)) assert.equal(preset, String(value), option);
	}
	const { options } = await import("../hosts/node/options.js");
	const twins = [...rows, ...table("docs/options.md", "flag")].map((row) => row["npx lampwire"] ?? row.flag ?? "");
	const named = new Set(twins.flatMap((twin) => twin.match(/--[a-z-]+/g) ?? []));
	assert.deepEqual(
		[...named].sort(),
		Object.keys(options)
			.map((name) => `--${name}`)
			.sort(),
	);
});

test("the log lines of the troubleshooting page are in the code", () => {
	const code = ["src", "hosts"]
		.flatMap((folder) => below(folder, /\.(ts|mjs)$/))
		.map(read)
		.join("\n");
	// What stands behind "Log:", and what looks like a line of it. Where a line holds something that varies, the page has an ellipsis.
	const spans = read("docs/troubleshooting.md").matchAll(
		/(?<=\*\*Log(?::\*\*|\*\*, once:)\s)`([^`]+)`|`((?:Wi-Fi|transport|configuration|config|message ignored|next try|is its middle leg|noise\?)[^`]*)`/g,
	);
	let quoted = 0;
	for (const [, logged, likely] of spans)
		for (const piece of (logged ?? likely ?? "").split("…").map((words) => words.trim().replace(/^Wi-Fi: /, ""))) {
			if (piece.length < 6) continue;
			quoted++;
			assert.ok(code.includes(piece), `no code says: ${piece}`);
		}
	assert.ok(quoted > 20, `${quoted} quoted`);
});

test("npx lampwire, as the pages print it, is this command in this folder, without asking a registry", () => {
	const { stdout, stderr } = spawnSync("npx", ["--offline", "--", "lampwire", "--version"], {
		cwd: root,
		env: withoutNpm(),
		encoding: "utf8",
		shell: process.platform === "win32",
	});
	assert.equal(stdout.trim(), JSON.parse(read("package.json")).version, stderr);
});

test("JSON in docs/ is JSON", () => {
	for (const page of pages)
		for (const [, text = ""] of read(page).matchAll(/^```json\n([\s\S]*?)^```$/gm)) assert.doesNotThrow(() => JSON.parse(text), page);
});

interface Wiring {
	circuits: Record<string, object>;
	nets(circuit?: object): string[][];
	schematics: Record<string, object>;
	netsOfSchematic(schematic?: object): string[][];
	pictures(): Record<string, string>;
}
const wiring = (name: string): Promise<Wiring> => import(`../docs/wiring/${name}.mjs`);

test("breadboards and schematics show the same circuits, at the firmware's own pins", async () => {
	const { circuits, nets } = await wiring("circuits");
	const { schematics, netsOfSchematic } = await wiring("schematics");
	const { knob, led } = presets("esp32");
	const expected: Record<string, string[][]> = {
		dimmer: [
			["C1.1", "RV1.wiper", `board.${knob}`],
			["C1.2", "RV1.left", "board.GND"],
			["RV1.right", "board.3V3"],
		],
		"lamp-led": [
			["D1.anode", "R1.2"],
			["D1.cathode", "board.GND"],
			["R1.1", `board.${led}`],
		],
		"lamp-strip": [
			["Q1.drain", "STRIP.-"],
			["Q1.gate", "R1.2", "R2.1"],
			["Q1.source", "R2.2", "SUPPLY.-", "board.GND"],
			["R1.1", `board.${led}`],
			["STRIP.+", "SUPPLY.+"],
		],
	};
	assert.deepEqual(Object.keys(circuits), Object.keys(expected));
	for (const [name, connections] of Object.entries(expected)) {
		assert.deepEqual(nets(circuits[name]), connections, `${name} on the breadboard`);
		assert.deepEqual(netsOfSchematic(schematics[name]), connections, `${name} as a schematic`);
	}
});

test("the pictures are those that draw.mjs draws", async () => {
	const { pictures } = await wiring("draw");
	const drawn = pictures();
	assert.deepEqual(
		below("docs/wiring", /\.svg$/).sort(),
		Object.keys(drawn)
			.map((name) => `docs/wiring/${name}`)
			.sort(),
	);
	for (const [name, svg] of Object.entries(drawn)) assert.ok(read(`docs/wiring/${name}`) === svg, `${name}: run node docs/wiring/draw.mjs`);
});
