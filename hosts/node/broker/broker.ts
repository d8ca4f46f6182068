// The desk's broker: aedes on TCP and on WebSocket, behind doors. For a desk, a test, a class room; at scale the roles take any broker.

import type { IncomingMessage } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import type { WebSocket, WebSocketServer } from "ws";
import { gist, printable, word } from "../events.js";
import { isLoopback, listen } from "../listen.js";
import { identifier_rejected, server_unavailable } from "./connack.js";
import { type AedesPublishPacket, type Client, type Core, createCore, doorOf } from "./core.js";
import { Door, type House } from "./door.js";
import type { Dismissal, Doorkeeper, Visitor } from "./doorkeeper.js";
import type { Guard } from "./guard.js";
import { createPort, type OnRequest } from "./http.js";
import { type Limits, limitsOf } from "./limits.js";
import { Notices } from "./notices.js";
import type { Look } from "./onlooker.js";
import type { Hello } from "./packets.js";
import type { Rights, User } from "./permissions.js";
import { Tally } from "./tally.js";
import { tcpWire, type Wire, webSocketWire } from "./wires.js";

export interface Publication {
	topic: string;
	payload: Uint8Array;
	QoS: number;
	retain: boolean;
	/** The id of its sender; `undefined` for the broker's own. */
	client: string | undefined;
	/** The client's connection broke, and this is its will. */
	will: boolean;
}

export interface BrokerOptions {
	/** Default 127.0.0.1: only clients on this machine can connect. */
	host?: string;
	/** 0: any free port. */
	mqttPort: number;
	wsPort: number;
	strictPort?: boolean;
	/** MQTT over TLS as well. Port 0: any free port. */
	tls?: { port: number; cert: string; key: string } | undefined;
	/** Pages that may use the HTTP port beside our own, as `scheme://host[:port]`. */
	wsOrigin?: readonly string[];
	limits?: Partial<Limits>;
	log(line: string): void;
	onPublish?(publication: Publication): void;
	onClient?(id: string, connected: boolean): void;
	/** Answers an admitted HTTP request. Returns true when it has answered, or will; else the answer is 426. */
	onRequest?: OnRequest;
	/** Gets every packet of every client, passwords masked. */
	look?: Look;
	/** Admits clients and holds messages, besides the limits. */
	doorkeeper?: Doorkeeper;
	/** Checks credentials. Without it, any client that can connect may publish and subscribe to everything. */
	guard?: Guard | undefined;
}

/** A message that the broker keeps. */
export interface Kept {
	topic: string;
	payload: Uint8Array;
}

/** A message in one line, topic and payload first: a narrow window cuts the rest. */
export function describe({ topic, payload, QoS, retain, client }: Publication): string {
	return `${word(topic)} ${gist(payload)} qos=${QoS} retain=${retain ? 1 : 0} from=${word(client ?? "broker")}`;
}

interface Running {
	core: Core;
	servers: Server[];
	webSockets: WebSocketServer;
	sockets: Set<Socket>;
	doors: Set<Door>;
}

export class Broker {
	readonly host: string;
	/** The ports of the options until `start` resolves, then the ports that it got: a broker that starts again has the same ports. */
	mqttPort: number;
	wsPort: number;
	/** 0: no MQTT over TLS. */
	tlsPort: number;
	readonly tally = new Tally();
	readonly #options: BrokerOptions;
	readonly #limits: Readonly<Limits>;
	readonly #notices: Notices;
	#strict: boolean;
	#running: Running | undefined;

	constructor(options: BrokerOptions) {
		this.#options = options;
		this.#limits = limitsOf(options.limits);
		this.#notices = new Notices(options.log);
		this.#strict = options.strictPort ?? false;
		this.host = options.host ?? "127.0.0.1";
		this.mqttPort = options.mqttPort;
		this.wsPort = options.wsPort;
		this.tlsPort = options.tls?.port ?? 0;
	}

