// The main program in mcsim: the role of the device, shown on its panel.
import { Hue } from "../../src/hue/hue.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { isSecure } from "../../src/mqtt/link/broker-url.js";
import { shownBrokers } from "../xs/broker-option.js";
import { readSettings, type Settings } from "./config.js";
import { control } from "./control.js";
import { createDevice, type OverTLS } from "./index.js";
import { log } from "./log.js";
import { Panel } from "./panel.js";

const frame_ms = 16;

function start(panel: Panel, settings: Settings, overTLS?: OverTLS): void {
	panel.position = settings.position;
	if (settings.control) control(panel, settings.control);
	const { device, reached } = createDevice(settings, panel, overTLS);
	const { role, brokers, topic, password, position, id } = settings;
	const { host, port, where } = reached;
	const { user } = brokers;
	const all = shownBrokers(brokers);
	panel.show({ role, id, topic, broker: all, knob: position });
	device.log(`${role} ${id}: ${topic} at ${all}`);
	// At most one drawing for each frame of a screen: a flood of levels must not become a flood of drawings.
	let due = false;
	const frame = device.time.alarm(() => {
		due = false;
		if (!panel.quiet) panel.show({ level: part.level, up: part.up });
	});
	const show = () => {
		if (due) return;
		due = true;
		frame.set(frame_ms);
	};
	const common = { discovery: settings.discovery, device, host, port, where, topic, user, password, onChange: show };
	const part = settings.hue
		? new Hue({ ...common, ...settings.hue, onStopped: (reason) => panel.show({ log: `stopped: ${reason}`, up: false }) })
		: new (role === "lamp" ? Lamp : Dimmer)({ ...common, ...settings.light });
	panel.onLoud = () => {
		show();
		if (part instanceof Lamp) panel.show({ duty: part.duty });
	};
	show();
}

export default function main(): void {
	const panel = new Panel(0);
	const stop = (error: unknown) => {
		const line = `stopped: ${error instanceof Error ? error.message : error}`;
		log(line);
		panel.show({ log: line, up: false });
	};
	try {
		const settings = readSettings();
		if (!settings.brokers.all.some(isSecure)) return start(panel, settings);
		// this module is in the firmware only when built with hosts/board/tls/manifest.json, else the settings are refused
		import("../xs/tls/index.js").then(({ overTLS }) => start(panel, settings, overTLS)).catch(stop);
	} catch (error) {
		stop(error);
	}
}
