// The Hue bridge's translator in mcsim: the bridge as a square box with a ring that is lit while all is well. What lights there are is said below.
import { Bar, bar_height } from "./shared/bar.js";
import { device, LampwireBehavior } from "./shared/device.js";
import { dark } from "./shared/ink.js";

const side = 220;
const ring = 96;

class RingBehavior extends Behavior {
	onShow(content, json) {
		if ("up" in json) content.state = json.up ? 1 : 0;
	}
}

const box = new Skin({ fill: dark ? "#3a3d44" : "#fbfaf7" });
const lit = new Skin({ fill: [dark ? "#50545c" : "#d9d6ce", "#3f8fe0"] });

const Face = Container.template(($) => ({
	left: 0,
	right: 0,
	top: 0,
	bottom: bar_height,
	contents: [
		new RoundContent($, { width: side, height: side, radius: 34, border: 0, skin: box }),
		new RoundContent($, { width: ring, height: ring, radius: ring / 2, border: 0, skin: lit, state: 0, Behavior: RingBehavior }),
		new RoundContent($, { width: ring - 14, height: ring - 14, radius: ring / 2 - 7, border: 0, skin: box }),
	],
}));

export default device({
	name: "hue",
	title: "Lampwire Hue",
	Behavior: LampwireBehavior,
	contents: () => [new Face({}), new Bar({ title: "Hue", say: () => undefined })],
});
