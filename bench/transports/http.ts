// The light over HTTP and over a bare WebSocket: each as short as it can honestly be. Node's own headers, no more; a browser sends some 400 bytes
// more with each request.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { alive_ms, hold_ms, type Knob, type Lamp, poll_ms, type Way } from "./light.js";

const host = "127.0.0.1";
const text = { "content-type": "text/plain" };

interface Light {
	level: string;
	version: number;
	/** Who waits for the next level: held requests, streams, WebSockets. */
	readonly waiting: Set<() => void>;
}

/**
 * `GET /NAME` the level, `PUT /NAME` sets it. A request with `Prefer: wait=…` (RFC 7240 §4.3) and `If-None-Match` is held until there is another one.
 * `GET /NAME/events` is a stream of them (WHATWG HTML §9.2). A WebSocket at `/NAME` gets and gives `{"level":127}`.
 */
export class LightServer {
	readonly #lights = new Map<string, Light>();
	readonly #closing: (() => void)[] = [];

	/** Resolves with its port. Times of idle connections are divided by `hurry`. */
	listen(hurry = 1): Promise<number> {
		const server = http.createServer({ keepAliveTimeout: 75_000 }, (request, response) => this.#answer(request, response, hurry));
		const sockets = new WebSocketServer({ server, perMessageDeflate: false });
		sockets.on("connection", (socket, { url = "/" }) => this.#socket(socket, this.#light(url.slice(1)), hurry));
		this.#closing.push(() => {
			for (const socket of sockets.clients) socket.terminate();
			server.closeAllConnections();
			server.close();
		});
		return new Promise((resolve) => server.listen(0, host, () => resolve((server.address() as AddressInfo).port)));
	}

	close(): void {
		for (const close of this.#closing) close();
	}

	#light(name: string): Light {
		let light = this.#lights.get(name);
		if (!light) this.#lights.set(name, (light = { level: "0", version: 0, waiting: new Set() }));
		return light;
	}

	#set(light: Light, level: string): void {
		light.level = level;
		light.version += 1;
		for (const tell of [...light.waiting]) tell();
	}

	#answer(request: http.IncomingMessage, response: http.ServerResponse, hurry: number): void {
		const [, name = "", events] = (request.url ?? "/").split("/");
		const light = this.#light(name);
		const etag = () => `"${light.version}"`;
		const give = () => response.writeHead(200, { ...text, etag: etag(), "content-length": light.level.length }).end(light.level);
		if (request.method === "PUT") {
			let body = "";
			request.on("data", (chunk) => {
				body += chunk;
			});
			request.on("end", () => {
				this.#set(light, body);
				response.writeHead(204).end();
			});
		} else if (events !== undefined) this.#stream(light, response, hurry);
		else if (request.headers.prefer === undefined || request.headers["if-none-match"] !== etag()) give();
		else {
			const end = (answer: () => void) => () => {
				clearTimeout(timer);
				light.waiting.delete(tell);
				answer();
			};
			const tell = end(give);
			const timer = setTimeout(
				end(() => response.writeHead(304, { etag: etag() }).end()),
				hold_ms / hurry,
			);
			light.waiting.add(tell);
			response.on("close", () => {
				clearTimeout(timer);
				light.waiting.delete(tell);
			});
		}
	}

	#stream(light: Light, response: http.ServerResponse, hurry: number): void {
		const tell = () => response.write(`data: ${light.level}\n\n`);
		response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
		tell();
		light.waiting.add(tell);
		const alive = setInterval(() => response.write(":\n\n"), alive_ms / hurry);
		response.on("close", () => {
			clearInterval(alive);
			light.waiting.delete(tell);
		});
	}

	#socket(socket: WebSocket, light: Light, hurry: number): void {
		const tell = () => socket.send(JSON.stringify({ level: Number(light.level) }));
		tell();
		light.waiting.add(tell);
		socket.on("message", (data) => this.#set(light, String(levelIn(data))));
		const alive = setInterval(() => socket.ping(), alive_ms / hurry);
		socket.on("close", () => {
			clearInterval(alive);
			light.waiting.delete(tell);
		});
	}
}

