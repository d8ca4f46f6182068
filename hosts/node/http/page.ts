// `lampwire page`: the page on a server of its own, for the broker of another program.
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { refusal } from "../access.js";
import { lanAddress, localAddress, pageUrl } from "../addresses.js";
import { listen } from "../listen.js";
import { probe } from "./probe.js";
import { Site } from "./site.js";

/** The least time between two tries of the broker; a try comes only when a page asks. */
const probe_ms = 5_000;

export interface PageOnlyOptions {
	host: string;
	port: number;
	strictPort: boolean;
	/** The URL of the broker's MQTT over WebSocket, `ws://` or `wss://`. */
	brokerUrl: string;
	topic: string;
	/** Default: where `prepare` puts the page. */
	folder?: string;
}

export class PageOnly {
	/** The port of the options until `start` resolves, then the port that it got. */
	port: number;
	readonly #options: PageOnlyOptions;
	readonly #log: (line: string) => void;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	/** The known fault of the broker, in words. */
	#notice: string | undefined;
	#probed = Number.NEGATIVE_INFINITY;

	constructor(options: PageOnlyOptions, log: (line: string) => void) {
		const { brokerUrl, topic, folder } = options;
		this.#options = options;
		this.#log = log;
		this.port = options.port;
		const notice = () => {
			void this.#probe();
			return this.#notice;
		};
		const site = new Site({ topic, broker: brokerUrl, notice, ...(folder ? { folder } : {}) });
		const rules = { origins: [], host: options.host };
		this.#server = createServer((request, response) => {
			const why = refusal(request, rules);
			if (why) response.writeHead(403, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(`${why}\n`);
			else site.answer(request, response);
		});
		this.#server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.once("close", () => this.#sockets.delete(socket));
		});
	}

	/** Rejects with a `Refusal` when it cannot get the port. */
	async start(): Promise<void> {
		const { host, port, strictPort: strict } = this.#options;
		this.port = await listen(this.#server, { host, port, strict, what: "the page", option: "--port" }, this.#log);
		void this.#probe();
	}

	stop(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			for (const socket of this.#sockets) socket.destroy();
		});
	}

	/** Connects to the broker with the origin of each of our own addresses; logs a new fault. */
	async #probe(): Promise<void> {
		if (performance.now() - this.#probed < probe_ms) return;
		this.#probed = performance.now();
		const { host, brokerUrl } = this.#options;
		const addresses = new Set([localAddress(host), lanAddress(host) ?? localAddress(host)]);
		const origins = [...addresses].map((address) => new URL(pageUrl(address, this.port)).origin);
		const answers = await Promise.all(origins.map((origin) => probe(brokerUrl, origin)));
		const notice = answers.find((why) => why !== undefined);
		if (notice !== undefined && notice !== this.#notice) this.#log(notice);
		this.#notice = notice;
	}
}
