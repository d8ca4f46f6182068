// `/lamp`: the firmware's lamp, on this screen.
import { Lamp } from "../../../../src/light/lamp/lamp.js";
import { level_max } from "../../../../src/light/level/intensity.js";
import { Led } from "../../index.js";
import { find } from "../shared/h.js";
import { type Light, Painter } from "../shared/paint.js";
import { openScreen } from "../shared/screen-device.js";

const led = new Led();

/** Relative luminance 0..1 → CIE 1976 lightness 0..1, the inverse of the lamp's curve. CIE 15:2004 §8.2.1. */
function lightness(luminance: number): number {
	return (luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : luminance * (24389 / 27)) / 100;
}

const light: Light = { position: () => level_max * lightness(led.duty / led.dutyMax), moving: false };
const painter = new Painter(find("room"), light);
let waking = false;
led.onWrite = () => {
	if (!waking) painter.changed();
};

await openScreen({
	kind: "lamp",
	pieces: { led },
	make: (options) => new Lamp(options),
	soft: () => painter.guard.soft,
	draw() {},
	waking(now) {
		waking = now;
		if (!now) painter.changed();
	},
});
