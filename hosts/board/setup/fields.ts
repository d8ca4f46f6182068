// The fields of the setup page, by their names on the mcconfig line, and the rules for each. The page has these rules for the
// browser; here, and in ../checks.ts, they are checked, whatever a browser sends.
import { checkTopic } from "../../../src/light/topics.js";
import { utf8Length } from "../../../src/mqtt/bytes/utf8.js";
import { isSecure, type Scheme } from "../../../src/mqtt/link/broker-url.js";
import { brokersOf, plainSchemes } from "../../xs/broker-option.js";
import { brokerFault, hasControl, passphraseFault, portFault, ssidFault } from "../checks.js";

export const names = Object.freeze(["role", "ssid", "password", "broker", "port", "topic", "mqtt_user", "mqtt_password"] as const);
export type Name = (typeof names)[number];

/** The values that were entered: text, as on the mcconfig line; an empty field has empty text. */
export type Entered = Record<Name, string>;

/** A sentence for each field that is refused. `ca`: in an image with TLS. */
export type Faults = Partial<Record<Name | "ca", string>>;

/** A CA that was entered, as read by hosts/xs/tls/entered.ts. */
export interface Ca {
	/** The certificates in base64, one a line. */
	lines: string;
	/** SHA-256, 64 digits in lower case. */
	digest: string;
	/** For people: names and fingerprints. */
	shown: string;
}

/** Throws, with a sentence that has neither a capital nor a full stop, where `pem` is no CA. Only an image with TLS has this function. */
export type ReadCa = (pem: string) => Ca;

/**
 * A token as password (JWT, SAS) has 900 to 2,000 bytes. All fields are stored as one text of up to 3,999 bytes (`Store` in src/host.ts), so that
 * they are written whole: 6 for the role, 32, 64, 255, 5, 128, and these two, with 16 for the characters between them.
 */
export const user_max_bytes = 128;
export const password_max_bytes = 2_048;

/**
 * A CA is one more text of up to 3,999 bytes: its digest, a line end, and base64, which this limit counts. So one certificate of up to 2,949 bytes,
 * or several that have some bytes less; with an RSA key of 4,096 bits a certificate has about 1,400.
 */
export const ca_max_bytes = 3_999 - 64 - 1;

function checkTopicField(topic: string): string | undefined {
	try {
		checkTopic(topic);
		return undefined;
	} catch (error) {
		return `This cannot be a topic: ${(error as Error).message.slice("topic: ".length)}.`;
	}
}

function checkCredential(value: string, most: number): string | undefined {
	const bytes = utf8Length(value);
	if (bytes < 0 || hasControl(value)) return "This may hold no control characters.";
	return bytes > most ? `At most ${most} bytes; these are ${bytes}.` : undefined;
}

/** What is wrong with `entered`, field by field, in an image that supports `schemes`. No sentence repeats a secret. Empty: all is well. */
export function check(entered: Readonly<Entered>, schemes: readonly Scheme[] = plainSchemes): Faults {
	const { role, mqtt_user, mqtt_password } = entered;
	const found: Faults = {
		role: role === "lamp" || role === "dimmer" ? undefined : "Choose what this board is.",
		ssid: ssidFault(entered.ssid),
		password: passphraseFault(entered.password),
		broker: brokerFault(entered.broker, entered.port, mqtt_user, schemes),
		port: portFault(entered.port),
		topic: checkTopicField(entered.topic),
		mqtt_user: checkCredential(mqtt_user, user_max_bytes),
		// [MQTT-3.1.2-22] a password needs a user name
		mqtt_password:
			mqtt_password !== "" && mqtt_user === "" && !entered.broker.includes("@")
				? "MQTT knows no password without a user."
				: checkCredential(mqtt_password, password_max_bytes),
	};
	const faults: Faults = {};
	for (const name of names) if (found[name] !== undefined) faults[name] = found[name];
	return faults;
}

/** Whether a broker among them has TLS; undefined where the broker field is refused anyway. */
function isSecured({ broker, port, mqtt_user }: Readonly<Entered>, schemes: readonly Scheme[]): boolean | undefined {
	try {
		return brokersOf(broker, port, mqtt_user, schemes).all.some(isSecure);
	} catch {
		return undefined;
	}
}

/** The CA that was entered as `pem`, beside `entered`; or a sentence with its fault. `own`: the box for the CA of the image is ticked as well. */
export function checkCa(pem: string, own: boolean, entered: Readonly<Entered>, schemes: readonly Scheme[], read: ReadCa): Ca | string {
	if (own) return "Enter a CA here, or tick the box below, not both.";
	if (isSecured(entered, schemes) === false) return "Only a broker of mqtts:// or wss:// has a CA: write that above, or leave this empty.";
	try {
		const ca = read(pem);
		const over = ca.lines.length - ca_max_bytes;
		return over > 0
			? `The board can keep ${ca_max_bytes} characters of base64; these are ${over} more. Enter the one CA that your broker's certificate needs.`
			: ca;
	} catch (error) {
		const { message } = error as Error;
		return `${message[0].toUpperCase()}${message.slice(1)}.`;
	}
}
