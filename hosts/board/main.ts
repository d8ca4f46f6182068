// What runs on the board: one role, for ever.
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

/** A board at work, for what looks after it (setup/index.ts). */
export interface Board {
	chip: string;
	/** Pins that are in use. */
	taken: readonly number[];
	time: Time;
	/** Whether the board is in its Wi-Fi. */
	joined(): boolean;
	/** Whether the board is at its broker. */
	online(): boolean;
	/** Tells the network that the board goes. */
	leave(): void;
}

/** What a board has before it has a role. */
export interface Lights {
	/** The lamp, dark; or what may become one. */
	lamp?: Held;
	status?: StatusLight;
}

export interface Run {
	/** Default: those of the mcconfig line. They do not say which pins are a lamp. */
	words?: Readonly<Record<string, unknown>>;
	/** The CA of the broker, PEM. Default: that of the image. */
	ca?: string;
	/** Called once the role is there. */
	attach?(board: Board): void;
}

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A fade to the level of before the power cut has come to its end by then, unless a long one is asked for: then Wi-Fi breaks into it. */
const lit_ms = jump_fade_ms + 50;

/** Calls `then` in `ms`; an exception of an alarm's would restart the board. */
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
	// in the firmware only when it is built with hosts/board/tls/manifest.json, else the settings are refused
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
	// without a part it has stopped, and Wi-Fi may do as it likes
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
	// To start Wi-Fi takes 0.2 s, in which nothing else runs; and a light that is switched at the wall is to be on at once.
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

/** Nothing will happen until somebody comes: the status LED says so, where it is not what is wrong. */
export function tell(lights: Lights, pattern: Pattern): void {
	try {
		const statusLed = lights.status ? undefined : readStatus(() => {});
		if (statusLed) lights.status = new StatusLight(new Clock(), openStatusLed(statusLed));
		lights.status?.show(pattern);
	} catch {
		// what is wrong has been said already, or will be when there is something to run
	}
}

/** Undefined also where the hardware refuses: `start` will hear why, if there is to be a lamp. */
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
	// A role that fails has given its pins back; from one that has not, they are not to be had.
	darken();
	tell(lights, stopped);
}

/**
 * The first act: duty 0, before the flash is read and before Wi-Fi, which take hundreds of milliseconds; and whatever comes then, a page that is open or
 * a fault: a pin that nobody drives lets the lamp glow. Then runs `body`; what it throws is said, and the board stops: uncaught, it would restart the
 * board, again and again.
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
