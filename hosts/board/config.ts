// The settings of the mcconfig line and the manifest, checked by name: `mcconfig -d -m -p esp32 role=lamp ssid=… password=… broker=…`.
import given from "mc/config";
import { checkId, checkTopic } from "../../src/light/topics.js";
import { type Brokers, isSecure } from "../../src/mqtt/link/broker-url.js";
import { brokersOf, schemesOf } from "../xs/broker-option.js";
import { readDiscovery } from "../xs/discovery.js";
import { type HueSettings, readHue } from "../xs/hue.js";
import { type LightSettings, readLight } from "../xs/light.js";
import { brokerFault, brokerWarning, passphraseFault, portFault, ssidFault } from "./checks.js";
import { channelsOf, chipNames, hertzOf, pinFault, pinWarning, resolutionOf, type Use } from "./pins.js";

export type Role = "dimmer" | "lamp" | "hue";

export interface Settings {
	role: Role;
	/** One broker or more, and the user at all of them. */
	brokers: Brokers;
	topic: string;
	/** Undefined: the last three bytes of the MAC. */
	id: string | undefined;
	/** The broker's password. `password` on the mcconfig line is Wi-Fi's, as in the SDK's own examples. */
	password: string | undefined;
	wifi: { ssid: string; password: string };
	/** `leds`: a dimmer has none. */
	pins: { knob: number; leds: readonly number[] };
	pwm: { hz: number; resolution: number };
	chip: string;
	light: LightSettings;
	/** Home Assistant's prefix, or undefined. */
	discovery: string | undefined;
	/** For the role `hue`; undefined for another. */
	hue: HueSettings | undefined;
	/** The board announces itself in the network (announce.ts). */
	announce: boolean;
}

export interface StatusSettings {
	pin: number;
	/** Lit when the pin is low. */
	activeLow: boolean;
}

/** The words that are read: those of the mcconfig line, or those with the setup page's in their place. The same rules, below, hold for both. */
let config: Readonly<Record<string, unknown>> = given;

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

function word(name: string): string {
	const value = config[name];
	return value === undefined || value === null ? "" : String(value);
}

/** For a message. A text with `@` may hold a password before it, as in mqtt://anna:secret@192.168.1.10, and many people read a log. */
const shown = (value: string) => (value.includes("@") ? "…" : value);

function needed(name: string, example: string): string {
	const value = word(name);
	if (value === "") fail(`${name} is missing, as in: mcconfig -d -m -p esp32 role=lamp ssid=… password=… broker=…  (${example})`);
	return value;
}

function whole(name: string, low: number, high: number): number {
	const value = Number(config[name]);
	if (!Number.isInteger(value) || value < low || value > high)
		fail(`${name}=${shown(word(name))} must be a whole number from ${low} to ${high}`);
	return value;
}

function role(): Role {
	const value = word("role");
	if (value !== "dimmer" && value !== "lamp" && value !== "hue")
		fail(`role${value === "" ? " is missing" : `=${shown(value)} is unknown`}; it must be dimmer, lamp or hue`);
	return value;
}

function chipName(): string {
	const chip = word("chip");
	// The manifest has the chip of each board that it names, but not of the SDK's other boards.
	if (chip === "") fail(`chip is missing: this board is not known; say which it has, of ${chipNames.join(", ")}, and its pins`);
	if (!chipNames.includes(chip)) fail(`chip=${shown(chip)} is unknown; it must be one of ${chipNames.join(", ")}`);
	return chip;
}

/** NaN for a text that is not made of digits alone: `Number` reads an empty text as GPIO 0, true as 1, and 1e1 as 10. */
const gpio = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);

function pin(chip: string, use: Use, text: string, log: (line: string) => void): number {
	if (text.trim() === "") fail(`${use} is missing: say which pin of the ${chip} it is with ${use}=`);
	const value = gpio(text);
	const fault = pinFault(chip, use, value, shown(text));
	if (fault) fail(fault);
	const warning = pinWarning(chip, use, value);
	if (warning) log(`config: ${warning}`);
	return value;
}

/** `leds=12,13,14` is one lamp with several LEDs; `led`, which has a default, is a lamp with one. */
function ledPins(chip: string, log: (line: string) => void): number[] {
	const several = word("leds");
	// The SDK's own manifests of some boards keep an object under the name `led`.
	if (several.trim() === "") return [pin(chip, "led", word("led"), log)];
	const texts = several.split(",");
	if (texts.some((text) => text.trim() === "")) fail(`leds=${shown(several)}: a pin is missing between commas`);
	const pins = texts.map((text) => pin(chip, "led", text, log));
	const again = pins.find((value, index) => pins.indexOf(value) !== index);
	if (again !== undefined) fail(`leds=${several} names pin ${again} twice`);
	if (pins.length > channelsOf(chip)) fail(`leds=${several} are ${pins.length}; the ${chip} has PWM for ${channelsOf(chip)}`);
	return pins;
}

