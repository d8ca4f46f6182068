// All packets of the wire view: the last 500 entries, and counts of all of them. Pure: time is an argument.

import * as wire from "../../../../src/mqtt/packets/wire.js";
import { type Packet, readPacket } from "../../../../src/wire/fields.js";
import { redactPassword } from "../../../../src/wire/redact.js";
import type { Connection, Entry, Exchange } from "./entry.js";

/** Entries that are kept. */
export const ring_max = 500;
/** Handshakes under way on one connection: more than any of our devices has. */
const exchanges_max = 200;

/** The step of a packet in its handshake, by type; PUBLISH is the first. */
const steps: Readonly<Record<number, number>> = { [wire.PUBACK]: 2, [wire.PUBREC]: 2, [wire.PUBREL]: 3, [wire.PUBCOMP]: 4 };

export interface Count {
	packets: number;
	/** Bytes of whole packets. */
	bytes: number;
	/** Packets by type. */
	types: number[];
}

const newCount = (): Count => ({ packets: 0, bytes: 0, types: Array.from({ length: 16 }, () => 0) });

export class Log {
	/** Counts of this page's client, by direction. */
	readonly sent = newCount();
	readonly received = newCount();
	/** Packets of all connections of this page, its guest's too, by type. */
	readonly types: number[] = Array.from({ length: 16 }, () => 0);
	/** The number of all entries since the begin. */
	total = 0;
	readonly #ring: (Entry | undefined)[] = Array.from({ length: ring_max });
	#connections = 0;
	#exchanges = 0;

	connection(who: string, client: string, own: boolean): Connection {
		return { number: ++this.#connections, who, client, own, yours: own && who === "you", exchanges: new Map() };
	}

	/** Adds a packet; `bytes` belong to the log from now on, `length` is the packet's length on the wire. */
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

	/** Adds another event of a connection. */
	note(connection: Connection, out: boolean, note: string, at: number): Entry {
		return this.#add({ at, connection, out, packet: undefined, bytes: new Uint8Array(), note, exchange: undefined, step: 0 });
	}

	/** The entry of that number; `undefined` when it has been dropped, or has not come. */
	entry(number: number): Entry | undefined {
		const entry = this.#ring[number % ring_max];
		return entry?.number === number ? entry : undefined;
	}

	/** The entries that are kept, oldest first. */
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
		// PUBREL has the direction of its PUBLISH, the others have the opposite direction.
		const key = `${(step === 3) === out ? "out" : "in"} ${id}`;
		const exchange = exchanges.get(key);
		if (exchange !== undefined && step === 2 * exchange.QoS) exchanges.delete(key);
		return { exchange, step };
	}
}