	/** Rejects with a `Refusal` when it cannot get a port; then nothing stays open. */
	async start(): Promise<void> {
		if (this.#running) throw new Error("Broker: started already");
		const { log, wsOrigin = [], onRequest, tls } = this.#options;
		const { doorkeeper } = this.#options;
		const core = await createCore(
			this.#limits,
			this.#notices,
			{
				holds: (topic, door) => !this.#permits(topic, door) || (doorkeeper?.holds(topic, door.name) ?? false),
				subscribes: (filter, door) => this.#subscribes(filter, door),
			},
			this.tally,
		);
		const doors = new Set<Door>();
		const house = this.#house(core, doors);
		const open = (wire: Wire, transport: keyof Tally["connections"]) => {
			this.tally.connections[transport] += 1;
			doors.add(new Door(wire, house));
		};
		const tcp = createServer({ noDelay: true }, (socket) => open(tcpWire(socket), "tcp"));
		const secure = tls && this.#secure(tls, (wire) => open(wire, "tls"));
		const rules = { origins: wsOrigin, host: this.host };
		const { http, webSockets } = createPort(this.#limits, rules, this.#notices, this.tally, onRequest, (webSocket, request) => {
			const visitor = visitorOf(request);
			const dismissal = doorkeeper?.meets(visitor);
			const wire = webSocketWire(webSocket, visitor);
			if (dismissal) turnAway(webSocket, wire, dismissal);
			else open(wire, "websocket");
		});
		const sockets = new Set<Socket>();
		const servers = secure ? [tcp, http, secure] : [tcp, http];
		for (const server of servers) this.#guard(server, sockets);
		const running = { core, servers, webSockets, sockets, doors };
		this.#running = running;
		this.#watch(running);
		const place = { host: this.host, strict: this.#strict };
		try {
			this.mqttPort = await listen(tcp, { ...place, what: "MQTT", option: "--mqtt-port", port: this.mqttPort }, log);
			this.wsPort = await listen(http, { ...place, what: "MQTT over WebSocket", option: "--ws-port", port: this.wsPort }, log);
			if (secure) this.tlsPort = await listen(secure, { ...place, what: "MQTT over TLS", option: "--tls-port", port: this.tlsPort }, log);
			this.#strict = true;
		} catch (error) {
			await this.stop();
			throw error;
		}
		if (!isLoopback(this.host) && !this.#options.guard)
			log(`${this.host} is open to the network, without a password: anyone on this network can switch and listen`);
	}

	/** Cuts every client and drops every message, as a crash would; `start` may follow. A second call is harmless. */
	async stop(): Promise<void> {
		const running = this.#running;
		if (!running) return;
		this.#running = undefined;
		const { core, servers, webSockets, sockets, doors } = running;
		const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
		for (const door of doors) door.destroy();
		for (const socket of sockets) socket.destroy();
		webSockets.close();
		await Promise.all([...closed, core.close()]);
	}

	/** Numbers of this moment; all 0 while it is stopped. `connections` are clients, and connections before their CONNECT. */
	get counts() {
		const { core, doors = new Set<Door>() } = this.#running ?? {};
		const kept = core?.sessions.counts ?? { away: 0, queued: 0, queuedBytes: 0, retained: 0, retainedBytes: 0 };
		const clients = [...doors].filter(({ entered }) => entered).length;
		return { clients, clientsMax: this.#limits.clients_max, connections: doors.size, ...kept };
	}

	/** Publishes in the broker's own name, at QoS 1. */
	publish(topic: string, payload: string | Uint8Array, retain: boolean): void {
		const packet = { cmd: "publish" as const, topic, payload: Buffer.from(payload), qos: 1 as const, retain, dup: false };
		this.#running?.core.aedes.publish(packet, () => {});
	}

	/** The messages that are kept on the topics of `filter`, at most `most`. */
	async kept(filter: string, most: number): Promise<Kept[]> {
		const kept: Kept[] = [];
		if (!this.#running) return kept;
		for await (const { topic = "", payload = "" } of this.#running.core.sessions.createRetainedStream(filter)) {
			if (kept.length >= most) break;
			kept.push({ topic, payload: typeof payload === "string" ? Buffer.from(payload) : payload });
		}
		return kept;
	}

	/** A handshake has as long as a CONNECT. Its failure is logged once: mostly the client does not have the certificate. */
	#secure({ cert, key }: { cert: string; key: string }, open: (wire: Wire) => void): Server {
		const server = createSecureServer(
			{ cert, key, minVersion: "TLSv1.2", noDelay: true, handshakeTimeout: this.#limits.connect_timeout_ms },
			(socket) => open(tcpWire(socket)),
		);
		server.on("tlsClientError", ({ code = "" }: NodeJS.ErrnoException, { remoteAddress = "somebody" }) =>
			// the message of the error has file and line of OpenSSL
			this.#notices.tell(
				`tls ${code}`,
				`${remoteAddress} began no TLS that holds${code === "" ? "" : ` (${code})`}: has it the desk's ca.crt?`,
			),
		);
		return server;
	}

	/** No more connections than clients and strangers together: further connections are dropped unread. */
	#guard(server: Server, sockets: Set<Socket>): void {
		const { clients_max, strangers_max } = this.#limits;
		server.maxConnections = clients_max + strangers_max;
		server.on("drop", () =>
			this.#notices.tell("connections", `${server.maxConnections} connections are open, the most there are (--max-clients)`),
		);
		server.on("connection", (socket) => {
			sockets.add(socket);
			socket.once("close", () => sockets.delete(socket));
		});
	}

	/** A message that `door` may not publish is answered, left out, and logged once. */
	#permits(topic: string, door: Door): boolean {
		if (!door.rights || door.rights.mayPublish(topic)) return true;
		const { name, rights } = door;
		this.#notices.tell(`publish ${name} ${topic}`, `${name} may not publish to ${shown(topic)} as ${rights.user}: that is left out`);
		return false;
	}

	#subscribes(filter: string, door: Door): boolean {
		if (!door.rights || door.rights.maySubscribe(filter)) return true;
		const { name, rights } = door;
		this.#notices.tell(`subscribe ${name} ${filter}`, `${name} may not subscribe to ${shown(filter)} as ${rights.user}: it was refused`);
		return false;
	}

