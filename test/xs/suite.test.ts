// The tests of the client, the session, the link, the vectors and the topics, as they run on Node, on XS: on the engine of npm, and in mcsim.
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
const files = [
	"inbound",
	"outbound",
	"client/options",
	"client/connect",
	"client/keep-alive",
	"client/publish",
	"client/receive",
	"client/subscribe",
	"client/callbacks",
	"client/close",
	"client/fast-path",
	"session/acknowledgements",
	"session/packet-ids",
	"bytes/utf8",
	"packets/topic",
	"link/connect",
	"link/subscriptions",
	"link/outbox",
	"link/listeners",
	"link/refused",
	"link/ending",
].map((name) => path.join(root, "test", "mqtt", `${name}.test.ts`));

/**
 * In the names of tests whose helpers hand more arguments to one function than XS takes: the stack of npm's engine has 4,096 slots, and
 * 65,536 arguments are none for the SDK's. One has a table of 65,535 messages, which is
 * none for a board; one counts buffers by constructors of its own, and the SDK freezes those of the engine.
 */
const notOnNpm = '"1 MiB", "16,384", "every id has a place"';
const notInMcsim = '"a 1 MiB payload", "every id has a place", "published while away takes no more"';

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
		const told = await engine.evaluate(`throw JSON.stringify(report(${notOnNpm}))`).then(
			() => "",
			(error: Error) => error.message.replace(/^XS: /, ""),
		);
		const { passed, failed } = JSON.parse(told) as Report;
		assert.deepEqual(failed, []);
		assert.equal(passed.length, expected - 5);
	} finally {
		engine.close();
	}
});

test("on the SDK's engine, in mcsim", { skip: skip("Xvfb") }, async () => {
	const folder = path.join(root, "build", "xs", "suite");
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, "suite.js"), await bundled("esm", `export const run = () => report(${notInMcsim});`));
	for (const name of ["main.js", "manifest.json"]) writeFileSync(path.join(folder, name), readFileSync(path.join(here, name)));
	const display = new Display();
	let told = "";
	const log = await listenToLog((text) => {
		told += text;
	});
	const program = new Program(path.join(folder, "manifest.json"), "suite", "suite", [`control=${log.port}`]);
	try {
		await display.open();
		await program.start(display, "release");
		await program.until(() => told.endsWith("\n"), "to end");
		const { passed, failed } = JSON.parse(told) as { passed: number; failed: string };
		assert.equal(failed, "");
		assert.equal(passed, expected - 3);
	} finally {
		await program.stop();
		await display.close();
		log.close();
	}
});
