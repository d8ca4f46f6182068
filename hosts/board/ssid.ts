// Names of Wi-Fi as they come through the air: 0 to 32 bytes that a stranger has chosen (IEEE 802.11 §9.4.2.2), and no text before they are checked.
import { readUtf8 } from "../../src/mqtt/bytes/utf8.js";
import { hasControl } from "./checks.js";

/** The SDK's string `name` as text that can be shown and measured; undefined where it is no text: hidden, not UTF-8, with control characters. */
export function cleanSsid(name: string): string | undefined {
	// The SDK makes a string of the bytes unchecked, whose characters may be anything.
	const bytes = new Uint8Array(ArrayBuffer.fromString(name));
	const text = readUtf8(bytes, 0, bytes.length);
	return text === undefined || text === "" || hasControl(text) ? undefined : text;
}

/** The letters and digits of a name, without case, spaces, signs and accents. */
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

/** Whether a person takes `one` for `other`, though they differ: "Jim's iPhone" and "Jim’s iPhone", "home" and "Home ". */
export function looksLike(one: string, other: string): boolean {
	const left = core(one);
	return one !== other && left !== "" && left === core(other);
}
