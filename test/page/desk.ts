// A desk for the page's tests: the built page, a broker, and a lamp of Node.js to look at, in this process.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buildPage } from "../../hosts/browser/build.mjs";
import { Broker, type Publication } from "../../hosts/node/broker/broker.js";
import { Guard } from "../../hosts/node/broker/guard.js";
import { Permissions, users } from "../../hosts/node/broker/permissions.js";
import { Login } from "../../hosts/node/http/login.js";
import { Site } from "../../hosts/node/http/site.js";
import { createDevice, Led } from "../../hosts/node/index.js";
import type { HistorySource } from "../../hosts/node/recorder/answer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { until } from "../hosts/contract/probe.js";
import { Wire } from "../hosts/wire.js";

export const topic = "light";

let built: Promise<string> | undefined;

/** The page, built once for each process of the tests. Resolves to its folder. */
export function builtPage(): Promise<string> {
	built ??= (async () => {
		const folder = await mkdtemp(path.join(os.tmpdir(), "lampwire-page-"));
		await buildPage(folder);
		return folder;
	})();
	return built;
}

export async function removeBuilt(): Promise<void> {
	if (built !== undefined) await rm(await built, { recursive: true, force: true });
}

export interface DeskOptions {
	/** Where the page is told that the broker is; default: the desk's own. */
	brokerUrl?: (desk: TestDesk) => string;
	/** Every client's packets are told. */
	wire?: boolean;
	/** What was recorded; default: nothing is. */
	history?: HistorySource;
	/** Asks for credentials: `passwordOf`. */
	guarded?: boolean;
}

/** On a desk that asks. */
export const passwordOf = (user: string) => `the password of: ${user}`;

function guardOfTest(): { guard: Guard; login: Login } {
	const permissions = new Permissions(topic, "homeassistant");
	const check = (name: string, password: Uint8Array | string) =>
		users.find((user) => user === name && passwordOf(user) === Buffer.from(password).toString());
	return { guard: new Guard({ check, permissions, advice: "" }), login: new Login({ check, permissions, refused: () => {} }) };
}

export class TestDesk {
	readonly broker: Broker;
	/** What was published on the level's topic, oldest first, with who did. */
	readonly levels: (Publication & { text: string; at: number })[] = [];
	readonly messages: Publication[] = [];
	/** What the broker has told. */
	readonly log: string[] = [];
	#site: Site | undefined;
	readonly #lamps: Lamp[] = [];
	readonly #wires: Wire[] = [];

	constructor(wire: boolean, guard: Guard | undefined) {
		this.broker = new Broker({
			mqttPort: 0,
			wsPort: 0,
			log: (line) => void this.log.push(line),
			guard,
			onRequest: (request, response) => this.#site?.answer(request, response),
			onPublish: (publication) => this.#published(publication),
			doorkeeper: {
				meets: (visitor) => this.#site?.doorkeeper?.meets(visitor),
				judges: (id, visitor) => this.#site?.doorkeeper?.judges(id, visitor),
				holds: (level, client) => this.#site?.doorkeeper?.holds(level, client) ?? false,
				came: (guest) => this.#site?.doorkeeper?.came(guest),
				left: (guest) => this.#site?.doorkeeper?.left(guest),
			},
			...(wire ? { look: { packet: (seen) => this.#site?.look?.packet(seen), closed: (...how) => this.#site?.look?.closed(...how) } } : {}),
		});
	}

	static async open({ brokerUrl, wire = false, guarded = false, history }: DeskOptions = {}): Promise<TestDesk> {
		const asks = guarded ? guardOfTest() : undefined;
		const desk = new TestDesk(wire, asks?.guard);
		const folder = await builtPage();
		await desk.broker.start();
		desk.#site = new Site({
			topic,
			folder,
			wire,
			...(history ? { history } : {}),
			own: ["desk-lamp"],
			phones: () => ({ url: `${desk.url}/`, ...(asks ? { login: { user: "controller", password: passwordOf("controller") } } : {}) }),
			login: asks?.login,
			...(brokerUrl ? { broker: brokerUrl(desk) } : {}),
		});
		if (brokerUrl === undefined) desk.#site.attach(desk.broker);
		return desk;
	}

	get url(): string {
		return `http://127.0.0.1:${this.broker.wsPort}`;
	}

	/** The teacher's page, with its key. */
	get classRoute(): string {
		return `/${this.#site?.classPath}`;
	}

	/** A lamp on this desk, and its LED. */
	async lamp(): Promise<Led> {
		const led = new Led();
		const device = createDevice({ id: "desk-lamp", led, log: () => {} });
		const lamp = new Lamp({ device, id: "desk-lamp", host: "127.0.0.1", port: this.broker.mqttPort, topic });
		this.#lamps.push(lamp);
		await until(() => lamp.up, "the lamp is up");
		return led;
	}

	/** A client that is not ours. */
	async wire(id = "watcher"): Promise<Wire> {
		const wire = await Wire.ask(this.broker.mqttPort, { clientId: id, username: "bridge", password: Buffer.from(passwordOf("bridge")) });
		assert.equal(wire.connack, 0);
		this.#wires.push(wire);
		return wire;
	}

	/** The topic holds `text`. */
	async holds(text: string): Promise<void> {
		const wire = await this.wire("setter");
		wire.publish(topic, text, true);
		await until(() => this.levels.some((level) => level.text === text), `the topic holds ${text}`);
		wire.disconnect();
	}

	/** The lights of the desk's Hue bridge show this. */
	hue(lights: readonly { name: string; level: number }[]): void {
		this.#site?.hue(lights);
	}

	/** Levels that a page has published, from entry `from` on. */
	fromPages(from = 0): (Publication & { text: string; at: number })[] {
		return this.levels.slice(from).filter(({ client }) => client?.startsWith("controller-") || client?.startsWith("dimmer-"));
	}

	async close(): Promise<void> {
		for (const wire of this.#wires) wire.cut();
		await Promise.all(this.#lamps.map((lamp) => new Promise<void>((resolve) => lamp.close(resolve))));
		this.#site?.close();
		await this.broker.stop();
	}

	#published(publication: Publication): void {
		const text = Buffer.from(publication.payload).toString();
		this.messages.push(publication);
		this.#site?.published(publication);
		if (publication.topic !== topic) return;
		this.levels.push({ ...publication, text, at: performance.now() });
	}
}
