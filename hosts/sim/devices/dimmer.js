// The dimmer in mcsim: a rotary knob on a wall plate.
import { KnobFace } from "./dimmer/knob.js";
import { Bar } from "./shared/bar.js";
import { device, LampwireBehavior } from "./shared/device.js";

class DimmerBehavior extends LampwireBehavior {
	onKnobTurned(container, position) {
		this.turn(container, { knob: position });
	}
	onNoise(container, data) {
		this.turn(container, { noise: data.value });
	}
	onDeadEnds(container, data) {
		this.turn(container, { deadEnds: data.value });
	}
}

const percent = (json) => ("level" in json ? `${Math.round(json.level / 2.54)} %` : undefined);

export default device({
	name: "dimmer",
	title: "Lampwire dimmer",
	Behavior: DimmerBehavior,
	rows: [
		{ name: "noise", label: "Knob noise", event: "onNoise", on: "Real", off: "None" },
		{ name: "deadEnds", label: "Dead ends", event: "onDeadEnds", on: "Real", off: "None" },
	],
	contents: () => [new KnobFace({}), new Bar({ title: "Dimmer", say: percent })],
});
