// The services in this network (RFC 6763): the question, and the content of the answers. A PTR names an instance, its SRV a host and a port; its TXT
// has further keys, and an A record the host's address. Bytes alone: ask.ts sends and receives them.
import { readUtf8 } from "../../src/mqtt/bytes/utf8.js";
import { fold, isName, nameOf, Reader, readName, typeA, typePTR, typeSRV, typeTXT, Writer } from "./dns.js";

/** Services that are kept of all that answer: a sender that makes up more of them cannot fill the memory. */
export const services_max = 8;

/** A packet that no network fragments (RFC 1035 §2.3.4); a record that does not fit is asked for the next time. */
const question_max_bytes = 512;
/** The bytes of type and class. */
const asked_bytes = 4;

/** Offsets in a SRV record (RFC 2782): priority and weight come first, then the port, then the target. */
const srv_port = 4;
const srv_target = 6;

export interface Service {
	/** The instance as people read it. Any device may have chosen it. */
	name: string;
	/** An address of IPv4. */
	address: string;
	/** 1 to 65,535. */
	port: number;
	/** From the text record; undefined where it has no such key. */
	topic: string | undefined;
	path: string | undefined;
}

interface Instance extends Service {
	key: Uint8Array;
	/** The name of the host. */
	target: Uint8Array | undefined;
	/** The text record has come. */
	told: boolean;
}

/** The services of one type that have answered. */
export class Survey {
	readonly #type: Uint8Array;
	readonly #all: Instance[] = [];
	readonly #reader = new Reader(new Uint8Array());

	/** `type`: a service over TCP, such as `_mqtt`. */
	constructor(type: string) {
		this.#type = nameOf(type, "_tcp", "local");
	}

	/** The services with a known address and port, in the order of their answers. A port 0 is no service (RFC 6763 §8). */
	get services(): readonly Service[] {
		return this.#all.filter(({ address, port }) => address !== "" && port !== 0);
	}

	get answered(): boolean {
		return this.services.length > 0;
	}

	/** The port or the address of a named instance has not come: responders may leave them out (RFC 6763 §12). */
	get lacks(): boolean {
		return this.#all.some(({ target, address, port }) => target === undefined || (address === "" && port !== 0));
	}

	/** Asks for all instances, and for the missing records of the known ones. Newly allocated. */
	question(): Uint8Array {
		const writer = new Writer(new Uint8Array(question_max_bytes));
		let count = 0;
		const ask = (name: Uint8Array, type: number) => {
			if (writer.at + name.length + asked_bytes > question_max_bytes) return;
			writer.question(name, type);
			count += 1;
		};
		ask(this.#type, typePTR);
		for (const { key, target, told, address } of this.#all) {
			if (target === undefined) ask(key, typeSRV);
			else if (address === "") ask(target, typeA);
			if (!told) ask(key, typeTXT);
		}
		return writer.end(0, 0, count, 0);
	}

	/** Takes a packet of any bytes: its records of the service are kept, the rest is passed over. */
	take(packet: Uint8Array): void {
		// A packet may have its records in any order; here a record comes before the record that it names.
		this.#each(packet, typePTR, () => this.#named());
		this.#each(packet, typeSRV, () => this.#placed());
		this.#each(packet, typeTXT, () => this.#told());
		this.#each(packet, typeA, () => this.#addressed());
	}

	#each(packet: Uint8Array, type: number, then: () => void): void {
		const reader = this.#reader;
		if (!reader.beginResponse(packet)) return;
		for (let left = reader.records; left > 0 && reader.record(); left--) if (reader.isIn(type)) then();
	}

	#named(): void {
		const { packet, name, data, ttl } = this.#reader;
		if (!isName(packet, name, this.#type)) return;
		const known = this.#all.findIndex(({ key }) => isName(packet, data, key));
		// a goodbye (RFC 6762 §10.1)
		if (ttl === 0) {
			if (known >= 0) this.#all.splice(known, 1);
			return;
		}
		if (known >= 0 || this.#all.length === services_max) return;
		const key = readName(packet, data);
		const label = key && readUtf8(key, 1, 1 + key[0]);
		if (key === undefined || !label || !isName(key, 1 + key[0], this.#type)) return;
		this.#all.push({ key, name: label, target: undefined, told: false, address: "", port: 0, topic: undefined, path: undefined });
	}

	/** The instance of the record that is being read. */
	#owner(): Instance | undefined {
		const { packet, name } = this.#reader;
		return this.#all.find(({ key }) => isName(packet, name, key));
	}

	#placed(): void {
		const { packet, data, end } = this.#reader;
		const owner = this.#owner();
		if (owner === undefined || owner.target !== undefined || end < data + srv_target) return;
		owner.target = readName(packet, data + srv_target);
		owner.port = (packet[data + srv_port] << 8) | packet[data + srv_port + 1];
	}

	/** Strings of `key=value`, each behind its length; where a key comes twice, the first counts (RFC 6763 §6). */
	#told(): void {
		const { packet, data, end } = this.#reader;
		const owner = this.#owner();
		if (owner === undefined || owner.told) return;
		owner.told = true;
		for (let at = data; at < end; at += 1 + packet[at]) {
			const until = at + 1 + packet[at];
			if (until > end) return;
			owner.topic ??= textOf(packet, at + 1, until, "topic=");
			owner.path ??= textOf(packet, at + 1, until, "path=");
		}
	}

	#addressed(): void {
		const { packet, name } = this.#reader;
		for (const instance of this.#all) {
			const { target, address } = instance;
			// a loopback address is meant for programs of that machine; in the simulator it is better than none
			if (target === undefined || (address !== "" && !address.startsWith("127."))) continue;
			if (isName(packet, name, target)) instance.address = this.#reader.address ?? address;
		}
	}
}

/** The text after `key` in `packet[start..end)`, if that begins with `key`, in either case, and is UTF-8. */
function textOf(packet: Uint8Array, start: number, end: number, key: string): string | undefined {
	if (end - start < key.length) return undefined;
	for (let i = 0; i < key.length; i++) if (fold(packet[start + i]) !== key.charCodeAt(i)) return undefined;
	return readUtf8(packet, start + key.length, end);
}
