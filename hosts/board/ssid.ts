// Names of Wi-Fi as they come through the air: 0 to 32 bytes that a stranger has chosen (IEEE 802.11 §9.4.2.2), and no text until somebody has looked.
import { readUtf8 } from "../../src/mqtt/bytes/utf8.js";
import { hasControl } from "./checks.js";

/** What the SDK has made of the bytes, as text that can be shown and measured; undefined where they are none: hidden, not UTF-8, with control characters. */
export function cleanSsid(name: string): string | undefined {
	// The SDK takes the bytes as they are for a string of its own, whose characters then are anything.
	const bytes = new Uint8Array(ArrayBuffer.fromString(name));
	const text = readUtf8(bytes, 0, bytes.length);
	return text === undefined || text === "" || hasControl(text) ? undefined : text;
}

/** What a name has left when case, spaces, signs and accents do not count. */
function core(name: string): string {
	let left = "";
	for (let i = 0; i < name.length; i++) {
		const c = name[i].toLowerCase();
		const code = c.charCodeAt(0);
		// a combining accent stands behind its letter
		if (code >= 0x300 && code < 0x370) left = left.slice(0, -1);
		else if ((c >= "a" && c <= "z") || (c >= "0" && c <= "9")) left += c;
	}
	return left;
}

/** Whether a human takes `one` for `other`, though they are two: "Jim's iPhone" and "Jim’s iPhone", "home" and "Home ". */
export function looksLike(one: string, other: string): boolean {
	const left = core(one);
	return one !== other && left !== "" && left === core(other);
}
