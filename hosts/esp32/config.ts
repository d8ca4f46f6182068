// What the mcconfig line and the manifest say, checked by name: `mcconfig -d -m -p esp32 role=lamp ssid=… password=… broker=…`.
import given from "mc/config";
import { chipNames, pinFault, pinWarning, resolutionOf } from "./pins.js";

export type Role = "dimmer" | "lamp";

export interface Settings {
	role: Role;
	broker: string;
	port: number;
	topic: string;
	/** Undefined: the last three bytes of the MAC. */
	id: string | undefined;
	user: string | undefined;
	/** The broker's. `password` on the mcconfig line is Wi-Fi's, as in the SDK's own examples. */
	password: string | undefined;
	wifi: { ssid: string; password: string };
	pins: { knob: number; led: number };
	pwm: { hz: number; resolution: number };
}

/** What is read: a word's place is here, and its rules are below, whether it was typed on the mcconfig line or on the setup page. */
let config: Readonly<Record<string, unknown>> = given;

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

function word(name: string): string {
	const value = config[name];
	return value === undefined || value === null ? "" : String(value);
}

function needed(name: string, example: string): string {
	const value = word(name);
	if (value === "") fail(`${name} is missing, as in: mcconfig -d -m -p esp32 role=lamp ssid=… password=… broker=…  (${example})`);
	return value;
}

function whole(name: string, low: number, high: number): number {
	const value = Number(config[name]);
	if (!Number.isInteger(value) || value < low || value > high) fail(`${name}=${word(name)} must be a whole number from ${low} to ${high}`);
	return value;
}

function role(): Role {
	const value = word("role");
	if (value !== "dimmer" && value !== "lamp")
		fail(`role${value === "" ? " is missing" : `=${value} is unknown`}; it must be dimmer or lamp`);
	return value;
}

function pin(chip: string, use: "knob" | "led", log: (line: string) => void): number {
	// The SDK's own manifests of some boards keep an object under the name `led`.
	const value = Number(config[use]);
	const fault = pinFault(chip, use, value);
	if (fault) fail(fault);
	const warning = pinWarning(chip, use, value);
	if (warning) log(`config: ${warning}`);
	return value;
}

/** Throws an error whose message begins with `config:` and names the option. */
export function readSettings(log: (line: string) => void, words: Readonly<Record<string, unknown>> = given): Settings {
	config = words;
	const part = role();
	const chip = word("chip");
	if (!chipNames.includes(chip)) fail(`chip=${chip} is unknown; it must be one of ${chipNames.join(", ")}`);
	return {
		role: part,
		broker: needed("broker", "broker=192.168.1.10"),
		port: whole("port", 1, 65_535),
		topic: needed("topic", "topic=light"),
		id: word("id") || undefined,
		user: word("mqtt_user") || undefined,
		password: word("mqtt_password") || undefined,
		wifi: { ssid: needed("ssid", "ssid=home"), password: word("password") },
		pins: { knob: part === "dimmer" ? pin(chip, "knob", log) : -1, led: part === "lamp" ? pin(chip, "led", log) : -1 },
		pwm: { hz: whole("pwm_hz", 100, 40_000), resolution: resolutionOf(chip) },
	};
}
