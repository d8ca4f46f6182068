// The lamp in mcsim: a bulb that hangs from the ceiling.
import { BulbFace, dutyInWords } from "./lamp/bulb.js";
import { Bar } from "./shared/bar.js";
import { device, LampwireBehavior } from "./shared/device.js";

export default device({
	name: "lamp",
	title: "Lampwire lamp",
	Behavior: LampwireBehavior,
	contents: () => [new BulbFace({}), new Bar({ title: "Lamp", say: dutyInWords() })],
});
