// What runs on the board: one role, for ever.
import type { Time } from "../../src/host.js";
import { Dimmer } from "../../src/light/dimmer.js";
import { Lamp } from "../../src/light/lamp.js";
import { connecting, noBroker, online, type Pattern, StatusLight, stopped } from "../../src/light/status.js";
import { readSettings, readStatus } from "./config.js";
import { openDiode } from "./diode.js";
import { createDevice } from "./index.js";
import { dark } from "./led.js";
import { log } from "./log.js";
import { Clock } from "./time.js";

/** A board at work, for what looks after it (setup/index.ts). */
export interface Board {
	chip: string;
	/** Pins that are in use. */
	taken: readonly number[];
	time: Time;
	/** Calls back once, when Wi-Fi is up. */
	whenUp(then: () => void): void;
	/** Whether the board is at its broker. */
	online(): boolean;
}

export interface Run {
	/** Default: those of the mcconfig line. */
	words?: Readonly<Record<string, unknown>>;
	/** Called once the role is there. */
	attach?(board: Board): void;
}

function start(status: { light?: StatusLight }, { words, attach }: Run): void {
	const settings = readSettings(log, words);
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
	const { role, broker: host, port, topic, user, password } = settings;
	log(`${role} ${device.id}: ${topic} at ${host}:${port}`);
	// The link starts now; its first request waits for Wi-Fi.
	const options = { device: { ...device, led }, host, port, topic, user, password, onChange: show, ...settings.light };
	const running = role === "lamp" ? new Lamp(options) : new Dimmer(options);
	part = running;
	attach?.({
		chip: settings.chip,
		taken: [settings.pins.knob, ...settings.pins.leds, diode?.pin ?? -1],
		time: device.time,
		whenUp: (then) => wifi.waiting.add(then),
		online: () => running.up,
	});
}

/** Nothing will happen until somebody comes: the status LED says so, where it is not what is wrong. */
export function tell(status: { light?: StatusLight }, pattern: Pattern): void {
	try {
		const diode = status.light ? undefined : readStatus(() => {});
		if (diode) status.light = new StatusLight(new Clock(), openDiode(diode));
		status.light?.show(pattern);
	} catch {
		// what is wrong has been said already, or will be when there is something to run
	}
}

/** Runs `body`; what it throws is said, and the board stops: uncaught, it would restart the board, again and again. */
export function guard(body: (status: { light?: StatusLight }) => void): void {
	const status: { light?: StatusLight } = {};
	try {
		body(status);
	} catch (error) {
		log(`stopped: ${error instanceof Error ? error.message : error}`);
		tell(status, stopped);
	}
}

/** The role, for ever. */
export function run(how: Run = {}): void {
	guard((status) => start(status, how));
}

export default function main(): void {
	run();
}
