// A hand on the knob: the meaning of keys and lines of text.
import { level_max } from "../../src/light/level/intensity.js";
import type { Pot } from "./knob.js";

export type Turn = { to: number } | { by: number };

/** The least turn to which a dimmer reacts: it holds its level against 1.5. */
const step = 2 / level_max;
const page = 0.1;

export function turn(pot: Pot, { to, by }: { to?: number; by?: number }): void {
	pot.value = to ?? pot.value + (by ?? 0);
}

/** The endings of CSI and SS3 sequences, as the terminals in use send them. */
const sequences: Readonly<Record<string, Turn>> = {
	A: { by: step },
	C: { by: step },
	B: { by: -step },
	D: { by: -step },
	"5~": { by: page },
	"6~": { by: -page },
	H: { to: 0 },
	"1~": { to: 0 },
	"7~": { to: 0 },
	F: { to: 1 },
	"4~": { to: 1 },
	"8~": { to: 1 },
};

/** Splits the chunks of a terminal in raw mode into keys. Key repeat puts several keys into one chunk, a slow line one key into several chunks. */
export class Keys {
	#rest = "";

	/** Calls back for every key that has a meaning. */
	feed(chunk: string, onTurn: (turn: Turn) => void, onQuit: () => void): void {
		const text = this.#rest + chunk;
		// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
		const [whole = ""] = /^(?:\x1b[[O][0-9;]*[A-Za-z~]|\x1b(?![[O])(?=.)|[^\x1b])*/su.exec(text) ?? [];
		this.#rest = text.slice(whole.length, whole.length + 16);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
		for (const [key] of whole.matchAll(/\x1b[[O][0-9;]*[A-Za-z~]|./gsu)) {
			if (key === "q" || key === "Q" || key === "\x03") return onQuit();
			const meant = key.startsWith("\x1b") ? sequences[key.slice(2)] : character(key);
			if (meant) onTurn(meant);
		}
	}
}

function character(key: string): Turn | undefined {
	if (/^\d$/.test(key)) return { to: Number(key) / 10 };
	if (key === "+") return { by: step };
	if (key === "-") return { by: -step };
	return undefined;
}

/** `50%`, `127` (a level), `+` and `-` (a step), `+10` and `-10%` (so much more or less); `undefined` for anything else. */
export function turnOfLine(line: string): Turn | undefined {
	const [, sign, digits, percent] = /^\s*([+-]?)(\d{0,3})(%?)\s*$/.exec(line) ?? [];
	if (sign === undefined || (digits === "" && (sign === "" || percent))) return undefined;
	const amount = digits === "" ? step : Number(digits) / (percent ? 100 : level_max);
	if (sign === "") return amount <= 1 ? { to: amount } : undefined;
	return { by: sign === "+" ? amount : -amount };
}
