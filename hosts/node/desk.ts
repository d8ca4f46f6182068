// The desk: a broker, a dimmer and a lamp in one process, three parts that are connected by TCP only.
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { bracketed } from "../../src/light/topics.js";
import { lanAddress, localAddress, pageUrl } from "./addresses.js";
import { type Securing, securing, tellSecured } from "./authority.js";
import { Broker, describe, type Publication } from "./broker/broker.js";
import type { User } from "./broker/permissions.js";
import { type Emit, excerpt, holding, printable, word } from "./events.js";
import { closed } from "./goodbye.js";
import { type Invitation, invitation } from "./http/invitation.js";
import { Site } from "./http/site.js";
import { pictured, reportHue } from "./hue/report.js";
import { VirtualHue, virtualHueId } from "./hue/virtual.js";
import { createDevice, Led, Pot } from "./index.js";
import { type Announcement, announce } from "./mdns/announce.js";
import { Links } from "./metrics/links.js";
import { metrics } from "./metrics/metrics.js";
import { brokerOptions, type Settings } from "./options.js";
import { Protection, showCommand } from "./protection.js";
import { Keeper, Senders } from "./recorder/keeper.js";
import { reportDimmer, reportLamp } from "./report.js";
import { installed, startCommand } from "./start.js";
import type { Scene } from "./view.js";

const dimmerId = "desk-dimmer";
const lampId = "desk-lamp";
const recorderId = "recorder-desk";
/** A limit, for a device whose retained status is never cleared stays in the table. */
const statuses_max = 100;

export class Desk {
	readonly pot = new Pot({ seed: Date.now(), position: 0.5 });
	readonly led = new Led();
	readonly broker: Broker;
	/** The last payload on each status topic. */
	readonly statuses = new Map<string, string>();
	readonly #site: Site;
	readonly #settings: Settings;
	readonly #emit: Emit;
	readonly #protection: Protection | undefined;
	readonly #secured: Securing | undefined;
	/** Holds the broker's lines while it starts, so that they come after the page's URL. */
	readonly #first: ReturnType<typeof holding>;
	#virtual: VirtualHue | undefined;
	readonly #senders = new Senders();
	readonly #links = new Links();
	#keeper: Keeper | undefined;
	#recording: Promise<void> | undefined;
	#announcement: Announcement | undefined;
	#hints: string[] = [];
	#parts: { dimmer: Dimmer; lamp: Lamp; look: () => void } | undefined;

