// Data from the desk: the clients that set the level, the retained messages, and, with `--wire`, the packets of all other clients.
import { offline } from "../../../../src/light/topics.js";
import { PUBLISH } from "../../../../src/mqtt/packets/wire.js";
import type { Setter } from "../shared/events.js";
import { bareLevel } from "../shared/words.js";
import type { Connection, Entry } from "./entry.js";
import type { Visit } from "./visit.js";

/** The longest time between a message and the desk's event of its setter, which comes at most four times a second, and over another connection. */
const apart_ms = 1_500;

/**
 * Finds the message that a setter has sent. MQTT does not carry the sender, so a message gets a name only where no other fits: of two with the same
 * level, neither gets one.
 */
export class Setters {
	#open: Entry[] = [];
	#told: Setter | undefined;
	readonly #topic: string;

	constructor(topic: string) {
		this.#topic = topic;
	}

	/** A packet of this page's own connection. */
	saw(entry: Entry): void {
		const { packet, out, at } = entry;
		if (packet === undefined || packet.type !== PUBLISH || out || packet.retain || packet.topic !== this.#topic) return;
		this.#open = this.#open.filter((other) => at - other.at < apart_ms);
		const told = this.#told;
		if (told !== undefined && at - told.at < apart_ms && told.level === bareLevel(packet.payload)) {
			entry.by = told.client;
			this.#told = undefined;
			return;
		}
		this.#open.push(entry);
	}

	/** The desk has sent a setter. True when an entry has got its name. */
	told(setter: Setter, now: number): boolean {
		const able = this.#open.filter(
			({ packet, at }) => packet !== undefined && bareLevel(packet.payload) === setter.level && now - at < apart_ms,
		);
		this.#told = able.length === 0 ? setter : undefined;
		const [entry] = able;
		if (entry === undefined || able.length > 1) return false;
		entry.by = setter.client;
		this.#open = this.#open.filter((other) => other !== entry);
		return true;
	}
}

/** Finds the wills among the messages, by the desk's event of a device's ending. A message does not show that it is a will. */
export class Wills {
	readonly #topic: string;
	readonly #entries: () => readonly Entry[];
	/** Devices that have gone, and the time of the desk's event. */
	#gone: { topic: string; id: string; at: number }[] = [];

	constructor(topic: string, entries: () => readonly Entry[]) {
		this.#topic = topic;
		this.#entries = entries;
	}

	/** The connection of a device has broken: its will was published. */
	broke(id: string, now: number): void {
		const topic = `${this.#topic}/${id}/status`;
		const entry = this.#entries().findLast((each) => isWord(each, topic) && now - each.at < apart_ms);
		if (entry !== undefined) entry.by = willOf(id);
		else this.#gone = [...this.#gone.filter(({ at }) => now - at < apart_ms), { topic, id, at: now }];
	}

	/** A packet of this page's own connection. */
	saw(entry: Entry): void {
		const gone = this.#gone.find(({ topic, at }) => isWord(entry, topic) && entry.at - at < apart_ms);
		if (gone === undefined) return;
		entry.by = willOf(gone.id);
		this.#gone = this.#gone.filter((other) => other !== gone);
	}
}

function isWord({ packet, out, connection, by }: Entry, topic: string): boolean {
	return packet?.type === PUBLISH && !out && connection.yours && packet.topic === topic && packet.payload === offline && by === undefined;
}

export function willOf(id: string): string {
	return `the broker: it is the will of ${id}`;
}

/** A packet as `/api/wire` sends it: connection, client, to the broker, milliseconds since 1970, bytes in Base64, length on the wire. */
export type Told = readonly [connection: number, client: string, out: boolean, at: number, bytes: string, length: number];

/** All other clients' packets, where the desk was started with `--wire`. */
export class Others {
	/** Packets that the desk did not send, because this page was too slow. */
	lost = 0;
	readonly #visit: Visit;
	readonly #connections = new Map<number, Connection>();
	#source: EventSource | undefined;

	constructor(visit: Visit) {
		this.#visit = visit;
		this.resume();
	}

	pause(): void {
		this.#source?.close();
		this.#source = undefined;
		this.#connections.clear();
	}

	resume(): void {
		if (this.#source !== undefined && this.#source.readyState !== EventSource.CLOSED) return;
		const source = new EventSource("/api/wire");
		this.#source = source;
		source.addEventListener("packets", ({ data }) => {
			for (const told of JSON.parse(data) as Told[]) this.#packet(told);
		});
		source.addEventListener("closed", ({ data }) => this.#closed(JSON.parse(data)));
		source.addEventListener("lost", ({ data }) => {
			this.lost += JSON.parse(data);
		});
	}

	#packet([number, client, out, at, text, length]: Told): void {
		// This page has its own packets already.
		if (client === this.#visit.clientId || client === this.#visit.guestId) return;
		let connection = this.#connections.get(number);
		if (connection === undefined) {
			connection = this.#visit.stranger(client);
			this.#connections.set(number, connection);
		}
		this.#visit.packet(
			connection,
			out,
			Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
			length,
			at,
		);
	}

	#closed({ connection: number, polite }: { connection: number; polite: boolean }): void {
		const connection = this.#connections.get(number);
		if (connection === undefined) return;
		this.#connections.delete(number);
		if (!polite)
			this.#visit.note(connection, true, "The connection has ended, without a goodbye: the broker tells the will, if there is one.");
	}
}

/** The desk's retained messages on the topics of `filter`; `undefined`: the desk does not answer. */
export async function askKept(filter: string): Promise<{ topic: string; text: string }[] | undefined> {
	try {
		const response = await fetch(`/api/kept?filter=${encodeURIComponent(filter)}`, { cache: "no-store" });
		return response.ok ? (await response.json()).topics : undefined;
	} catch {
		return undefined;
	}
}

export interface Polled {
	/** Bytes that this browser has sent, as the server has counted them; and bytes of the answer. */
	asked: number;
	answered: number;
	/** The present level. */
	level: string | null;
}

/** Requests the level over HTTP, as a page without MQTT would have to do again and again. */
export async function poll(): Promise<Polled | undefined> {
	try {
		const response = await fetch("/api/level", { cache: "no-store" });
		const body = await response.text();
		const head = [...response.headers].reduce(
			(sum, [name, value]) => sum + name.length + value.length + 4,
			"HTTP/1.1 200 OK\r\n\r\n".length,
		);
		const { asked, level } = JSON.parse(body);
		return { asked, answered: head + body.length, level };
	} catch {
		return undefined;
	}
}
