// npm test, as a user meets it: its last line says what was not run, and how to run it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { closing } = await import(`./${"not-run.mjs"}`);
// A runner inside a runner would report to the outer one.
const { NODE_TEST_CONTEXT: _, ...env } = process.env;
const node = (...words: string[]) => spawnSync(process.execPath, words, { encoding: "utf8", env });
const run = (...words: string[]) => node(join(import.meta.dirname, "run.mjs"), ...words);

test("skipped tests are told by their reason, those without one by their name", (t) => {
	const folder = mkdtempSync(join(tmpdir(), "lampwire-run-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const file = join(folder, "some.test.mjs");
	writeFileSync(
		file,
		`import { describe, test } from "node:test";
test("runs", () => {});
test("one", { skip: "lamp-tool is not installed" }, () => {});
describe("two", { skip: "lamp-tool is not installed" }, () => { test("three", () => {}); });
test("four", { skip: true }, () => {});
test("five", (t) => t.skip("no broker"));
`,
	);
	const reporter = pathToFileURL(join(import.meta.dirname, "not-run.mjs")).href;
	const { stdout } = node("--test", `--test-reporter=${reporter}`, file);
	assert.equal(closing("", stdout), "Not run: skipped, with the number of tests: lamp-tool is not installed (2), four (1), no broker (1).");
});

test("a run of everything says nothing; what was left out stands first", () => {
	assert.equal(closing("", ""), "");
	assert.equal(closing("test/xs", ""), "Not run: test/xs.");
	assert.equal(closing("test/xs", '"no broker"\n'), "Not run: test/xs; skipped, with the number of tests: no broker (1).");
});

test("one line behind the runner's own count, and the runner's exit code", () => {
	const { status, stdout } = run("test/mqtt/bytes/utf8");
	assert.equal(status, 0, stdout);
	assert.match(stdout, /(#|ℹ) tests \d+\n[\s\S]*(#|ℹ) pass [1-9]\d*\n(#|ℹ) fail 0\n[\s\S]*\n.*\n$/);
	assert.match(stdout, /\nNot run: every file whose path does not hold test\/mqtt\/bytes\/utf8 \(npm test runs them\)\.\n$/);
});

test("a wrong option, and a filter that finds nothing, are refused", () => {
	const { status, stderr } = run("--everything");
	assert.deepEqual([status, stderr], [2, "npm test: there is no option --everything; there are --all and --xs\n"]);
	assert.equal(run("no such file").status, 1);
});
