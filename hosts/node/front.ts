// How the parts meet whoever runs them: a window where there is a terminal that can draw, else one line an event.
import { createInterface, type Interface } from "node:readline";
import { type Emit, emitTo } from "./events.js";
import type { Pot } from "./knob.js";
import { every } from "./report.js";
import { canDraw } from "./terminal.js";
import { turn, turnOfLine } from "./turning.js";
import type { Scene } from "./view.js";
import { Window } from "./window.js";

export interface Stage {
	/** What there is to turn. */
	readonly pot?: Pot;
	/** All of the scene but what the front itself knows. */
	scene(): Omit<Scene, "knob" | "messages">;
	/** What the QR code of a window says: the page's URL for phones, with the credentials that it asks for, where they can reach it. */
	readonly phones?: string | undefined;
	/** The class room's URL, with its key: a window has it below the hints; as an event it was told at the start. */
	readonly teacher?: string;
	/** Tells by events what is new; called twenty times a second. */
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
		// The end of the input is no order to quit: services run with /dev/null there.
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
