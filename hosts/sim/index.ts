// The simulator host: the `device` of src/host.ts, made of ECMA-419's classes, on XS inside mcsim.
import TCP from "embedded:io/socket/tcp";
import Ticks from "time";
import type { Device, ResolverProvider } from "../../src/host.js";
import Client from "../../src/mqtt/client/client.js";
import { type Reach, reach } from "../../src/mqtt/link/turns.js";
import { Finder } from "../xs/auto.js";
import { isAuto } from "../xs/broker-option.js";
import { transportOf } from "../xs/transports.js";
import type { Settings } from "./config.js";
import Http from "./http.js";
import Analog from "./knob.js";
import PWM from "./led.js";
import { log } from "./log.js";
import type { Panel } from "./panel.js";
import Resolver from "./resolver.js";
import { FileStore } from "./store.js";
import PluggedTCP, { Plug } from "./tcp.js";
import { Clock } from "./time.js";

const health = Object.freeze({ board: "mcsim" });

/** A function of hosts/xs/tls, which is in an image with TLS only. */
export type OverTLS = typeof import("../xs/tls/index.js").overTLS;

/** `reached`: the way to the brokers. `overTLS`: for a broker of mqtts: or wss:. */
export function createDevice(
	{ brokers, topic, id, state }: Pick<Settings, "brokers" | "topic" | "id" | "state">,
	panel: Panel,
	overTLS?: OverTLS,
): { device: Device; reached: Reach } {
	const time = new Clock();
	const plug = new Plug(panel);
	// XS's random numbers begin alike in every mcsim: without this loop, all simulators would have the same back-off.
	for (let i = Ticks.ticks % 1009; i > 0; i--) Math.random();
	const tcp = { io: PluggedTCP, plug } as never;
	const dns = { io: Resolver, time } as ResolverProvider;
	const tls = overTLS?.({ TCP: tcp, dns, time, log });
	const [broker] = brokers.all;
	const finder = isAuto(broker) ? new Finder({ broker, topic, time, log }) : undefined;
	const reached = reach(
		brokers.all,
		(one) => transportOf(one, { tcp, tls, time }),
		{ ...dns, find: finder?.ask } as ResolverProvider,
		finder && (() => finder.broker),
	);
	const device: Device = {
		name: "sim",
		id,
		time,
		random: Math.random,
		log: (line) => {
			log(line);
			if (!panel.quiet) panel.show({ log: line });
		},
		health: () => health,
		network: {
			mqtt: { io: Client, socket: reached.socket, dns: reached.dns, time, random: Math.random },
			http: { io: Http, socket: { io: TCP, nodelay: true } as never, dns, plug },
		},
		knob: { io: Analog, panel },
		led: { io: PWM, panel },
		store: new FileStore(state, id),
	};
	return { device, reached };
}