	constructor(settings: Settings, emit: Emit) {
		this.#settings = settings;
		this.#emit = emit;
		this.#first = holding(emit);
		this.#protection = Protection.of(settings, this.#first.emit);
		this.#secured = securing(settings);
		const desk = this;
		const history = {
			get store() {
				return desk.#keeper?.store;
			},
		};
		this.#site = new Site({
			topic: settings.topic,
			wire: settings.wire,
			own: [dimmerId, lampId, recorderId, virtualHueId],
			phones: () => this.phones,
			login: this.#protection?.login,
			metrics: () => metrics({ broker: this.broker, recorder: this.#keeper?.recorder, links: this.#links }),
			history,
		});
		this.broker = new Broker({
			...brokerOptions(settings),
			tls: this.#secured?.tls,
			guard: this.#protection?.guard,
			onRequest: this.#site.answer,
			log: (line) => this.#first.emit("log", line),
			onPublish: (publication) => this.#published(publication),
			onClient: (id, connected) => emit("client", `${id} ${connected ? "connected" : "gone"}`),
			...(this.#site.look ? { look: this.#site.look } : {}),
			...(this.#site.doorkeeper ? { doorkeeper: this.#site.doorkeeper } : {}),
		});
		this.#site.attach(this.broker);
	}

	async start(): Promise<void> {
		await this.broker.start().catch((error: unknown) => {
			this.#first.release();
			throw error;
		});
		const { host, mqttPort, wsPort } = this.broker;
		this.#emit("page", this.page);
		this.#emit("class", this.teacher);
		this.#first.release();
		this.#emit("listen", `mqtt ${host} ${mqttPort}`);
		this.#emit("listen", `ws ${host} ${wsPort}`);
		tellSecured(this.#secured, this.broker, this.#emit);
		this.#announcement = await announce(this.#settings, this.broker, this.#emit);
		this.#hints = hints(this.broker, this.#settings, this.#protection !== undefined);
		const { topic, keepAlive, pickup, invert, minimum, maximum, fade, streamFade, discovery } = this.#settings;
		const common = {
			host: localAddress(host),
			port: mqttPort,
			topic,
			...(keepAlive === undefined ? {} : { keepAlive }),
			...(discovery === undefined ? {} : { discovery }),
		};
		const device = (id: string) => createDevice({ id, log: (line) => this.#emit("log", line), pot: this.pot, led: this.led });
		const as = (user: User) => this.#protection?.as(user);
		const lamp = new Lamp({
			...common,
			...as("lamp"),
			device: device(lampId),
			id: lampId,
			link: this.#links.of("lamp"),
			minimum,
			maximum,
			fade,
			streamFade,
		});
		const dimmer = new Dimmer({
			...common,
			...as("dimmer"),
			device: device(dimmerId),
			id: dimmerId,
			link: this.#links.of("dimmer"),
			pickup,
			invert,
		});
		const looks = [reportLamp(lamp, lampId, this.#emit), reportDimmer(dimmer, dimmerId, this.#emit)];
		if (this.#settings.virtualHue) {
			const virtual = await VirtualHue.start({ ...common, ...as("hue-follow"), link: this.#links.of("hue") }, device);
			this.#virtual = virtual;
			looks.push(reportHue(virtual.hue, virtual.id, this.#emit), () => this.#site.hue(pictured(virtual.hue)));
		}
		// no lamp waits for a disk
		if (!this.#settings.noRecord) this.#recording = this.#record({ ...common, ...as("recorder") }, device(recorderId));
		this.#parts = { dimmer, lamp, look: () => looks.forEach((look) => void look()) };
	}

	/** Starts the recorder; without a history the desk goes on. */
	async #record(common: { host: string; port: number; topic: string }, device: ReturnType<typeof createDevice>): Promise<void> {
		const { filter = [], ...place } = this.#settings;
		const sender = (topic: string, payload: Uint8Array) => this.#senders.of(topic, payload);
		const { discovery: _, ...own } = { discovery: "", ...common };
		const options = { ...own, device, id: recorderId, filters: filter, status: false, sender, link: this.#links.of("recorder") };
		try {
			this.#keeper = await Keeper.start(place, "lampwire desk", options, (line) => this.#emit("log", line));
		} catch (error) {
			this.#emit("log", `no history: ${(error as Error).message}`);
		}
	}

	/** Emits the changes since the last look. */
	look(): void {
		this.#parts?.look();
	}

	/** The page's URL, for this machine's browser. */
	get page(): string {
		return pageUrl(localAddress(this.broker.host), this.broker.wsPort);
	}

	/** The page's URL and credentials for phones and other machines, if they can reach it. */
	get phones(): Invitation | undefined {
		return invitation(this.broker, this.#protection?.as("controller"));
	}

	/** The class room's URL, with its key. */
	get teacher(): string {
		return `${this.page}${this.#site.classPath}`;
	}

	get scene(): Omit<Scene, "knob" | "messages"> {
		const { host, mqttPort } = this.broker;
		return {
			title: `${this.page} · desk · ${bracketed(host)}:${mqttPort} · topic ${this.#settings.topic}`,
			dimmer: this.#parts?.dimmer.level ?? -1,
			lamp: { level: this.#parts?.lamp.level ?? -1, duty: this.led.duty, dutyMax: this.led.dutyMax },
			lights: pictured(this.#virtual?.hue),
			statuses: [...this.statuses],
			hints: this.#hints,
		};
	}

	/** Stops the roles while the broker can still take their goodbyes. */
	async stop(): Promise<void> {
		if (this.#parts) await Promise.all([closed(this.#parts.dimmer), closed(this.#parts.lamp), this.#virtual?.stop()]);
		await this.#announcement?.stop();
		await this.#recording;
		await this.#keeper?.stop();
		this.#site.close();
		await this.broker.stop();
		this.#emit("bye", `${this.#parts ? `${dimmerId} and ${lampId} are offline. ` : ""}The broker has ended.`);
	}

	#published(publication: Publication): void {
		const { topic, payload } = publication;
		this.#site.published(publication);
		if (this.#keeper) this.#senders.heard(topic, payload, publication.client);
		const base = `${this.#settings.topic}/`;
		const [name, last, more] = topic.startsWith(base) ? topic.slice(base.length).split("/") : [];
		if (name !== undefined && last === "status" && more === undefined) {
			// Any client may publish here, and both texts are shown on a terminal.
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

/** In words, the options by which other programs find this desk. */
function hints({ host, mqttPort, wsPort }: Broker, settings: Settings, guarded: boolean): string[] {
	const { topic } = settings;
	const elsewhere: string[] = [];
	if (settings.mqttPort !== 0 && settings.mqttPort !== mqttPort) {
		const place = `${bracketed(localAddress(host))}:${mqttPort}`;
		const simulator = installed ? "" : `, npm run sim -- broker=${place}`;
		elsewhere.push(
			`Port ${settings.mqttPort} is taken by another program, this desk has ${mqttPort}: mosquitto_sub -p ${mqttPort}, --broker mqtt://${place}${simulator}.`,
		);
	}
	const lan = lanAddress(host);
	if (lan) {
		const board = `broker=${lan} port=${mqttPort} topic=${topic}`;
		const asked = "A phone takes the QR code; others are asked for a name and a password:";
		const ask = guarded ? [`${asked} ${showCommand} prints them. A board needs mqtt_user=lamp, or dimmer, and mqtt_password=… too.`] : [];
		return [...elsewhere, `A phone opens ${pageUrl(lan, wsPort)}. A board points to ${board}.`, ...ask];
	}
	const outside = lanAddress("0.0.0.0");
	const then = outside ? `; then a board points to broker=${outside} port=${mqttPort} topic=${topic}` : "";
	return [...elsewhere, `Only this machine can connect. To let boards in, and phones: ${startCommand} --host 0.0.0.0${then}.`];
}
