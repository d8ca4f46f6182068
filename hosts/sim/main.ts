// What runs in mcsim: one role, shown on the panel.
import { Dimmer } from "../../src/light/dimmer.js";
import { Lamp } from "../../src/light/lamp.js";
import { readSettings } from "./config.js";
import { control } from "./control.js";
import { createDevice } from "./index.js";
import { log } from "./log.js";
import { Panel } from "./panel.js";

function start(panel: Panel): void {
	const settings = readSettings();
	panel.position = settings.position;
	if (settings.control) control(panel, settings.control);
	const device = createDevice(settings, panel);
	const { role, broker: host, port, topic, user, password, position, id } = settings;
	panel.show({ role, id, topic, broker: `${host}:${port}`, knob: position });
	device.log(`${role} ${id}: ${topic} at ${host}:${port}`);
	const show = () => panel.show({ level: part.level, up: part.up });
	const options = { device, host, port, topic, user, password, ...settings.light, onChange: show };
	const part = role === "lamp" ? new Lamp(options) : new Dimmer(options);
	show();
}

export default function main(): void {
	const panel = new Panel(0);
	try {
		start(panel);
	} catch (error) {
		const line = `stopped: ${error instanceof Error ? error.message : error}`;
		log(line);
		panel.show({ log: line, up: false });
	}
}
