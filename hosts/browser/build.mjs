// The page, made ready to be served: one HTML file per route, its script and style under names that hold their hash. Called by
// `npm run prepare`; nothing is built where the page is used.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const pages = fileURLToPath(new URL("page/", import.meta.url));

/** Route → the folder of its page. `index.html` is `/`, `NAME.html` is `/NAME`. */
export const routes = Object.freeze({ index: "light", devices: "devices", lamp: "lamp", knob: "knob", wire: "wire", class: "class" });

/**
 * Writes the page into `outdir`, which is emptied first: an HTML file for each route, and `assets/*`. What is in
 * `assets` never changes under its name. Resolves to the files that each route loads, `first` and `later`, relative to
 * `outdir` and without source maps.
 */
export async function buildPage(outdir) {
	await rm(outdir, { recursive: true, force: true });
	const assets = join(outdir, "assets");
	await mkdir(assets, { recursive: true });
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
 * One script a page, and what it loads later (`import()`) in parts of its own. Pages share no parts: cut out of its script, the common one makes
 * each page 2.5 KB heavier, because what is compressed apart is compressed worse.
 */
async function bundle(name, assets) {
	const { metafile } = await build({
		entryPoints: [join(pages, name, "main.ts"), join(pages, name, "style.css")],
		entryNames: `${name}-[hash]`,
		chunkNames: `${name}-part-[hash]`,
		outdir: assets,
		absWorkingDir: pages,
		bundle: true,
		plugins: [withoutDiscovery],
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
	const outputs = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith(".map"));
	const made = (entry) => outputs.find(([, { entryPoint }]) => entryPoint === entry)?.[0];
	const first = [made(`${name}/main.ts`), ...importsOf(metafile, made(`${name}/main.ts`))];
	first.splice(1, 0, made(`${name}/style.css`));
	const absolute = (files) => files.map((file) => join(pages, file));
	return { first: absolute(first), later: absolute(outputs.map(([file]) => file).filter((file) => !first.includes(file))) };
}

/** `src/light/role.ts` gets the page's own, which is empty. */
const withoutDiscovery = {
	name: "without discovery",
	setup({ onResolve }) {
		const path = fileURLToPath(new URL("discovery.ts", import.meta.url));
		onResolve({ filter: /^\.\/discovery\.js$/ }, ({ importer }) =>
			/[\\/]src[\\/]light[\\/]role\.ts$/.test(importer) ? { path } : undefined,
		);
	},
};

/** What `script` needs before it can run. */
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
