// The settings of the knob and the lamp on the mcconfig line, by the names of `lampwire --help`, for every host on XS. A setting that is not
// given has the default of its role.
import config from "mc/config";
import { calibrations } from "../../src/light/dimmer/calibration.js";
import type { DimmerOptions } from "../../src/light/dimmer/dimmer.js";
import { readRate } from "../../src/light/dimmer/rate.js";
import { powerOns } from "../../src/light/lamp/kept-level.js";
import type { LampOptions } from "../../src/light/lamp/lamp.js";

export type LightSettings = Pick<DimmerOptions, "pickup" | "invert" | "calibrate" | "rate" | "status"> &
	Pick<LampOptions, "powerOn" | "minimum" | "maximum" | "fade" | "streamFade">;

const longest_ms = 60_000;

function given(name: string): string | undefined {
	const value = config[name];
	return value === undefined || value === null || value === "" ? undefined : String(value);
}

function fail(name: string, value: string, wanted: string): never {
	// A text with `@` may hold a password before it (hosts/board/config.ts).
	throw new Error(`config: ${name}=${value.includes("@") ? "…" : value} must be ${wanted}`);
}

function flag(name: string, then: (value: boolean) => void): void {
	const value = given(name);
	if (value === undefined) return;
	if (value !== "0" && value !== "1") fail(name, value, "0 or 1");
	then(value === "1");
}

function choice<T extends string>(name: string, values: readonly T[], then: (value: T) => void): void {
	const value = given(name);
	if (value === undefined) return;
	if (!(values as readonly string[]).includes(value)) fail(name, value, `one of ${values.join(", ")}`);
	then(value as T);
}

function amount(name: string, most: number, then: (value: number) => void): void {
	const text = given(name);
	if (text === undefined) return;
	const value = Number(text);
	if (!(value >= 0 && value <= most)) fail(name, text, `a number from 0 to ${most}`);
	then(value);
}

/** Throws an error whose message begins with `config:` and names the option. */
export function readLight(): LightSettings {
	const light: LightSettings = {};
	flag("pickup", (value) => {
		light.pickup = value;
	});
	flag("invert", (value) => {
		light.invert = value;
	});
	flag("status", (value) => {
		light.status = value;
	});
	const rate = given("rate");
	if (rate !== undefined) {
		try {
			light.rate = readRate(rate);
		} catch (error) {
			throw new Error(`config: rate: ${(error as Error).message}`);
		}
	}
	choice("calibrate", calibrations, (value) => {
		light.calibrate = value;
	});
	choice("power_on", powerOns, (value) => {
		light.powerOn = value;
	});
	amount("minimum", 100, (value) => {
		light.minimum = value;
	});
	amount("maximum", 100, (value) => {
		light.maximum = value;
	});
	amount("fade_ms", longest_ms, (value) => {
		light.fade = value;
	});
	amount("stream_fade_ms", longest_ms, (value) => {
		light.streamFade = value;
	});
	return light;
}
