// The Node host: the `device` of src/host.ts, made of ECMA-419's classes.
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import type {
	Device,
	Analog as HostAnalog,
	Http as HostHttp,
	PWM as HostPWM,
	MqttProvider,
	Provider,
	ResolverProvider,
	SocketProvider,
	Store,
	Time,
} from "../../src/host.js";
import Client from "../../src/mqtt/client/client.js";
import Http from "./http.js";
import Analog, { Pot } from "./knob.js";
import PWM, { Led } from "./led.js";
import { log } from "./log.js";
import Resolver from "./resolver.js";
import { FileStore, stateFolder } from "./store.js";
import TCP from "./tcp.js";
import { time } from "./time.js";

export { Led, Pot };

/** A `Device` with a `pot` that turns its knob, and a `led` that shows its lamp. */
export interface NodeDevice extends Device {
	readonly network: { readonly mqtt: Omit<MqttProvider, "io"> & { io: typeof Client }; readonly http: Provider<HostHttp> };
	readonly knob: Provider<HostAnalog> & { readonly pot: Pot };
	readonly led: Provider<HostPWM> & { readonly led: Led };
}

/** A process has memory: the presets are enough for a program with many messages. */
const limits = Object.freeze({
	/** Every packet id: brokers send QoS 2 messages as fast as they come. 8 KB. */
	received: 65_535,
	/** The longest login that CONNECT can carry. */
	login: 131_070,
	transmit: 4_096,
	receive: 4_096,
	outbox: 1_000,
	outboxBytes: 256 * 1024,
	message: 4_096,
	subscriptions: 250,
	inflight: 1_000,
});

export interface DeviceOptions {
	id?: string;
	log?: (line: string) => void;
	random?: () => number;
	time?: Time;
	pot?: Pot;
	led?: Led;
	store?: Store;
	/** Default: TCP. */
	socket?: SocketProvider;
	/** Default: the system's resolver. */
	dns?: ResolverProvider;
}

export function createDevice(options: DeviceOptions = {}): NodeDevice {
	const { socket = { io: TCP }, dns = { io: Resolver } } = options;
	const clock = options.time ?? time;
	const id = options.id ?? machineId();
	return {
		name: "node",
		id,
		time: clock,
		random: options.random ?? Math.random,
		log: options.log ?? log,
		health: () => ({ board: `${process.platform} ${process.arch}`, heap: os.freemem() }),
		network: {
			mqtt: { io: Client, socket, dns, time: clock, random: Math.random, limits },
			http: { io: Http },
		},
		knob: { io: Analog, pot: options.pot ?? new Pot() },
		led: { io: PWM, led: options.led ?? new Led() },
		store: options.store ?? new FileStore(stateFolder(), id),
	};
}

/** As long as the id of a board. Hashed: this id is published, but the machine's own name and number are private. */
function machineId(): string {
	return createHash("sha256").update(`lampwire ${os.hostname()} ${machineNumber()}`).digest("hex").slice(0, 6);
}

function machineNumber(): string {
	try {
		return fs.readFileSync("/etc/machine-id", "utf8");
	} catch {
		// Not a Linux with systemd. Only MACs that a factory has set count: the others change from start to start.
		const macs = Object.values(os.networkInterfaces())
			.flatMap((addresses) => addresses ?? [])
			.map((address) => address.mac)
			.filter((mac) => (Number.parseInt(mac, 16) & 2) === 0 && mac !== "00:00:00:00:00:00");
		return macs.sort()[0] ?? "";
	}
}

export const device: NodeDevice = createDevice();
