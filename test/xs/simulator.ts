// mcsim under test: a firmware of one role, its panel's wire in our hand, its log in our ears.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { startMcsim } from "../../hosts/sim/mcsim.mjs";
import type { Shown, Turned } from "../../hosts/sim/panel.js";
import { buildSimulator, root } from "../../hosts/sim/sdk.mjs";
import { sdk } from "./needs.js";

/** The link's longest back-off is 60 s; and the machine may be loaded. What is awaited comes in milliseconds where all is well. */
const patience_ms = 150_000;

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export async function until(holds: () => unknown, what: () => string): Promise<void> {
	const last = Date.now() + patience_ms;
	while (!holds()) {
		if (Date.now() > last) throw new Error(`waited in vain for ${what()}`);
		await pause(20);
	}
}

/** Calls `heard` with each line that mcsim sends. */
export function onLines(wire: Socket, heard: (line: string) => void): void {
	let rest = "";
	wire.on("error", () => {});
	wire.setEncoding("utf8").on("data", (text: string) => {
		const lines = (rest + text).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) heard(line);
	});
}

/** A screen that nobody sees. */
export class Display {
	name = "";
	#child: ChildProcess | undefined;

	async open(): Promise<void> {
		const child = spawn("Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1540x680x24"], {
			stdio: ["ignore", "ignore", "ignore", "pipe"],
		});
		this.#child = child;
		let text = "";
		child.stdio[3]?.on("data", (data) => {
			text += data;
		});
		await until(
			() => text.endsWith("\n"),
			() => "Xvfb to say which display it has",
		);
		this.name = `:${text.trim()}`;
	}

	async close(): Promise<void> {
		const child = this.#child;
		if (!child || child.exitCode !== null) return;
		child.kill();
		await once(child, "exit");
	}
}

export interface SimulatorOptions {
	device: "dimmer" | "lamp" | "hue";
	/** Default 127.0.0.1. A URL has its own port. */
	broker?: string;
	brokerPort: number;
	id: string;
	words?: string[];
	window?: { x?: number; y?: number; width?: number; height?: number };
	colors?: "light" | "dark";
	/** For the build. */
	env?: NodeJS.ProcessEnv;
	/** In `build/xs`, for an image of other modules. */
	folder?: string;
}

/** Bytes, but for the collections. */
export interface Memory {
	slots: number;
	chunks: number;
	keys: number;
	collections: number;
}

export function memory(samples: ReadonlyMap<string, number>): Memory {
	const sample = (name: string) => samples.get(name) ?? Number.NaN;
	return {
		slots: sample("Slot used"),
		chunks: sample("Chunk used"),
		keys: sample("Keys used"),
		collections: sample("Garbage collections"),
	};
}

/** What is really in use, by a debugger of ours that stops XS for a moment. `wait` gives up on a machine that runs nothing, and so does not stop. */
export async function collected(
	mcsim: Awaited<ReturnType<typeof startMcsim>> | undefined,
	wait: (holds: () => unknown, what: string) => Promise<void>,
): Promise<Memory> {
	let samples: ReadonlyMap<string, number> | undefined;
	let done = false;
	// Twice: what a finished callback held is let go only by the second.
	const twice = async () => {
		await mcsim?.collect?.();
		samples = await mcsim?.collect?.();
		done = true;
	};
	await Promise.all([twice(), wait(() => done, "to stop and collect")]);
	if (!samples) throw new Error("a debugger of somebody else's is attached (XSBUG_PORT)");
	return memory(samples);
}

export class Simulator {
	/** The last that the panel was shown of each thing. */
	readonly shown: Shown = {};
	/** Every duty that the LED was given. */
	readonly duties: number[] = [];
	readonly lines: string[] = [];
	/** Called with whatever is shown, when it is. */
	onShown: ((shown: Shown) => void) | undefined;
	/** What XS last measured of itself: once a second. */
	samples: ReadonlyMap<string, number> = new Map();
	readonly device: "dimmer" | "lamp" | "hue";
	readonly #options: SimulatorOptions;
	readonly #home = mkdtempSync(path.join(os.tmpdir(), "lampwire-sim-"));
	#server: Server | undefined;
	#wire: Socket | undefined;
	#mcsim: Awaited<ReturnType<typeof startMcsim>> | undefined;

	constructor(options: SimulatorOptions) {
		this.#options = options;
		this.device = options.device;
	}

	async start(display: Display): Promise<void> {
		const { device, broker = "127.0.0.1", brokerPort, id, words = [], window, colors, env, folder = "." } = this.#options;
		this.#server = createServer((wire) => this.#take(wire)).listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		const { port } = this.#server.address() as { port: number };
		const given = [`broker=${broker}`, ...(broker.includes(":") ? [] : [`port=${brokerPort}`]), `id=${id}`, `control=${port}`, ...words];
		const library = await buildSimulator(sdk, { device, out: path.join(root, "build", "xs", folder), words: given, env });
		this.#mcsim = await startMcsim(sdk, {
			library,
			home: this.#home,
			display: display.name,
			window,
			colors,
			onSamples: (samples) => {
				this.samples = samples;
			},
			onLine: (line) => this.lines.push(line),
			onException: (text, stack) => this.lines.push(`exception: ${text} ${stack.slice(0, 5).join(" < ")}`),
		});
		await this.until(() => this.shown.role === device || this.lines.some((line) => line.startsWith("stopped")), "its first word");
	}

	/** As the hand would at the panel. */
	turn(what: Turned): void {
		this.#wire?.write(`${JSON.stringify(what)}\n`);
	}

	async until(holds: () => unknown, what: string): Promise<void> {
		await until(
			holds,
			() => `${this.device} in mcsim: ${what}\nshown: ${JSON.stringify(this.shown)}\nlog:\n${this.lines.slice(-30).join("\n")}`,
		);
	}

	/** What XS measures of itself next: slots and chunks in bytes, garbage among them, and how often it has collected. */
	async measure(): Promise<Memory> {
		const { samples } = this;
		await this.until(() => this.samples !== samples, "to measure itself");
		return memory(this.samples);
	}

	/** The same with its garbage collected. That collection is not counted. */
	async collect(): Promise<Memory> {
		return collected(this.#mcsim, (holds, what) => this.until(holds, what));
	}

	async stop(): Promise<void> {
		await this.#mcsim?.stop();
		this.#wire?.destroy();
		this.#server?.close();
		rmSync(this.#home, { recursive: true, force: true });
	}

	#take(wire: Socket): void {
		this.#wire = wire;
		onLines(wire, (line) => {
			const shown = JSON.parse(line) as Shown;
			Object.assign(this.shown, shown);
			if (shown.duty !== undefined) this.duties.push(shown.duty);
			this.onShown?.(shown);
		});
	}
}
