// A program of the Moddable SDK in mcsim: built from a manifest of this folder, its log in our ears.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startMcsim } from "../../../hosts/sim/mcsim.mjs";
import { root, run, tool } from "../../../hosts/sim/sdk.mjs";
import { sdk } from "../needs.js";
import { collected, type Display, type Memory, memory, until } from "../simulator.js";

export class Mosquitto {
	readonly #folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-mosquitto-"));
	#child: ChildProcess | undefined;

	async start(port: number): Promise<void> {
		writeFileSync(path.join(this.#folder, "conf"), `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\n`);
		const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
		const child = spawn("mosquitto", ["-c", path.join(this.#folder, "conf")], { env, stdio: ["ignore", "ignore", "pipe"] });
		this.#child = child;
		let said = "";
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		await until(
			() => said.includes("running") || child.exitCode !== null,
			() => `Mosquitto to run: ${said}`,
		);
		if (child.exitCode !== null) throw new Error(`Mosquitto: ${said}`);
	}

	/** Without a word to its clients. */
	async kill(): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (!child || child.exitCode !== null) return;
		child.kill("SIGKILL");
		await once(child, "exit");
	}

	async stop(): Promise<void> {
		await this.kill();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

export class Program {
	readonly lines: string[] = [];
	/** Exceptions that were thrown, caught or not, with where. */
	readonly exceptions: string[] = [];
	/** What XS last measured of itself: once a second. */
	samples: ReadonlyMap<string, number> = new Map();
	readonly name: string;
	readonly #manifest: string;
	readonly #words: string[];
	readonly #home = mkdtempSync(path.join(os.tmpdir(), "lampwire-program-"));
	#mcsim: Awaited<ReturnType<typeof startMcsim>> | undefined;

	/** `name` is the manifest's `build.NAME`, `folder` what is built in `build/xs`, `words` are `name=value` for `mc/config`. */
	constructor(manifest: string, name: string, folder: string, words: string[] = []) {
		this.#manifest = manifest;
		this.name = name;
		this.folder = path.join(root, "build", "xs", folder);
		this.#words = words;
	}
	readonly folder: string;

	/** A release build is many times faster, and has no log. */
	async start(display: Display, kind: "debug" | "release" = "debug"): Promise<void> {
		mkdirSync(this.folder, { recursive: true });
		// not the default target, which kills every mcsim of the machine
		const args = ["-m", "-p", sdk.platform, "-t", "build", "-o", this.folder, this.#manifest, ...this.#words];
		await run(tool(sdk.bin, "mcconfig"), kind === "debug" ? ["-d", ...args] : args, { env: sdk.env });
		this.#mcsim = await startMcsim(sdk, {
			library: path.join(this.folder, "bin", sdk.platform, "mc", kind, this.name, "mc.so"),
			home: this.#home,
			display: display.name,
			onSamples: (samples) => {
				this.samples = samples;
			},
			onLine: (line) => this.lines.push(line),
			onException: (text, stack) => this.exceptions.push(`${text} ${stack.slice(0, 5).join(" < ")}`),
		});
	}

	/** What XS measures of itself next, garbage among it. */
	async measure(): Promise<Memory> {
		const { samples } = this;
		await this.until(() => this.samples !== samples, "to measure itself");
		return memory(this.samples);
	}

	/** The same with its garbage collected. That collection is not counted. */
	async collect(): Promise<Memory> {
		return collected(this.#mcsim, (holds, what) => this.until(holds, what));
	}

	async until(holds: () => unknown, what: string): Promise<void> {
		await until(
			holds,
			() =>
				`${this.name} in mcsim: ${what}\n${this.exceptions.slice(-10).join("\n")}\nlog:\n${this.lines
					.slice(-40)
					.map((line) => line.slice(0, 100))
					.join("\n")}`,
		);
	}

	/** Waits for a line of the log, from `from` on; returns its index. */
	async line(wanted: string | RegExp, from = 0): Promise<number> {
		const find = () =>
			this.lines.findIndex((line, index) => index >= from && (typeof wanted === "string" ? line === wanted : wanted.test(line)));
		await this.until(() => find() >= 0, `to say ${wanted}`);
		return find();
	}

	async stop(): Promise<void> {
		await this.#mcsim?.stop();
		rmSync(this.#home, { recursive: true, force: true });
	}
}
