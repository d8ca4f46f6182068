// How long people wait: `lampwire --help` and the desk until its lamp follows its knob, against a bare `node -e 0`, taking turns in one run.
// The ratios hold on any machine; the milliseconds are this one's, now.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const runs = 15;
const bin = fileURLToPath(new URL("../hosts/node/lampwire.mjs", import.meta.url));

/** Milliseconds until `ready` says so of the output, or until the end. */
async function time(args: string[], ready?: (output: string) => boolean): Promise<number> {
	const begin = performance.now();
	const child: ChildProcess = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
	const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
	let output = "";
	let took = 0;
	if (ready)
		await new Promise<void>((resolve, reject) => {
			child.stdout?.setEncoding("utf8").on("data", (text: string) => {
				output += text;
				if (took !== 0 || !ready(output)) return;
				took = performance.now() - begin;
				resolve();
			});
			ended.then(() => reject(new Error(`ended before it was ready:\n${output}`)));
		});
	else child.stdout?.resume();
	if (ready) child.kill();
	await ended;
	return took || performance.now() - begin;
}

// nobody's own history
const state = mkdtempSync(path.join(os.tmpdir(), "lampwire-bench-"));
const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1];

const bare: number[] = [];
const help: number[] = [];
const desk: number[] = [];
for (let run = 0; run < runs; run++) {
	bare.push(await time(["-e", "0"]));
	help.push(await time([bin, "--help"]));
	desk.push(
		await time([bin, "desk", "--mqtt-port", "0", "--ws-port", "0", "--state", state], (output) =>
			/lamp desk-lamp level=[1-9]/.test(output),
		),
	);
}
const base = median(bare);
console.log(`Node.js ${process.version}, medians of ${runs}, in turns`);
for (const [name, values] of [
	["node -e 0", bare],
	["lampwire --help", help],
	["desk, until the lamp follows the knob", desk],
] as const) {
	const value = median([...values]);
	console.log(`${name.padEnd(40)}${(value / base).toFixed(2).padStart(6)} ×  (${value.toFixed(0)} ms)`);
}
rmSync(state, { recursive: true });
