// Which services there are in this network (RFC 6763): the question, and what the answers tell. A PTR names an instance, its SRV a host and a port, its
// TXT what else there is to know, A the host's address. Bytes alone: ask.ts sends and receives them.
import { readUtf8 } from "../../src/mqtt/bytes/utf8.js";
import { fold, isName, nameOf, Reader, readName, typeA, typePTR, typeSRV, typeTXT, Writer } from "./dns.js";

/** Services that are kept of all that answer: memory for somebody who makes up more. */
export const services_max = 8;

/** Without a fragment over any network (RFC 1035 §2.3.4); what does not fit is asked for the next time. */
const question_max_bytes = 512;
/** Type and class. */
const asked_bytes = 4;

/** Priority and weight, port (RFC 2782); the target follows. */
const srv_port = 4;
const srv_target = 6;

export interface Service {
	/** The instance as people read it. Anybody may have chosen it. */
	name: string;
	/** Of IPv4. */
	address: string;
	/** 1 to 65535. */
	port: number;
	/** Of the text record, where it has them. */
	topic: string | undefined;
	path: string | undefined;
}

interface Instance extends Service {
	key: Uint8Array;
	/** The host. */
	target: Uint8Array | undefined;
	/** The text record has come. */
	told: boolean;
}

/** What has been told of one type of service. */
export class Survey {
	readonly #type: Uint8Array;
	readonly #all: Instance[] = [];
	readonly #reader = new Reader(new Uint8Array());

	/** `type`: such as `_mqtt`, of TCP. */
	constructor(type: string) {
		this.#type = nameOf(type, "_tcp", "local");
	}

	/** Those that are known with address and port, in the order of their answers. A port 0 is no service (RFC 6763 §8). */
	get services(): readonly Service[] {
		return this.#all.filter(({ address, port }) => address !== "" && port !== 0);
	}

	get answered(): boolean {
		return this.services.length > 0;
	}

	/** Something has been named whose port or address has not come: responders may leave that out (RFC 6763 §12). */
	get lacks(): boolean {
		return this.#all.some(({ target, address, port }) => target === undefined || (address === "" && port !== 0));
	}

	/** Newly allocated: who is there, and what is still lacking of those who are. */
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

	/** Whatever `packet` is: what it tells of the service is kept, the rest is passed over. */
	take(packet: Uint8Array): void {
		// A responder may tell in any order; what names another record comes before it here.
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

	/** Whose record is being read. */
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

	/** Strings of `key=value`, each behind its length; of a key that comes twice the first counts (RFC 6763 §6). */
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
			// the loopback's is meant for programs of that machine; it is better than none in the simulator
			if (target === undefined || (address !== "" && !address.startsWith("127."))) continue;
			if (isName(packet, name, target)) instance.address = this.#reader.address ?? address;
		}
	}
}

/** What follows `key` in `packet[start..end)`, if it begins like that, in either case, and is UTF-8. */
function textOf(packet: Uint8Array, start: number, end: number, key: string): string | undefined {
	if (end - start < key.length) return undefined;
	for (let i = 0; i < key.length; i++) if (fold(packet[start + i]) !== key.charCodeAt(i)) return undefined;
	return readUtf8(packet, start + key.length, end);
}
