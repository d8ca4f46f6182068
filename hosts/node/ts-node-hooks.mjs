// Lets Node find and read a .ts file, compiled by ts-node. The loader ts-node/esm is not used: it calls functions that newer Nodes deprecate,
// and their warning on stderr would mix with a program's own output. Types are not checked here (that is `npm run check`).
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
// A path, not a URL's pathname: the checkout may be in a folder with a space in its name, or on a drive with a letter.
const project = fileURLToPath(new URL("../../tsconfig.json", import.meta.url));
// Each test file runs in a process of its own, and most import the same hundred files: compiled files are kept, under a name that is made
// of everything that the output depends on.
const kept = fileURLToPath(new URL("../../node_modules/.cache/lampwire-ts-node", import.meta.url));
const versions = `${require("ts-node/package.json").version} ${require("typescript/package.json").version} ${readFileSync(project, "utf8")}`;
let service;

function compile(source, path) {
	const file = join(kept, createHash("sha256").update(`${versions}\0${path}\0${source}`).digest("hex"));
	if (existsSync(file)) return readFileSync(file, "utf8");
	service ??= require("ts-node").create({ project });
	const compiled = service.compile(source, path);
	try {
		mkdirSync(kept, { recursive: true });
		// Renamed when whole: another process may be reading the name.
		writeFileSync(`${file}.${process.pid}`, compiled);
		renameSync(`${file}.${process.pid}`, file);
	} catch {
		// A folder that cannot be written makes the program slower, not wrong.
	}
	return compiled;
}

/** `./x.js` is x.ts where there is one, as in tsc. A package is left as it is. */
export function resolve(specifier, context, next) {
	if (/^(\.\.?\/|file:).*\.js$/.test(specifier) && !context.parentURL?.includes("/node_modules/")) {
		const url = new URL(`${specifier.slice(0, -3)}.ts`, context.parentURL);
		if (existsSync(url)) return { url: url.href, format: "module", shortCircuit: true };
	}
	return next(specifier, context);
}

export function load(url, context, next) {
	if (!url.startsWith("file:") || !/\.ts(\?.*)?$/.test(url)) return next(url, context);
	const path = fileURLToPath(url);
	return { format: "module", source: compile(readFileSync(path, "utf8"), path), shortCircuit: true };
}
