// The XS engine of the npm package @agoric/xsnap: its worker evaluates a script and meters it. Steps of bytecode and slots of the heap are
// exact and the same on any machine. (Its own JavaScript API adds a hardened realm, which we do not want to measure.)
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { build } from "esbuild";
import "./turn.js";

const here = import.meta.dirname;

function workerPath(): string | undefined {
	try {
		const root = dirname(createRequire(join(here, "package.json")).resolve("@agoric/xsnap/package.json"));
		const system = process.platform === "darwin" ? "mac" : process.platform === "win32" ? "win" : "lin";
		const path = join(root, `xsnap-native/xsnap/build/bin/${system}/release/xsnap-worker`);
		return existsSync(path) ? path : undefined;
	} catch {
		return undefined;
	}
}

/** Installs the engine into this folder unless it is there. Says why not, or nothing when it is ready. */
export function installEngine(): string | undefined {
	if (workerPath() !== undefined) return undefined;
	const done = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--foreground-scripts"], {
		cwd: here,
		encoding: "utf8",
		shell: process.platform === "win32",
	});
	if (done.status === 0 && workerPath() !== undefined) return undefined;
	return `the XS engine of npm could not be built (npm install in test/xs needs a C compiler and make):\n${done.stdout}${done.stderr}`;
}

export interface Meter {
	/** Bytecodes executed. */
	steps: number;
	/** Heap slots in use, garbage included. */
	slots: number;
}

export class Engine {
	readonly #worker;
	readonly #in: Writable;
	readonly #answers: string[] = [];
	#received = Buffer.alloc(0);
	#wake: (() => void) | undefined;
	#gone = false;

	constructor() {
		const path = workerPath();
		if (path === undefined) throw new Error("the XS engine is not installed: run npm run test:xs");
		this.#worker = spawn(path, ["lampwire"], { stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"] });
		this.#in = this.#worker.stdio[3] as Writable;
		(this.#worker.stdio[4] as Readable).on("data", (data: Buffer) => this.#take(data));
		this.#worker.on("exit", () => {
			this.#gone = true;
			this.#wake?.();
		});
	}

	/** Evaluates a script. Throws what it throws. */
	async evaluate(script: string): Promise<Meter> {
		const bytes = Buffer.from(`e${script}`);
		this.#in.write(`${bytes.length}:`);
		this.#in.write(bytes);
		this.#in.write(",");
		while (this.#answers.length === 0) {
			if (this.#gone) throw new Error("the XS engine has ended");
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		const answer = this.#answers.shift() as string;
		if (answer[0] !== ".") throw new Error(`XS: ${answer.slice(1)}`);
		const meter = JSON.parse(answer.slice(1).split("\u0001")[0]);
		return { steps: meter.compute, slots: meter.currentHeapCount };
	}

	/** What one call of the global function `name(count)` costs, from the second on: the difference of `count` calls and none. */
	async cost(name: string, count = 1000): Promise<Meter> {
		await this.evaluate(`${name}(3)`);
		const zero = [await this.evaluate(`${name}(0)`), await this.evaluate(`${name}(0)`)];
		const many = await this.evaluate(`${name}(${count})`);
		// an evaluation itself leaves a few slots: what two empty ones differ by
		const own = zero[1].slots - zero[0].slots;
		return { steps: (many.steps - zero[1].steps) / count, slots: (many.slots - zero[1].slots - own) / count };
	}

	close(): void {
		this.#worker.kill();
	}

	#take(data: Buffer): void {
		this.#received = Buffer.concat([this.#received, data]);
		for (;;) {
			const colon = this.#received.indexOf(0x3a);
			if (colon < 0) break;
			const end = colon + 1 + Number(this.#received.subarray(0, colon).toString());
			if (this.#received.length <= end) break;
			this.#answers.push(this.#received.subarray(colon + 1, end).toString());
			this.#received = this.#received.subarray(end + 1);
		}
		this.#wake?.();
	}
}

/** One script of a TypeScript file and all that it imports. `alias` replaces module names. */
export async function bundle(file: string, alias: Record<string, string> = {}): Promise<string> {
	const result = await build({
		entryPoints: [file],
		bundle: true,
		write: false,
		format: "iife",
		// one line: a firmware built for release has no bytecodes that tell the line, so they must not be counted
		minifyWhitespace: true,
		target: "es2022",
		alias,
		logLevel: "error",
	});
	return result.outputFiles[0].text;
}
