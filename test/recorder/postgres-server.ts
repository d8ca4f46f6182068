// Debian's PostgreSQL, started by a test on loopback as an ordinary user, in a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../ports.js";

/** The newest version's programs, or `undefined`. */
function programs(): string | undefined {
	const root = "/usr/lib/postgresql";
	if (!existsSync(root)) return undefined;
	const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
	return versions.map((version) => path.join(root, version, "bin")).find((folder) => existsSync(path.join(folder, "initdb")));
}

const bin = programs();
/** It refuses to run as root. */
const root = process.getuid?.() === 0;
const user = root ? userId("nobody") : undefined;

export const missing = bin === undefined ? "PostgreSQL is not installed (apt-get install postgresql)" : undefined;

function userId(name: string): { uid: number; gid: number } {
	const id = (what: string) => Number(execFileSync("id", [what, name], { encoding: "utf8" }));
	return { uid: id("-u"), gid: id("-g") };
}

export interface Server {
	url: string;
	port: number;
	/** `kill`: as a power cut. */
	stop(kill?: boolean): Promise<void>;
	/** After `stop`. */
	start(): Promise<void>;
	/** A new, empty database; its URL. */
	database(): Promise<string>;
	remove(): Promise<void>;
}

export async function postgres(): Promise<Server> {
	const folder = mkdtempSync(path.join(tmpdir(), "lampwire-postgres-"));
	if (user) chownSync(folder, user.uid, user.gid);
	const data = path.join(folder, "data");
	const own = { cwd: folder, stdio: "pipe" as const, env: { ...process.env, LC_ALL: "C", HOME: folder }, ...user };
	execFileSync(path.join(bin as string, "initdb"), ["-N", "-A", "trust", "-U", "lampwire", "-E", "UTF8", "-D", data], own);
	const port = await freePort();
	let child: ReturnType<typeof spawn> | undefined;
	let count = 0;
	const run = (program: string, ...args: string[]) =>
		execFileSync(path.join(bin as string, program), ["-h", "127.0.0.1", "-p", String(port), "-U", "lampwire", ...args], own);
	const start = async () => {
		child = spawn(
			path.join(bin as string, "postgres"),
			["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-c", "fsync=on"],
			{ ...own, stdio: "ignore" },
		);
		for (let tries = 0; tries < 1_200; tries++) {
			try {
				run("pg_isready", "-q");
				return;
			} catch {
				await new Promise((resolve) => setTimeout(resolve, 100));
			}
		}
		throw new Error("PostgreSQL does not start");
	};
	const stop = async (kill = false) => {
		const running = child;
		child = undefined;
		if (!running || running.exitCode !== null) return;
		const ended = new Promise((resolve) => running.once("exit", resolve));
		running.kill(kill ? "SIGQUIT" : "SIGINT");
		await ended;
	};
	await start();
	return {
		url: `postgres://lampwire@127.0.0.1:${port}`,
		port,
		start,
		stop,
		async database() {
			const name = `history${++count}`;
			run("createdb", name);
			return `postgres://lampwire@127.0.0.1:${port}/${name}`;
		},
		async remove() {
			await stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
