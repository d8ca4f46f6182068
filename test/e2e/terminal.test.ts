// What somebody sees who has a terminal: `script` (util-linux) gives the command one.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Broker } from "../../hosts/node/broker/broker.js";
import { until } from "../hosts/contract/probe.js";

const bin = fileURLToPath(new URL("../../hosts/node/lampwire.mjs", import.meta.url));
const works = spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;
const skip = !works && "script (util-linux) is not installed";

const children: ChildProcess[] = [];
const killAll = () => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
};
afterEach(killAll);
after(killAll);

class Terminal {
	text = "";
	exit: number | undefined;
	readonly #child: ChildProcess;

	constructor(...args: string[]) {
		const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ");
		const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
		// nobody's own history
		const state = mkdtempSync(path.join(os.tmpdir(), "lampwire-state-"));
		this.#child = spawn("script", ["-qec", `stty rows 24 cols 80; exec ${command}`, "/dev/null"], {
			env: { ...env, XDG_STATE_HOME: state, TERM: "xterm-256color", LC_ALL: "C.UTF-8" },
		});
		children.push(this.#child);
		this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
			this.text += text;
		});
		this.#child.on("close", (code) => {
			this.exit = code ?? -1;
			rmSync(state, { recursive: true, force: true });
		});
	}

	type(keys: string): void {
		this.#child.stdin?.write(keys);
	}

	/** Without its colours. */
	get plain(): string {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
		return this.text.replace(/\x1b\[[\d;]*m/g, "");
	}

	async shows(wanted: RegExp): Promise<void> {
		await until(
			() => wanted.test(this.plain) || this.exit !== undefined,
			() => `${wanted}\n${this.plain}`,
		);
		assert.match(this.plain, wanted);
	}

	/** What stands in the terminal after the picture is gone. */
	async end(): Promise<string> {
		await until(
			() => this.exit !== undefined,
			() => `end\n${this.plain}`,
		);
		assert.equal(this.exit, 0);
		return this.text.slice(this.text.lastIndexOf("\x1b[?1049l") + 8).replaceAll("\r", "");
	}
}

async function broker(t: { after(cleanup: () => Promise<void>): void }): Promise<number> {
	const made = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
	t.after(() => made.stop());
	await made.start();
	return made.mqttPort;
}

describe("in a terminal", { skip }, () => {
	it("a lamp is drawn, and the goodbye says what became of it", async (t) => {
		const port = await broker(t);
		const terminal = new Terminal("lamp", "--broker", `mqtt://127.0.0.1:${port}`, "--id", "lamp-1");
		await terminal.shows(/Lampwire lamp · 127\.0\.0\.1:\d+ · topic light/);
		await terminal.shows(/lamp {3}░/);
		await terminal.shows(/● lamp-1 online/);
		terminal.type("q");
		assert.equal(await terminal.end(), "Goodbye. lamp-1 is offline.\n");
	});

	it("so is a dimmer, and one without a broker has nobody to say goodbye to", async () => {
		const terminal = new Terminal("dimmer", "--broker", "mqtt://127.0.0.1:1", "--id", "dimmer-1");
		await terminal.shows(/○ dimmer-1 connecting/);
		terminal.type("q");
		assert.equal(await terminal.end(), "Goodbye. dimmer-1 had no connection to 127.0.0.1:1.\n");
	});

	it("the desk tells its devices' info in words", async () => {
		const terminal = new Terminal("desk", "--mqtt-port", "0", "--ws-port", "0");
		await terminal.shows(/light\/desk-lamp\/info role=lamp version=\d+\.\d+\.\d+ uptime=\d/);
		terminal.type("\x03");
		assert.equal(await terminal.end(), "Goodbye. desk-dimmer and desk-lamp are offline. The broker has ended.\n");
	});
});
