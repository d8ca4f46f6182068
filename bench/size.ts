// What src/mqtt weighs: as bytecode in a board's flash, beside the Moddable SDK's own client; and as a bundle in a browser, beside MQTT.js.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { findSDK, tool } from "../hosts/sim/sdk.mjs";
import { firmware } from "./firmware.js";

const root = join(import.meta.dirname, "..");
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
const grouped = (bytes: number) => bytes.toLocaleString("en").padStart(8);

/** Modules of src/ that `entry` brings along, itself included; types leave nothing. */
async function modulesOf(entry: string): Promise<string[]> {
	const { metafile } = await build({
		entryPoints: [join(root, entry)],
		absWorkingDir: root,
		bundle: true,
		write: false,
		metafile: true,
		treeShaking: true,
		format: "esm",
	});
	return Object.keys(metafile.inputs).sort();
}

/** What a module takes: all of its file; of it, code; and the names of its symbol table, which the linker merges with those of other modules. */
interface Bytecode {
	bytes: number;
	code: number;
	symbols: string[];
}

/** The atoms of a compiled module: each has its length in four bytes, its type in four, and its content. */
function atoms(xsb: Buffer): Map<string, Buffer> {
	const found = new Map<string, Buffer>();
	for (let at = 8; at < xsb.length; at += xsb.readUInt32BE(at))
		found.set(xsb.toString("latin1", at + 4, at + 8), xsb.subarray(at + 8, at + xsb.readUInt32BE(at)));
	return found;
}

/** Bytecode of each module, compiled as mcconfig does for a release: types and comments removed, no symbols for a debugger. */
async function bytecode(files: string[], xsc: string, folder: string): Promise<Map<string, Bytecode>> {
	const sizes = new Map<string, Bytecode>();
	for (const file of files) {
		const out = join(folder, dirname(relative(root, file)).replaceAll("..", "up"));
		mkdirSync(out, { recursive: true });
		const name = basename(file).replace(/\.[jt]s$/, "");
		const source = readFileSync(file, "utf8");
		const { code } = file.endsWith(".ts")
			? await transform(source, { loader: "ts", target: "es2022", tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } })
			: { code: source };
		writeFileSync(join(out, `${name}.js`), code);
		execFileSync(xsc, [join(out, `${name}.js`), "-e", "-o", out, "-r", name]);
		const xsb = readFileSync(join(out, `${name}.xsb`));
		const parts = atoms(xsb);
		// a count in two bytes, then the names
		const symbols = parts.get("SYMB")?.toString("latin1", 2).split("\0").slice(0, -1) ?? [];
		sizes.set(file, { bytes: xsb.length, code: parts.get("CODE")?.length ?? Number.NaN, symbols });
	}
	return sizes;
}

async function boards(): Promise<void> {
	const sdk = findSDK();
	if ("problem" in sdk) return console.log(`size: bytecode: skipped: ${sdk.problem}`);
	const theirs = join(sdk.path, "examples/io/tcp/mqttclient/mqttclient.js");
	const folder = mkdtempSync(join(tmpdir(), "lampwire-size-"));
	try {
		const sum = (sizes: Map<string, Bytecode>) => [...sizes.values()].reduce((all, { bytes }) => all + bytes, 0);
		const compile = (files: string[]) => bytecode(files, tool(sdk.bin, "xsc"), folder);
		const client = await modulesOf("src/mqtt/client/client.ts");
		const link = (await modulesOf("src/mqtt/link/link.ts")).filter((file) => !client.includes(file));
		const webSocket = (await modulesOf("src/mqtt/websocket/whatwg.ts")).filter((file) => !client.includes(file) && !link.includes(file));
		const ours = await compile([...client, ...link, ...webSocket].map((file) => join(root, file)));
		const of = (files: string[]) => files.reduce((all, file) => all + (ours.get(join(root, file))?.bytes ?? Number.NaN), 0);
		const sdkClient = existsSync(theirs) ? sum(await compile([theirs])) : Number.NaN;
		console.log("Bytecode of xsc, release: bytes of flash");
		console.log(`  Moddable SDK, mqttclient.js              ${grouped(sdkClient)}`);
		console.log(
			`  the client, ${String(client.length).padStart(2)} modules                   ${grouped(of(client))}  ${(of(client) / sdkClient).toFixed(2)} ×`,
		);
		console.log(
			`  and the link, ${String(link.length).padStart(2)} modules more: a lamp    ${grouped(of([...client, ...link]))}  ${(of([...client, ...link]) / sdkClient).toFixed(2)} ×`,
		);
		const parts = client.map((file) => ours.get(join(root, file)) as Bytecode);
		const names = new Set(parts.flatMap(({ symbols }) => symbols));
		const code = parts.reduce((all, part) => all + part.code, 0);
		console.log(`  of the client, code                      ${grouped(code)}`);
		console.log(
			`  and its ${names.size} symbols, each once          ${grouped([...names].reduce((all, name) => all + name.length + 1, 0))}`,
		);
		console.log(`  WebSocket, which no board needs          ${grouped(of(webSocket))}`);
		for (const [file, { bytes }] of [...ours].sort(([, a], [, b]) => b.bytes - a.bytes))
			console.log(`    ${relative(root, file).padEnd(38)} ${grouped(bytes)}`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function minified(exports: string): Promise<Buffer> {
	const result = await build({
		stdin: { contents: exports, resolveDir: root, loader: "ts" },
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		target: "es2022",
		platform: "browser",
		logLevel: "error",
	});
	return Buffer.from(result.outputFiles[0].contents);
}

/** MQTT.js's own bundle, where bench/node has installed it. */
function mqttJs(): Buffer | undefined {
	try {
		const main = createRequire(join(import.meta.dirname, "mqttjs/package.json")).resolve("mqtt/package.json");
		return readFileSync(join(dirname(main), "dist/mqtt.min.js"));
	} catch {
		return undefined;
	}
}

async function browsers(): Promise<void> {
	const show = (label: string, bytes: Buffer) => {
		const gzipped = gzipSync(bytes, { level: 9 }).length;
		console.log(`  ${label.padEnd(40)} ${grouped(bytes.length)} ${grouped(gzipped)}  ${kib(gzipped)}`);
	};
	const client = 'export { Client } from "./src/mqtt/client/client.js";';
	const webSocket = 'export { WebSocketStream } from "./src/mqtt/websocket/whatwg.js";';
	const link = 'export { Link } from "./src/mqtt/link/link.js";';
	console.log("\nIn a browser                                minified  gzipped");
	show("client + WebSocket", await minified(client + webSocket));
	show("client + link + WebSocket (aim: 12 KiB)", await minified(client + link + webSocket));
	const theirs = mqttJs();
	if (theirs) show("MQTT.js 5.16.0, dist/mqtt.min.js", theirs);
	else console.log("  MQTT.js: skipped: npm ci in bench/mqttjs installs it, and so does npm run bench -- node");
}

await boards();
await firmware();
await browsers();
