// What each command does.
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { bracketed } from "../../src/light/topics.js";
import { Broker, describe } from "./broker.js";
import { Desk } from "./desk.js";
import type { Emit } from "./events.js";
import { frontFor, Lines } from "./front.js";
import { closed, goodbye } from "./goodbye.js";
import { createDevice, Pot } from "./index.js";
import type { Settings } from "./options.js";
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
	const options = roleOptions("dimmer", settings, front.emit, pot);
	// Before the first word: who has read that may ask to quit.
	const onQuit = goodbye(async () => {
		front.close();
		await closed(dimmer);
		front.emit("bye", "");
	});
	const { pickup, invert, calibrate, rate } = settings;
	const dimmer: Dimmer = new Dimmer({ ...options, pickup, invert, calibrate, ...(rate === undefined ? {} : { rate }) });
	const title = `dimmer · ${bracketed(options.host)}:${options.port} · topic ${options.topic}`;
	const scene = () => ({ title, dimmer: dimmer.level, statuses: [[options.id, dimmer.up ? "online" : "connecting"] as const], hints: [] });
	front.open({ pot, look: reportDimmer(dimmer, options.id, front.emit), scene, onQuit });
}

export async function runLamp(settings: Settings): Promise<void> {
	const front = new Lines();
	const options = roleOptions("lamp", settings, front.emit);
	const onQuit = goodbye(async () => {
		front.close();
		await closed(lamp);
		front.emit("bye", "");
	});
	const { powerOn, minimum, maximum, fade, streamFade } = settings;
	const lamp: Lamp = new Lamp({ ...options, powerOn, minimum, maximum, fade, streamFade });
	front.open({ look: reportLamp(lamp, options.id, front.emit), scene: () => ({ title: "", dimmer: -1, statuses: [], hints: [] }), onQuit });
}

export async function runBroker(settings: Settings): Promise<void> {
	const { emit } = new Lines();
	const broker = new Broker({
		...settings,
		log: (line) => emit("log", line),
		onClient: (id, connected) => emit("client", `${id} ${connected ? "connected" : "gone"}`),
		onPublish: (publication) => emit("message", describe(publication)),
	});
	await broker.start();
	goodbye(async () => {
		await broker.stop();
		emit("bye", "");
	});
	emit("listen", `mqtt ${broker.host} ${broker.mqttPort}`);
	emit("listen", `ws ${broker.host} ${broker.wsPort}`);
}

function roleOptions(role: string, settings: Settings, emit: Emit, pot?: Pot) {
	const { broker, topic, keepAlive, noStatus } = settings;
	// Empty is what a shell leaves of an unset variable.
	const password = process.env.LAMPWIRE_PASSWORD || undefined;
	// [MQTT-3.1.2-22] no password without a user.
	if (password && !broker.user) throw new Refusal("LAMPWIRE_PASSWORD is set, but --broker names no user: write mqtt://user@host", 2);
	const log = (line: string) => emit("log", line);
	const device = createDevice({ log, ...(pot ? { pot } : {}) });
	// A dimmer and a lamp of one machine are two devices.
	const id = settings.id ?? `${role}-${device.id}`;
	return {
		device: { ...device, store: new FileStore(settings.state, id) },
		host: broker.host,
		port: broker.port,
		topic,
		id,
		status: !noStatus,
		...(broker.user === undefined ? {} : { user: broker.user }),
		...(password === undefined ? {} : { password }),
		...(keepAlive === undefined ? {} : { keepAlive }),
	};
}
