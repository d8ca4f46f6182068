// The desk: a broker, a dimmer and a lamp in one process, three parts that know each other over TCP only.
import os from "node:os";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { Broker, describe, type Publication } from "./broker/broker.js";
import { type Emit, excerpt, printable, word } from "./events.js";
import { closed } from "./goodbye.js";
import { createDevice, Led, Pot } from "./index.js";
import { isLoopback } from "./listen.js";
import { brokerOptions, type Settings } from "./options.js";
import { reportDimmer, reportLamp } from "./report.js";
import { installed, startCommand } from "./start.js";
import type { Scene } from "./view.js";

const dimmerId = "desk-dimmer";
const lampId = "desk-lamp";
/** A device that never says goodbye for good must not fill the table. */
const statuses_max = 100;

/** A wildcard address is for listening: a client of this machine takes the loopback. */
const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export class Desk {
	readonly pot = new Pot({ seed: Date.now(), position: 0.5 });
	readonly led = new Led();
	readonly broker: Broker;
	/** What was last said on each status topic. */
	readonly statuses = new Map<string, string>();
	readonly #settings: Settings;
	readonly #emit: Emit;
	#hints: string[] = [];
	#parts: { dimmer: Dimmer; lamp: Lamp; look: () => void } | undefined;

	constructor(settings: Settings, emit: Emit) {
		this.#settings = settings;
		this.#emit = emit;
		this.broker = new Broker({
			...brokerOptions(settings),
			log: (line) => emit("log", line),
			onPublish: (publication) => this.#published(publication),
			onClient: (id, connected) => emit("client", `${id} ${connected ? "connected" : "gone"}`),
		});
	}

	async start(): Promise<void> {
		await this.broker.start();
		const { host, mqttPort, wsPort } = this.broker;
		this.#emit("listen", `mqtt ${host} ${mqttPort}`);
		this.#emit("listen", `ws ${host} ${wsPort}`);
		this.#hints = hints(this.broker, this.#settings);
		const { topic, keepAlive, pickup, invert, minimum, maximum, fade, streamFade } = this.#settings;
		const common = { host: wildcards[host] ?? host, port: mqttPort, topic, ...(keepAlive === undefined ? {} : { keepAlive }) };
		const device = (id: string) => createDevice({ id, log: (line) => this.#emit("log", line), pot: this.pot, led: this.led });
		const lamp = new Lamp({ ...common, device: device(lampId), id: lampId, minimum, maximum, fade, streamFade });
		const dimmer = new Dimmer({ ...common, device: device(dimmerId), id: dimmerId, pickup, invert });
		const looks = [reportLamp(lamp, lampId, this.#emit), reportDimmer(dimmer, dimmerId, this.#emit)];
		this.#parts = { dimmer, lamp, look: () => looks.forEach((look) => void look()) };
	}

	/** Tells what has changed since the last look. */
	look(): void {
		this.#parts?.look();
	}

	get scene(): Omit<Scene, "knob" | "messages"> {
		const { host, mqttPort } = this.broker;
		return {
			title: `desk · ${host}:${mqttPort} · topic ${this.#settings.topic}`,
			dimmer: this.#parts?.dimmer.level ?? -1,
			lamp: { level: this.#parts?.lamp.level ?? -1, duty: this.led.duty, dutyMax: this.led.dutyMax },
			statuses: [...this.statuses],
			hints: this.#hints,
		};
	}

	/** The roles say goodbye while there is still a broker to hear it. */
	async stop(): Promise<void> {
		if (this.#parts) await Promise.all([closed(this.#parts.dimmer), closed(this.#parts.lamp)]);
		await this.broker.stop();
		this.#emit("bye", `${this.#parts ? `${dimmerId} and ${lampId} are offline. ` : ""}The broker has ended.`);
	}

	#published(publication: Publication): void {
		const { topic, payload } = publication;
		const base = `${this.#settings.topic}/`;
		const [name, last, more] = topic.startsWith(base) ? topic.slice(base.length).split("/") : [];
		if (name !== undefined && last === "status" && more === undefined) {
			// Anybody may publish here: both are shown on a terminal.
			const id = word(printable(name));
			const status = excerpt(payload);
			if (payload.length === 0) this.statuses.delete(id);
			else if (this.statuses.has(id) || this.statuses.size < statuses_max) this.statuses.set(id, status);
			this.#emit("status", `${id} ${status}`);
			return;
		}
		this.#emit("message", describe(publication));
	}
}

/** Where others must point to, in words. */
function hints({ host, mqttPort, wsPort }: Broker, settings: Settings): string[] {
	const { topic } = settings;
	const elsewhere: string[] = [];
	if (settings.mqttPort !== 0 && settings.mqttPort !== mqttPort) {
		const place = `${wildcards[host] ?? host}:${mqttPort}`;
		const simulator = installed ? "" : `, npm run sim -- broker=${place}`;
		elsewhere.push(
			`Port ${settings.mqttPort} is taken by another program, this desk has ${mqttPort}: mosquitto_sub -p ${mqttPort}, --broker mqtt://${place}${simulator}.`,
		);
	}
	const page = `MQTT over WebSocket: port ${wsPort}.`;
	const lan = lanAddress(host);
	if (lan) return [...elsewhere, `A board points to broker=${lan} port=${mqttPort} topic=${topic}. ${page}`];
	const outside = lanAddress("0.0.0.0");
	const then = outside ? `; then a board points to broker=${outside} port=${mqttPort} topic=${topic}` : "";
	return [...elsewhere, `Only this machine can connect. To let boards in: ${startCommand} --host 0.0.0.0${then}. ${page}`];
}

/** The address under which `host` can be reached from the network, if it can. */
function lanAddress(host: string): string | undefined {
	if (isLoopback(host)) return undefined;
	if (!(host in wildcards)) return host;
	const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
	return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address;
}
