// The ESP32 host: the `device` of src/host.ts, made of ECMA-419's classes. Its constructor touches no hardware.
import Wall from "time";
import type { Device, Health, ResolverProvider } from "../../src/host.js";
import Client from "../../src/mqtt/client/client.js";
import { type Reach, reach } from "../../src/mqtt/link/turns.js";
import { Finder } from "../xs/auto.js";
import { isAuto } from "../xs/broker-option.js";
import { transportOf } from "../xs/transports.js";
import type { Settings } from "./config.js";
import { httpProvider } from "./http.js";
import * as knob from "./knob.js";
import * as led from "./led.js";
import { log } from "./log.js";
import Resolver from "./resolver.js";
import { FlashStore } from "./store.js";
import { System } from "./system.js";
import { socket } from "./tcp.js";
import { Clock } from "./time.js";
import { WiFi } from "./wifi.js";

/**
 * The resolver keeps a question until Wi-Fi is up, however long that takes; from then on it has a time limit of its own. An earlier failure would
 * only drive up the link's back-off, and a lamp would stay away for a minute after the access point is back.
 */
const waitForWiFi = Object.freeze({ resolveTimeout: 0x7fffffff });

/** A function of hosts/xs/tls, which is in an image with TLS only. */
export type OverTLS = typeof import("../xs/tls/index.js").overTLS;

/** `overTLS`: for a broker of mqtts: or wss:. `entered`: the broker's CA, PEM, where it is not the CA of the image. */
export function createDevice(
	{ brokers, topic, chip, id, pins, pwm }: Pick<Settings, "brokers" | "topic" | "chip" | "id" | "pins" | "pwm">,
	overTLS?: OverTLS,
	entered?: string,
): {
	device: Device;
	/** The way to the brokers. */
	reached: Reach;
	wifi: WiFi;
	system: System;
	/** Whether the device has its id before Wi-Fi is started. */
	named: boolean;
} {
	const time = new Clock();
	const wifi = new WiFi();
	const system = new System();
	const known = id ?? system.id;
	const dns = { io: Resolver, wifi, time } as ResolverProvider;
	const tls = overTLS?.({ TCP: socket, dns, time, log, setTime: (seconds) => Wall.set(seconds), entered });
	const [broker] = brokers.all;
	const finder = isAuto(broker) ? new Finder({ broker, topic, time, log }) : undefined;
	const reached = reach(
		brokers.all,
		(one) => transportOf(one, { tcp: socket, tls, time }),
		finder ? ({ ...dns, find: finder.ask } as ResolverProvider) : dns,
		finder && (() => finder.broker),
	);
	const health: Health = { board: chip, rssi: undefined, heap: undefined };
	const device: Device = {
		name: chip.startsWith("pico") ? "pico" : "esp32",
		get id() {
			return known ?? wifi.id;
		},
		time,
		random: Math.random,
		log,
		health() {
			health.rssi = wifi.rssi;
			health.heap = system.freeHeap;
			return health;
		},
		network: {
			mqtt: { io: Client, socket: reached.socket, dns: reached.dns, time, random: Math.random, limits: waitForWiFi },
			http: httpProvider(wifi, time),
		},
		knob: knob.provider(pins.knob),
		led: led.provider(pins.leds, pwm.hz, pwm.resolution),
		store: new FlashStore(),
	};
	return { device, reached, wifi, system, named: known !== undefined };
}
