// A terminal that nobody sees: tmux, which knows what stands on its screen.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { until } from "./contract/probe.js";

export const noTerminal =
	process.platform === "win32" || spawnSync("tmux", ["-V"]).status !== 0 ? "tmux not found (Debian: apt install tmux)" : false;

export class Terminal {
	/** The server's socket: a server of its own, so that no other's settings and sessions matter. */
	readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-tmux-"));
	readonly #raw = path.join(this.#folder, "raw");

	/** Runs a command of the shell, whose environment is `env` and little else. */
	start(command: string, env: Record<string, string> = {}): void {
		const { PATH, HOME } = process.env;
		// nobody's own history
		const clean = { PATH, HOME, LC_ALL: "C.UTF-8", XDG_STATE_HOME: path.join(this.#folder, "state"), ...env };
		const words = Object.entries(clean).map(([name, value]) => `${name}='${value}'`);
		this.#tmux("new-session", "-d", "-x", "100", "-y", "30", "sh");
		// All that is written, as it is written.
		this.#tmux("pipe-pane", `cat > '${this.#raw}'`);
		const term = env.TERM === undefined ? [] : [`TERM=${env.TERM}`];
		this.#tmux("send-keys", `env -u COLORTERM ${[...words, ...term].join(" ")} ${command}`, "Enter");
	}

	/** Rows, without the space at their ends. */
	get screen(): string[] {
		return this.#tmux("capture-pane", "-p").split("\n");
	}

	/** Every byte that came to the terminal. */
	get raw(): string {
		return fs.existsSync(this.#raw) ? fs.readFileSync(this.#raw, "utf8") : "";
	}

	async until(holds: (rows: string[]) => boolean, what: string): Promise<void> {
		await until(
			() => holds(this.screen),
			() => `${what}\n${this.screen.join("\n")}`,
		);
	}

	keys(...names: string[]): void {
		this.#tmux("send-keys", ...names);
	}

	close(): void {
		this.#tmux("kill-server");
		fs.rmSync(this.#folder, { recursive: true, force: true });
	}

	#tmux(...args: string[]): string {
		const env = { ...process.env, LC_ALL: "C.UTF-8" };
		return spawnSync("tmux", ["-S", path.join(this.#folder, "socket"), "-f", "/dev/null", ...args], { encoding: "utf8", env }).stdout;
	}
}
