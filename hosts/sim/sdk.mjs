// Finds the Moddable SDK and runs its build. The SDK is no npm package: it is at $MODDABLE, or in the folder of `xs-dev setup`.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const platforms = { linux: "lin", darwin: "mac", win32: "win" };

export const howToGetIt = `The simulator and the boards need the Moddable SDK, version 8.2 or later:
  npx xs-dev setup          installs it (see https://github.com/HipsterBrown/xs-dev)
  export MODDABLE=…         says where it is, when it is not in ~/.local/share/moddable
Everything else works without it: npm start runs the knob, the lamp and a broker in Node.js.`;

/** Characters that make does not read as a part of a file's name. */
const unmakeable = /[\s#$]/;

/** Why a build in these folders fails, or undefined. Windows has another make. */
export function folderProblem(...folders) {
	if (process.platform === "win32") return undefined;
	const folder = folders.find((one) => unmakeable.test(one));
	if (folder === undefined) return undefined;
	const character = unmakeable.exec(folder)[0];
	return `make, which the Moddable SDK builds with, cannot work in a folder with ${/\s/.test(character) ? "a space" : character} in its name: move ${folder} to one without`;
}

/** `{ path, bin, platform, env }`, or `{ problem }`. */
export function findSDK() {
	const platform = platforms[process.platform];
	if (!platform) return { problem: `Moddable SDK: no simulator for ${process.platform}` };
	const places = process.env.MODDABLE ? [process.env.MODDABLE] : [path.join(os.homedir(), ".local", "share", "moddable")];
	const where = places.find((place) => existsSync(path.join(place, "examples", "manifest_base.json")));
	if (!where) return { problem: "Moddable SDK not found: set MODDABLE to its folder" };
	const bin = ["release", "debug"]
		.map((kind) => path.join(where, "build", "bin", platform, kind))
		.find((folder) => existsSync(tool(folder, "mcconfig")));
	if (!bin)
		return { problem: `Moddable SDK at ${where}: its tools are not built (see documentation/Moddable SDK – Getting Started.md there)` };
	// mcconfig calls `tsc` by name, and needs TypeScript 6 or later: the project's own.
	const PATH = [bin, path.join(root, "node_modules", ".bin"), process.env.PATH].join(path.delimiter);
	return { path: where, bin, platform, env: { ...process.env, MODDABLE: where, PATH } };
}

export function tool(bin, name) {
	return path.join(bin, process.platform === "win32" ? `${name}.exe` : name);
}

/** Runs a command to its end; rejects with the last lines of its output. */
export function run(command, args, { env, cwd = root, onLine } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
		const lines = [];
		for (const stream of [child.stdout, child.stderr]) {
			let rest = "";
			stream.setEncoding("utf8").on("data", (text) => {
				const all = (rest + text).split("\n");
				rest = all.pop();
				for (const line of all) {
					lines.push(line);
					onLine?.(line);
				}
			});
			stream.on("end", () => rest && lines.push(rest));
		}
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0) resolve(lines);
			else reject(new Error(`${path.basename(command)} ended with ${code}\n${lines.slice(-25).join("\n")}`));
		});
	});
}

/**
 * Builds the firmware of `device`, dimmer or lamp, into `out`, and resolves with its library. `words` are `name=value`. The SDK reads the
 * manifest of `sim/NAME` from BUILD_SIMULATOR alone. manifest.json sets that variable to hosts/sim/devices, before its includes are read;
 * the manifest there repeats the six modules of the SDK's own manifest.
 */
export async function buildSimulator(sdk, { device, out, words, env, onLine }) {
	mkdirSync(out, { recursive: true });
	// The target `build` only builds. The default target also kills every mcsim and debugger of the machine by name.
	const args = ["-d", "-m", "-p", `sim/${device}`, "-t", "build", "-o", out, ...words];
	await run(tool(sdk.bin, "mcconfig"), args, { env: { ...sdk.env, ...env }, onLine });
	return path.join(out, "bin", sdk.platform, device, "debug", "lampwire", sdk.platform === "win" ? "mc.dll" : "mc.so");
}
