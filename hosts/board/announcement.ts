// What a board tells its network of itself: DNS-SD (RFC 6763) over multicast DNS (RFC 6762). Bytes alone: announce.ts sends and receives them. The type
// `_lampwire._tcp` is our own: the established ones promise a server (`_mqtt._tcp` a broker, `_http._tcp` a page), and a board has none; its port is 0, "no
// service here" (RFC 6763 §8). Nothing is allocated for a packet that asks for something else.
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

/** Seconds. A board that loses its power says no goodbye, and is forgotten by itself; who watches asks again in time (RFC 6762 §5.2, §10). */
export const ttl_s = 120;
/** To programs that know no multicast DNS (§6.7). */
const legacy_ttl_s = 10;

/** Flags (RFC 6762 §18): a response, authoritative. */
const response = 0x8400;

/** The longest: id of 64 bytes, topic of 128; about 700. Over any Wi-Fi in one piece. */
const packet_max_bytes = 1_024;
/** Questions that are repeated to who knows no multicast DNS. */
const repeated_max_bytes = 300;

/** What an answer is asked for: each record has a bit. */
const wantsService = 1;
const wantsTypes = 2;
const wantsInstance = 4;
const wantsHost = 8;

export interface Told {
	role: string;
	/** Up to 64 bytes; of its name the first 63. */
	id: string;
	/** Up to 128 bytes. */
	topic: string;
	/** One label, letters of ASCII, digits and hyphens: no other board in the network may have it. */
	host: string;
	/** Of IPv4. */
	address: string;
}

export class Announcement {
	/** What the network is told, and answered. */
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
		// a string behind its length is what a label is, too, but for the 0 at the end (RFC 6763 §6.1)
		this.#text = textOf(`role=${role}`, `id=${id}`, `topic=${topic}`);
		this.#address = Uint8Array.from(address.split("."), Number);
		this.packet = this.#compose(ttl_s, class_flag | classIN, 0, undefined).slice();
	}

	/** The same with the end of its life: everybody forgets it (RFC 6762 §10.1). */
	goodbye(): Uint8Array {
		return this.#compose(0, class_flag | classIN, 0, undefined);
	}

	/** Whether `query` asks, by multicast, for something of ours that it does not know yet (§7.1). */
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
	 * What to answer to `query` from a port that is not that of multicast DNS: its number and its questions repeated (§6.7). Newly allocated; undefined
	 * where it asks for nothing of ours.
	 */
	legacy(query: Uint8Array): Uint8Array | undefined {
		if (this.#wants(query) === 0 || this.#reader.at - header_bytes > repeated_max_bytes) return undefined;
		return this.#compose(legacy_ttl_s, classIN, this.#reader.id, query.subarray(header_bytes, this.#reader.at), this.#reader.questions);
	}

	/** The bits of what is asked. Afterwards the reader stands behind the questions. */
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

	/** Of the question that is being read. */
	#wanted(): number {
		const { name, type, packet } = this.#reader;
		const any = type === typeANY;
		if ((any || type === typePTR) && isName(packet, name, this.#service)) return wantsService;
		if ((any || type === typePTR) && isName(packet, name, this.#types)) return wantsTypes;
		if ((any || type === typeSRV || type === typeTXT) && isName(packet, name, this.#instance)) return wantsInstance;
		return (any || type === typeA) && isName(packet, name, this.#host) ? wantsHost : 0;
	}

	/** Of the record that is being read, a PTR. */
	#known(): number {
		const { name, data, packet } = this.#reader;
		if (isName(packet, name, this.#service) && isName(packet, data, this.#instance)) return wantsService;
		return isName(packet, name, this.#types) && isName(packet, data, this.#service) ? wantsTypes : 0;
	}

	/** `unique`: the class of records that nobody else has. */
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
