// The settings of the mcconfig line and the manifests, checked by name: `mcconfig -d -m -p sim/lamp broker=… topic=…`.
import config from "mc/config";
import type { Brokers } from "../../src/mqtt/link/broker-url.js";
import { brokersOf, schemesOf } from "../xs/broker-option.js";
import { readDiscovery } from "../xs/discovery.js";
import { type HueSettings, readHue } from "../xs/hue.js";
import { type LightSettings, readLight } from "../xs/light.js";

export type Role = "dimmer" | "lamp" | "hue";

export interface Settings {
	role: Role;
	/** One broker or more, and the user at all of them. */
	brokers: Brokers;
	topic: string;
	id: string;
	password: string | undefined;
	/** The position of the knob at the start: 0 to 1. */
	position: number;
	light: LightSettings;
	/** Home Assistant's prefix, or undefined. */
	discovery: string | undefined;
	/** For the role `hue`; undefined for another. */
	hue: HueSettings | undefined;
	/** The folder of the store, with a slash at its end. */
	state: string;
	/** The port of this machine on which a test listens (see control.ts), or 0. */
	control: number;
}

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

function word(name: string): string {
	const value = config[name];
	return value === undefined || value === null ? "" : String(value);
}

function needed(name: string): string {
	const value = word(name);
	if (value === "") fail(`${name} is missing`);
	return value;
}

function amount(name: string, low: number, high: number): number {
	const value = Number(config[name]);
	if (!(value >= low && value <= high)) fail(`${name}=${word(name)} must be a number from ${low} to ${high}`);
	return value;
}

function brokers(): Brokers {
	const port = word("port");
	if (port !== "") amount("port", 1, 65_535);
	const text = needed("broker");
	try {
		return brokersOf(text, port, word("mqtt_user"), schemesOf(config));
	} catch (error) {
		fail(`broker=${text.includes("@") ? "…" : text}: ${(error as Error).message}`);
	}
}

/** The role is in the manifest's `device`. `role` may be left out; if given, it must be the same. */
function role(): Role {
	const device = word("device");
	const said = word("role");
	if (device !== "dimmer" && device !== "lamp" && device !== "hue") fail(`device=${device} must be dimmer, lamp or hue`);
	if (said !== "" && said !== device) fail(`role=${said}, but this is the simulator of a ${device}: leave role out`);
	return device;
}

/** Throws an error whose message begins with `config:` and names the option. */
export function readSettings(): Settings {
	const part = role();
	return {
		role: part,
		brokers: brokers(),
		topic: needed("topic"),
		// mcsim has no MAC. `npm run sim` gives each machine an id of its own.
		id: word("id") || `sim-${part}`,
		password: word("mqtt_password") || undefined,
		position: amount("position", 0, 1),
		light: readLight(),
		discovery: readDiscovery(),
		hue: part === "hue" ? readHue() : undefined,
		state: word("state") || config.file.root,
		control: amount("control", 0, 65_535),
	};
}
