// The firmware of a board, as far as a machine without its toolchain (ESP-IDF, the Pico SDK) gets: every module compiled, linked, preloaded.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
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
	/** The table of the flash's partitions, as CSV. Of an ESP32. */
	partitions: string;
	/** What ESP-IDF is configured with. Of an ESP32. */
	sdkconfig: string;
	/** Functions in C that are linked. */
	natives: ReadonlySet<string>;
	/** `#define`s for the C of the SDK. */
	defines: string;
	/** Files that it holds. */
	resources: string[];
	/** Functions in C that it calls through the FFI. */
	ffi: string[];
}

const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);

/** An empty git repository with a tag: that is how mcconfig and make know the version of a toolchain. */
async function taggedRepository(folder: string, tag: string): Promise<void> {
	mkdirSync(folder, { recursive: true });
	const git = (...words: string[]) => run("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...words], { cwd: folder });
	await git("init", "--quiet");
	await git("commit", "--quiet", "--allow-empty", "--message", "empty");
	await git("tag", tag);
}

const expected = (device: string): { [name: string]: string } =>
	JSON.parse(readFileSync(path.join(sdk.path, `build/devices/${device}/manifest.json`), "utf8")).build;

/** The outside of a toolchain, with nothing in it: what mcconfig and make look at before they begin. Gives the environment that shows it. */
async function fakeToolchain(platform: string, folder: string): Promise<NodeJS.ProcessEnv> {
	if (platform.startsWith("esp32")) {
		const idf = path.join(folder, "idf");
		await taggedRepository(idf, String(expected("esp32").EXPECTED_ESP_IDF));
		return { ...sdk.env, IDF_PATH: idf };
	}
	const pico = path.join(folder, "pico");
	const picoSdk = path.join(pico, "pico-sdk");
	await taggedRepository(picoSdk, String(expected("pico").EXPECTED_PICO_SDK));
	const gcc = path.join(folder, "gcc");
	mkdirSync(path.join(pico, "pico-examples"));
	for (const file of [
		path.join(picoSdk, "build/pioasm/pioasm"),
		path.join(picoSdk, "src/rp2_common/pico_cyw43_driver/cyw43_bus_pio_spi.pio"),
		path.join(gcc, "bin/arm-none-eabi-gcc"),
	]) {
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, "");
		chmodSync(file, 0o755);
	}
	return { ...sdk.env, PICO_ROOT: pico, PICO_SDK_DIR: picoSdk, PICO_GCC_ROOT: gcc };
}

/** Makes the makefile, gives `body` the folder of what was made, and takes everything away again. */
async function configured<T>(
	platform: string,
	words: string[],
	body: (made: string, env: NodeJS.ProcessEnv) => T,
	more: NodeJS.ProcessEnv = {},
): Promise<Awaited<T>> {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-esp32-"));
	try {
		const env = { ...(await fakeToolchain(platform, folder)), ...more };
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

/** `platform` as for mcconfig's `-p`: `esp32`, `esp32/esp32c3`, `pico/pico_w`, …; `more` is for the environment. */
export function buildFirmware(platform: string, words: string[], more?: NodeJS.ProcessEnv): Promise<Firmware> {
	const built = async (made: string, env: NodeJS.ProcessEnv) => {
		const esp = projectOf(made);
		// as if it were there, and old: idf.py would make it
		const header = esp === undefined ? [] : ["-o", path.join(esp, "build", "config", "sdkconfig.h")];
		const lines = await run("make", ["-f", path.join(made, "makefile"), ...header, path.join(made, "mc.xs.c")], { env, cwd: root });
		return read(made, lines);
	};
	return configured(platform, words, built, more);
}

/** ESP-IDF's project; a Pico has none. */
function projectOf(made: string): string | undefined {
	const name = readdirSync(made).find((one) => one.startsWith("xsProj-"));
	return name === undefined ? undefined : path.join(made, name);
}

function ofProject(made: string, file: string): string {
	const project = projectOf(made);
	return project === undefined ? "" : readFileSync(path.join(project, file), "utf8");
}

function readConfig(made: string): Record<string, unknown> {
	const text = readFileSync(path.join(made, "mc.config.js"), "utf8");
	return { ...runInNewContext(text.replace("export default", "")) };
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
		components: componentsOf(path.join(made, "xs_idf_deps.txt")),
		creation: { chunk, chunkStep, heap, heapStep, stack },
		config: readConfig(made),
		partitions: ofProject(made, "partitions.csv"),
		sdkconfig: ofProject(made, "sdkconfig.mc"),
		natives: new Set([...text.matchAll(/^\t\{ (xs_\w+), -?\d+, \d+ \},$/gm)].map(([, name]) => name as string)),
		defines: readFileSync(path.join(made, "mc.defines.h"), "utf8"),
		resources: [...makefile.matchAll(/^\$\(DATA_DIR\)\/(\S+): /gm)].map(([, name]) => name as string),
		ffi: ffiOf(path.join(made, "mc.ffi.c")),
	};
}

function ffiOf(file: string): string[] {
	if (!existsSync(file)) return [];
	return [...readFileSync(file, "utf8").matchAll(/^static void xs_(\w+)\(/gm)].map(([, name]) => name as string);
}

/** ESP-IDF's; a Pico has none. */
function componentsOf(file: string): string[] {
	if (!existsSync(file)) return [];
	return /ESP_COMPONENTS ([^)]*)/.exec(readFileSync(file, "utf8"))?.[1]?.trim().split(" ") ?? [];
}
