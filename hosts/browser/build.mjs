// Builds the page for a server: one HTML file per route, its script and style under names that hold their hash. Called by
// `npm run prepare`; no part is built where the page is used.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const pages = fileURLToPath(new URL("page/", import.meta.url));

/** Route → the folder of its page. `index.html` is `/`, `NAME.html` is `/NAME`. */
export const routes = Object.freeze({
	index: "light",
	devices: "devices",
	lamp: "lamp",
	knob: "knob",
	history: "history",
	wire: "wire",
	class: "class",
});

/** Modules that a page loads later, by the text of its `import()`: bundled apart, and sharing no code with the page. */
const parts = { light: { "../shared/device-list.js": "shared/device-list.ts" } };

/** Pages with a controller, which are no devices. */
const noDevices = ["light", "devices"];

/** Modules that a page does not need, by the module that imports them, and the modules in their place. */
const unused = [
	{ importer: /[\\/]src[\\/]light[\\/]role\.ts$/, modules: /^\.\/discovery\.js$/, instead: "discovery.ts" },
	{ importer: /[\\/]src[\\/]light[\\/]role\.ts$/, modules: /^\.\/info\.js$/, instead: "nothing.ts", only: noDevices },
	{ importer: /[\\/]hosts[\\/]browser[\\/]index\.ts$/, modules: /^\.\/(http|knob|led|store)\.js$/, instead: "nothing.ts", only: noDevices },
	{ importer: /[\\/]hosts[\\/]browser[\\/]index\.ts$/, modules: /^\.\/(http|knob)\.js$/, instead: "nothing.ts", only: ["lamp"] },
	{ importer: /[\\/]hosts[\\/]browser[\\/]index\.ts$/, modules: /^\.\/(http|led)\.js$/, instead: "nothing.ts", only: ["knob"] },
];

/**
 * Writes the page into `outdir`, which is emptied first: an HTML file for each route, and `assets/*`. A file in
 * `assets` never changes under its name. Resolves to the files that each route loads, `first` and `later`, relative to
 * `outdir` and without source maps.
 */
export async function buildPage(outdir) {
	await rm(outdir, { recursive: true, force: true });
	const assets = join(outdir, "assets");
	await mkdir(assets, { recursive: true });
	await copyFile(fileURLToPath(new URL("../../node_modules/uplot/LICENSE", import.meta.url)), join(assets, "uplot-licence.txt"));
	const icon = await hashed(join(pages, "art/icon.svg"), assets);
	const loads = {};
	for (const [route, name] of Object.entries(routes)) {
		const { first, later } = await bundle(name, assets);
		const url = (file) => `/${relative(outdir, file).replaceAll("\\", "/")}`;
		const [script, style] = first;
		const html = await include(`${name}/index.html`, { icon: `/assets/${icon}`, style: url(style), script: url(script) });
		await writeFile(join(outdir, `${route}.html`), html);
		const names = (files) => files.map((file) => url(file).slice(1));
		loads[route] = { first: [`${route}.html`, ...names(first), `assets/${icon}`], later: names(later) };
	}
	return loads;
}

/**
 * One script for each page, and a part of its own for each later `import()`. Pages share no code, nor do a page and such a part: common code in a
 * file of its own makes each page 1.3 to 2.5 KB heavier, because two files are compressed worse than one.
 */
async function bundle(name, assets) {
	const made = {};
	for (const [words, part] of Object.entries(parts[name] ?? {})) {
		const { outputs } = await make(name, assets, [part], `${name}-part-[hash]`);
		made[words] = Object.keys(outputs).find((file) => outputs[file].entryPoint === part);
	}
	const metafile = await make(name, assets, [`${name}/main.ts`, `${name}/style.css`], `${name}-[hash]`, made);
	const outputs = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith(".map"));
	const entry = (source) => outputs.find(([, { entryPoint }]) => entryPoint === source)?.[0];
	const script = entry(`${name}/main.ts`);
	const first = [script, entry(`${name}/style.css`), ...importsOf(metafile, script)];
	const later = [...Object.values(made), ...outputs.map(([file]) => file).filter((file) => !first.includes(file))];
	const absolute = (files) => files.map((file) => join(pages, file));
	return { first: absolute(first), later: absolute(later) };
}

/** Bundles `entries` of a page into `assets`; the files of `made` are there already. Resolves to esbuild's metafile. */
async function make(page, assets, entries, entryNames, made = {}) {
	const { metafile } = await build({
		entryPoints: entries.map((file) => join(pages, file)),
		entryNames,
		chunkNames: `${page}-part-[hash]`,
		outdir: assets,
		absWorkingDir: pages,
		bundle: true,
		plugins: [without(page, made)],
		splitting: true,
		format: "esm",
		target: ["es2024", "chrome111", "firefox121", "safari16.4"],
		minify: true,
		sourcemap: "linked",
		metafile: true,
		charset: "utf8",
		legalComments: "none",
		logLevel: "warning",
	});
	return metafile;
}

/** Leaves out of a page the modules that it does not need, and those that were made apart. */
function without(page, made) {
	return {
		name: "without",
		setup({ onResolve }) {
			for (const { importer, modules, instead, only } of unused)
				if (only === undefined || only.includes(page))
					onResolve({ filter: modules }, (from) =>
						importer.test(from.importer) ? { path: fileURLToPath(new URL(instead, import.meta.url)) } : undefined,
					);
			onResolve({ filter: /./ }, ({ kind, path }) =>
				kind === "dynamic-import" && made[path] !== undefined ? { path: `./${basename(made[path])}`, external: true } : undefined,
			);
		},
	};
}

/** The files that `script` needs before it can run. */
function importsOf(metafile, script, found = new Set()) {
	for (const { path, kind } of metafile.outputs[script].imports) {
		if (kind !== "import-statement" || found.has(path)) continue;
		found.add(path);
		importsOf(metafile, path, found);
	}
	return [...found];
}

/** `{{> file}}` is the text of another file, `{{name}}` a value. Comments and the indentation of lines are left out. */
async function include(file, values) {
	const text = await readFile(join(pages, file), "utf8");
	const parts = await Promise.all(
		text.split(/(\{\{[^}]*\}\})/).map((part) => {
			const [, inner] = /^\{\{>\s*(.*?)\s*\}\}$/.exec(part) ?? [];
			if (inner) return include(inner, values);
			const [, name] = /^\{\{(.*)\}\}$/.exec(part) ?? [];
			if (name === undefined) return part;
			if (!Object.hasOwn(values, name)) throw new Error(`${file}: {{${name}}} is unknown`);
			return values[name];
		}),
	);
	return parts.join("").replaceAll(/^\s+/gm, "");
}

async function hashed(file, assets) {
	const bytes = await readFile(file);
	const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
	const name = `icon-${hash}.svg`;
	await mkdir(dirname(join(assets, name)), { recursive: true });
	await writeFile(join(assets, name), bytes);
	return name;
}

// `node hosts/browser/build.mjs [OUTDIR]`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const outdir = process.argv[2] ?? fileURLToPath(new URL("../../dist/page", import.meta.url));
	await buildPage(outdir);
}
