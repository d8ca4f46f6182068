// What happens, one line an event, for people and programs: `2026-01-31T12:00:00.000Z kind details`.
import { shown } from "./terminal.js";

export type Emit = (kind: string, details: string) => void;

export function emitTo(out: { write(text: string): unknown }): Emit {
	return (kind, details) => out.write(shown(`${new Date().toISOString()} ${kind} ${printable(details)}\n`));
}

/** Holds back what is told until `release`: something else is to be told first. */
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
 * Topics and payloads come from anybody. On a terminal a control character is a command, and a wide or right-to-left one
 * moves what stands beside it: only what takes one cell and does nothing else is let through.
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
 * A payload in a few words: of what a device tells about itself (`<topic>/<id>/info`, src/light/info.ts) that which people ask for; of
 * anything else the beginning, quoted.
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

/** Anybody may have written it: an object, or nothing. */
function parse(text: string): Told | undefined {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Quoted where a reader could not tell otherwise where it ends. */
export function word(text: string): string {
	return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}
