// The lamp: a bulb that looks as bright as the LED would. A screen is driven with a curve of its own, so the duty goes
// through the inverse of the lamp's curve (CIE 1976 lightness) before it becomes a colour.
import { Face, ink } from "./face.js";

const base = import.meta.uri;
const picture = (path, width, height, color) => {
	const skin = { texture: new Texture({ base, path }), x: 0, y: 0, width, height };
	if (color) skin.color = color;
	return new Skin(skin);
};

const halo = picture("halo.png", 480, 480, ["#ffa54a00", "#ffa54ad0"]);
const glass = picture("bulb.png", 220, 320);
const core = picture("core.png", 220, 320, ["#ffc77d00", "#ffe3b0ff"]);
const filament = picture("filament.png", 220, 320, ["#ff7a1a00", "#ff9a3cff", "#fff6dcff"]);

function lightness(luminance) {
	return (luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : luminance * (24389 / 27)) / 100;
}

class BulbBehavior extends Behavior {
	onCreate() {
		this.dutyMax = 16383;
	}
	onShow(container, json) {
		if ("dutyMax" in json) this.dutyMax = json.dutyMax;
		if (!("duty" in json)) return;
		const share = json.duty / this.dutyMax;
		const bright = lightness(share);
		const [wall, , inside, wire] = Array.from({ length: container.length }, (_, i) => container.content(i));
		wall.state = bright;
		inside.state = bright;
		// A filament glows red long before it lights a room.
		wire.state = bright > 0 ? Math.min(0.35 + bright * 1.65, 2) : 0;
		container.next.first.next.string = json.duty === 0 ? "off" : `duty ${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
	}
}

class FigureBehavior extends Behavior {
	onShow(column, json) {
		if ("level" in json) column.first.string = String(json.level);
	}
}

export const LampFace = Face.template(($) => ({
	contents: [
		new Container($, {
			width: 480,
			height: 480,
			Behavior: BulbBehavior,
			contents: [
				new Content($, { left: 0, top: -60, width: 480, height: 480, skin: halo, state: 0 }),
				new Content($, { left: 130, top: 58, width: 220, height: 320, skin: glass }),
				new Content($, { left: 130, top: 58, width: 220, height: 320, skin: core, state: 0 }),
				new Content($, { left: 130, top: 58, width: 220, height: 320, skin: filament, state: 0 }),
			],
		}),
		new Column($, {
			left: 0,
			right: 0,
			bottom: 40,
			Behavior: FigureBehavior,
			contents: [
				new Label($, { left: 0, right: 0, height: 54, style: ink.figure, string: "–" }),
				new Label($, { left: 0, right: 0, height: 22, style: ink.small, string: "" }),
			],
		}),
	],
}));
