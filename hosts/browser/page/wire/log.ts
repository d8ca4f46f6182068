// All that was seen on the wire: the last 500 entries, and counts that never forget. Pure: time is an argument.

import * as wire from "../../../../src/mqtt/packets/wire.js";
import { type Packet, readPacket } from "../../../../src/wire/fields.js";
import { redactPassword } from "../../../../src/wire/redact.js";
import type { Connection, Entry, Exchange } from "./entry.js";

/** Entries that are kept. */
export const ring_max = 500;
/** Of one connection, handshakes under way: more than any of ours has. */
const exchanges_max = 200;

/** Which step of its handshake a packet is, by type; PUBLISH is the first. */
const steps: Readonly<Record<number, number>> = { [wire.PUBACK]: 2, [wire.PUBREC]: 2, [wire.PUBREL]: 3, [wire.PUBCOMP]: 4 };

export interface Count {
	packets: number;
	/** Of whole packets. */
	bytes: number;
	/** By type. */
	types: number[];
}

const newCount = (): Count => ({ packets: 0, bytes: 0, types: Array.from({ length: 16 }, () => 0) });

export class Log {
	/** Of this page's client, by direction. */
	readonly sent = newCount();
	readonly received = newCount();
	/** Of all connections of this page, its guest's too, by type. */
	readonly types: number[] = Array.from({ length: 16 }, () => 0);
	/** How many entries there ever were. */
	total = 0;
	readonly #ring: (Entry | undefined)[] = Array.from({ length: ring_max });
	#connections = 0;
	#exchanges = 0;

	connection(who: string, client: string, own: boolean): Connection {
		return { number: ++this.#connections, who, client, own, yours: own && who === "you", exchanges: new Map() };
	}

	/** A packet; `bytes` are the log's from now on, `length` is what it had on the wire. */
	packet(connection: Connection, out: boolean, bytes: Uint8Array, length: number, at: number): Entry {
		redactPassword(bytes, length);
		const packet = readPacket(bytes, length);
		if (packet.type === wire.CONNECT && packet.client !== "") connection.client = packet.client;
		const { exchange, step } = this.#exchange(connection, packet, out);
		if (connection.own) this.types[packet.type] = (this.types[packet.type] ?? 0) + 1;
		if (connection.yours) {
			const count = out ? this.sent : this.received;
			count.packets++;
			count.bytes += length;
			count.types[packet.type] = (count.types[packet.type] ?? 0) + 1;
		}
		return this.#add({ at, connection, out, packet, bytes, note: "", exchange, step });
	}

	/** Something else that has happened to a connection. */
	note(connection: Connection, out: boolean, note: string, at: number): Entry {
		return this.#add({ at, connection, out, packet: undefined, bytes: new Uint8Array(), note, exchange: undefined, step: 0 });
	}

	/** The entry of that number; `undefined` when it has been forgotten, or has not come. */
	entry(number: number): Entry | undefined {
		const entry = this.#ring[number % ring_max];
		return entry?.number === number ? entry : undefined;
	}

	/** Those that are kept, oldest first. */
	get entries(): Entry[] {
		const all: Entry[] = [];
		for (let number = Math.max(1, this.total - ring_max + 1); number <= this.total; number++) {
			const entry = this.entry(number);
			if (entry !== undefined) all.push(entry);
		}
		return all;
	}

	#add(seen: Omit<Entry, "number" | "by">): Entry {
		const entry: Entry = { ...seen, number: ++this.total, by: undefined };
		this.#ring[entry.number % ring_max] = entry;
		return entry;
	}

	/** Finds the PUBLISH that an acknowledgement belongs to. Each direction has ids of its own (§2.3.1). */
	#exchange({ exchanges }: Connection, { type, id, QoS }: Packet, out: boolean): { exchange: Exchange | undefined; step: number } {
		if (type === wire.PUBLISH && QoS > 0) {
			const exchange = { number: ++this.#exchanges, QoS };
			exchanges.set(`${out ? "out" : "in"} ${id}`, exchange);
			if (exchanges.size > exchanges_max) exchanges.delete(exchanges.keys().next().value as string);
			return { exchange, step: 1 };
		}
		const step = steps[type];
		if (step === undefined) return { exchange: undefined, step: 0 };
		// PUBREL goes the way of its PUBLISH, the others come back.
		const key = `${(step === 3) === out ? "out" : "in"} ${id}`;
		const exchange = exchanges.get(key);
		if (exchange !== undefined && step === 2 * exchange.QoS) exchanges.delete(key);
		return { exchange, step };
	}
}
