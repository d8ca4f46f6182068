// The main program of the board: one role, for ever.
import type { Time } from "../../src/host.js";
import { Hue } from "../../src/hue/hue.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { jump_fade_ms } from "../../src/light/lamp/fade.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { connecting, noBroker, online, type Pattern, StatusLight, stopped } from "../../src/light/status.js";
import { isSecure } from "../../src/mqtt/link/broker-url.js";
import { shownBrokers } from "../xs/broker-option.js";
import { makeAnnouncer } from "./announce.js";
import { readLamp, readSettings, readStatus, type Settings } from "./config.js";
import { createDevice, type OverTLS } from "./index.js";
import { dark, type Held, provider } from "./led.js";
import { log } from "./log.js";
import { openStatusLed } from "./status-led.js";
import { Clock } from "./time.js";

/** A board at work, for the setup, which watches it (setup/index.ts). */
export interface Board {
	chip: string;
	/** Pins that are in use. */
	taken: readonly number[];
	time: Time;
	/** Whether the board is in its Wi-Fi. */
	joined(): boolean;
	/** Whether the board is at its broker. */
	online(): boolean;
	/** Sends the goodbye to the network. */
	leave(): void;
}

/** The lights that a board has before it has a role. */
export interface Lights {
	/** The lamp, dark; or pins that may become a lamp. */
	lamp?: Held;
	status?: StatusLight;
}

export interface Run {
	/** Default: the words of the mcconfig line. The lamp's pins stand on that line alone. */
	words?: Readonly<Record<string, unknown>>;
	/** The CA of the broker, PEM. Default: the CA of the image. */
	ca?: string;
	/** Called once the role has started. */
	attach?(board: Board): void;
}

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** By then the fade to the level of before the power cut has ended, unless a long fade is configured: then the start of Wi-Fi interrupts it. */
const lit_ms = jump_fade_ms + 50;

/** Calls `then` in `ms`; an exception in an alarm would restart the board. */
function later(time: Time, ms: number, then: () => void, failed: (error: unknown) => void): void {
	const alarm = time.alarm(() => {
		alarm.close();
		try {
			then();
		} catch (error) {
			failed(error);
		}
	});
	alarm.set(ms);
}

/** The role, for ever. */
export function start(lights: Lights, run: Run): void {
	const settings = readSettings(log, run.words);
	if (!settings.brokers.all.some(isSecure)) return begin(lights, settings, run);
	// this module is in the firmware only when built with hosts/board/tls/manifest.json, else the settings are refused
	import("../xs/tls/index.js").then(({ overTLS }) => begin(lights, settings, run, overTLS)).catch((error) => halt(lights, error));
}

function begin(lights: Lights, settings: Settings, { ca, attach }: Run, overTLS?: OverTLS): void {
	const { device, reached, wifi, system, named } = createDevice(settings, overTLS, ca);
	if (settings.role !== "lamp") lights.lamp?.close();
	const led = settings.role !== "lamp" ? device.led : (lights.lamp ?? dark(device.led));
	const statusLed = readStatus(log);
	if (statusLed) lights.status = new StatusLight(device.time, openStatusLed(statusLed));
	lights.status?.show(connecting);
	let part: Dimmer | Lamp | Hue | undefined;
	// without a part the role has stopped, and the state of Wi-Fi no longer counts
	const show = () => part && lights.status?.show(!wifi.up ? connecting : part.up ? online : noBroker);
	const announcer = settings.announce ? makeAnnouncer(settings, device, wifi) : undefined;
	const onChange = () => {
		show();
		if (part) announcer?.changed();
	};
	const connect = () => {
		wifi.start({ ...settings.wifi, time: device.time, random: device.random, log, onChange });
		system.stayAwake();
	};
	const { role, brokers, topic, password, light } = settings;
	const { host, port, where } = reached;
	const { user } = brokers;
	// The start of Wi-Fi takes 0.2 s, in which nothing else runs; and a light that is switched at the wall must be on at once.
	const lightFirst = role === "lamp" && light.powerOn === "last" && named;
	if (!lightFirst) connect();
	log(`${role} ${device.id}: ${topic} at ${shownBrokers(brokers)}`);
	// The link starts now; its first request waits for Wi-Fi.
	const common = { discovery: settings.discovery, device: { ...device, led }, host, port, where, topic, user, password, onChange: show };
	const onStopped = () => {
		part = undefined;
		announcer?.close();
		tell(lights, stopped);
	};
	const running = settings.hue
		? new Hue({ ...common, ...settings.hue, onStopped })
		: new (role === "lamp" ? Lamp : Dimmer)({ ...common, ...light });
	part = running;
	if (lightFirst)
		later(device.time, running.level === 0 ? 0 : lit_ms, connect, (error) => {
			log(`stopped: ${why(error)}`);
			part = undefined;
			tell(lights, stopped);
		});
	attach?.({
		chip: settings.chip,
		taken: [settings.pins.knob, ...settings.pins.leds, statusLed?.pin ?? -1],
		time: device.time,
		joined: () => wifi.up,
		online: () => running.up,
		leave: () => announcer?.close(),
	});
}

/** The board does nothing until a person comes: the status LED shows it, unless the fault is in the settings of that LED. */
export function tell(lights: Lights, pattern: Pattern): void {
	try {
		const statusLed = lights.status ? undefined : readStatus(() => {});
		if (statusLed) lights.status = new StatusLight(new Clock(), openStatusLed(statusLed));
		lights.status?.show(pattern);
	} catch {
		// the fault is in the log already, or will be when there is a role to run
	}
}

/** Undefined also where the hardware refuses: if the role is a lamp, `start` will throw the reason. */
function darken(): Held | undefined {
	const lamp = readLamp();
	try {
		return lamp && dark(provider(lamp.pins, lamp.hz, lamp.resolution));
	} catch {
		return undefined;
	}
}

function halt(lights: Lights, error: unknown): void {
	log(`stopped: ${why(error)}`);
	// A role that fails has given its pins back; pins that are still in use cannot be opened again.
	darken();
	tell(lights, stopped);
}

/**
 * First sets duty 0, before the flash is read and Wi-Fi starts, which take hundreds of milliseconds, and also for an open setup page or a fault:
 * a pin that is not driven lets the lamp glow. Then runs `body`; an exception is logged, and the board stops: uncaught, the exception would restart
 * the board, again and again.
 */
export function guard(body: (lights: Lights) => void): void {
	const lights: Lights = { lamp: darken() };
	try {
		body(lights);
	} catch (error) {
		halt(lights, error);
	}
}

export default function main(): void {
	guard((lights) => start(lights, {}));
}
