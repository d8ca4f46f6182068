// What runs on the board: one role, for ever.
import { Dimmer } from "../../src/light/dimmer.js";
import { Lamp } from "../../src/light/lamp.js";
import { connecting, noBroker, online, type Pattern, StatusLight, setupOpen, stopped } from "../../src/light/status.js";
import { readSettings, readStatus } from "./config.js";
import { openDiode } from "./diode.js";
import { createDevice } from "./index.js";
import { dark } from "./led.js";
import { log } from "./log.js";
import { beginSetup } from "./setup/index.js";
import { Clock } from "./time.js";

function start(status: { light?: StatusLight }): void {
	const setup = beginSetup();
	if (setup === undefined) return tell(status, setupOpen);
	const settings = readSettings(log, setup.words);
	const { device, wifi, system } = createDevice(settings);
	// The first act: duty 0, before Wi-Fi, whose start takes hundreds of milliseconds.
	const led = settings.role === "lamp" ? dark(device.led) : device.led;
	const diode = readStatus(log);
	if (diode) status.light = new StatusLight(device.time, openDiode(diode));
	status.light?.show(connecting);
	let part: Dimmer | Lamp | undefined;
	// without a part it has stopped, and Wi-Fi may do as it likes
	const show = () => part && status.light?.show(!wifi.up ? connecting : part.up ? online : noBroker);
	wifi.start({ ...settings.wifi, time: device.time, random: device.random, log, onChange: show });
	system.stayAwake();
	const { role, broker: host, port, topic, user, password, pins, chip } = settings;
	log(`${role} ${device.id}: ${topic} at ${host}:${port}`);
	// The link starts now; its first request waits for Wi-Fi.
	const options = { device: { ...device, led }, host, port, topic, user, password, onChange: show, ...settings.light };
	const running = role === "lamp" ? new Lamp(options) : new Dimmer(options);
	part = running;
	setup.attach({
		chip,
		taken: diode ? [pins.knob, ...pins.leds, diode.pin] : [pins.knob, ...pins.leds],
		time: device.time,
		whenUp: (then) => wifi.waiting.add(then),
		online: () => running.up,
	});
}

/** Nothing will happen until somebody comes: the status LED says so, where it is not what is wrong. */
function tell(status: { light?: StatusLight }, pattern: Pattern): void {
	try {
		const diode = status.light ? undefined : readStatus(() => {});
		if (diode) status.light = new StatusLight(new Clock(), openDiode(diode));
		status.light?.show(pattern);
	} catch {
		// what is wrong has been said already, or will be when there is something to run
	}
}

export default function main(): void {
	const status: { light?: StatusLight } = {};
	try {
		start(status);
	} catch (error) {
		// An uncaught exception restarts the board, again and again: stop and say why instead.
		log(`stopped: ${error instanceof Error ? error.message : error}`);
		tell(status, stopped);
	}
}
