// The virtual bridge on the network: http and https of Node, with the event stream of API v2.
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { Server, Socket } from "node:net";
import { type Certificate, makeCertificate } from "../certificate.js";
import type { VirtualBridge } from "./model.js";

/** A command has some dozens of bytes. */
const body_max_bytes = 4_096;

export interface ServerOptions {
	bridge: VirtualBridge;
	/** 0: any free port. */
	port: number;
	httpsPort: number;
	/** Default: a certificate with the bridge's id as its name, as on real bridges. */
	certificate?: Certificate;
}

export class BridgeServer {
	/** The ports that it got, after `start`. */
	port: number;
	httpsPort: number;
	/** The time that an answer takes, in milliseconds. */
	delay_ms = 0;
	/** So many of the next requests get no answer: their connection is cut. */
	dropping = 0;
	readonly certificate: Certificate;
	readonly #bridge: VirtualBridge;
	readonly #servers: [http.Server, https.Server];
	readonly #sockets = new Set<Socket>();

	constructor({ bridge, port, httpsPort, certificate }: ServerOptions) {
		this.port = port;
		this.httpsPort = httpsPort;
		this.#bridge = bridge;
		this.certificate = certificate ?? makeCertificate({ name: bridge.id });
		const { certificate: cert, key } = this.certificate;
		const answer = (secure: boolean) => (request: IncomingMessage, response: ServerResponse) => this.#take(request, response, secure);
		this.#servers = [http.createServer(answer(false)), https.createServer({ cert, key }, answer(true))];
		for (const server of this.#servers)
			server.on("connection", (socket: Socket) => {
				this.#sockets.add(socket);
				socket.once("close", () => this.#sockets.delete(socket));
			});
	}

	/** Listens on the loopback, like every server for a test or a desk. */
	async start(): Promise<void> {
		this.port = await listening(this.#servers[0], this.port);
		this.httpsPort = await listening(this.#servers[1], this.httpsPort);
	}

	async stop(): Promise<void> {
		const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
		this.cut();
		await Promise.all(closed);
	}

	/** Breaks every connection. */
	cut(): void {
		for (const socket of this.#sockets) socket.destroy();
	}

	#take(request: IncomingMessage, response: ServerResponse, secure: boolean): void {
		let body = "";
		request.setEncoding("utf8");
		request.on("data", (piece: string) => {
			body += piece;
			if (body.length > body_max_bytes) request.destroy();
		});
		request.on("end", () => {
			if (this.dropping > 0) {
				this.dropping--;
				return void request.socket.destroy();
			}
			const { method = "", url = "", headers } = request;
			if (secure && url === "/eventstream/clip/v2") return this.#stream(request, response);
			this.#bridge.begin();
			response.once("close", () => this.#bridge.end());
			const { status, headers: own, body: text } = this.#bridge.answer({ method, path: url, headers, body, secure });
			const send = () => response.writeHead(status, { ...own, "content-length": Buffer.byteLength(text) }).end(text);
			if (this.delay_ms > 0) setTimeout(send, this.delay_ms);
			else send();
		});
	}

	#stream(request: IncomingMessage, response: ServerResponse): void {
		if (!this.#bridge.admits(request.headers["hue-application-key"])) return void response.writeHead(403).end();
		response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
		response.write(": hi\n\n");
		let id = 0;
		response.once(
			"close",
			this.#bridge.listen((events) => response.write(`id: ${++id}:0\ndata: ${events}\n\n`)),
		);
	}
}

function listening(server: Server, port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
	});
}
