// From level to duty. The eye is not linear, so the step from 1 to 2 would be a jump, and the step from 200 to 201 nothing: CIE 15 lightness L*
// makes all steps look alike. Gamma 2.8, often seen instead, leaves 10 to 27 dark levels at the bottom. In the lamp only, never on the wire.
import { level_max } from "../level/intensity.js";

export interface CurveOptions {
	/** Percent of full duty at level 1, 0 to 99 (default 0): for a driver that stays dark, or flickers, below it. */
	minimum?: number;
	/** Percent of full duty at level 254, 1 to 100 (default 100), above `minimum`. */
	maximum?: number;
}

function percent(option: string, value: number): number {
	if (!(value >= 0 && value <= 100)) throw new Error(`${option}: ${value} is not a percentage; give 0 to 100`);
	return value / 100;
}

/**
 * Duty for each level 0..254 at `resolution` bits (8..16), from `minimum` to `maximum`. 0 is always off and nothing else is;
 * from 12 bits on all duties are distinct, unless the limits squeeze them.
 * The limits scale the curve, they do not cut it: a cut would leave a stretch of the knob where nothing happens.
 */
export function makeCurve(resolution: number, options: CurveOptions = {}): Uint16Array {
	if (!(resolution >= 8 && resolution <= 16) || resolution !== Math.floor(resolution)) {
		throw new Error(`led: a resolution of ${resolution} bits cannot dim a light; set its PWM to 8 to 16 bits`);
	}
	const minimum = percent("minimum", options.minimum ?? 0);
	const maximum = percent("maximum", options.maximum ?? 100);
	if (minimum >= maximum) throw new Error("minimum: must be less than maximum");
	const full = 2 ** resolution - 1;
	const curve = new Uint16Array(level_max + 1);
	for (let level = 1; level <= level_max; level++) {
		const luminance = luminanceOf((100 * level) / level_max);
		const duty = Math.round(full * (minimum + luminance * (maximum - minimum)));
		curve[level] = duty > 0 ? duty : 1;
	}
	return curve;
}

/** Relative luminance Y, 0..1, of CIE 1931 lightness L*, 0..100. CIE 15:2004 §8.2.1 with the rounded constant 903.3. */
function luminanceOf(lightness: number): number {
	if (lightness <= 8) return lightness / 903.3;
	const root = (lightness + 16) / 116;
	return root * root * root;
}
