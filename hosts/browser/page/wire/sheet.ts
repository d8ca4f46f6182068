// The packets as plain text for a lesson's sheet, and the cost of a message by three ways. Pure.
import type { Entry } from "./entry.js";
import { words } from "./say.js";

/** Bytes of a packet on a line of the sheet. */
const line_bytes = 64;

/** For each packet: time, sender and receiver, type, sentence, and its bytes below. */
export function sheet(entries: readonly Entry[], heading: string): string {
	const lines = [heading, ""];
	for (const entry of entries) {
		const { at, connection, out, packet, bytes, exchange, step } = entry;
		const time = new Date(at).toISOString().slice(11, 23);
		const { who } = connection;
		if (packet === undefined) {
			lines.push(`${time}  ${who}: ${words(entry)}`, "");
			continue;
		}
		const way = out ? `${who} → broker` : `broker → ${who}`;
		const part = exchange === undefined ? "" : ` (${step} of ${2 * exchange.QoS})`;
		const hex = Array.from(bytes.subarray(0, line_bytes), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
		lines.push(
			`${time}  ${way}  ${packet.name}${part}  ${words(entry)}`,
			`              ${hex}${packet.length > line_bytes ? " …" : ""}`,
			"",
		);
	}
	return lines.map(plain).join("\n");
}

/** Any client may have written the text: here it becomes one line, without characters that reverse the text. */
function plain(line: string): string {
	return line.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, "\ufffd");
}

export interface Cost {
	/** Bytes of the packet. */
	mqtt: number;
	/** Bytes in a WebSocket frame: from a page, which must mask it, and to a page (RFC 6455 §5.2). */
	frameOut: number;
	frameIn: number;
}

/** The cost of a packet of `length` bytes. */
export function costOf(length: number): Cost {
	const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
	return { mqtt: length, frameOut: length + head + 4, frameIn: length + head };
}
