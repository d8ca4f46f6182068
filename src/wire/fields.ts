// The fields of a packet (MQTT 3.1.1 §3) of client or server, in words for people: a malformed packet is decoded as far as possible. The
// client's own decoder (`mqtt/packets/inbound.ts`) decodes the packets of a server only, and makes no words.
import { readUtf8 } from "../mqtt/bytes/utf8.js";
import * as wire from "../mqtt/packets/wire.js";

/** The kind of a field, for its colour. */
export type Kind = "header" | "length" | "topic" | "id" | "flags" | "payload";

export interface Field {
	kind: Kind;
	name: string;
	/** Position in the packet's bytes; `end` is behind the last byte. */
	start: number;
	end: number;
	/** The value in words; of a text that is too long, its beginning. */
	value: string;
}

export interface Filter {
	filter: string;
	/** SUBSCRIBE: the QoS that is asked for; UNSUBSCRIBE: -1. */
	QoS: number;
}

/** Names of the fourteen packet types, by number (§2.2.1). */
export const typeNames: readonly string[] = [
	"reserved",
	"CONNECT",
	"CONNACK",
	"PUBLISH",
	"PUBACK",
	"PUBREC",
	"PUBREL",
	"PUBCOMP",
	"SUBSCRIBE",
	"SUBACK",
	"UNSUBSCRIBE",
	"UNSUBACK",
	"PINGREQ",
	"PINGRESP",
	"DISCONNECT",
	"reserved",
];

/** Letters of a value that are shown, and bytes of a text that are read. */
const value_max = 80;
const text_max_bytes = 1024;

/** One packet. A property that its type does not have is 0, empty or undefined. */
export class Packet {
	/** One of the fourteen packet types (§2.2.1). */
	type = 0;
	readonly fields: Field[] = [];
	/** Bytes on the wire; of a very long packet more than were kept. */
	length = 0;
	/** The fault of the packet; "": none of those that are checked here. */
	fault = "";
	/** Packet identifier. */
	id = 0;
	QoS = 0;
	retain = false;
	duplicate = false;
	topic = "";
	/** PUBLISH: bytes of the payload, on the wire. */
	payloadLength = 0;
	/** PUBLISH and a will: the payload as text, or the count of its bytes. */
	payload = "";
	filters: Filter[] = [];
	/** SUBACK. */
	codes: number[] = [];
	/** CONNACK. */
	sessionPresent = false;
	returnCode = 0;
	/** CONNECT. Level 3: MQTT 3.1, 4: MQTT 3.1.1, 5: MQTT 5. */
	level = 0;
	client = "";
	clean = false;
	/** Seconds. */
	keepAlive = 0;
	/** CONNECT: has a will, whose topic, payload, QoS and retain are `topic`, `payload`, `QoS` and `retain`. */
	will = false;
	user: string | undefined;
	/** Where the password's bytes stand. */
	password: readonly [start: number, end: number] | undefined;

	get name(): string {
		return typeNames[this.type] as string;
	}
}

/** Reads one field after the other. Behind the end, the reader returns zeros and sets `short`. */
class Reader {
	at = 0;
	short = false;
	readonly bytes: Uint8Array;
	readonly #fields: Field[];

	constructor(bytes: Uint8Array, fields: Field[]) {
		this.bytes = bytes;
		this.#fields = fields;
	}

	get left(): boolean {
		return this.at < this.bytes.length;
	}

	/** Adds a field of `count` bytes, or of those that there are. Returns its index. */
	field(kind: Kind, name: string, count: number, value = ""): number {
		const end = Math.min(this.at + count, this.bytes.length);
		if (end < this.at + count) this.short = true;
		if (end === this.at) return -1;
		this.#fields.push({ kind, name, start: this.at, end, value });
		this.at = end;
		return this.#fields.length - 1;
	}

