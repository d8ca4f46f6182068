// The tests of the client, the link, the vectors and the topics, as they run on Node, on XS: on the engine of npm, and in mcsim.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { build } from "esbuild";
import { root } from "../../hosts/sim/sdk.mjs";
import { Program } from "./dropin/program.js";
import { Engine, installEngine } from "./engine.js";
import { skip } from "./needs.js";
import { Display } from "./simulator.js";
import { listenToLog } from "./suite/log.js";
import type { Report } from "./suite/node-test.js";

const here = path.join(import.meta.dirname, "suite");
const files = ["inbound", "client", "seen-wrong", "link", "topic"].map((name) => path.join(root, "test", "mqtt", `${name}.test.ts`));

/** In the names of the two tests that hand a million arguments to one function: the stack of npm's engine has 4,096 slots. */
const large = "1 MiB";

/** One script: the tests, and a global function that runs them. */
async function bundled(format: "iife" | "esm", last: string): Promise<string> {
	const contents = [
		'import "./globals.js";',
		'import { report } from "./node-test.js";',
		...files.map((file) => `import ${JSON.stringify(file)};`),
		last,
	].join("\n");
	const result = await build({
		stdin: { contents, resolveDir: here, loader: "ts" },
		bundle: true,
		write: false,
		format,
		target: "es2022",
		define: { "import.meta.dirname": '""' },
		alias: { "node:test": path.join(here, "node-test.ts"), "node:assert/strict": path.join(here, "node-assert.ts") },
		logLevel: "error",
	});
	return result.outputFiles[0].text;
}

/** How many tests Node runs in these files; all of them must pass there. */
function onNode(): number {
	const { NODE_TEST_CONTEXT: _, ...env } = process.env;
	const args = ["--import", "./hosts/node/ts-node.mjs", "--test", "--test-reporter=tap", ...files];
	const { stdout } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
	const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(stdout)?.[1]);
	assert.equal(count("pass"), count("tests"), `on Node:\n${stdout.slice(-4000)}`);
	return count("tests");
}

let expected = 0;
before(() => {
	expected = onNode();
});

const missing = installEngine();

test("on the XS engine of npm", { skip: missing === undefined ? false : missing.split("\n")[0] }, async () => {
	const engine = new Engine();
	try {
		await engine.evaluate(await bundled("iife", "globalThis.report = report;"));
		// what is evaluated is not told, but what it throws is
		const told = await engine.evaluate(`throw JSON.stringify(report("${large}"))`).then(
			() => "",
			(error: Error) => error.message.replace(/^XS: /, ""),
		);
		const { passed, failed } = JSON.parse(told) as Report;
		assert.deepEqual(failed, []);
		assert.equal(passed.length, expected - 2);
	} finally {
		engine.close();
	}
});

test("on the SDK's engine, in mcsim", { skip: skip("Xvfb") }, async () => {
	const folder = path.join(root, "build", "xs", "suite");
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		path.join(folder, "suite.js"),
		await bundled(
			"esm",
			'const { passed, failed } = report(); for (const line of failed) trace("failed: " + line + "\\n"); trace("suite: " + passed.length + " passed, " + failed.length + " failed\\n");',
		),
	);
	writeFileSync(path.join(folder, "manifest.json"), readFileSync(path.join(here, "manifest.json")));
	const display = new Display();
	const program = new Program(path.join(folder, "manifest.json"), "suite", "suite");
	const log = await listenToLog((line) => program.lines.push(line));
	try {
		await display.open();
		await program.start(display, log.port);
		await program.until(() => program.lines.some((line) => /^suite: |^XS abort/.test(line)), "to end");
		assert.deepEqual(
			program.lines.filter((line) => line.startsWith("failed")),
			[],
		);
		assert.equal(program.lines.at(-1), `suite: ${expected} passed, 0 failed`);
	} finally {
		await program.stop();
		await display.close();
		log.close();
	}
});
