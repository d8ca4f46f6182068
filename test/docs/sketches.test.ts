// The Arduino sketches of docs/works-with.md, compiled as printed over a small fake of Arduino's libraries (arduino/Arduino.h), and run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

const page = readFileSync(join(import.meta.dirname, "../../docs/works-with.md"), "utf8");
const [knob = "", lamp = ""] = [...page.matchAll(/^```cpp\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
const fake = readFileSync(join(import.meta.dirname, "arduino/Arduino.h"), "utf8");
const skip = spawnSync("g++", ["--version"]).status !== 0 && "g++ is not installed";
const folder = mkdtempSync(join(tmpdir(), "lampwire sketches "));
after(() => rmSync(folder, { recursive: true }));
for (const name of ["Arduino.h", "WiFi.h", "ArduinoMqttClient.h"]) writeFileSync(join(folder, name), name === "Arduino.h" ? fake : "");

/** What the sketch does at its start, and then for each line of the script. */
function run(name: string, sketch: string, script: readonly string[]): string[][] {
	const source = join(folder, `${name}.cpp`);
	// The Arduino IDE puts this include in front, too.
	writeFileSync(source, `#include <Arduino.h>\n${sketch}`);
	const program = join(folder, name);
	const compiled = spawnSync("g++", ["-Wall", "-Wno-unused-function", "-I", folder, "-o", program, source], { encoding: "utf8" });
	assert.equal(compiled.stderr, "");
	const { stdout } = spawnSync(program, [], { input: script.join("\n"), encoding: "utf8" });
	const steps = stdout.split("-\n").map((part) => part.split("\n").filter(Boolean));
	steps.pop();
	return steps;
}

describe("the sketches", { skip }, () => {
	it("a knob publishes 0 to 254, retained, reaches both ends, and is silent at rest", () => {
		const script = ["read 0", "read 0", "read 512", "read 515", "read 1023", "read 1019", "read 3", "read 0", "lost", "read 0"];
		const said = run("knob", knob, script).map((lines) => lines.filter((line) => line.startsWith("publish")));
		const levels = [0, undefined, 127, undefined, 254, undefined, 0, undefined, 0, undefined];
		assert.deepEqual(
			said,
			levels.map((level) => (level === undefined ? [] : [`publish light retained ${level}`])),
		);
	});

	it("a lamp takes 0 to 254 and 255, leaves the light as it is at anything else, and subscribes after every connect", () => {
		const texts = ["127", "0", "254", "255", "1", "008", "ON", '{"brightness":9}', "256", "-1", "1.5", "1000"];
		const steps = run("lamp", lamp, ["", ...texts.map((text) => `message ${text}`), "lost"]);
		assert.deepEqual(steps[0], ["output 13", "write 13 0", "id lamp-of-anna", "connect 1883", "subscribe light 1"]);
		const duties = [64, 0, 254, 254, 1, 1];
		assert.deepEqual(
			steps.slice(1, -1),
			texts.map((_, at) => (at < duties.length ? [`write 13 ${duties[at]}`] : [])),
		);
		assert.deepEqual(steps.at(-1), ["connect 1883", "subscribe light 1"]);
	});
});
