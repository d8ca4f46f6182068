// Events, one line each, for people and programs: `2026-01-31T12:00:00.000Z kind details`.
import { shown } from "./terminal.js";

export type Emit = (kind: string, details: string) => void;

export function emitTo(out: { write(text: string): unknown }): Emit {
	return (kind, details) => out.write(shown(`${new Date().toISOString()} ${kind} ${printable(details)}\n`));
}

/** Holds events back until `release`, for other events that must come first. */
export function holding(emit: Emit): { emit: Emit; release(): void } {
	let held: Parameters<Emit>[] | undefined = [];
	return {
		emit: (...event) => {
			if (held) held.push(event);
			else emit(...event);
		},
		release: () => {
			const events = held ?? [];
			held = undefined;
			for (const event of events) emit(...event);
		},
	};
}

/**
 * Topics and payloads come from any client. On a terminal a control character is a command, and a wide or right-to-left character
 * moves the text beside it: only characters that take one cell and have no other effect are kept.
 */
export function printable(text: string): string {
	return text.replace(/[^\x20-\x7e\u00a1-\u00ac\u00ae-\u024f…]/gu, "\ufffd");
}

const decoder = new TextDecoder();
const shown_max_bytes = 64;

/** The beginning of a payload as text. */
export function excerpt(payload: Uint8Array): string {
	const text = printable(decoder.decode(payload.subarray(0, shown_max_bytes)));
	return payload.length > shown_max_bytes ? `${text}…` : text;
}

const gist_max_bytes = 2048;

/**
 * A payload in a few words: of a device's info (`<topic>/<id>/info`, src/light/info.ts) the fields that people ask for; of
 * any other payload the beginning, quoted.
 */
export function gist(payload: Uint8Array): string {
	const info = payload.length <= gist_max_bytes && payload[0] === 0x7b ? parse(decoder.decode(payload)) : undefined;
	const { role, version, uptime, board, rssi, heap, link, lamp, dimmer } = info ?? {};
	if (typeof role !== "string" || typeof version !== "string" || typeof uptime !== "number") return JSON.stringify(excerpt(payload));
	const told = { role, version, uptime, rssi, heap, connects: link?.connects, ignored: lamp?.ignored, final: dimmer?.final, board };
	const pairs = Object.entries(told).filter(([, value]) => typeof value === "string" || typeof value === "number");
	return pairs.map(([name, value]) => `${name}=${word(printable(String(value)))}`).join(" ");
}

type Told = { [name: string]: unknown } & { [group in "link" | "lamp" | "dimmer"]?: { [name: string]: unknown } | null };

/** An object, or undefined: any client may have written the text. */
function parse(text: string): Told | undefined {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Quoted where a reader could not see its end otherwise. */
export function word(text: string): string {
	return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}
