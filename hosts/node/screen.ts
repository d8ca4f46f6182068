// The terminal as a screen: drawn by differences, and restored at the end of the process, however it ends.
import fs from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { divertStderr } from "./terminal.js";

const enter = "\x1b[?1049h\x1b[?25l\x1b[2J";
/** The whole picture is drawn so often, over text that a child process or a library in C has written past this process's stderr. */
const repaint_ms = 1_000;
const leave = "\x1b[0m\x1b[?25h\x1b[?1049l";

export class Screen {
	readonly #input: ReadStream;
	readonly #output: WriteStream;
	#lines: string[] = [];
	#open = false;
	/** The time of the last whole picture, by Date.now(). */
	#painted = 0;
	#giveBack = () => "";
	readonly #leave = () => this.close();
	/** A smaller window has cut lines, a larger window has gaps: every line is drawn anew. */
	readonly #resized = () => {
		this.#lines = [];
	};

	constructor(input: ReadStream, output: WriteStream) {
		this.#input = input;
		this.#output = output;
	}

	/** `onStderr` gets the lines that this process writes to stderr, where that is this terminal too. */
	open(onInput: (text: string) => void, onStderr: (line: string) => void): void {
		this.#open = true;
		this.#giveBack = divertStderr(onStderr);
		this.#output.write(enter);
		this.#output.on("resize", this.#resized);
		this.#input.setRawMode(true);
		this.#input.setEncoding("utf8");
		this.#input.on("data", onInput);
		// A crash too must restore the terminal, and before the stack is printed, which would else vanish with this screen.
		process.on("uncaughtExceptionMonitor", this.#leave);
		process.on("exit", this.#leave);
	}

	get columns(): number {
		return Math.max(this.#output.columns, 1);
	}

	get rows(): number {
		return Math.max(this.#output.rows, 1);
	}

	/** Writes the lines that differ from those on the screen. They must fit: a longer line would wrap. */
	draw(lines: string[]): void {
		// A slow terminal gets fewer frames, not a longer queue of them.
		if (!this.#open || this.#output.writableNeedDrain) return;
		const now = Date.now();
		// Also when the clock was set back.
		if (Math.abs(now - this.#painted) >= repaint_ms) {
			this.#lines = [];
			this.#painted = now;
		}
		let text = "";
		for (let row = 0; row < Math.max(lines.length, this.#lines.length); row++) {
			const line = lines[row] ?? "";
			if (line !== this.#lines[row]) text += `\x1b[${row + 1};1H${line}\x1b[0m\x1b[K`;
		}
		this.#lines = lines;
		if (text !== "") this.#output.write(text);
	}

	close(): void {
		if (!this.#open) return;
		this.#open = false;
		process.off("uncaughtExceptionMonitor", this.#leave);
		process.off("exit", this.#leave);
		this.#output.off("resize", this.#resized);
		this.#input.pause();
		this.#input.setRawMode(false);
		// Not through the stream: a process that is ending writes nothing asynchronous any more.
		fs.writeSync(1, leave);
		const said = this.#giveBack();
		if (said !== "") fs.writeSync(2, said);
	}
}
