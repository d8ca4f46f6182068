// npm run build: compiles the TypeScript to the program in dist/. `--types` adds the declarations, which take some seconds more. Runs at
// `npm ci`; npm start, npm test and the bench build again first, so that they never run an old program.
import "./node/needed.mjs";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = path.join(root, "dist");
/** The entry modules of the command and of the exports of package.json. */
const entries = {
	cli: "hosts/node/cli.ts",
	lampwire: "hosts/node/exports.ts",
	mqtt: "src/mqtt/index.ts",
	websocket: "src/mqtt/websocket/index.ts",
	"history-worker": "hosts/node/recorder/worker.ts",
};

/** Builds. Where esbuild is not installed, an earlier build is left as it is; without one, throws a sentence. */
export async function build({ types = false } = {}) {
	const esbuild = await import("esbuild").catch((error) => {
		if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
	});
	if (!esbuild) {
		if (fs.existsSync(path.join(dist, "cli.js")))
			return console.error("lampwire: dist/ is left as it was built: esbuild is not installed (npm ci installs it)");
		throw new Error(
			"lampwire is not built, and cannot be: esbuild is missing, a development dependency (npm ci without --omit=dev installs it)",
		);
	}
	const { outputFiles } = await esbuild.build({
		absWorkingDir: root,
		entryPoints: entries,
		outdir: dist,
		chunkNames: "chunks/[name]-[hash]",
		bundle: true,
		// A class is the same class in every export.
		splitting: true,
		// Our modules in one piece, so that a start reads a few files instead of fifty. Dependencies stay packages, with versions known to npm.
		packages: "external",
		format: "esm",
		platform: "node",
		target: "es2022",
		// The sources are in the package, beside the built files.
		sourcemap: "linked",
		sourcesContent: false,
		logLevel: "error",
		write: false,
	});
	for (const { path: file, contents } of outputFiles) put(file, contents);
	const made = new Set(outputFiles.map(({ path: file }) => file));
	for (const folder of [dist, path.join(dist, "chunks")])
		for (const name of fs.readdirSync(folder)) {
			const file = path.join(folder, name);
			if (/\.js(\.map)?$/.test(name) && !made.has(file)) fs.rmSync(file);
		}
	const page = new URL("./browser/build.mjs", import.meta.url);
	if (fs.existsSync(page)) await (await import(page.href)).buildPage(path.join(dist, "page"));
	if (types) declare();
}

/** Builds; where that fails, ends the process with a sentence. */
export function buildOrExit(options) {
	return build(options).catch((error) => {
		console.error(error.message);
		process.exit(1);
	});
}

/** Writes a file in one step, and only if it differs: a desk may be starting from it. */
function put(file, contents) {
	if (fs.existsSync(file) && fs.readFileSync(file).equals(contents)) return;
	fs.mkdirSync(path.dirname(file), { recursive: true });
	const beside = `${file}.${process.pid}`;
	fs.writeFileSync(beside, contents);
	fs.renameSync(beside, file);
}

function declare() {
	const tsc = path.join(root, "node_modules/typescript/bin/tsc");
	// Into another folder, which is then renamed: so the declarations of removed modules go too.
	const aside = path.join(dist, `types.${process.pid}`);
	const project = path.join(root, "hosts/tsconfig.types.json");
	const { status } = spawnSync(process.execPath, [tsc, "-p", project, "--outDir", aside], { stdio: "inherit" });
	if (status === 0) {
		fs.rmSync(path.join(dist, "types"), { recursive: true, force: true });
		fs.renameSync(aside, path.join(dist, "types"));
	} else {
		fs.rmSync(aside, { recursive: true, force: true });
		throw new Error("the declarations could not be made");
	}
}

// When run as a program, not imported as a module.
if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const unknown = process.argv.slice(2).find((word) => word !== "--types");
	if (unknown !== undefined) {
		console.error(`npm run build: there is no option ${unknown}; there is --types`);
		process.exit(2);
	}
	buildOrExit({ types: process.argv.includes("--types") });
}
