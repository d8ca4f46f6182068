// What the page does on the wire: a client of its own, a guest that comes and goes in two ways, and everything that is seen of both.
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

/** The guest's: so long it may be silent. The broker waits for half as long again [MQTT-3.1.2-24], then tells the will. */
export const guest_keep_alive_s = 2;
/** How long a sign of life may take. */
const prove_ms = 5_000;
/** Those of this page are there while it is hidden, too, where timers ring once a minute. */
const keep_alive_ms = 120_000;
/** Names of connections are kept for the recording; so many, the oldest give way. */
const connections_max = 500;

export interface Seen {
	entry(entry: Entry): void;
	changed(): void;
}

export type GuestState = "away" | "coming" | "here" | "silent";

export class Visit {
	readonly connections = new Map<number, Connection>();
	guest: GuestState = "away";
	/** What is heard. */
	filter: string;
	readonly id: string;
	readonly #config: Config;
	readonly #log: Log;
	readonly #tape: Tape;
	readonly #seen: Seen;
	readonly #watch: Watch;
	readonly #encoder = new TextEncoder();
	#link: Link | undefined;
	/** Messages that an earlier client of this page has sent and received. */
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

	/** Messages that were seen of this client, sent and received: what its own counters must say. */
	get messages(): [sent: number, received: number] {
		const { sent, received } = this.#log;
		return [(sent.types[PUBLISH] ?? 0) - this.#before[0], (received.types[PUBLISH] ?? 0) - this.#before[1]];
	}

	get counters(): Counters | undefined {
		return this.#link?.counters;
	}

	/** False when there is no connection and no room to keep it for later. Throws when `topic` is no topic. */
	send(topic: string, text: string, QoS: QoS, retain: boolean): boolean {
		return this.#link?.publish(topic, this.#encoder.encode(text), QoS, retain) ?? false;
	}

	/** Takes the subscription back, and makes it anew: the broker then replays what it keeps [MQTT-3.8.4-3]. Throws when `filter` is none. */
	ask(filter = this.filter): void {
		const link = this.#link;
		if (link === undefined) return;
		const same = filter === this.filter;
		// a new one first: where it is no filter, the old one stays
		if (!same) link.subscribe(filter, 2, () => {});
		link.unsubscribe(this.filter);
		if (same) link.subscribe(filter, 2, () => {});
		this.filter = filter;
	}

	/** Asks for a sign of life. */
	ping(): void {
		this.#watch.prove(prove_ms, this.#seen.changed);
	}

	/** A guest comes, with a will. `here`: it is there. */
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

	/** The guest says goodbye: DISCONNECT, and the broker forgets the will [MQTT-3.14.4-3]. */
	leavePolitely(): void {
		const guest = this.#guest;
		if (guest === undefined || this.guest !== "here") return;
		guest.client.write(null, { operation: Client.DISCONNECT });
		guest.client.close();
		this.#guestGone();
	}

	/** The guest is cut off: no packet, no end of the connection, silence. */
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

	/** Looks on at a connection. */
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

	/** A packet of any connection was seen. */
	packet(connection: Connection, out: boolean, bytes: Uint8Array, length: number, at: number): void {
		const entry = this.#log.packet(connection, out, bytes, length, at);
		this.#tape.add({ at, connection: connection.number, out, bytes: entry.bytes, length });
		this.#seen.entry(entry);
	}

	/** A connection of another client, as the desk tells it. */
	stranger(client: string): Connection {
		// Anybody may be called so.
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
