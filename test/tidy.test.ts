// What the project promises about itself, held by a test: the fence around src/, its sizes, and nothing left behind.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
	.trim()
	.split("\n");
const sources = tracked.filter((name) => name.startsWith("src/") && name.endsWith(".ts"));
const read = (name: string) => readFileSync(join(root, name), "utf8");

/** Lints `code` as if it stood in `place`. Returns the rules that it breaks. */
function linted(code: string, place = "src"): string[] {
	const folder = mkdtempSync(join(root, place, "planted-"));
	try {
		writeFileSync(join(folder, "planted.ts"), code);
		const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
		const arguments_ = [biome, "lint", "--reporter=json", "--vcs-use-ignore-file=false", join(folder, "planted.ts")];
		const { stdout } = spawnSync(process.execPath, arguments_, { cwd: root, encoding: "utf8" });
		return JSON.parse(stdout).diagnostics.map(({ category }: { category: string }) => category);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("the fence around src/ bites: imports from outside, and globals of a host", () => {
	assert.deepEqual(linted('import { decode } from "../mqtt/packets/inbound.js";\nexport const x = decode;\n'), []);
	for (const path of ["ws", "node:net", "../../hosts/node/tcp.js", "embedded:io/pwm", "mc/config", "../../test/world/virtual.js"])
		assert.deepEqual(linted(`import x from "${path}";\nexport const y = x;\n`), ["lint/style/noRestrictedImports"], path);
	for (const name of ["Date", "setTimeout", "Buffer", "process", "console", "trace", "TextDecoder", "globalThis", "performance"])
		assert.deepEqual(linted(`export const y = ${name};\n`), ["lint/style/noRestrictedGlobals"], name);
});

test("the page makes no markup, style or code of a string, and has one clock: the rule bites", () => {
	const bad = (code: string) => linted(`export function f(e: HTMLElement, t: string): void {\n\t${code}\n}\n`, "hosts/browser/page");
	assert.deepEqual(bad("e.textContent = t;"), []);
	for (const code of [
		"e.innerHTML = t;",
		"e.innerHTML += t;",
		"e.outerHTML = t;",
		"(e as HTMLIFrameElement).srcdoc = t;",
		'e.insertAdjacentHTML("beforeend", t);',
		"e.setHTMLUnsafe(t);",
		"new Range().createContextualFragment(t);",
		"document.write(t);",
		'new DOMParser().parseFromString(t, "text/html");',
		"new Function(t)();",
		'e.setAttribute("style", t);',
		"setInterval(() => e.remove(), 5);",
	])
		assert.ok(bad(code).includes("plugin"), code);
});

test("a clone has the same bytes on every machine, whatever core.autocrlf says", () => {
	const lines = execFileSync("git", ["ls-files", "--eol"], { cwd: root, encoding: "utf8" }).trim().split("\n");
	for (const line of lines) assert.match(line, /^i\/(lf|none) .*attr\/text=auto eol=lf|^i\/-text .*attr\/-text/, line);
});

test("no file of src/ has more than 300 lines", () => {
	const long = sources.map((name) => [name, read(name).split("\n").length - 1] as const).filter(([, lines]) => lines > 300);
	assert.deepEqual(long, []);
});

test("nothing is left behind: no marks of unfinished work, no path of a machine, no registry", () => {
	const marks = new RegExp(
		`\\b(${["TO", "DO"].join("")}|${["FIX", "ME"].join("")})\\b|/${"root"}/|/${"home"}/[a-z]+/\\.|registry\\.${"npmjs"}`,
	);
	for (const name of tracked.filter((file) => !/\.(png|svg)$/.test(file))) assert.doesNotMatch(read(name), marks, name);
});

test("what ships with src/ needs nothing: every import is relative", () => {
	assert.ok(sources.length > 20, `${sources.length} sources`);
	for (const name of sources) for (const [, path] of read(name).matchAll(/from "([^"]*)"/g)) assert.match(path, /^\.\.?\/.*\.js$/, name);
});