	/** The client's rights, where there are credentials; or the CONNACK return code that refuses it. */
	#admit(hello: Hello, door: Door, owner: User | undefined): Rights | number | undefined {
		const judged = this.#options.guard?.admit(hello, owner);
		if (!judged || !("code" in judged)) return judged;
		this.#notices.tell(
			`refused ${door.address} ${judged.code}`,
			`${shown(hello.id || "a client")} at ${door.address} was refused, it ${judged.why}`,
		);
		return judged.code;
	}

	#house({ aedes, sessions, enter }: Core, doors: Set<Door>): House {
		const { doorkeeper } = this.#options;
		const limits = this.#limits;
		const notices = this.#notices;
		const known = aedes as unknown as { clients: Record<string, Client> };
		const ownerOf = (id: string) => {
			const connected = Object.hasOwn(known.clients, id) ? known.clients[id] : undefined;
			return connected ? doorOf(connected).rights?.user : sessions.userOf(id);
		};
		let entered = 0;
		return {
			limits,
			notices,
			tally: this.tally,
			look: this.#options.look,
			judge: (hello, door) => {
				// [MQTT-3.1.3-8] a client with clean session 0 has an id.
				if (hello.id === "" && !hello.clean) return identifier_rejected;
				const admitted = this.#admit(hello, door, ownerOf(hello.id));
				if (typeof admitted === "number") return admitted;
				door.rights = admitted;
				const dismissal = doorkeeper?.judges(hello.id, door);
				if (dismissal) return dismissal;
				// A client that takes over its own older connection needs no further place.
				if (entered < limits.clients_max || known.clients[hello.id]) return 0;
				notices.tell(
					"clients",
					`${hello.id || "a client"} was refused, ${entered} clients are connected: start with a larger --max-clients`,
				);
				return server_unavailable;
			},
			holds: (topic, door) => doorkeeper?.holds(topic, door.name) ?? false,
			permits: (topic, door) => this.#permits(topic, door),
			enter: (door) => {
				entered += 1;
				doorkeeper?.came(door);
				enter(door);
			},
			closed: (door) => {
				doors.delete(door);
				if (!door.entered) return;
				entered -= 1;
				doorkeeper?.left(door);
			},
		};
	}

	#watch(running: Running): void {
		const { aedes } = running.core;
		const { log, onPublish, onClient } = this.#options;
		// The aedes of a stopped broker still has the ends of its clients, and publishes their wills to no client.
		const live = () => this.#running === running;
		aedes.on("clientReady", (client: Client) => live() && onClient?.(client.id, true));
		aedes.on("clientDisconnect", (client: Client) => live() && onClient?.(client.id, false));
		// aedes emits an error once for every message that waited.
		const once = (client: Client, error: Error) => {
			const door = doorOf(client);
			if (live() && !door.told) this.#notices.tell(`error ${door.name} ${error.message}`, `${door.name}: ${error.message}`);
			door.told = true;
		};
		aedes.on("clientError", once);
		aedes.on("connectionError", once);
		// Without a listener EventEmitter would throw, and one client's trouble would end the desk.
		(aedes as NodeJS.EventEmitter).on("error", (error: Error) => log(`broker: ${error.message}`));
		aedes.on("publish", (packet: AedesPublishPacket, client: Client | null) => {
			if (!live() || packet.topic.startsWith("$SYS/")) return;
			const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
			const { topic, qos: QoS, retain } = packet;
			// aedes publishes a client's will when it has closed the client.
			onPublish?.({ topic, payload, QoS, retain, client: client?.id, will: client?.closed === true });
		});
	}
}

/** Text from a client, for a line of the log. */
function shown(text: string): string {
	return printable(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** A tab of the page has its mark in the address: `/mqtt?mark=…`, for CONNECT has no field for it. The mark is no key. */
function visitorOf({ url = "", socket }: IncomingMessage): Visitor {
	const [, mark = ""] = /[?&]mark=([\w-]{1,64})(?:&|$)/.exec(url) ?? [];
	return { address: socket.remoteAddress ?? "nowhere", mark };
}

/** Closes with code and reason, and reads nothing: a client that is refused costs no memory. */
function turnAway(webSocket: WebSocket, wire: Wire, dismissal: Dismissal): void {
	webSocket.on("error", () => {});
	wire.dismiss?.(dismissal);
}
