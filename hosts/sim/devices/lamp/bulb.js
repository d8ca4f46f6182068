// The bulb: it looks as bright as the LED would. A screen has a curve of its own, which is about the eye's; so the duty goes through the
// inverse of the lamp's curve (CIE 1976 lightness) before it becomes a colour.
import { bar_height } from "../shared/bar.js";
import { dark, picture } from "../shared/ink.js";

const base = import.meta.uri;
const width = 190;
const height = 330;
const halo_size = 620;
/** Where the light comes from, in the bulb's picture. */
const heart = 180;
/** The cable ends inside the holder. */
const grip = 14;

const layer = (path, color) => picture(base, path, width, height, color);
const halo = picture(base, "halo.png", halo_size, halo_size, dark ? ["#ff9f4500", "#ffa850ff"] : ["#fff0cf00", "#fff3d8ff"]);
const pendant = layer("pendant.png");
const glass = layer("glass.png", [dark ? "#bdcce6" : "#57514a"]);
const core = layer("core.png", ["#ff9a3c00", "#ffbf70c0", "#ffe6b8ff"]);
const filament = layer("filament.png", ["#ff4a1000", "#ff8a2cff", "#fff1d2ff"]);
const shine = layer("shine.png");
const cable = new Skin({ fill: dark ? "#24262c" : "#3a3733" });

/** Relative luminance 0..1 → CIE 1976 lightness 0..1. CIE 15:2004 §8.2.1. */
function lightness(luminance) {
	return (luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : luminance * (24389 / 27)) / 100;
}

let dutyMax = 16383;

/** What `Bar` says below the level. */
export const dutyInWords = () => (json) => {
	if ("dutyMax" in json) dutyMax = json.dutyMax;
	if (!("duty" in json)) return undefined;
	const percent = (json.duty / dutyMax) * 100;
	return json.duty === 0 ? "off" : `duty ${percent.toFixed(percent < 10 ? 2 : 1)} %`;
};

class BulbBehavior extends Behavior {
	onShow(container, json) {
		if (!("duty" in json)) return;
		const bright = lightness(json.duty / dutyMax);
		const [wall, , inside, , wire] = [0, 1, 2, 3, 4].map((i) => container.content(i));
		wall.state = bright;
		inside.state = 2 * bright;
		// A filament glows red long before it lights a room.
		wire.state = bright > 0 ? Math.min(0.35 + bright * 1.65, 2) : 0;
	}
}

class PendantBehavior extends Behavior {
	onFitVertically(layout, value) {
		// The bulb hangs in the middle of the room, whatever its height.
		const top = Math.round((layout.height - height) / 2);
		layout.first.coordinates = { width: 3, top: 0, height: Math.max(top + grip, 0) };
		layout.last.coordinates = { width, top, height };
		return value;
	}
}

export const BulbFace = Layout.template(($) => ({
	left: 0,
	right: 0,
	top: 0,
	bottom: bar_height,
	Behavior: PendantBehavior,
	contents: [
		new Content($, { width: 3, top: 0, height: 0, skin: cable }),
		new Container($, {
			width,
			top: 0,
			height,
			Behavior: BulbBehavior,
			contents: [
				new Content($, {
					left: (width - halo_size) / 2,
					top: heart - halo_size / 2,
					width: halo_size,
					height: halo_size,
					skin: halo,
					state: 0,
				}),
				new Content($, { left: 0, top: 0, width, height, skin: pendant }),
				new Content($, { left: 0, top: 0, width, height, skin: core, state: 0 }),
				new Content($, { left: 0, top: 0, width, height, skin: glass }),
				new Content($, { left: 0, top: 0, width, height, skin: filament, state: 0 }),
				new Content($, { left: 0, top: 0, width, height, skin: shine }),
			],
		}),
	],
}));
