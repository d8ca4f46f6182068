// What each command does.
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { Broker, describe } from "./broker/broker.js";
import { Desk } from "./desk.js";
import type { Emit } from "./events.js";
import { type Front, frontFor, Lines } from "./front.js";
import { closed, goodbye } from "./goodbye.js";
import { createDevice, Led, Pot } from "./index.js";
import { brokerOptions, type Settings } from "./options.js";
import { Refusal } from "./refusal.js";
import { reportDimmer, reportLamp } from "./report.js";
import { FileStore } from "./store.js";

export async function runDesk(settings: Settings): Promise<void> {
	const front = frontFor();
	const desk = new Desk(settings, front.emit);
	await desk.start();
	const onQuit = goodbye(async () => {
		front.close();
		await desk.stop();
	});
	front.open({ pot: desk.pot, look: () => desk.look(), scene: () => desk.scene, onQuit });
}

export async function runDimmer(settings: Settings): Promise<void> {
	const front = frontFor();
	const pot = new Pot({ seed: Date.now(), position: 0.5 });
	const options = roleOptions("dimmer", settings, front.emit, { pot });
	// Before the first word: who has read that may ask to quit.
	const onQuit = goodbye(() => leave(front, dimmer, options));
	const { pickup, invert, calibrate } = settings;
	const dimmer: Dimmer = new Dimmer({ ...options, pickup, invert, calibrate });
	const title = `dimmer · ${options.host}:${options.port} · topic ${options.topic}`;
	const scene = () => ({ title, dimmer: dimmer.level, statuses: statuses(dimmer, options.id), hints: [] });
	front.open({ pot, look: reportDimmer(dimmer, options.id, front.emit), scene, onQuit });
}

export async function runLamp(settings: Settings): Promise<void> {
	const front = frontFor();
	const led = new Led();
	const options = roleOptions("lamp", settings, front.emit, { led });
	const onQuit = goodbye(() => leave(front, lamp, options));
	const { powerOn, minimum, maximum, fade, streamFade } = settings;
	const lamp: Lamp = new Lamp({ ...options, powerOn, minimum, maximum, fade, streamFade });
	const title = `lamp · ${options.host}:${options.port} · topic ${options.topic}`;
	const picture = () => ({ level: lamp.level, duty: led.duty, dutyMax: led.dutyMax });
	const scene = () => ({ title, dimmer: -1, lamp: picture(), statuses: statuses(lamp, options.id), hints: [] });
	front.open({ look: reportLamp(lamp, options.id, front.emit), scene, onQuit });
}

function statuses(role: { readonly up: boolean }, id: string) {
	return [[id, role.up ? "online" : "connecting"] as const];
}

async function leave(front: Front, role: Dimmer | Lamp, { id, host, port }: { id: string; host: string; port: number }): Promise<void> {
	const { up } = role;
	front.close();
	await closed(role);
	front.emit("bye", up ? `${id} is offline.` : `${id} had no connection to ${host}:${port}.`);
}

export async function runBroker(settings: Settings): Promise<void> {
	const { emit } = new Lines();
	const broker = new Broker({
		...brokerOptions(settings),
		log: (line) => emit("log", line),
		onClient: (id, connected) => emit("client", `${id} ${connected ? "connected" : "gone"}`),
		onPublish: (publication) => emit("message", describe(publication)),
	});
	await broker.start();
	goodbye(async () => {
		await broker.stop();
		emit("bye", "The broker has ended.");
	});
	emit("listen", `mqtt ${broker.host} ${broker.mqttPort}`);
	emit("listen", `ws ${broker.host} ${broker.wsPort}`);
}

/** The roles know no environment: where a password comes from is said here. */
const login = "; the user stands in the URL, --broker mqtt://user@host, the password in the environment variable LAMPWIRE_PASSWORD";

function roleOptions(role: string, settings: Settings, emit: Emit, parts: { pot?: Pot; led?: Led }) {
	const { broker, topic, keepAlive } = settings;
	// Empty is what a shell leaves of an unset variable.
	const password = process.env.LAMPWIRE_PASSWORD || undefined;
	// [MQTT-3.1.2-22] no password without a user.
	if (password && !broker.user) throw new Refusal("LAMPWIRE_PASSWORD is set, but --broker names no user: write mqtt://user@host", 2);
	const log = (line: string) => emit("log", /bad user name or password|not authorized/.test(line) ? `${line}${login}` : line);
	const device = createDevice({ log, ...parts });
	// A dimmer and a lamp of one machine are two devices.
	const id = settings.id ?? `${role}-${device.id}`;
	return {
		device: { ...device, store: new FileStore(settings.state, id) },
		host: broker.host,
		port: broker.port,
		topic,
		id,
		...(broker.user === undefined ? {} : { user: broker.user }),
		...(password === undefined ? {} : { password }),
		...(keepAlive === undefined ? {} : { keepAlive }),
	};
}