/** Wi-Fi as ESP-IDF takes it; ESP-IDF ignores a password that is unfit, and tries for ever to connect without a password. */
function wifi(): Settings["wifi"] {
	const ssid = needed("ssid", "ssid=home");
	const password = word("password");
	const named = ssidFault(ssid);
	if (named) fail(`ssid=${shown(ssid)}: ${named}`);
	const fault = passphraseFault(password);
	if (fault) fail(`password: ${fault}`);
	return { ssid, password };
}

function brokers(log: (line: string) => void): Brokers {
	const value = needed("broker", "broker=192.168.1.10");
	const port = word("port");
	const user = word("mqtt_user");
	const schemes = schemesOf(given);
	const wrong = portFault(port);
	if (wrong) fail(`port=${shown(port)}: ${wrong}`);
	const fault = brokerFault(value, port, user, schemes);
	if (fault) fail(`broker=${shown(value)}: ${fault}`);
	const found = brokersOf(value, port, user, schemes);
	// a board has no clock that runs without power
	if (found.all.some(isSecure) && word("sntp") === "" && word("tls_insecure") !== "1")
		fail("sntp is missing: no certificate can be checked without the time of day; say who knows it, as in sntp=pool.ntp.org");
	const warning = brokerWarning(found);
	if (warning) log(`config: broker: ${warning}`);
	return found;
}

function topic(): string {
	const value = needed("topic", "topic=light");
	const id = word("id");
	try {
		checkTopic(value);
		if (id !== "") checkId(id);
	} catch (error) {
		const { message } = error as Error;
		fail(message.replace(`"${value}"`, () => `"${shown(value)}"`).replace(`"${id}"`, () => `"${shown(id)}"`));
	}
	return value;
}

function announced(): boolean {
	const value = word("announce");
	if (value !== "" && value !== "0" && value !== "1") fail(`announce=${shown(value)} must be 0 or 1`);
	return value !== "0";
}

function login({ user }: Brokers): string | undefined {
	const password = word("mqtt_password") || undefined;
	// [MQTT-3.1.2-22] a password needs a user name
	if (password !== undefined && user === undefined) fail("mqtt_password needs mqtt_user");
	return password;
}

function pwm(chip: string): Settings["pwm"] {
	const hz = whole("pwm_hz", 100, hertzOf(chip));
	return { hz, resolution: resolutionOf(chip, hz) };
}

/**
 * The pins that must be dark before all else: a lamp's, which stand on the mcconfig line alone. Undefined for the roles `dimmer` and `hue`, and where
 * a pin is wrong, for which `readSettings` throws. A board whose role is not known yet may be a lamp; but the pin of its knob is never driven, for a
 * knob at its end is a short circuit, nor is the pin of its status LED.
 */
export function readLamp(): { pins: readonly number[]; hz: number; resolution: number } | undefined {
	config = given;
	const part = word("role");
	if (part === "dimmer" || part === "hue") return undefined;
	try {
		const chip = chipName();
		const pins = ledPins(chip, () => {});
		if (part !== "lamp" && (pins.includes(gpio(word("knob"))) || pins.includes(gpio(word("status_led"))))) return undefined;
		return { pins, ...pwm(chip) };
	} catch {
		return undefined;
	}
}

/** The status LED, or undefined where there is none. Throws like `readSettings`, which leaves the LED out, because it shows such faults. */
export function readStatus(log: (line: string) => void): StatusSettings | undefined {
	const value = word("status_led");
	if (value === "" || value === "none") return undefined;
	const active = word("status_active");
	if (active !== "high" && active !== "low") fail(`status_active=${shown(active)} is unknown; it must be high or low`);
	return { pin: pin(chipName(), "status_led", value, log), activeLow: active === "low" };
}

/** Throws an error whose message begins with `config:` and names the option. */
export function readSettings(log: (line: string) => void, words: Readonly<Record<string, unknown>> = given): Settings {
	config = words;
	const part = role();
	const chip = chipName();
	const knob = part === "dimmer" ? pin(chip, "knob", word("knob"), log) : -1;
	const leds = part === "lamp" ? ledPins(chip, log) : [];
	const status = gpio(word("status_led"));
	if (status === knob || leds.includes(status)) fail(`status_led: pin ${status} is the ${part === "lamp" ? "lamp" : "knob"}'s already`);
	const duty = pwm(chip);
	const found = brokers(log);
	return {
		role: part,
		brokers: found,
		topic: topic(),
		id: word("id") || undefined,
		password: login(found),
		wifi: wifi(),
		pins: { knob, leds },
		pwm: duty,
		chip,
		light: readLight(),
		discovery: readDiscovery(),
		hue: part === "hue" ? readHue() : undefined,
		announce: announced(),
	};
}