	/** Adds a number of one or two bytes, as a field of its own. */
	number(kind: Kind, name: string, count: 1 | 2, told: (value: number) => string = String): number {
		const value = this.peek(count);
		this.field(kind, name, count, told(value));
		return value;
	}

	/** Adds a text or bytes behind two bytes of length (§1.5.3), as one field. `hidden`: its value is not shown. */
	text(kind: Kind, name: string, hidden = false): string {
		const length = this.peek(2);
		const start = this.at + 2;
		const value = hidden ? `${length} bytes, not shown` : textOf(this.bytes, start, Math.min(start + length, this.bytes.length));
		this.field(kind, name, 2 + length, short(value));
		return value;
	}

	peek(count: 1 | 2): number {
		const first = this.bytes[this.at] ?? 0;
		return count === 1 ? first : first * 256 + (this.bytes[this.at + 1] ?? 0);
	}
}

/** The fields of a packet. `bytes`: the whole packet, or its beginning; `length`: its bytes on the wire. */
export function readPacket(bytes: Uint8Array, length = bytes.length): Packet {
	const packet = new Packet();
	const reader = new Reader(bytes, packet.fields);
	const first = bytes[0] ?? 0;
	packet.type = first >> 4;
	packet.length = length;
	readHeader(packet, reader, first & 15);
	bodies[packet.type]?.(packet, reader);
	const truncated = length > bytes.length;
	if (reader.left) {
		packet.fault ||= "has more bytes than its fields";
		reader.field("payload", "more than there should be", bytes.length - reader.at);
	} else if (reader.short && !truncated) packet.fault ||= "ends too early";
	return packet;
}

function readHeader(packet: Packet, reader: Reader, flags: number): void {
	const { type, name } = packet;
	if (type === wire.PUBLISH) {
		packet.duplicate = (flags & wire.DUP) !== 0;
		packet.QoS = (flags >> 1) & 3;
		packet.retain = (flags & wire.RETAIN) !== 0;
		if (packet.QoS === 3) packet.fault = "has QoS 3 [MQTT-3.3.1-4]";
	} else if (flags !== wire.reservedFlags[type]) packet.fault = `has the flags ${flags} [MQTT-2.2.2-1]`;
	if (type === 0 || type === 15) packet.fault = `is of type ${type}, which is reserved`;
	const again = packet.duplicate ? ", again" : "";
	const more = type === wire.PUBLISH ? `, QoS ${packet.QoS}${packet.retain ? ", retain" : ""}${again}` : "";
	reader.field("header", "type and flags", 1, `type ${type}: ${name}${more}`);
	let count = 1;
	while (count < 4 && (reader.bytes[count] ?? 0) > 127) count++;
	reader.field("length", "remaining length", count, "");
	const field = packet.fields.at(-1);
	if (field?.kind === "length") field.value = `${bytesWords(packet.length - reader.at)} follow`;
}

/** The readers of the bytes behind the fixed header, by packet type. */
const bodies: readonly (((packet: Packet, reader: Reader) => void) | undefined)[] = [
	undefined,
	readConnect,
	readConnack,
	readPublish,
	readId,
	readId,
	readId,
	readId,
	readSubscribe,
	readSuback,
	readUnsubscribe,
	readId,
];

function readConnect(packet: Packet, reader: Reader): void {
	const protocol = reader.text("header", "protocol name");
	packet.level = reader.number(
		"header",
		"protocol level",
		1,
		(level) => `${level & 127}: MQTT ${{ 3: "3.1", 4: "3.1.1", 5: "5" }[level & 127] ?? "?"}`,
	);
	// Mosquitto's bridges set the highest bit.
	packet.level &= 127;
	if (packet.level !== 4 && packet.level !== 3) {
		packet.fault = protocol === "MQTT" ? `asks for MQTT of level ${packet.level}, which is not read here` : "is no CONNECT of MQTT";
		reader.field("payload", "not read here", reader.bytes.length - reader.at);
		return;
	}
	const flags = reader.number("flags", "connect flags", 1, flagWords);
	packet.clean = (flags & 2) !== 0;
	packet.keepAlive = reader.number("length", "keep-alive", 2, (seconds) => (seconds === 0 ? "off" : `${seconds} s`));
	packet.client = reader.text("id", "client id");
	if (flags & 4) {
		packet.will = true;
		packet.topic = reader.text("topic", "will: topic");
		packet.payload = reader.text("payload", "will: message");
		packet.QoS = (flags >> 3) & 3;
		packet.retain = (flags & 32) !== 0;
	}
	if (flags & 128) packet.user = reader.text("id", "user name");
	if (flags & 64) {
		const start = reader.at + 2;
		reader.text("payload", "password", true);
		packet.password = [Math.min(start, reader.at), reader.at];
	}
}

