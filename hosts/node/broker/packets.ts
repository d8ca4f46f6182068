// The packets of clients that are checked in front of the broker: CONNECT, and PUBLISH by the very decoder of a lamp. So no packet passes
// that would end a lamp's connection.
import { readUtf8 } from "../../../src/mqtt/bytes/utf8.js";
import { decode, Inbound } from "../../../src/mqtt/packets/inbound.js";
import { reasonText } from "../../../src/mqtt/packets/sentences.js";
import { topicFault } from "../../../src/mqtt/packets/topic.js";
import { CONNECT, DUP, PUBLISH } from "../../../src/mqtt/packets/wire.js";
import { Malformed } from "./inlet.js";

export interface Hello {
	/** 3: MQTT 3.1, 4: MQTT 3.1.1, 5: MQTT 5. */
	level: number;
	/** Empty when the client sent none, or the level is not known. */
	id: string;
	clean: boolean;
	/** `undefined`: none was sent. */
	user: string | undefined;
	password: Buffer | undefined;
}

/** Reads the fields of a packet one after the other. */
class Fields {
	readonly #bytes: Buffer;
	#at: number;

	constructor(bytes: Buffer, at: number) {
		this.#bytes = bytes;
		this.#at = at;
	}

	byte(): number {
		const byte = this.#bytes[this.#at++];
		if (byte === undefined) throw new Malformed("sent a CONNECT that ends too early");
		return byte;
	}

	number(): number {
		return this.byte() * 256 + this.byte();
	}

	binary(): Buffer {
		const length = this.number();
		this.#at += length;
		if (this.#at > this.#bytes.length) throw new Malformed("sent a CONNECT that ends too early");
		return this.#bytes.subarray(this.#at - length, this.#at);
	}

	text(what: string): string {
		const bytes = this.binary();
		const text = readUtf8(bytes, 0, bytes.length);
		if (text === undefined) throw new Malformed(`sent a ${what} that is not UTF-8, or has U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]`);
		return text;
	}
}

function bodyOf(packet: Buffer): number {
	let at = 1;
	while ((packet[at] ?? 0) > 127) at++;
	return at + 1;
}

export function typeOf(packet: Buffer): number {
	return (packet[0] ?? 0) >> 4;
}

/** MQTT 3.1.1 §3.1. Throws `Malformed`. The broker's own parser checks the fields that are not read here. */
export function readConnect(packet: Buffer): Hello {
	if (typeOf(packet) !== CONNECT) throw new Malformed("sent something else before its CONNECT [MQTT-3.1.0-1]");
	const fields = new Fields(packet, bodyOf(packet));
	const name = fields.text("protocol name");
	// Mosquitto's bridges set the highest bit.
	const level = fields.byte() & 0x7f;
	if (name !== "MQTT" && name !== "MQIsdp") throw new Malformed("sent something that is no MQTT [MQTT-3.1.2-1]");
	if (level !== 3 && level !== 4) return { level, id: "", clean: true, user: undefined, password: undefined };
	const flags = fields.byte();
	fields.number();
	const id = fields.text("client id");
	if (flags & 4) {
		const fault = topicFault(fields.text("topic of a will"));
		if (fault) throw new Malformed(`gave a will whose topic ${fault}`);
		fields.binary();
	}
	const user = flags & 0x80 ? fields.text("user name") : undefined;
	const password = flags & 0x40 ? fields.binary() : undefined;
	return { level, id, clean: (flags & 2) !== 0, user, password };
}

export interface Publish {
	QoS: number;
	/** 0 at QoS 0. */
	id: number;
	/** A topic `$SYS/…`, which is the broker's own. */
	reserved: boolean;
	topic: string;
}

const inbound = new Inbound();
const sys = Buffer.from("$SYS/");

/** MQTT 3.1.1 §3.3: clears DUP in place, for it has no meaning for the receivers of the message [MQTT-3.3.1-3]. Throws `Malformed`. */
export function readPublish(packet: Buffer): Publish {
	packet[0] = (packet[0] ?? 0) & ~DUP;
	const result = decode(packet, 0, packet.length, inbound);
	if (result <= 0) throw new Malformed(`sent a bad ${reasonText(result).replace(/^peer: /, "")}`);
	const { topicStart, topicLength, flags, id } = inbound;
	const topic = readUtf8(packet, topicStart, topicStart + topicLength);
	if (topic === undefined) throw new Malformed("sent a topic that is not UTF-8, or has U+0000 [MQTT-1.5.3-1] [MQTT-1.5.3-2]");
	const fault = topicFault(topic);
	if (fault) throw new Malformed(`published to ${JSON.stringify(topic.slice(0, 64))}: it ${fault}`);
	const reserved = packet.subarray(topicStart, topicStart + sys.length).equals(sys);
	return { QoS: (flags >> 1) & 3, id, reserved, topic };
}

export { PUBLISH };
