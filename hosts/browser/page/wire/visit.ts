// The clients of the page: its own, a guest that comes and goes in two ways, and the packets of both.
import type { MqttProvider } from "../../../../src/host.js";
import { offline } from "../../../../src/light/topics.js";
import { Client } from "../../../../src/mqtt/client/client.js";
import type { Counters, Link, QoS } from "../../../../src/mqtt/link/link.js";
import { PUBLISH } from "../../../../src/mqtt/packets/wire.js";
import { Cutter } from "../../../../src/wire/cut.js";
import { createDevice } from "../../index.js";
import type { Config, Login } from "../shared/config.js";
import type { Watch } from "../shared/connection.js";
import type { Connection, Entry } from "./entry.js";
import type { Log } from "./log.js";
import Tap, { type Line } from "./tap.js";
import type { Tape } from "./tape.js";

/** The guest's keep alive. The broker waits for one and a half times as long [MQTT-3.1.2-24], then publishes the will. */
export const guest_keep_alive_s = 2;
/** The time for the broker's PINGRESP. */
const prove_ms = 5_000;
/** The keep alive of this page's client. A hidden page stays connected, and its timers ring once a minute. */
const keep_alive_ms = 120_000;
/** Names of connections that are kept for the recording; the oldest are dropped. */
const connections_max = 500;

export interface Seen {
	entry(entry: Entry): void;
	changed(): void;
}

export type GuestState = "away" | "coming" | "here" | "silent";

export class Visit {
	readonly connections = new Map<number, Connection>();
	guest: GuestState = "away";
	/** The filter of the subscription. */
	filter: string;
	readonly id: string;
	readonly #config: Config;
	readonly #log: Log;
	readonly #tape: Tape;
	readonly #seen: Seen;
	readonly #watch: Watch;
	readonly #encoder = new TextEncoder();
	#link: Link | undefined;
	/** Messages that earlier clients of this page have sent and received. */
	#before: [number, number] = [0, 0];
	#guest: { client: Client; line: Line } | undefined;

	constructor(config: Config, id: string, log: Log, tape: Tape, watch: Watch, seen: Seen) {
		this.#config = config;
		this.#log = log;
		this.#tape = tape;
		this.#watch = watch;
		this.#seen = seen;
		this.id = id;
		this.filter = `${config.topic}/#`;
	}