function flagWords(flags: number): string {
	const words = [flags & 2 ? "clean session" : "session kept"];
	if (flags & 4) words.push(`will at QoS ${(flags >> 3) & 3}${flags & 32 ? ", retained" : ""}`);
	if (flags & 128) words.push("user name");
	if (flags & 64) words.push("password");
	return words.join(", ");
}

/** CONNACK's return codes in the words of the standard (§3.2.2.3). */
export const returnCodes: readonly string[] = [
	"accepted",
	"unacceptable protocol version",
	"identifier rejected",
	"server unavailable",
	"bad user name or password",
	"not authorized",
];

function readConnack(packet: Packet, reader: Reader): void {
	packet.sessionPresent = (reader.number("flags", "session present", 1, (flag) => (flag & 1 ? "yes" : "no")) & 1) !== 0;
	packet.returnCode = reader.number("id", "return code", 1, (code) => `${code}: ${returnCodes[code] ?? "not known"}`);
}

function readPublish(packet: Packet, reader: Reader): void {
	packet.topic = reader.text("topic", "topic");
	if (packet.QoS > 0) readId(packet, reader);
	const end = reader.bytes.length;
	packet.payloadLength = packet.length - reader.at;
	packet.payload = packet.payloadLength > end - reader.at ? bytesWords(packet.payloadLength) : textOf(reader.bytes, reader.at, end);
	reader.field("payload", "payload", end - reader.at, short(packet.payload));
}

function readId(packet: Packet, reader: Reader): void {
	packet.id = reader.number("id", "packet id", 2, (id) => `#${id}`);
	if (packet.id === 0) packet.fault ||= "has the packet id 0 [MQTT-2.3.1-1]";
}

function readSubscribe(packet: Packet, reader: Reader): void {
	readId(packet, reader);
	while (reader.left) {
		const filter = reader.text("topic", "filter");
		const QoS = reader.number("flags", "QoS asked for", 1, (value) => `at most QoS ${value}`);
		packet.filters.push({ filter, QoS });
	}
}

function readSuback(packet: Packet, reader: Reader): void {
	readId(packet, reader);
	while (reader.left)
		packet.codes.push(reader.number("flags", "answer", 1, (code) => (code === wire.SUBACK_FAILURE ? "refused" : `QoS ${code}`)));
}

function readUnsubscribe(packet: Packet, reader: Reader): void {
	readId(packet, reader);
	while (reader.left) packet.filters.push({ filter: reader.text("topic", "filter"), QoS: -1 });
}

/** The bytes as text, of a long text its beginning; where they are not UTF-8, their count. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
	if (end - start <= text_max_bytes) return readUtf8(bytes, start, Math.max(start, end)) ?? bytesWords(end - start);
	let cut = start + text_max_bytes;
	// the cut is not within a character
	while (cut > start && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
	const text = readUtf8(bytes, start, cut);
	return text === undefined ? bytesWords(end - start) : `${text}…`;
}

function short(text: string): string {
	return text.length > value_max ? `${text.slice(0, value_max)}…` : text;
}

export function bytesWords(count: number): string {
	return count === 1 ? "1 byte" : `${count} bytes`;
}
