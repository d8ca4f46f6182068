// Names that end with `.local` are asked for by multicast DNS (RFC 6762 §5.1), for the resolvers of lwIP and of mcsim do not resolve them. The SDK's
// resolver for such names is not used: an answer of 14 bytes, a name that points to itself, makes its parser loop for ever (docs/upstream.md).
import type { Time } from "../../src/host.js";
import { ask } from "./ask.js";
import { isName, nameOf, Reader, typeA, Writer } from "./dns.js";

/** Header, name, type and class. */
const question_max_bytes = 12 + 255 + 4;

/** Whether `host` is a `.local` name: one label of up to 63 letters and `.local`, in either case, with or without the root's dot. */
export function isLocal(host: string): boolean {
	const name = plain(host);
	const label = name.length - ".local".length;
	return name.endsWith(".local") && name.indexOf(".") === label && label > 0 && label <= 63;
}

function plain(host: string): string {
	const name = host.toLowerCase();
	return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** The address of one name. */
class Host {
	readonly lacks = false;
	address: string | undefined;
	readonly #name: Uint8Array;
	readonly #reader = new Reader(new Uint8Array());

	constructor(name: Uint8Array) {
		this.#name = name;
	}

	get answered(): boolean {
		return this.address !== undefined;
	}

	question(): Uint8Array {
		const writer = new Writer(new Uint8Array(question_max_bytes));
		writer.question(this.#name, typeA);
		return writer.end(0, 0, 1, 0);
	}

	take(packet: Uint8Array): void {
		const reader = this.#reader;
		if (!reader.beginResponse(packet)) return;
		for (let left = reader.records; left > 0 && reader.record(); left--)
			if (reader.isIn(typeA) && reader.ttl !== 0 && isName(packet, reader.name, this.#name)) this.address ??= reader.address;
	}
}

/** `answered` is called once, from the event loop: with an address of IPv4, or `undefined` after five seconds. Returns a function that ends it. */
export function askNetwork(host: string, time: Time, answered: (address: string | undefined) => void): () => void {
	const inquiry = new Host(nameOf(...plain(host).split(".")));
	return ask(inquiry, 0, time, () => answered(inquiry.address));
}
