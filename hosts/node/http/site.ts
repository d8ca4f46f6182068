// The page and its data, for an HTTP server that passes its requests on. `access.ts` has judged them before.
import type { IncomingMessage, ServerResponse } from "node:http";
import { IntensityParser } from "../../../src/light/level/intensity.js";
import { offline } from "../../../src/light/topics.js";
import { message_bytes } from "../../../src/limits.js";
import { filterFault } from "../../../src/mqtt/packets/topic.js";
import { version } from "../../../src/version.js";
import type { Kept, Publication } from "../broker/broker.js";
import type { Doorkeeper } from "../broker/doorkeeper.js";
import type { Look } from "../broker/onlooker.js";
import { ClassApi } from "../class/api.js";
import { Classroom } from "../class/classroom.js";
import { excerpt } from "../events.js";
import { type as metricsType } from "../metrics/exposition.js";
import { HistoryAnswers, type HistorySource } from "../recorder/answer.js";
import { Answers } from "./answer.js";
import { Events, type HueLight } from "./events.js";
import { PageFiles, pageFolder } from "./files.js";
import type { Invitation } from "./invitation.js";
import type { Login } from "./login.js";
import { WireFeed } from "./wire-feed.js";

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

/** The answer of `/api/config` to the page. */
export interface PageConfig {
	/** The program's version. */
	version: string;
	/** The hash of the page. When it changes, the page has been built anew since it was loaded. */
	build: string;
	/** The intensity topic. */
	topic: string;
	/** The address of MQTT over WebSocket: a path of this origin, or a whole `ws://` or `wss://` URL. */
	mqtt: string;
	/** The parts that there are under `/api/`. */
	on: { events: boolean; kept: boolean; wire: boolean; history: boolean; class: boolean };
	/** A fault of the broker, in words; null: none. */
	notice: string | null;
	/** Only signed-in clients get data, and this client has not signed in. */
	login: boolean;
}

export interface SiteOptions {
	topic: string;
	/** The URL of a broker that is not this process's own. */
	broker?: string;
	/** The fault of that broker now, in words. */
	notice?(): string | undefined;
	/** Default: where `prepare` puts the page. */
	folder?: string;
	history?: HistorySource;
	/** Sends every client's packets, too: the broker must then get `look`. */
	wire?: boolean;
	/** Ids of the desk's own clients, which no teacher can take out. */
	own?: readonly string[];
	/** The invitation of phones to the page, if they can reach it, for the class room. */
	phones?(): Invitation | undefined;
	/** The answer of `/metrics` (`../metrics/`), made anew each time. */
	metrics?(): string;
	/** Only signed-in clients get data. */
	login?: Login | undefined;
}

/** The broker of this process, as the site uses it. */
export interface SiteBroker {
	kept(filter: string, most: number): Promise<Kept[]>;
	publish(topic: string, payload: string, retain: boolean): void;
}

/** Retained messages in one answer, and bytes of each. */
const kept_max = 200;
const kept_bytes = 256;

export class Site {
	readonly #options: SiteOptions;
	readonly #answers: Answers;
	readonly #files: PageFiles;
	readonly #events: Events | undefined;
	readonly #history: HistoryAnswers;
	readonly #wire: WireFeed | undefined;
	readonly #class: { room: Classroom; api: ClassApi } | undefined;
	#broker: SiteBroker | undefined;
	readonly #parser = new IntensityParser();

	constructor(options: SiteOptions) {
		this.#options = options;
		this.#answers = new Answers(options.broker && new URL(options.broker).origin);
		this.#files = new PageFiles(options.folder ?? pageFolder());
		this.#history = new HistoryAnswers(options.history ?? { store: undefined }, options.topic, this.#answers);
		// Only our own broker has the sender of a message.
		if (options.broker === undefined) this.#events = new Events(this.#answers);
		if (options.broker === undefined && options.wire) this.#wire = new WireFeed(this.#answers);
		if (options.broker === undefined) {
			const { topic, own = [], phones = () => undefined } = options;
			const room = new Classroom({ topic, own, onHeld: (held) => this.#events?.hold(held) });
			this.#class = { room, api: new ClassApi(room, this.#answers, phones) };
		}
	}

	/** Sets the broker of this process. */
	attach(broker: SiteBroker): void {
		this.#broker = broker;
		this.#class?.room.attach({
			publish: (topic, payload, retain) => broker.publish(topic, payload, retain),
			held: async (topic) => (await broker.kept(topic, 1)).map(({ payload }) => textOf(payload))[0],
		});
	}

	/** The teacher's orders, for the broker of this process. */
	get doorkeeper(): Doorkeeper | undefined {
		return this.#class?.room;
	}

	/** The path of the teacher's page, with its key, behind the page's URL. */
	get classPath(): string | undefined {
		return this.#class && `class#${this.#class.room.key}`;
	}

	/** The receiver of all packets of the broker; `undefined`: not configured. */
	get look(): Look | undefined {
		return this.#wire;
	}

