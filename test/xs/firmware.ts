// The firmware of a board, as far as a machine without ESP-IDF gets: every module compiled, linked, preloaded.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { root, run, tool } from "../../hosts/sim/sdk.mjs";
import { sdk } from "./needs.js";

export interface Firmware {
	/** Module → bytes of bytecode that are run at start; 0: preloaded, what it made stands in flash. */
	modules: ReadonlyMap<string, number>;
	/** Module → bytes of its compiled form before stripping and preloading. */
	compiled: ReadonlyMap<string, number>;
	/** Bytes of bytecode in flash, all of it. */
	bytecode: number;
	/** Slots in flash, of 16 bytes. */
	slots: number;
	/** Slots in flash that RAM can shadow, 4 bytes each. */
	aliases: number;
	/** What xsc, xsl and the compiler of TypeScript said. */
	lines: string[];
	/** Components of ESP-IDF that are linked. */
	components: string[];
	/** First and later bytes of chunks, first and later slots, slots of stack. */
	creation: { chunk: number; chunkStep: number; heap: number; heapStep: number; stack: number };
	config: Record<string, unknown>;
	/** The table of the flash's partitions, as CSV. */
	partitions: string;
	/** What ESP-IDF is configured with. */
	sdkconfig: string;
}

const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);

/** mcconfig wants a git repository with the tag of the ESP-IDF that it expects, and nothing in it. */
async function fakeIdf(folder: string): Promise<void> {
	mkdirSync(folder);
	const expected = JSON.parse(readFileSync(path.join(sdk.path, "build/devices/esp32/manifest.json"), "utf8")).build.EXPECTED_ESP_IDF;
	const git = (...words: string[]) => run("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...words], { cwd: folder });
	await git("init", "--quiet");
	await git("commit", "--quiet", "--allow-empty", "--message", "empty");
	await git("tag", String(expected));
}

/** Makes the makefile, gives `body` the folder of what was made, and takes everything away again. */
async function configured<T>(platform: string, words: string[], body: (made: string, env: NodeJS.ProcessEnv) => T): Promise<Awaited<T>> {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-esp32-"));
	try {
		await fakeIdf(path.join(folder, "idf"));
		const env = { ...sdk.env, IDF_PATH: path.join(folder, "idf") };
		const out = path.join(folder, "out");
		mkdirSync(out);
		// Without -m: the makefile only. Its target `all` would ask for the IDF, and end processes by name.
		await run(tool(sdk.bin, "mcconfig"), ["-p", platform, "-o", out, ...words], { env });
		return await body(path.join(out, "tmp", ...platform.split("/"), "release", "lampwire"), env);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What `mc/config` will hold. */
export function firmwareConfig(platform: string, words: string[]): Promise<Record<string, unknown>> {
	return configured(platform, words, readConfig);
}

/** `platform` as for mcconfig's `-p`: `esp32`, `esp32/esp32c3`, … */
export function buildFirmware(platform: string, words: string[]): Promise<Firmware> {
	return configured(platform, words, async (made, env) => {
		const header = path.join(project(made), "build", "config", "sdkconfig.h");
		const lines = await run("make", ["-f", path.join(made, "makefile"), "-o", header, path.join(made, "mc.xs.c")], { env, cwd: root });
		return read(made, lines);
	});
}

function project(made: string): string {
	return path.join(made, readdirSync(made).find((name) => name.startsWith("xsProj-")) as string);
}

function readConfig(made: string): Record<string, unknown> {
	const text = readFileSync(path.join(made, "mc.config.js"), "utf8");
	return JSON.parse(/Object\.freeze\((\{[\s\S]*\}), true\)/.exec(text)?.[1]?.replace(/,\s*\}/g, "}") ?? "{}");
}

function read(made: string, lines: string[]): Firmware {
	const text = readFileSync(path.join(made, "mc.xs.c"), "utf8");
	const sizes = new Map([...text.matchAll(/gxCode(\d+)\[(\d+)\]/g)].map(([, index, size]) => [index, Number(size)]));
	const scripts = text.matchAll(/^\t\{ \w+, \w+, \d+, (?:\(txS1\*\)gxCode(\d+)|NULL), \d+, [^"]*"([^"]+)"/gm);
	// The code of a preloaded function stands beside its slot, as a text of \x… escapes.
	const preloadedCode = [...text.matchAll(/\.code = \{ \(txByte\*\)"((?:\\x[0-9a-f]{2})*)"/g)].map(
		([, escapes]) => (escapes as string).length / 4,
	);
	const makefile = readFileSync(path.join(made, "makefile"), "utf8");
	const creation = /^CREATION = -c ([\d,]+)/m.exec(makefile)?.[1]?.split(",").map(Number) ?? [];
	const [chunk = 0, chunkStep = 0, heap = 0, heapStep = 0, stack = 0] = creation;
	const modules = path.join(made, "modules");
	const compiled = readdirSync(modules, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".xsb"));
	return {
		modules: new Map([...scripts].map(([, index, name]) => [name as string, index === undefined ? 0 : (sizes.get(index) ?? Number.NaN)])),
		compiled: new Map(compiled.map((name) => [name.replace(/\.xsb$/, ""), readFileSync(path.join(modules, name)).length])),
		bytecode: [...sizes.values(), ...preloadedCode].reduce((sum, size) => sum + size, 0),
		slots: number(text, /define mxHeapCount (\d+)/),
		aliases: number(text, /define mxAliasCount (\d+)/),
		lines,
		components:
			/ESP_COMPONENTS ([^)]*)/
				.exec(readFileSync(path.join(made, "xs_idf_deps.txt"), "utf8"))?.[1]
				?.trim()
				.split(" ") ?? [],
		creation: { chunk, chunkStep, heap, heapStep, stack },
		config: readConfig(made),
		partitions: readFileSync(path.join(project(made), "partitions.csv"), "utf8"),
		sdkconfig: readFileSync(path.join(project(made), "sdkconfig.mc"), "utf8"),
	};
}
