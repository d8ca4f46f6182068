// Names and records of DNS (RFC 1035 §4.1), read and written. A packet may come from any device: whatever its bytes are, no function here throws,
// reads beyond it, or goes on for ever. A read allocates nothing but its result; a name is kept as its bytes on the wire, whole, with the root's 0.
import { utf8Length, writeUtf8 } from "../../src/mqtt/bytes/utf8.js";

/** The group and the port of multicast DNS (RFC 6762 §3). */
export const mdns_group = "224.0.0.251";
export const mdns_port = 5353;

export const header_bytes = 12;
/** Type, class, time to live, length of the data (§4.1.3). */
const record_bytes = 2 + 2 + 4 + 2;
/** The limits of RFC 1035 §2.3.4. */
const label_max_bytes = 63;
const name_max_bytes = 255;
/** Labels of a name that is passed over: a name of 255 bytes has up to 127. */
const labels_max = 128;
/** Labels of a name that is read (an instance has 4, a host 2), and pointers between two labels. So a packet of those alone costs little time. */
const read_labels_max = 16;
const pointers_max = 4;
/** Questions and records that are read in one packet, so that a packet of the shortest entries costs no more than one of long entries. */
const entries_max = 64;

/** Types of records: RFC 1035 §3.2.2; SRV in RFC 2782. */
export const typeA = 1;
export const typePTR = 12;
export const typeTXT = 16;
export const typeSRV = 33;
export const typeANY = 255;

export const classIN = 1;
/** The highest bit of a class is a flag: in a record "drop the earlier records", in a question "answer by unicast" (RFC 6762 §10.2, §5.4). */
export const class_flag = 0x8000;

const pointer = 0xc0;

