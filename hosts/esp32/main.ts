// What runs on the board: one role, for ever.
import { Dimmer } from "../../src/light/dimmer.js";
import { Lamp } from "../../src/light/lamp.js";
import { readSettings } from "./config.js";
import { createDevice } from "./index.js";
import { dark } from "./led.js";
import { log } from "./log.js";
import { beginSetup } from "./setup/index.js";

function start(): void {
	const setup = beginSetup();
	if (setup === undefined) return;
	const settings = readSettings(log, setup.words);
	const { device, wifi } = createDevice(settings);
	// The first act: duty 0, before Wi-Fi, whose start takes hundreds of milliseconds.
	const led = settings.role === "lamp" ? dark(device.led) : device.led;
	wifi.start({ ...settings.wifi, time: device.time, random: device.random, log });
	const { role, broker: host, port, topic, user, password } = settings;
	log(`${role} ${device.id}: ${topic} at ${host}:${port}`);
	// The link starts now; its first request waits for Wi-Fi.
	const options = { device: { ...device, led }, host, port, topic, user, password };
	const running = role === "lamp" ? new Lamp(options) : new Dimmer(options);
	setup.attach({
		chip: String(setup.words.chip),
		taken: [settings.pins.knob, settings.pins.led],
		time: device.time,
		whenUp: (then) => wifi.waiting.add(then),
		online: () => running.up,
	});
}

export default function main(): void {
	try {
		start();
	} catch (error) {
		// An uncaught exception restarts the board, again and again: stop and say why instead.
		log(`stopped: ${error instanceof Error ? error.message : error}`);
	}
}
