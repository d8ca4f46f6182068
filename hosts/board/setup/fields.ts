// The fields of the setup page, by the names that the mcconfig line has for them, and what each may hold. The page says these rules to the
// browser; here they are held, whatever a browser sends.
import { checkTopic } from "../../../src/light/topics.js";
import { utf8Length } from "../../../src/mqtt/bytes/utf8.js";

export const names = Object.freeze(["role", "ssid", "password", "broker", "port", "topic", "mqtt_user", "mqtt_password"] as const);
export type Name = (typeof names)[number];

/** What was entered: text, as on the mcconfig line; empty where nothing was. */
export type Entered = Record<Name, string>;

/** A sentence for each field that is refused. */
export type Faults = Partial<Record<Name, string>>;

/**
 * All fields are stored as one text of up to 512 bytes (`Store` in src/host.ts), so that they are written whole: 6 for the role, 32, 64, 128, 5,
 * 128, 64 and 64, with 16 for what stands between them.
 */
const broker_max_bytes = 128;
const credential_max_bytes = 64;

/** Whether every character of `text` is one of those from `first` to `last`, or in `others`. No RegExp: it would come into the firmware for this alone. */
function isMadeOf(text: string, first: string, last: string, others = ""): boolean {
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if ((c < first || c > last) && others.indexOf(c) < 0) return false;
	}
	return true;
}

function hasControl(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c < 0x20 || c === 0x7f) return true;
	}
	return false;
}

function checkSsid(ssid: string): string | undefined {
	if (ssid === "") return "Enter the name of your Wi-Fi.";
	// IEEE 802.11 §9.4.2.2: 0 to 32 octets.
	const bytes = utf8Length(ssid);
	if (bytes < 0 || hasControl(ssid)) return "The name of a Wi-Fi holds no control characters.";
	return bytes > 32 ? `The name of a Wi-Fi has at most 32 bytes; this one has ${bytes}.` : undefined;
}

/** IEEE 802.11 annex J.4: 8 to 63 printable characters of ASCII, or the key itself as 64 hexadecimal digits. */
function checkPassphrase(password: string): string | undefined {
	if (password === "" || (password.length === 64 && isMadeOf(password, "0", "9", "abcdefABCDEF"))) return undefined;
	if (!isMadeOf(password, " ", "~")) return "A Wi-Fi password has letters without accents, digits and signs only.";
	if (password.length < 8) return "A Wi-Fi password has at least 8 characters. For an open Wi-Fi leave it empty.";
	return password.length > 63 ? "A Wi-Fi password has at most 63 characters." : undefined;
}

function checkBroker(broker: string): string | undefined {
	if (broker === "") return "Enter the name or the address of your broker.";
	if (broker.indexOf("/") >= 0) return "Only the name or the address, without mqtt:// and without a path.";
	if (broker.indexOf(":") >= 0) return "Only the name or the address; the port has a field of its own.";
	// RFC 1123 §2.1; `_` is not allowed there, and found all the same.
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const ends = `${broker[0]}${broker[broker.length - 1]}`;
	return broker.length <= broker_max_bytes && isMadeOf(broker, "a", "z", `${letters}.-`) && isMadeOf(ends, "a", "z", letters)
		? undefined
		: `A name has letters, digits, dots and hyphens, at most ${broker_max_bytes}; an address is like 192.168.1.10.`;
}

function checkPort(port: string): string | undefined {
	const value = Number(port);
	const fits = port !== "" && port.length <= 5 && isMadeOf(port, "0", "9") && value >= 1 && value <= 65_535;
	return fits ? undefined : "A port is a whole number from 1 to 65535; MQTT's is 1883.";
}

function checkTopicField(topic: string): string | undefined {
	try {
		checkTopic(topic);
		return undefined;
	} catch (error) {
		return `This cannot be a topic: ${(error as Error).message.slice("topic: ".length)}.`;
	}
}

function checkCredential(value: string): string | undefined {
	const bytes = utf8Length(value);
	if (bytes < 0 || hasControl(value)) return "This may hold no control characters.";
	return bytes > credential_max_bytes ? `At most ${credential_max_bytes} bytes; these are ${bytes}.` : undefined;
}

/** What is wrong with `entered`, field by field. No sentence repeats a secret. Empty: all is well. */
export function check(entered: Readonly<Entered>): Faults {
	const { role, mqtt_user, mqtt_password } = entered;
	const found: Faults = {
		role: role === "lamp" || role === "dimmer" ? undefined : "Choose what this board is.",
		ssid: checkSsid(entered.ssid),
		password: checkPassphrase(entered.password),
		broker: checkBroker(entered.broker),
		port: checkPort(entered.port),
		topic: checkTopicField(entered.topic),
		mqtt_user: checkCredential(mqtt_user),
		// [MQTT-3.1.2-22]
		mqtt_password: mqtt_password !== "" && mqtt_user === "" ? "MQTT knows no password without a user." : checkCredential(mqtt_password),
	};
	const faults: Faults = {};
	for (const name of names) if (found[name] !== undefined) faults[name] = found[name];
	return faults;
}
