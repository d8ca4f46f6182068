// The abilities of the terminal, by its environment.

/** Whether the terminal has escape sequences and box drawing: only then there is a screen. */
export function canDraw(env: NodeJS.ProcessEnv = process.env): boolean {
	return env.TERM !== "dumb" && speaksUnicode(env);
}

/**
 * POSIX: the first of these three that is not empty names the encoding. Where all are empty (Windows, a container), UTF-8, which nearly every
 * terminal has now.
 */
export function speaksUnicode(env: NodeJS.ProcessEnv = process.env): boolean {
	const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
	return !locale || /utf-?8/i.test(locale);
}

/** Text as this terminal can show it. */
export function shown(text: string): string {
	if (speaksUnicode()) return text;
	return text.replaceAll("…", "...").replace(/[^\n\x20-\x7e]/gu, "?");
}

const kept_max = 64 * 1024;

/**
 * Text on stderr would break a screen on the same terminal. While the screen is open, `take` gets the text instead, line by line;
 * the function returned restores stderr, and returns the text. Where stderr is not the terminal, nothing changes.
 */
export function divertStderr(take: (line: string) => void): () => string {
	const { stderr } = process;
	if (!stderr.isTTY) return () => "";
	let said = "";
	let rest = "";
	const hear = (text: string) => {
		said = (said + text).slice(-kept_max);
		const lines = (rest + text).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) if (line.trim() !== "") take(line);
	};
	const { write } = stderr;
	stderr.write = (chunk: string | Uint8Array, ...more: unknown[]) => {
		hear(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
		const done = more.find((argument) => typeof argument === "function");
		if (done) process.nextTick(done as () => void);
		return true;
	};
	// Node writes its warnings past the stream. Without listeners, they are switched off.
	const printers = process.listeners("warning");
	const warn = (warning: Error) => hear(`(node) ${warning.name}: ${warning.message}\n`);
	if (printers.length > 0) process.removeAllListeners("warning").on("warning", warn);
	return () => {
		stderr.write = write;
		process.off("warning", warn);
		for (const printer of printers) process.on("warning", printer);
		return said;
	};
}
