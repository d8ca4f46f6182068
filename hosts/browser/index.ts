// The browser host: the `device` of src/host.ts, made of ECMA-419's classes, in a page.
import type {
	Device,
	Analog as HostAnalog,
	Http as HostHttp,
	PWM as HostPWM,
	MqttProvider,
	Provider,
	Store,
	Time,
} from "../../src/host.js";
import Client from "../../src/mqtt/client/client.js";
import WebSocketStream from "../../src/mqtt/websocket/whatwg.js";
import Http from "./http.js";
import { memoryId } from "./id.js";
import Analog, { Pot } from "./knob.js";
import PWM, { Led } from "./led.js";
import { log } from "./log.js";
import Resolver from "./resolver.js";
import { WebStore } from "./store.js";
import { time } from "./time.js";

export { claimId } from "./id.js";
export { Led, Pot, time };

/** A `Device` with a `pot` that turns its knob, and a `led` that shows its lamp. */
export interface BrowserDevice extends Device {
	readonly network: { readonly mqtt: Omit<MqttProvider, "io"> & { io: typeof Client }; readonly http: Provider<HostHttp> };
	readonly knob: Provider<HostAnalog> & { readonly pot: Pot };
	readonly led: Provider<HostPWM> & { readonly led: Led };
}

export interface DeviceOptions {
	/** Default: an id that lasts as long as the page. `claimId` resolves to an id that outlives a reload, and that no other tab has. */
	id?: string;
	/** The path of MQTT on the broker's port. Default "/mqtt". */
	path?: string;
	/** wss instead of ws. Default: as the page was loaded; a page that came by https may open wss only. */
	secure?: boolean;
	/** Default: the console. */
	log?: (line: string) => void;
	random?: () => number;
	time?: Time;
	pot?: Pot;
	led?: Led;
	/** Default: `localStorage`. */
	store?: Store;
}

/** The device of this page. The options `host` and `port` of a role say where the broker is. */
export function createDevice(options: DeviceOptions = {}): BrowserDevice {
	const { path = "/mqtt", secure = location.protocol === "https:" } = options;
	const clock = options.time ?? time;
	const id = options.id ?? memoryId();
	return {
		name: "browser",
		id,
		time: clock,
		random: options.random ?? Math.random,
		log: options.log ?? log,
		health: () => ({ board }),
		network: {
			mqtt: { io: Client, socket: { io: WebSocketStream, WebSocket, time: clock, path, secure }, dns: { io: Resolver }, time: clock },
			http: { io: Http },
		},
		knob: { io: Analog, pot: options.pot ?? new Pot() },
		led: { io: PWM, led: options.led ?? new Led() },
		store: options.store ?? new WebStore(id),
	};
}

const board = boardOf(navigator.userAgent);

/** `Firefox, Android`: the names of the browser and its system. Published, and so without further details. */
export function boardOf(userAgent: string): string {
	const find = (names: readonly string[]) => names.find((name) => userAgent.includes(name));
	// Each browser also has the name of the next one in its user agent.
	const browser = find(["Firefox", "Edg", "OPR", "SamsungBrowser", "Chrome", "Safari"]) ?? "browser";
	const system = find(["Android", "iPhone", "iPad", "CrOS", "Windows", "Macintosh", "Linux"]);
	return system === undefined ? browser : `${browser}, ${system}`;
}