function levelIn(data: RawData): number {
	return (JSON.parse(data.toString()) as { level: number }).level;
}

interface Answer {
	status: number;
	etag: string;
	body: string;
}

/** Node's own asks the other end each second by TCP whether it is there, which no device does: once an hour. */
const tcpKeepAlive_ms = 3_600_000;

/** One connection that is kept. */
class Connection {
	readonly #agent = new http.Agent({ keepAlive: true, keepAliveMsecs: tcpKeepAlive_ms, maxSockets: 1 });
	closed = false;

	ask(port: number, path: string, options: http.RequestOptions, body?: string): Promise<Answer> {
		return new Promise((resolve, reject) => {
			const request = http.request({ host, port, path, agent: this.#agent, ...options }, (response) => {
				let text = "";
				response.setEncoding("utf8").on("data", (chunk: string) => {
					text += chunk;
				});
				response.on("end", () => resolve({ status: response.statusCode ?? 0, etag: response.headers.etag ?? "", body: text }));
				response.on("error", reject);
			});
			request.on("error", (error) => (this.closed ? undefined : reject(error)));
			request.end(body);
		});
	}

	close(): void {
		this.closed = true;
		this.#agent.destroy();
	}
}

async function httpKnob(port: number, light: string): Promise<Knob> {
	const connection = new Connection();
	const set = async (level: number) => {
		const body = String(level);
		await connection.ask(port, `/${light}`, { method: "PUT", headers: { ...text, "content-length": body.length } }, body);
	};
	return { set, close: () => connection.close() };
}

/** Asks once a second; with `every` 0, when it is told to. */
export function polling(every = poll_ms): Way {
	return {
		name: "HTTP, polling each second",
		asks: "client",
		polls: true,
		knob: httpKnob,
		lamp(port, light, heard) {
			const connection = new Connection();
			const poll = async () => heard(Number((await connection.ask(port, `/${light}`, {})).body));
			if (every === 0) return { poll, close: () => connection.close() };
			void poll();
			const timer = setInterval(() => void poll(), every);
			const close = () => {
				clearInterval(timer);
				connection.close();
			};
			return { close };
		},
	};
}

export const longPolling: Way = {
	name: "HTTP, long polling",
	asks: "client",
	knob: httpKnob,
	lamp(port, light, heard): Lamp {
		const connection = new Connection();
		let known = "";
		const ask = async () => {
			const headers = known === "" ? {} : { "if-none-match": known, prefer: `wait=${hold_ms / 1_000}` };
			const { status, etag, body } = await connection.ask(port, `/${light}`, { headers });
			known = etag;
			if (status === 200) heard(Number(body));
			if (!connection.closed) void ask();
		};
		void ask();
		return { close: () => connection.close() };
	},
};

export const events: Way = {
	name: "HTTP, server-sent events",
	asks: "server",
	knob: httpKnob,
	lamp(port, light, heard): Lamp {
		const request = http.get(
			{ host, port, path: `/${light}/events`, agent: false, headers: { accept: "text/event-stream" } },
			(response) => {
				let rest = "";
				response.setEncoding("utf8").on("data", (chunk: string) => {
					const lines = (rest + chunk).split("\n\n");
					rest = lines.pop() ?? "";
					for (const line of lines) if (line.startsWith("data: ")) heard(Number(line.slice(6)));
				});
				response.on("error", () => {});
			},
		);
		request.on("error", () => {});
		return { close: () => void request.destroy() };
	},
};

export const webSocket: Way = {
	name: "WebSocket with JSON",
	asks: "server",
	async knob(port, light) {
		const socket = new WebSocket(`ws://${host}:${port}/${light}`, { perMessageDeflate: false });
		socket.on("message", () => {});
		await new Promise((resolve) => socket.once("open", resolve));
		return { set: async (level) => socket.send(JSON.stringify({ level })), close: () => socket.close() };
	},
	lamp(port, light, heard): Lamp {
		const socket = new WebSocket(`ws://${host}:${port}/${light}`, { perMessageDeflate: false });
		socket.on("message", (data) => heard(levelIn(data)));
		socket.on("error", () => {});
		return { close: () => socket.close() };
	},
};