	/** Connects, or begins anew, with another name and password. */
	connect(login: Login | undefined): void {
		this.#before = [this.#log.sent.types[PUBLISH] ?? 0, this.#log.received.types[PUBLISH] ?? 0];
		this.#link?.close();
		this.#link = new this.#watch.link({
			...this.#provider("you", this.clientId),
			random: Math.random,
			id: this.clientId,
			keepAlive: keep_alive_ms,
			...this.#place,
			...login,
		});
		this.#link.subscribe(this.filter, 2, () => {});
	}

	get clientId(): string {
		return `wire-${this.id}`;
	}

	get guestId(): string {
		return `guest-${this.id}`;
	}

	get guestWill(): string {
		return `${this.#config.topic}/${this.guestId}/status`;
	}

	/** The sent and received messages of this client in the log: its own counters must be the same. */
	get messages(): [sent: number, received: number] {
		const { sent, received } = this.#log;
		return [(sent.types[PUBLISH] ?? 0) - this.#before[0], (received.types[PUBLISH] ?? 0) - this.#before[1]];
	}

	get counters(): Counters | undefined {
		return this.#link?.counters;
	}

	/** Publishes. False when there is no connection and no room to keep the message. Throws when `topic` is no topic. */
	send(topic: string, text: string, QoS: QoS, retain: boolean): boolean {
		return this.#link?.publish(topic, this.#encoder.encode(text), QoS, retain) ?? false;
	}

	/** Unsubscribes, and subscribes anew: the broker then replays its retained messages [MQTT-3.8.4-3]. Throws when `filter` is no filter. */
	ask(filter = this.filter): void {
		const link = this.#link;
		if (link === undefined) return;
		const same = filter === this.filter;
		// a new filter first: where it is no filter, the old subscription stays
		if (!same) link.subscribe(filter, 2, () => {});
		link.unsubscribe(this.filter);
		if (same) link.subscribe(filter, 2, () => {});
		this.filter = filter;
	}

	/** Sends PINGREQ. */
	ping(): void {
		this.#watch.prove(prove_ms, this.#seen.changed);
	}

	/** Connects a guest, with a will. `here` is called when it is connected. */
	invite(login: Login | undefined, here: () => void = () => {}): void {
		if (this.guest !== "away") return;
		this.guest = "coming";
		let line: Line | undefined;
		const client: Client = new Client({
			...this.#provider("guest", this.guestId, (made) => (line = made)),
			id: this.guestId,
			keepAlive: guest_keep_alive_s * 1_000,
			will: { topic: this.guestWill, message: offline, QoS: 1, retain: false },
			...this.#place,
			...login,
			onControl: (operation) => {
				if (operation !== Client.CONNACK || line === undefined) return;
				client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: this.#config.topic, QoS: 0 }] });
				this.#guest = { client, line };
				this.guest = "here";
				this.#seen.changed();
				here();
			},
			onReadable: (count) => void client.read(count),
			onError: () => {
				client.close();
				this.#guestGone();
			},
		});
	}

	/** The guest sends DISCONNECT, and the broker discards the will [MQTT-3.14.4-3]. */
	leavePolitely(): void {
		const guest = this.#guest;
		if (guest === undefined || this.guest !== "here") return;
		guest.client.write(null, { operation: Client.DISCONNECT });
		guest.client.close();
		this.#guestGone();
	}

	/** Cuts the guest off: no packet, no end of the connection, silence. */
	pullPlug(): void {
		const guest = this.#guest;
		if (guest === undefined || this.guest !== "here") return;
		guest.line.unplugged = true;
		this.guest = "silent";
		this.#note(guest.line, "The plug is pulled: from here on the guest is silent. The broker waits.");
		guest.client.close();
		this.#seen.changed();
	}

	readonly #connectionOf = new WeakMap<Line, Connection>();

	get #place(): { host: string; port: number } {
		const { host, port } = this.#config;
		return { host, port };
	}

	#provider(who: string, client: string, made?: (line: Line) => void): Omit<MqttProvider, "io"> {
		const { path, secure } = this.#config;
		const { io: _, socket, ...rest } = createDevice({ path, secure, log: () => {} }).network.mqtt;
		const tap = () => {
			const line = this.#line(who, client);
			made?.(line);
			return line;
		};
		return { ...rest, socket: { ...socket, io: Tap, tap } };
	}

	/** The onlooker of a connection. */
	#line(who: string, client: string): Line {
		const connection = this.#log.connection(who, client, true);
		this.#remember(connection);
		const [outgoing, incoming] = [new Cutter(), new Cutter()];
		const packet = (out: boolean) => (bytes: Uint8Array, length: number) => this.packet(connection, out, bytes, length, Date.now());
		const [sent, received] = [packet(true), packet(false)];
		const line: Line = {
			unplugged: false,
			opened: () => {},
			sent: (bytes) => outgoing.take(bytes, sent),
			received: (bytes) => incoming.take(bytes, received),
			ended: (why) => {
				this.#note(
					line,
					line.unplugged ? "The broker has waited long enough, and gives the guest up." : `The connection has ended: ${why}`,
				);
				if (line.unplugged) this.#guestGone();
			},
			closed: () => {},
		};
		this.#connectionOf.set(line, connection);
		return line;
	}

	/** Adds a packet of any connection to log and tape. */
	packet(connection: Connection, out: boolean, bytes: Uint8Array, length: number, at: number): void {
		const entry = this.#log.packet(connection, out, bytes, length, at);
		this.#tape.add({ at, connection: connection.number, out, bytes: entry.bytes, length });
		this.#seen.entry(entry);
	}

	/** Makes the connection of another client, which the desk has sent. */
	stranger(client: string): Connection {
		// Any client may have the id "you" or "guest".
		const who = client === "" ? "a client without a name" : client === "you" || client === "guest" ? `“${client}”` : client;
		const connection = this.#log.connection(who, client, false);
		this.#remember(connection);
		return connection;
	}

	note(connection: Connection, out: boolean, words: string): void {
		this.#seen.entry(this.#log.note(connection, out, words, Date.now()));
	}

	#note(line: Line, words: string): void {
		const connection = this.#connectionOf.get(line);
		if (connection !== undefined) this.note(connection, line.unplugged && this.guest === "silent", words);
	}

	#remember(connection: Connection): void {
		this.connections.set(connection.number, connection);
		if (this.connections.size > connections_max) this.connections.delete(this.connections.keys().next().value as number);
	}

	#guestGone(): void {
		this.guest = "away";
		this.#guest = undefined;
		this.#seen.changed();
	}
}
