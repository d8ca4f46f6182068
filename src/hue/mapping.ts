// A level of the wire in the terms of a Hue bridge, and back. Sources: Philips Hue API v1 ("Lights API", `bri` 1 to 254) and v2 ("CLIP API",
// `dimming.brightness` 0 to 100). In both a light that is off keeps its brightness, and brightness 0 is the lowest light, not off.
import { level_max } from "../light/level/intensity.js";

/** A light's state, in the terms that both API versions share. `undefined`: not given by the bridge. */
export interface Shown {
	on: boolean | undefined;
	/** 1 to 254: the level that the light has, or would have when switched on. */
	level: number | undefined;
}

/** API v2's percent of a level of 1 to 254, with the two digits that the bridge itself gives: neighbours are 0.39 apart. */
export function percentOf(level: number): number {
	return Math.round((level * 10_000) / level_max) / 100;
}

/** The level of API v2's percent, 1 to 254: a light that is on is never 0. */
export function levelOfPercent(percent: number): number {
	return within(Math.round((percent * level_max) / 100));
}

/** The level of API v1's `bri`. The two scales are one; a `bri` of 0, which old bridges give, is the lowest light. */
export function levelOfBri(bri: number): number {
	return within(Math.round(bri));
}

function within(level: number): number {
	return level < 1 ? 1 : level > level_max ? level_max : level;
}

/** The level on the wire: 0 when the light is off; -1 when that is not known. */
export function levelOf({ on, level }: Shown): number {
	return on === false ? 0 : on === true && level !== undefined ? level : -1;
}

/**
 * API v1's command. Off is `on: false` alone: with `bri`, a bridge answers error 201 ("not modifiable, device is set to off"). For the same
 * reason a level never goes without `on: true`. `transitiontime` counts tenths of a second, 0 to 65,535.
 */
export function commandV1(level: number, fade_ms: number): string {
	if (level === 0) return JSON.stringify({ on: false });
	return JSON.stringify({ on: true, bri: level, transitiontime: Math.min(Math.round(fade_ms / 100), 65_535) });
}

/** API v2's command. `dynamics.duration` is in milliseconds, 0 to 6,000,000. */
export function commandV2(level: number, fade_ms: number): string {
	const dynamics = { duration: Math.min(Math.round(fade_ms), 6_000_000) };
	return JSON.stringify(
		level === 0 ? { on: { on: false }, dynamics } : { on: { on: true }, dimming: { brightness: percentOf(level) }, dynamics },
	);
}
