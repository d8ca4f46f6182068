// The CLI as a process of its own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./contract/probe.js";

const bin = fileURLToPath(new URL("../../hosts/node/lampwire.mjs", import.meta.url));

export class Cli {
	static readonly #all: Cli[] = [];

	/** For `after`: whatever a failed test has left running. */
	static killAll(): void {
		for (const { child } of Cli.#all) child.kill("SIGKILL");
	}

	readonly child: ChildProcess;
	out = "";
	err = "";
	/** Exit code, or the signal's name. */
	exit: number | string | undefined;

	/** From a folder that is not the project's: the command must not care. `program` is another copy of it; `by` is a command that runs it. */
	constructor(args: string[], env: Record<string, string> = {}, program = bin, by: string[] = []) {
		const { LAMPWIRE_PASSWORD: _, ...rest } = process.env;
		// nobody's own history
		const state = mkdtempSync(path.join(os.tmpdir(), "lampwire-state-"));
		const [command = "", ...words] = [...by, process.execPath, program, ...args];
		this.child = spawn(command, words, {
			cwd: os.tmpdir(),
			env: { ...rest, XDG_STATE_HOME: state, ...env },
			stdio: "pipe",
		});
		Cli.#all.push(this);
		this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
			this.out += text;
		});
		this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
			this.err += text;
		});
		this.child.on("close", (code, signal) => {
			this.exit = code ?? signal ?? "?";
			rmSync(state, { recursive: true, force: true });
		});
	}

	/** Details of all events of a kind. */
	events(kind: string): string[] {
		const lines = this.out.split("\n").map((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z (\S+) (.*)$/.exec(line));
		return lines.flatMap((line) => (line?.[1] === kind ? [line[2] ?? ""] : []));
	}

	/** Waits for an event that matches. */
	async event(kind: string, details: RegExp): Promise<string> {
		const find = () => this.events(kind).findLast((text) => details.test(text));
		await until(
			() => find() !== undefined || this.exit !== undefined,
			() => `${kind} ${details}\n${this.out}${this.err}`,
		);
		const found = find();
		assert.ok(found !== undefined, `ended (${this.exit}) without ${kind} ${details}\n${this.out}${this.err}`);
		return found;
	}

	say(line: string): void {
		this.child.stdin?.write(`${line}\n`);
	}

	async end(signal?: NodeJS.Signals): Promise<number | string> {
		if (signal) this.child.kill(signal);
		await until(
			() => this.exit !== undefined,
			() => `end\n${this.out}${this.err}`,
		);
		return this.exit ?? "?";
	}
}

/** The environment without what npx hands down: a test that is run by `npx -p node@24 node …` would have its own npx look for "node" too. */
export function withoutNpm(): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
}
