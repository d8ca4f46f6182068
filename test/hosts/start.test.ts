// The first moment of everything that people start: on a Node that is too old, without a build, without what builds; and how little is loaded.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { transform } from "esbuild";
import { build } from "../../hosts/build.mjs";

const root = path.join(import.meta.dirname, "../..");
const started = ["hosts/node/lampwire.mjs", "hosts/build.mjs", "hosts/sim/run.mjs", "test/run.mjs", "bench/run.mjs"];

function run(file: string, args: string[] = [], options: string[] = []) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [...options, file, ...args], { encoding: "utf8", cwd: os.tmpdir() });
	return { status, stdout, stderr };
}

describe("a Node that is too old", () => {
	for (const [old, taken] of [
		["18.20.8", false],
		["20.10.0", false],
		["20.11.0", true],
		["26.0.0", true],
	] as const)
		it(`${old} is ${taken ? "taken" : "refused in one line"}`, () => {
			const version = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${old}" } });
				Object.defineProperty(process, "version", { value: "v${old}" });`;
			const pretend = ["--import", `data:text/javascript,${encodeURIComponent(version)}`];
			for (const name of taken ? started.slice(0, 1) : started) {
				const { status, stdout, stderr } = run(path.join(root, name), ["--version"], pretend);
				if (taken) assert.deepEqual([status, stderr], [0, ""], name);
				else {
					assert.match(stderr, new RegExp(`^lampwire needs Node\\.js 20\\.11 or later; this is v${old}\\. .*nodejs\\.org\n$`), name);
					assert.deepEqual([status, stdout], [1, ""], name);
				}
			}
		});

	it("can read what tells it so: no syntax is newer than modules", async () => {
		for (const name of ["hosts/node/lampwire.mjs", "hosts/node/needed.mjs"]) {
			const text = fs.readFileSync(path.join(root, name), "utf8");
			const [older, newer] = await Promise.all(
				["es2018", "esnext"].map((target) => transform(text, { target, format: "esm", supported: { "import-meta": true } })),
			);
			assert.equal(older?.code, newer?.code, name);
		}
	});
});

describe("what was not built", () => {
	let folder: string;
	before(() => {
		// no node_modules above: what `npm ci --omit=dev` or `--ignore-scripts` leaves out is not there
		folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire start "));
		for (const name of ["node/lampwire.mjs", "node/needed.mjs", "build.mjs"]) {
			fs.mkdirSync(path.dirname(path.join(folder, "hosts", name)), { recursive: true });
			fs.copyFileSync(path.join(root, "hosts", name), path.join(folder, "hosts", name));
		}
	});
	after(() => fs.rmSync(folder, { recursive: true }));
	const at = (name: string) => path.join(folder, name);

	it("the command says how to build it, in one line", () => {
		const { status, stdout, stderr } = run(at("hosts/node/lampwire.mjs"), ["--help"]);
		assert.deepEqual([status, stdout, stderr], [1, "", "lampwire is not built: run npm run build\n"]);
	});

	it("the build says what it needs, in one line; what was built before stays", () => {
		const first = run(at("hosts/build.mjs"), ["--types"]);
		assert.match(first.stderr, /^lampwire is not built, and cannot be: esbuild is missing, .*npm ci without --omit=dev.*\n$/);
		assert.equal(first.status, 1);
		fs.mkdirSync(at("dist"));
		fs.writeFileSync(at("dist/cli.js"), "console.log('as it was');\n");
		const second = run(at("hosts/build.mjs"), ["--types"]);
		assert.match(second.stderr, /^lampwire: dist\/ is left as it was built: esbuild is not installed .*\n$/);
		assert.equal(second.status, 0);
		assert.deepEqual(run(at("hosts/node/lampwire.mjs")), { status: 0, stdout: "as it was\n", stderr: "" });
	});

	it("a fault while the program loads keeps its stack", () => {
		fs.mkdirSync(at("dist"), { recursive: true });
		fs.writeFileSync(at("dist/cli.js"), "import 'nowhere';\n");
		const { status, stderr } = run(at("hosts/node/lampwire.mjs"));
		assert.equal(status, 1);
		assert.match(stderr, /nowhere/);
		assert.doesNotMatch(stderr, /npm run build/);
	});
});

it("an answer of the command line loads no package and no role: it comes at once", async () => {
	await build();
	const dist = path.join(root, "dist");
	const seen = new Set<string>();
	const visit = (file: string) => {
		if (seen.has(file)) return;
		seen.add(file);
		for (const [, name = ""] of fs.readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;"]*"([^"]+)";$/gm)) {
			if (name.startsWith(".")) visit(path.join(path.dirname(file), name));
			else assert.match(name, /^node:/, `${path.relative(dist, file)} loads ${name}`);
		}
	};
	visit(path.join(dist, "cli.js"));
	assert.ok(seen.size > 1, "esbuild's own form of an import was found");
	const sources = [...seen].flatMap((file): string[] => JSON.parse(fs.readFileSync(`${file}.map`, "utf8")).sources);
	assert.ok(sources.some((name) => name.endsWith("hosts/node/options.ts")));
	assert.deepEqual(
		sources.filter((name) => /(client|link|lamp|dimmer|broker|desk|run)\.ts$/.test(name)),
		[],
	);
});
