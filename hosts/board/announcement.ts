// A board's announcement in its network: DNS-SD (RFC 6763) over multicast DNS (RFC 6762). Bytes alone: announce.ts sends and receives them. The type
// `_lampwire._tcp` is our own: the established types promise a server (`_mqtt._tcp` a broker, `_http._tcp` a page), and a board has none; its port is
// 0, "no service here" (RFC 6763 §8). No memory is allocated for a packet that asks for other records.
import { utf8Length, writeUtf8 } from "../../src/mqtt/bytes/utf8.js";
import {
	class_flag,
	classIN,
	header_bytes,
	isName,
	labelOf,
	nameOf,
	Reader,
	typeA,
	typeANY,
	typePTR,
	typeSRV,
	typeTXT,
	Writer,
} from "../xs/dns.js";

/** Seconds. A board that loses its power sends no goodbye: its records expire; a program that watches asks again in time (RFC 6762 §5.2, §10). */
export const ttl_s = 120;
/** In answers to programs without multicast DNS (§6.7). */
const legacy_ttl_s = 10;

/** Flags (RFC 6762 §18): a response, authoritative. */
const response = 0x8400;

/** The longest packet, with an id of 64 bytes and a topic of 128, has about 700. Any Wi-Fi carries it in one piece. */
const packet_max_bytes = 1_024;
/** Questions that are repeated in the answer to a program without multicast DNS. */
const repeated_max_bytes = 300;

/** The records that a query asks for: each has a bit. */
const wantsService = 1;
const wantsTypes = 2;
const wantsInstance = 4;
const wantsHost = 8;

export interface Told {
	role: string;
	/** Up to 64 bytes; the name of the instance has the first 63. */
	id: string;
	/** Up to 128 bytes. */
	topic: string;
	/** One label, letters of ASCII, digits and hyphens: no other board in the network may have it. */
	host: string;
	/** An address of IPv4. */
	address: string;
}

export class Announcement {
	/** The announcement, and the answer to a query by multicast. */
	readonly packet: Uint8Array;
	readonly #types = nameOf("_services", "_dns-sd", "_udp", "local");
	readonly #service = nameOf("_lampwire", "_tcp", "local");
	readonly #instance: Uint8Array;
	readonly #host: Uint8Array;
	readonly #text: Uint8Array;
	readonly #address: Uint8Array;
	readonly #reader = new Reader(new Uint8Array());

	constructor({ role, id, topic, host, address }: Told) {
		this.#instance = nameOf(labelOf(id), "_lampwire", "_tcp", "local");
		this.#host = nameOf(host, "local");
		// a string behind its length has the form of a label, without the 0 at the end (RFC 6763 §6.1)
		this.#text = textOf(`role=${role}`, `id=${id}`, `topic=${topic}`);
		this.#address = Uint8Array.from(address.split("."), Number);
		this.packet = this.#compose(ttl_s, class_flag | classIN, 0, undefined).slice();
	}

	/** The same records with a time to live of 0: every cache drops them (RFC 6762 §10.1). */
	goodbye(): Uint8Array {
		return this.#compose(0, class_flag | classIN, 0, undefined);
	}

	/** Whether `query` asks, by multicast, for a record of ours that is not among its known answers (§7.1). */
	isAsked(query: Uint8Array): boolean {
		let wants = this.#wants(query);
		const reader = this.#reader;
		for (let left = wants === 0 ? 0 : reader.answers; left > 0; left--) {
			if (!reader.record()) break;
			if (reader.type === typePTR && reader.ttl >= ttl_s / 2) wants &= ~this.#known();
		}
		return wants !== 0;
	}

	/**
	 * The answer to a `query` from a port other than that of multicast DNS: it repeats number and questions (§6.7). Newly allocated; undefined
	 * where `query` asks for no record of ours.
	 */
	legacy(query: Uint8Array): Uint8Array | undefined {
		if (this.#wants(query) === 0 || this.#reader.at - header_bytes > repeated_max_bytes) return undefined;
		return this.#compose(legacy_ttl_s, classIN, this.#reader.id, query.subarray(header_bytes, this.#reader.at), this.#reader.questions);
	}

	/** The bits of the records that `query` asks for. Afterwards the reader stands behind the questions. */
	#wants(query: Uint8Array): number {
		const reader = this.#reader;
		if (!reader.begin(query) || reader.isResponse) return 0;
		let wants = 0;
		for (let left = reader.questions; left > 0; left--) {
			if (!reader.question()) return 0;
			const kind = reader.class & ~class_flag;
			if (kind === classIN || kind === typeANY) wants |= this.#wanted();
		}
		return wants;
	}

	/** The bit of the question that is being read. */
	#wanted(): number {
		const { name, type, packet } = this.#reader;
		const any = type === typeANY;
		if ((any || type === typePTR) && isName(packet, name, this.#service)) return wantsService;
		if ((any || type === typePTR) && isName(packet, name, this.#types)) return wantsTypes;
		if ((any || type === typeSRV || type === typeTXT) && isName(packet, name, this.#instance)) return wantsInstance;
		return (any || type === typeA) && isName(packet, name, this.#host) ? wantsHost : 0;
	}

	/** The bit of the known answer that is being read, a PTR. */
	#known(): number {
		const { name, data, packet } = this.#reader;
		if (isName(packet, name, this.#service) && isName(packet, data, this.#instance)) return wantsService;
		return isName(packet, name, this.#types) && isName(packet, data, this.#service) ? wantsTypes : 0;
	}

	/** `unique`: the class of records that no other device has. */
	#compose(ttl: number, unique: number, id: number, questions: Uint8Array | undefined, count = 0): Uint8Array {
		const writer = new Writer(new Uint8Array(packet_max_bytes));
		if (questions !== undefined) writer.put(questions);
		writer.record(this.#service, typePTR, classIN, ttl, this.#instance);
		writer.record(this.#types, typePTR, classIN, ttl, this.#service);
		const place = new Uint8Array(6 + this.#host.length);
		place.set(this.#host, 6);
		writer.record(this.#instance, typeSRV, unique, ttl, place);
		writer.record(this.#instance, typeTXT, unique, ttl, this.#text);
		writer.record(this.#host, typeA, unique, ttl, this.#address);
		return writer.end(id, response, count, 5);
	}
}

/** The data of a text record (RFC 6763 §6): each of `strings`, of up to 255 bytes, behind its length. */
function textOf(...strings: readonly string[]): Uint8Array {
	const bytes = new Uint8Array(strings.reduce((sum, text) => sum + 1 + utf8Length(text), 0));
	let at = 0;
	for (const text of strings) {
		const end = writeUtf8(text, bytes, at + 1);
		bytes[at] = end - at - 1;
		at = end;
	}
	return bytes;
}
