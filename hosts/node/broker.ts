// The desk's broker: aedes on TCP and on WebSocket. For a desk, a test, a class room; at scale the roles take any broker.
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type AedesPublishPacket, type Client } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { excerpt, word } from "./events.js";
import { listen } from "./listen.js";

export interface Publication {
	topic: string;
	payload: Uint8Array;
	QoS: number;
	retain: boolean;
	/** Who sent it; `undefined` for the broker's own. */
	client: string | undefined;
}

export interface BrokerOptions {
	/** Default 127.0.0.1: nobody beyond this machine can connect unless asked for. */
	host?: string;
	/** 0: any free one. */
	mqttPort: number;
	wsPort: number;
	strictPort?: boolean;
	log(line: string): void;
	onPublish?(publication: Publication): void;
	onClient?(id: string, connected: boolean): void;
	/** Answers an HTTP request. Returns true when it has answered, or will; else the answer is 426. */
	onRequest?(request: IncomingMessage, response: ServerResponse): boolean | undefined;
}

/** A message in one line, what it says first: a narrow window cuts the rest. */
export function describe({ topic, payload, QoS, retain, client }: Publication): string {
	return `${word(topic)} ${JSON.stringify(excerpt(payload))} qos=${QoS} retain=${retain ? 1 : 0} from=${word(client ?? "broker")}`;
}

interface Running {
	aedes: Aedes;
	tcp: Server;
	http: HttpServer;
	webSockets: WebSocketServer;
	sockets: Set<Socket>;
}

export class Broker {
	readonly host: string;
	/** The ports asked for until `start` resolves, then those that it got: a broker that starts again is found where it was. */
	mqttPort: number;
	wsPort: number;
	readonly #options: BrokerOptions;
	#strict: boolean;
	#running: Running | undefined;

	constructor(options: BrokerOptions) {
		this.#options = options;
		this.#strict = options.strictPort ?? false;
		this.host = options.host ?? "127.0.0.1";
		this.mqttPort = options.mqttPort;
		this.wsPort = options.wsPort;
	}

	/** Rejects with a `Refusal` when a port cannot be had; then nothing is left behind. */
	async start(): Promise<void> {
		if (this.#running) throw new Error("Broker: started already");
		const { log } = this.#options;
		const aedes = await Aedes.createBroker();
		const sockets = new Set<Socket>();
		const tcp = createServer({ noDelay: true }, (socket) => aedes.handle(socket));
		const http = createHttpServer((request, response) => {
			if (this.#options.onRequest?.(request, response) !== true)
				response.writeHead(426, { upgrade: "websocket" }).end("MQTT over WebSocket is spoken here.\n");
		});
		const webSockets = acceptWebSockets(http, aedes);
		for (const server of [tcp, http]) {
			server.on("connection", (socket) => {
				sockets.add(socket);
				socket.once("close", () => sockets.delete(socket));
			});
		}
		const running = { aedes, tcp, http, webSockets, sockets };
		this.#running = running;
		this.#watch(running);
		const place = { host: this.host, strict: this.#strict };
		try {
			this.mqttPort = await listen(tcp, { ...place, what: "MQTT", option: "--mqtt-port", port: this.mqttPort }, log);
			this.wsPort = await listen(http, { ...place, what: "MQTT over WebSocket", option: "--ws-port", port: this.wsPort }, log);
			this.#strict = true;
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	/** Cuts every client and forgets every message, as a crash would; `start` may follow. Twice is fine. */
	async stop(): Promise<void> {
		const running = this.#running;
		if (!running) return;
		this.#running = undefined;
		const { aedes, tcp, http, webSockets, sockets } = running;
		const closed = [tcp, http].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
		for (const socket of sockets) socket.destroy();
		webSockets.close();
		await Promise.all([...closed, new Promise<void>((resolve) => aedes.close(resolve))]);
	}

	#watch(running: Running): void {
		const { aedes } = running;
		const { log, onPublish, onClient } = this.#options;
		// A stopped broker still hears its clients go and publishes their wills to nobody.
		const live = () => this.#running === running;
		aedes.on("clientReady", (client: Client) => live() && onClient?.(client.id, true));
		aedes.on("clientDisconnect", (client: Client) => live() && onClient?.(client.id, false));
		aedes.on("clientError", (client: Client, error: Error) => live() && log(`broker: ${client.id}: ${error.message}`));
		aedes.on(
			"connectionError",
			(_: Client, error: Error) => live() && log(`broker: a connection failed before it had a name: ${error.message}`),
		);
		// Without a listener EventEmitter would throw, and one client's trouble would end the desk.
		(aedes as NodeJS.EventEmitter).on("error", (error: Error) => log(`broker: ${error.message}`));
		aedes.on("publish", (packet: AedesPublishPacket, client: Client | null) => {
			if (!live() || packet.topic.startsWith("$SYS/")) return;
			const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
			onPublish?.({ topic: packet.topic, payload, QoS: packet.qos, retain: packet.retain, client: client?.id });
		});
	}
}

function acceptWebSockets(http: HttpServer, aedes: Aedes): WebSocketServer {
	const webSockets = new WebSocketServer({
		server: http,
		// [MQTT-6.0.0-4] the subprotocol is "mqtt".
		handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
	});
	// ws hands on the errors of its server; `listen` has dealt with them.
	webSockets.on("error", () => {});
	webSockets.on("connection", (webSocket, request) => {
		webSocket.on("message", (_, isBinary) => {
			// [MQTT-6.0.0-1] anything but a binary frame ends the connection.
			if (!isBinary) webSocket.close(1003, "binary frames only");
		});
		aedes.handle(createWebSocketStream(webSocket), request);
	});
	return webSockets;
}
