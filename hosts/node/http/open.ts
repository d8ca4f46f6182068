// Opens the page in the user's browser.
import { spawn } from "node:child_process";

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
	darwin: ["open"],
	// `start` is a command of the shell, and takes its first quoted argument for a title.
	win32: ["cmd", "/c", "start", ""],
};

/** A desk without a screen has no browser either: then `log` gets a line, and the desk goes on. */
export function openPage(url: string, log: (line: string) => void): void {
	const [command = "xdg-open", ...args] = openers[process.platform] ?? [];
	const failed = (why: string) => log(`--open: ${command} ${why}; open ${url} yourself`);
	const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
	child.on("error", (error: NodeJS.ErrnoException) => failed(error.code === "ENOENT" ? "is not there" : error.message));
	child.on("exit", (code) => code && failed(`ended with ${code}`));
	child.unref();
}