	/** Answers every path but that of MQTT over WebSocket, for which it returns false. */
	readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
		const [path = "/", query = ""] = (request.url ?? "/").replace(/#.*$/, "").split(/\?(.*)/s);
		if (path === "/mqtt" && this.#options.broker === undefined) return false;
		if (request.method === "GET" || request.method === "HEAD") this.#get(path, query, request, response);
		else if (request.method === "POST" && path === "/api/login" && this.#options.login)
			void this.#options.login.signIn(request, response, this.#answers);
		else if (request.method === "POST" && path === "/api/class" && this.#class) void this.#class.api.order(request, response);
		else if (request.method === "POST" && path === "/api/join" && this.#class) void this.#class.api.join(request, response);
		else this.#answers.words(request, response, 405, "This address is for reading only.", { allow: "GET, HEAD", connection: "close" });
		return true;
	};

	/** `client` has published `payload` on the topic. With a payload that is no level, the client has set none. */
	set(client: string, payload: Uint8Array): void {
		const text = excerpt(payload);
		const level = payload.length > message_bytes ? -1 : this.#parser.parse(payload, payload.length, 1);
		if (level < 0) this.#events?.refused(client, text);
		// the level of a word such as ON depends on the rested level: the two tries have different ones
		else this.#events?.set(client, text, level === this.#parser.parse(payload, payload.length, 2) ? level : null);
	}

	/** The broker of this process has a message: sends the event of a new level's sender, or of a device that has gone. */
	published(publication: Publication): void {
		this.#class?.room.published(publication);
		const { topic, payload, client, will } = publication;
		if (client === undefined) return;
		const base = `${this.#options.topic}/`;
		if (topic === this.#options.topic) this.set(client, payload);
		else if (topic.startsWith(base) && topic.endsWith(status) && excerpt(payload) === offline)
			this.#events?.gone(topic.slice(base.length, -status.length), will ? "will" : "goodbye");
	}

	/** The state of the lights of this process's Hue bridge now. */
	hue(lights: readonly HueLight[]): void {
		this.#events?.hue(lights);
	}

	/** Ends the streams of events. */
	close(): void {
		this.#events?.close();
		this.#wire?.close();
		this.#class?.room.close();
	}

	#get(path: string, query: string, request: IncomingMessage, response: ServerResponse): void {
		if (path === "/api/config") return this.#answers.json(request, response, this.#config(request));
		if (!this.#mayRead(path, query, request)) return this.#answers.unknown(request, response);
		if (path === "/api/history") return void this.#history.get(request, response);
		if (path === "/api/events" && this.#events) return this.#events.listen(request, response);
		if (path === "/api/wire" && this.#wire) return this.#wire.listen(request, response);
		if (path === "/api/level") return void this.#level(request, response);
		if (path === "/api/kept" && this.#broker) return void this.#kept(this.#broker, query, request, response);
		if (path === "/metrics" && this.#options.metrics)
			return this.#answers.plain(request, response, 200, this.#options.metrics(), { "content-type": metricsType });
		const page = Object.hasOwn(routes, path) ? routes[path] : undefined;
		const asset = page === undefined && path.startsWith("/assets/");
		const file = this.#files.find(page ?? (asset ? path.slice(1) : ""));
		if (file) return this.#answers.file(request, response, file, asset);
		if (!path.startsWith("/api/") && !this.#files.find("index.html"))
			return this.#answers.words(request, response, 503, "The page is not built: run <code>npm run build</code>, then reload.");
		const why = page === undefined ? "There is nothing at this address." : "This page is not there yet.";
		this.#answers.words(request, response, 404, why);
	}

	/** Whether the sender of this request may have the data of `path`. Files of the page hold no data: every client gets them. */
	#mayRead(path: string, query: string, request: IncomingMessage): boolean {
		const { login, topic } = this.#options;
		if (login === undefined || !(path.startsWith("/api/") || path === "/metrics")) return true;
		const filters: Readonly<Record<string, string>> = {
			"/api/history": `${topic}/+/status`,
			"/metrics": `${topic}/+/status`,
			"/api/wire": `${topic}/#`,
			"/api/kept": new URLSearchParams(query).get("filter") ?? "#",
		};
		return login.mayRead(request, (Object.hasOwn(filters, path) && filters[path]) || topic);
	}

	#config(request: IncomingMessage): PageConfig {
		const { topic, broker, notice, login } = this.#options;
		const build = this.#files.find("index.html")?.hash ?? "";
		const on = {
			events: this.#events !== undefined,
			kept: this.#broker !== undefined,
			wire: this.#wire !== undefined,
			history: this.#history.on,
			class: this.#broker !== undefined,
		};
		return {
			version,
			build,
			topic,
			mqtt: broker ?? "/mqtt",
			on,
			notice: notice?.() ?? null,
			login: login !== undefined && login.userOf(request) === undefined,
		};
	}

	/** The retained messages of the broker. RETAIN in a received message does not show them: it says only that the message is a replay. */
	async #kept(broker: SiteBroker, query: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
		const filter = new URLSearchParams(query).get("filter") ?? "#";
		const fault = filterFault(filter);
		if (fault !== undefined) return this.#answers.words(request, response, 400, "This filter is none.");
		const kept = await broker.kept(filter, kept_max);
		const topics = kept.map(({ topic, payload }) => ({ topic, text: textOf(payload) }));
		this.#answers.json(request, response, { topics });
	}

	/** The level over HTTP, to show the cost of polling: with the bytes of this very request. */
	async #level(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const [kept] = (await this.#broker?.kept(this.#options.topic, 1)) ?? [];
		const { method = "", url = "", httpVersion, rawHeaders } = request;
		const line = `${method} ${url} HTTP/${httpVersion}`.length + 2;
		// each name and value with ": " or an end of line behind it; and an empty line
		const asked = rawHeaders.reduce((sum, text) => sum + text.length + 2, line) + 2;
		this.#answers.json(request, response, { level: kept ? textOf(kept.payload) : null, asked });
	}
}

/** The beginning of a payload as text; bytes that are not UTF-8 are replaced. */
function textOf(payload: Uint8Array): string {
	return new TextDecoder().decode(payload.subarray(0, kept_bytes));
}
