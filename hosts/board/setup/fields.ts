// The fields of the setup page, by the names that the mcconfig line has for them, and what each may hold. The page says these rules to the
// browser; here, and in ../checks.ts, they are held, whatever a browser sends.
import { checkTopic } from "../../../src/light/topics.js";
import { utf8Length } from "../../../src/mqtt/bytes/utf8.js";
import type { Scheme } from "../../../src/mqtt/link/broker-url.js";
import { plainSchemes } from "../../xs/broker-option.js";
import { brokerFault, hasControl, passphraseFault, portFault, ssidFault } from "../checks.js";

export const names = Object.freeze(["role", "ssid", "password", "broker", "port", "topic", "mqtt_user", "mqtt_password"] as const);
export type Name = (typeof names)[number];

/** What was entered: text, as on the mcconfig line; empty where nothing was. */
export type Entered = Record<Name, string>;

/** A sentence for each field that is refused. */
export type Faults = Partial<Record<Name, string>>;

/**
 * A token as password (JWT, SAS) has 900 to 2,000 bytes. All fields are stored as one text of up to 3,999 bytes (`Store` in src/host.ts), so that
 * they are written whole: 6 for the role, 32, 64, 255, 5, 128, and these two, with 16 for what stands between them.
 */
export const user_max_bytes = 128;
export const password_max_bytes = 2_048;

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

/** What is wrong with `entered`, field by field, in an image that speaks `schemes`. No sentence repeats a secret. Empty: all is well. */
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
		// [MQTT-3.1.2-22]
		mqtt_password:
			mqtt_password !== "" && mqtt_user === "" && !entered.broker.includes("@")
				? "MQTT knows no password without a user."
				: checkCredential(mqtt_password, password_max_bytes),
	};
	const faults: Faults = {};
	for (const name of names) if (found[name] !== undefined) faults[name] = found[name];
	return faults;
}
