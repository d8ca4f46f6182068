// Makes docs/simulator.png: `node --import ./hosts/node/ts-node.mjs test/xs/picture.ts`. A dimmer and a lamp, each in its mcsim,
// at the desk's broker. Needs the Moddable SDK, Xvfb and ImageMagick.
import path from "node:path";
import { Broker } from "../../hosts/node/broker/broker.js";
import { window_default } from "../../hosts/sim/mcsim.mjs";
import { root, run } from "../../hosts/sim/sdk.mjs";
import { skip } from "./needs.js";
import { Display, Simulator } from "./simulator.js";

const missing = skip("Xvfb", "import");
if (missing) throw new Error(missing);

const position = 0.6;
const gap = 16;
const { width, height } = window_default;

const broker = new Broker({ mqttPort: 1883, wsPort: 0, log: () => {} });
const display = new Display();
let simulators: Simulator[] = [];
try {
	await broker.start();
	await display.open();
	const common = { brokerPort: broker.mqttPort };
	const dimmer = new Simulator({ ...common, device: "dimmer", id: "a1b2c3", words: [`position=${position}`], window: { x: gap, y: gap } });
	const lamp = new Simulator({ ...common, device: "lamp", id: "d4e5f6", window: { x: width + 2 * gap, y: gap } });
	simulators = [dimmer, lamp];
	for (const simulator of simulators) await simulator.start(display);
	await lamp.until(
		() => lamp.shown.up && dimmer.shown.up && lamp.shown.level === dimmer.shown.level && lamp.shown.level,
		"the knob's level",
	);
	// The fade's end, and the next frame.
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	const area = `${2 * width + 3 * gap}x${height + 2 * gap}+0+0`;
	const picture = path.join(root, "docs", "simulator.png");
	const env = { ...process.env, DISPLAY: display.name };
	await run("import", ["-window", "root", "-crop", area, "+repage", "-strip", "-depth", "8", picture], { env });
	console.log(picture);
} finally {
	for (const simulator of simulators) await simulator.stop();
	await display.close();
	await broker.stop();
}
