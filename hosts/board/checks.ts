// The rules for Wi-Fi and broker: one code for the mcconfig line (config.ts) and for the setup page (setup/fields.ts). Each check returns a sentence,
// or undefined where all is well. No sentence repeats a password.
import { utf8Length } from "../../src/mqtt/bytes/utf8.js";
import type { Brokers, Scheme } from "../../src/mqtt/link/broker-url.js";
import { brokersOf } from "../xs/broker-option.js";

/** The limit comes from the setup page's settings, which are stored as one text (setup/fields.ts). */
export const broker_max_bytes = 255;

/** Whether every character of `text` is one of those from `first` to `last`, or in `others`. No RegExp: it would come into the firmware for this alone. */
export function isMadeOf(text: string, first: string, last: string, others = ""): boolean {
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if ((c < first || c > last) && others.indexOf(c) < 0) return false;
	}
	return true;
}

export function hasControl(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c < 0x20 || c === 0x7f) return true;
	}
	return false;
}

export function ssidFault(ssid: string): string | undefined {
	if (ssid === "") return "Enter the name of your Wi-Fi.";
	// IEEE 802.11 §9.4.2.2: 0 to 32 octets.
	const bytes = utf8Length(ssid);
	if (bytes < 0 || hasControl(ssid)) return "The name of a Wi-Fi holds no control characters.";
	return bytes > 32 ? `The name of a Wi-Fi has at most 32 bytes; this one has ${bytes}.` : undefined;
}

/**
 * IEEE 802.11 annex J.4 has 8 to 63 printable characters of ASCII, or the key itself as 64 hexadecimal digits; ESP-IDF, and many a router, take 8 to 63
 * bytes of any kind. An empty password: an open Wi-Fi.
 */
export function passphraseFault(password: string): string | undefined {
	if (password === "" || (password.length === 64 && isMadeOf(password, "0", "9", "abcdefABCDEF"))) return undefined;
	const bytes = utf8Length(password);
	if (bytes < 0 || hasControl(password)) return "A Wi-Fi password holds no control characters.";
	if (bytes < 8) return "A Wi-Fi password has at least 8 characters. For an open Wi-Fi leave it empty.";
	return bytes > 63 ? `A Wi-Fi password has at most 63 bytes, or 64 hexadecimal digits; this one has ${bytes} bytes.` : undefined;
}

/** The four numbers of an address of IPv4, or undefined. A zero in front is refused: some programs read 010 as 8. */
function quadOf(text: string): number[] | undefined {
	const parts = text.split(".");
	if (parts.length !== 4) return undefined;
	for (const part of parts)
		if (part === "" || part.length > 3 || (part.length > 1 && part[0] === "0") || Number(part) > 255) return undefined;
	return parts.map(Number);
}

const isNumeric = (text: string) => text !== "" && isMadeOf(text, "0", "9");

/** Digits alone, as on the page and on the mcconfig line; or an empty text. */
export function portFault(port: string): string | undefined {
	if (port === "") return undefined;
	const fits = port.length <= 5 && isMadeOf(port, "0", "9") && Number(port) >= 1 && Number(port) <= 65_535;
	return fits ? undefined : "A port is a whole number from 1 to 65535; MQTT's is 1883. Leave it empty for that of the URL.";
}

/** Why `broker`, with the port and the user beside it, cannot be a broker for this board, on any network. */
export function brokerFault(broker: string, port: string, user: string, schemes: readonly Scheme[]): string | undefined {
	if (broker === "") return "Enter the name or the address of your broker.";
	if (hasControl(broker)) return "This may hold no control characters.";
	if (utf8Length(broker) > broker_max_bytes) return `At most ${broker_max_bytes} bytes.`;
	try {
		for (const { host } of brokersOf(broker, portFault(port) ? "" : port, user, schemes).all) {
			const fault = hostFault(host);
			if (fault) return fault;
		}
		return undefined;
	} catch (error) {
		const { message } = error as Error;
		return `${message[0].toUpperCase()}${message.slice(1)}.`;
	}
}

/** Why `broker` cannot be a broker's name or address. */
function hostFault(broker: string): string | undefined {
	if (broker.indexOf(":") >= 0) return "Boards speak IPv4 only: an address is like 192.168.1.10.";
	// RFC 1123 §2.1 does not allow `_`, but there are names with it.
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const ends = `${broker[0]}${broker[broker.length - 1]}`;
	if (!isMadeOf(broker, "a", "z", `${letters}.-`) || !isMadeOf(ends, "a", "z", letters))
		return "A name has letters, digits, dots and hyphens; an address is like 192.168.1.10.";
	const name = broker.toLowerCase();
	const last = name.slice(name.lastIndexOf(".") + 1);
	if (last === "localhost") return "localhost would be this board itself: enter the address of the broker's machine.";
	// No top-level domain is a number (RFC 3696 §2): a name that ends like an address is meant as an address.
	if (!isNumeric(last)) return undefined;
	const quad = quadOf(name);
	if (quad === undefined) return "This is no address: it has four numbers from 0 to 255, like 192.168.1.10.";
	if (quad[0] === 127 || quad[0] === 0) return "This address would be the board itself: enter the address of the broker's machine.";
	return quad[0] >= 224 ? "No machine has this address." : undefined;
}

/** The network of ESP-IDF's own access point, in which the setup page is. Some routers use the same network. */
const access_point = "192.168.4.";

/** The likely mistake in a broker that passes the checks; or undefined. */
export function brokerWarning({ all }: Brokers): string | undefined {
	const found = all.find(({ host }) => host.startsWith(access_point));
	return found
		? `${found.host} is an address in the board's own setup network, which goes away; only if your router uses ${access_point}x too, it is right.`
		: undefined;
}
