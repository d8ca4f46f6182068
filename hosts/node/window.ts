// The front on a terminal: keys in, the view out.
import { type Emit, printable } from "./events.js";
import type { Front, Stage } from "./front.js";
import { beside, qrLines } from "./http/qr.js";
import { colourDepth, paintFor } from "./paint.js";
import { every } from "./report.js";
import { Screen } from "./screen.js";
import { Keys, turn } from "./turning.js";
import { type Scene, type Tone, view } from "./view.js";

const messages_max = 100;
/** Events that get a line here: the view shows the others in other ways. */
const listed = new Set(["listen", "message", "log"]);

export class Window implements Front {
	readonly #screen = new Screen(process.stdin, process.stdout);
	readonly #messages: Scene["messages"][number][] = [];
	#stop = () => {};

	readonly emit: Emit = (kind, details) => {
		// The screen is closed by now.
		if (kind === "bye") process.stdout.write(`Goodbye. ${printable(details)}\n`);
		if (!listed.has(kind)) return;
		const text = printable(kind === "listen" ? `listening: ${details}` : details);
		this.#messages.push({ time: clock(new Date()), text, tone: toneOf(kind, text) });
		if (this.#messages.length > messages_max) this.#messages.shift();
	};

	open({ pot, scene, look, onQuit, phones, teacher }: Stage): void {
		const keys = new Keys();
		const depth = colourDepth(process.stdout.getColorDepth(), process.env.TERM);
		const paint = paintFor(depth);
		// In the terminal's own colours, not every phone would read the code.
		const code = phones && depth >= 8 ? qrLines(phones) : [];
		const draw = () => {
			look();
			const shown = scene();
			const hints = teacher ? [...shown.hints, `A teacher opens ${teacher}`] : shown.hints;
			const all = { ...shown, hints, ...(pot ? { knob: pot.value } : {}), messages: this.#messages };
			this.#screen.draw(beside(code, this.#screen, (size) => view(all, size, paint)));
		};
		this.#screen.open(
			(text) => keys.feed(text, (meant) => pot && turn(pot, meant), onQuit),
			(line) => this.emit("log", line),
		);
		this.#stop = every(draw);
		draw();
	}

	close(): void {
		this.#stop();
		this.#screen.close();
	}
}

/** "online at" is the one line of the log that needs no action. */
export function toneOf(kind: string, text: string): Tone {
	if (kind !== "log") return "message";
	return text.includes(": online at ") ? "good" : "advice";
}

function clock(date: Date): string {
	const two = (part: number) => String(part).padStart(2, "0");
	const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
	return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}
