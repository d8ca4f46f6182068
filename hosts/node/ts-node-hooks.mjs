// How Node finds and reads a .ts file: compiled by ts-node. Its own loader (ts-node/esm) is not used: it calls what newer Nodes deprecate, and
// a warning on stderr is no part of what a program says. Types are not checked here (that is `npm run check`).
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { create } = createRequire(import.meta.url)("ts-node");
// A path, not a URL's pathname: the checkout may stand in a folder with a space in its name, or on a drive with a letter.
const service = create({ project: fileURLToPath(new URL("../../tsconfig.json", import.meta.url)) });

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
	return { format: "module", source: service.compile(readFileSync(path, "utf8"), path), shortCircuit: true };
}