/** A letter of ASCII in lower case. */
export function fold(byte: number): number {
	return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** `text` cut to the 63 bytes of a label, at the end of a character. */
export function labelOf(text: string): string {
	let fits = text;
	// half a surrogate pair, on a host with UTF-16, has the length -1
	for (let bytes = utf8Length(fits); bytes > label_max_bytes || bytes < 0; bytes = utf8Length(fits)) fits = fits.slice(0, -1);
	return fits;
}

/** The name of labels in UTF-8 (RFC 6763 §4.1.1) without U+0000. Throws where a label has none or more than 63 bytes, or all have more than 255. */
export function nameOf(...labels: readonly string[]): Uint8Array {
	let length = 1;
	for (const label of labels) {
		const bytes = utf8Length(label);
		if (bytes < 1 || bytes > label_max_bytes) throw new RangeError(`DNS: a label of ${bytes} bytes`);
		length += 1 + bytes;
	}
	if (length > name_max_bytes) throw new RangeError(`DNS: a name of ${length} bytes`);
	const bytes = new Uint8Array(length);
	let at = 0;
	for (const label of labels) {
		const end = writeUtf8(label, bytes, at + 1);
		bytes[at] = end - at - 1;
		at = end;
	}
	return bytes;
}

/** The end of the name at `at`, or -1 when it does not end within the packet. The target of a pointer is not read. */
function nameEnd(packet: Uint8Array, at: number): number {
	for (let labels = 0; labels < labels_max && at < packet.length; labels++) {
		const length = packet[at];
		if (length === 0) return at + 1;
		if (length >= pointer) return at + 2 <= packet.length ? at + 2 : -1;
		if (length > label_max_bytes) return -1;
		at += 1 + length;
	}
	return -1;
}

/**
 * The place of the label at `at`, also behind pointers; or -1. §4.1.4: a pointer leads to an earlier place, below `limit`; so no chain of them is a
 * circle.
 */
function labelAt(packet: Uint8Array, at: number, limit: number): number {
	let place = at;
	let below = limit;
	for (let pointers = 0; place < packet.length && packet[place] >= pointer; pointers++) {
		if (pointers === pointers_max || place + 1 >= packet.length) return -1;
		const to = ((packet[place] & 0x3f) << 8) | packet[place + 1];
		if (to < header_bytes || to >= below) return -1;
		place = below = to;
	}
	return place < packet.length && packet[place] <= label_max_bytes && place + 1 + packet[place] <= packet.length ? place : -1;
}

/** Whether the name at `at` is `name`. Letters of ASCII are the same in either case (RFC 6762 §16). */
export function isName(packet: Uint8Array, at: number, name: Uint8Array): boolean {
	let limit = at;
	for (let i = 0; i < name.length; ) {
		const place = labelAt(packet, at, limit);
		if (place < 0) return false;
		if (place !== at) limit = place;
		const length = packet[place];
		for (let j = 0; j <= length; j++) if (fold(packet[place + j]) !== fold(name[i + j])) return false;
		if (length === 0) return true;
		i += 1 + length;
		at = place + 1 + length;
	}
	return false;
}

/** The name at `at`, newly allocated, or undefined when it is unfit: too long, beyond the packet, or a circle. */
export function readName(packet: Uint8Array, at: number): Uint8Array | undefined {
	const bytes = new Uint8Array(name_max_bytes);
	let limit = at;
	let end = 0;
	for (let labels = 0; labels < read_labels_max; labels++) {
		const place = labelAt(packet, at, limit);
		if (place < 0) return undefined;
		if (place !== at) limit = place;
		const next = place + 1 + packet[place];
		if (end + next - place > name_max_bytes) return undefined;
		bytes.set(packet.subarray(place, next), end);
		end += next - place;
		if (packet[place] === 0) return bytes.slice(0, end);
		at = next;
	}
	return undefined;
}

/** Goes through the questions and the records of one packet. One object reads one packet after another. */
export class Reader {
	packet: Uint8Array;
	/** The last question or record: the place of its name, its type, its class with the flag. */
	name = 0;
	type = 0;
	class = 0;
	/** The last record: its time to live in seconds, and where its data begin and end, within the packet. */
	ttl = 0;
	data = 0;
	end = 0;
	#at = 0;
	#entries = 0;

	constructor(packet: Uint8Array) {
		this.packet = packet;
	}

	/** Begins anew with `packet`. False: it does not count (RFC 6762 §18.3, §18.11: it has an opcode other than 0, or an error). */
	begin(packet: Uint8Array): boolean {
		this.packet = packet;
		this.#at = header_bytes;
		this.#entries = 0;
		return packet.length >= header_bytes && (packet[2] & 0x78) === 0 && (packet[3] & 0x0f) === 0;
	}

	get isResponse(): boolean {
		return (this.packet[2] & 0x80) !== 0;
	}

	/** Like `begin`, and goes on to the records. False: the packet is no response, or its questions do not fit. */
	beginResponse(packet: Uint8Array): boolean {
		if (!this.begin(packet) || !this.isResponse) return false;
		for (let left = this.questions; left > 0; left--) if (!this.question()) return false;
		return true;
	}

	/** Whether the record is of `type`, and of the internet. */
	isIn(type: number): boolean {
		return this.type === type && (this.class & ~class_flag) === classIN;
	}

	/** The address of an A record, as four numbers with dots; undefined where no machine can have it: "this network", groups and above. */
	get address(): string | undefined {
		const { packet, data, end } = this;
		if (end !== data + 4 || packet[data] === 0 || packet[data] >= 224) return undefined;
		return `${packet[data]}.${packet[data + 1]}.${packet[data + 2]}.${packet[data + 3]}`;
	}

	get id(): number {
		return this.#short(0);
	}

	/** The number of questions in the packet's header. */
	get questions(): number {
		return this.#short(4);
	}

	/** The number of answers in the header; `records`: of all records, with the authority and additional sections. */
	get answers(): number {
		return this.#short(6);
	}

	get records(): number {
		return this.answers + this.#short(8) + this.#short(10);
	}

	/** The place after the last question or record. */
	get at(): number {
		return this.#at;
	}

	#short(at: number): number {
		return (this.packet[at] << 8) | this.packet[at + 1];
	}

	/** Reads the next question. False: there is none, or it does not fit. */
	question(): boolean {
		const end = this.#entries++ < entries_max ? nameEnd(this.packet, this.#at) : -1;
		if (end < 0 || end + 4 > this.packet.length) return false;
		this.name = this.#at;
		this.type = this.#short(end);
		this.class = this.#short(end + 2);
		this.#at = end + 4;
		return true;
	}

	/** Reads the next record. False: there is none, or it does not fit. */
	record(): boolean {
		if (!this.question()) return false;
		const data = this.#at - 4 + record_bytes;
		if (data > this.packet.length) return false;
		const end = data + this.#short(data - 2);
		if (end > this.packet.length) return false;
		this.ttl = this.#short(data - 6) * 0x10000 + this.#short(data - 4);
		this.data = data;
		this.end = this.#at = end;
		return true;
	}
}

/** Composes one packet in `bytes`, which must have room for it. */
export class Writer {
	readonly bytes: Uint8Array;
	at = header_bytes;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
	}

	short(value: number): void {
		this.bytes[this.at++] = value >> 8;
		this.bytes[this.at++] = value & 0xff;
	}

	put(bytes: Uint8Array): void {
		this.bytes.set(bytes, this.at);
		this.at += bytes.length;
	}

	question(name: Uint8Array, type: number, kind = classIN): void {
		this.put(name);
		this.short(type);
		this.short(kind);
	}

	/** `ttl` in seconds, 0 to 65,535. */
	record(name: Uint8Array, type: number, kind: number, ttl: number, data: Uint8Array): void {
		this.question(name, type, kind);
		this.short(0);
		this.short(ttl);
		this.short(data.length);
		this.put(data);
	}

	/** The packet, in the memory of `bytes`. */
	end(id: number, flags: number, questions: number, answers: number): Uint8Array {
		const { at } = this;
		this.at = 0;
		this.short(id);
		this.short(flags);
		this.short(questions);
		this.short(answers);
		this.short(0);
		this.short(0);
		this.at = at;
		return this.bytes.subarray(0, at);
	}
}
