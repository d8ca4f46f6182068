// The terminal as a screen: drawn by differences, and given back as it was found, however the process ends.
import fs from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { divertStderr } from "./terminal.js";

const enter = "\x1b[?1049h\x1b[?25l\x1b[2J";
/** What others write here past this process's stderr, a child or a library in C, stands no longer than this. */
const repaint_ms = 1_000;
const leave = "\x1b[0m\x1b[?25h\x1b[?1049l";

export class Screen {
	readonly #input: ReadStream;
	readonly #output: WriteStream;
	#lines: string[] = [];
	#open = false;
	/** Of the last whole picture, as Date.now(). */
	#painted = 0;
	#giveBack = () => "";
	readonly #leave = () => this.close();
	/** A smaller window has cut what stood there, a larger one has gaps: every line is drawn anew. */
	readonly #resized = () => {
		this.#lines = [];
	};

	constructor(input: ReadStream, output: WriteStream) {
		this.#input = input;
		this.#output = output;
	}

	/** `onStderr` gets the lines that this process would have written to stderr, where that is this terminal too. */
	open(onInput: (text: string) => void, onStderr: (line: string) => void): void {
		this.#open = true;
		this.#giveBack = divertStderr(onStderr);
		this.#output.write(enter);
		this.#output.on("resize", this.#resized);
		this.#input.setRawMode(true);
		this.#input.setEncoding("utf8");
		this.#input.on("data", onInput);
		// A crash too must give the terminal back, and before the stack is printed: the other screen would take it along.
		process.on("uncaughtExceptionMonitor", this.#leave);
		process.on("exit", this.#leave);
	}

	get columns(): number {
		return Math.max(this.#output.columns, 1);
	}

	get rows(): number {
		return Math.max(this.#output.rows, 1);
	}

	/** Writes the lines that differ from those that stand there. They must fit: a longer one would wrap. */
	draw(lines: string[]): void {
		// A slow terminal gets fewer frames, not a longer queue of them.
		if (!this.#open || this.#output.writableNeedDrain) return;
		const now = Date.now();
		// A clock that was set back paints anew too.
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
		// Not through the stream: in a dying process nothing asynchronous is written any more.
		fs.writeSync(1, leave);
		const said = this.#giveBack();
		if (said !== "") fs.writeSync(2, said);
	}
}
