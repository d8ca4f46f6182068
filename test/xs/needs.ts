// What a test needs of the machine. A test without it is skipped, with the reason in its report.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { findSDK, type SDK } from "../../hosts/sim/sdk.mjs";
import "./turn.js";

const found = findSDK();

// The compiler that mcconfig finds keeps what it has made (tsc/tsc).
if (found.problem === undefined)
	found.env = { ...found.env, PATH: [path.join(import.meta.dirname, "tsc"), found.env.PATH].join(path.delimiter) };

/** Only where `skip` found nothing missing. */
export const sdk = found as SDK;

const commands: { readonly [command: string]: string } = {
	Xvfb: "Xvfb not found (Debian: apt install xvfb)",
	mosquitto: "mosquitto not found (Debian: apt install mosquitto)",
	xdotool: "xdotool not found (Debian: apt install xdotool)",
	import: "import not found (Debian: apt install imagemagick)",
	git: "git not found",
	make: "make not found",
};

/** For node:test's `skip`: why, or false. */
export function skip(...needed: string[]): string | false {
	if (found.problem) return found.problem;
	if (process.platform !== "linux") return "these tests know the simulator of Linux only";
	for (const command of needed) {
		// A shell's own word for it: Xvfb has no --version, and mosquitto's ends with 3.
		if (spawnSync("sh", ["-c", `command -v ${command}`], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }).status !== 0)
			return commands[command] ?? `${command} not found`;
	}
	return false;
}
