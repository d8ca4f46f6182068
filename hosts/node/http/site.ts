// The page and its data, for an HTTP server to hand its requests to. Who may ask is judged before (`access.ts`).
import type { IncomingMessage, ServerResponse } from "node:http";
import { IntensityParser } from "../../../src/light/level/intensity.js";
import { offline } from "../../../src/light/topics.js";
import { message_bytes } from "../../../src/limits.js";
import { version } from "../../../src/version.js";
import type { Publication } from "../broker/broker.js";
import { excerpt } from "../events.js";
import { Answers } from "./answer.js";
import { Events, type HueLight } from "./events.js";
import { PageFiles, pageFolder } from "./files.js";

/** Route → the file of `dist/page`. */
const routes: Readonly<Record<string, string>> = {
	"/": "index.html",
	"/devices": "devices.html",
	"/wire": "wire.html",
	"/history": "history.html",
	"/lamp": "lamp.html",
	"/knob": "knob.html",
	"/class": "class.html",
};

const status = "/status";

/** What `/api/config` tells the page. */
export interface PageConfig {
	/** The program's. */
	version: string;
	/** Another one: the page has been built anew since it was loaded. */
	build: string;
	/** The intensity topic. */
	topic: string;
	/** Where MQTT over WebSocket is spoken: a path of this origin, or a whole `ws://` or `wss://` URL. */
	mqtt: string;
	/** What there is under `/api/`. */
	on: { events: boolean; history: boolean; class: boolean };
	/** What a person should know about the broker; null: nothing. */
	notice: string | null;
}

export interface SiteOptions {
	topic: string;
	/** The URL of a broker that is not this process's own. */
	broker?: string;
	/** What to tell about it, now. */
	notice?(): string | undefined;
	/** Default: where `prepare` puts the page. */
	folder?: string;
}

export class Site {
	readonly #options: SiteOptions;
	readonly #answers: Answers;
	readonly #files: PageFiles;
	readonly #events: Events | undefined;
	readonly #parser = new IntensityParser();

	constructor(options: SiteOptions) {
		this.#options = options;
		this.#answers = new Answers(options.broker && new URL(options.broker).origin);
		this.#files = new PageFiles(options.folder ?? pageFolder());
		// Only our own broker tells who a message is from.
		if (options.broker === undefined) this.#events = new Events(this.#answers);
	}

	/** Answers, but for the path of MQTT over WebSocket: false then. */
	readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
		const path = (request.url ?? "/").replace(/[?#].*$/, "");
		if (path === "/mqtt" && this.#options.broker === undefined) return false;
		if (request.method === "GET" || request.method === "HEAD") this.#get(path, request, response);
		else this.#answers.words(request, response, 405, "This address is for reading only.", { allow: "GET, HEAD", connection: "close" });
		return true;
	};

	/** `client` has published `payload` on the topic. Who sends what is no level, has set none. */
	set(client: string, payload: Uint8Array): void {
		const text = excerpt(payload);
		const level = payload.length > message_bytes ? -1 : this.#parser.parse(payload, payload.length, 1);
		if (level < 0) this.#events?.refused(client, text);
		// a word such as ON says another level where another one was remembered
		else this.#events?.set(client, text, level === this.#parser.parse(payload, payload.length, 2) ? level : null);
	}

	/** The broker of this process has a message: tells who has set the level, and how a device went. */
	published({ topic, payload, client, will }: Publication): void {
		if (client === undefined) return;
		const base = `${this.#options.topic}/`;
		if (topic === this.#options.topic) this.set(client, payload);
		else if (topic.startsWith(base) && topic.endsWith(status) && excerpt(payload) === offline)
			this.#events?.gone(topic.slice(base.length, -status.length), will ? "will" : "goodbye");
	}

	/** What the lights of this process's Hue bridge show now. */
	hue(lights: readonly HueLight[]): void {
		this.#events?.hue(lights);
	}

	/** Ends the streams of events. */
	close(): void {
		this.#events?.close();
	}

	#get(path: string, request: IncomingMessage, response: ServerResponse): void {
		if (path === "/api/config") return this.#answers.json(request, response, this.#config());
		if (path === "/api/events" && this.#events) return this.#events.listen(request, response);
		const page = Object.hasOwn(routes, path) ? routes[path] : undefined;
		const asset = page === undefined && path.startsWith("/assets/");
		const file = this.#files.find(page ?? (asset ? path.slice(1) : ""));
		if (file) return this.#answers.file(request, response, file, asset);
		if (!path.startsWith("/api/") && !this.#files.find("index.html"))
			return this.#answers.words(request, response, 503, "The page is not built: run <code>npm run build</code>, then reload.");
		const why = page === undefined ? "There is nothing at this address." : "This page is not there yet.";
		this.#answers.words(request, response, 404, why);
	}

	#config(): PageConfig {
		const { topic, broker, notice } = this.#options;
		const build = this.#files.find("index.html")?.hash ?? "";
		const on = { events: this.#events !== undefined, history: false, class: false };
		return { version, build, topic, mqtt: broker ?? "/mqtt", on, notice: notice?.() ?? null };
	}
}
