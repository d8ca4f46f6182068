// The front that the user sees: a window where there is a terminal that can draw, else one line an event.
import { createInterface, type Interface } from "node:readline";
import { type Emit, emitTo } from "./events.js";
import type { Pot } from "./knob.js";
import { every } from "./report.js";
import { canDraw } from "./terminal.js";
import { turn, turnOfLine } from "./turning.js";
import type { Scene } from "./view.js";
import { Window } from "./window.js";

export interface Stage {
	/** The potentiometer of the knob. */
	readonly pot?: Pot;
	/** The scene without the knob and the messages, which the front adds. */
	scene(): Omit<Scene, "knob" | "messages">;
	/** The content of the window's QR code: the page's URL for phones, with its credentials, where phones can reach it. */
	readonly phones?: string | undefined;
	/** The class room's URL, with its key: a window shows it below the hints; as an event it came at the start. */
	readonly teacher?: string;
	/** Emits the changes as events; called twenty times a second. */
	look(): void;
	onQuit(): void;
}

export interface Front {
	readonly emit: Emit;
	open(stage: Stage): void;
	close(): void;
}

export function frontFor(): Front {
	return process.stdin.isTTY && process.stdout.isTTY && canDraw() ? new Window() : new Lines();
}

const turnsBy = "50%, 127, + or -, and Enter, turns the knob; q quits.";

export class Lines implements Front {
	readonly emit: Emit = emitTo(process.stdout);
	#stop = () => {};
	#input: Interface | undefined;

	open({ pot, scene, look, onQuit }: Stage): void {
		for (const hint of scene().hints) this.emit("hint", hint);
		look();
		this.#stop = every(look);
		if (!pot) return;
		// The end of the input is no order to quit: services run with /dev/null as input.
		this.#input = createInterface({ input: process.stdin });
		if (process.stdin.isTTY) this.emit("hint", turnsBy);
		this.#input.on("line", (line) => {
			const meant = turnOfLine(line);
			if (meant) turn(pot, meant);
			else if (line.trim() === "q") onQuit();
			else if (line.trim() !== "") this.emit("log", `"${line}" turns no knob. ${turnsBy}`);
		});
	}

	close(): void {
		this.#stop();
		this.#input?.close();
	}
}
