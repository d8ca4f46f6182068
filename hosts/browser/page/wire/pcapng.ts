// A recording as a file that Wireshark opens: pcapng (draft-ietf-opsawg-pcapng), each MQTT packet in a TCP segment of its own. The addresses and
// the TCP around it are made up, for the page has a WebSocket; the MQTT is as it was.
import type { Connection } from "./entry.js";
import type { Recorded } from "./tape.js";

/** LINKTYPE_RAW: IPv4 without a header in front. */
const linktype_raw = 101;
const section_header = 0x0a0d0d0a;
const interface_description = 1;
const enhanced_packet = 6;
const opt_comment = 1;
const shb_userappl = 4;
const if_name = 2;

const ip_bytes = 20;
const tcp_bytes = 20;
/** The most bytes in a segment: a packet of IPv4 has up to 65,535 bytes. */
const segment_max = 32 * 1024;
const mqtt_port = 1883;
/** Addresses for examples (RFC 5737): the broker's, and those of the clients. */
const broker_address = [192, 0, 2, 1] as const;
const clients_max = 240;

const SYN = 2;
const PSH = 8;
const ACK = 16;

const encoder = new TextEncoder();

/** The parts of a TCP stream that a reader of the file needs. */
interface Stream {
	readonly address: readonly number[];
	readonly port: number;
	/** Next sequence number of the client, and of the broker. */
	client: number;
	broker: number;
	comment: string;
}

/** The bytes of the file. `connections`: the connections of the recording, by number. */
export function pcapng(tape: Iterable<Recorded>, connections: ReadonlyMap<number, Connection>, program: string): Uint8Array<ArrayBuffer> {
	const blocks: Uint8Array[] = [sectionHeader(program), interfaceDescription()];
	const streams = new Map<number, Stream>();
	for (const { at, connection, out, bytes, length } of tape) {
		let stream = streams.get(connection);
		if (stream === undefined) {
			stream = newStream(connection, connections.get(connection));
			streams.set(connection, stream);
			handshake(blocks, stream, at);
		}
		for (let from = 0; from < length; from += segment_max) {
			const whole = Math.min(length - from, segment_max);
			const kept = bytes.subarray(Math.min(from, bytes.length), Math.min(from + whole, bytes.length));
			blocks.push(packetBlock(at, segment(stream, out, PSH | ACK, kept, whole), ip_bytes + tcp_bytes + whole, stream.comment));
			stream.comment = "";
			if (out) stream.client += whole;
			else stream.broker += whole;
		}
	}
	const file = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const block of blocks) {
		file.set(block, at);
		at += block.length;
	}
	return file;
}

function newStream(number: number, connection: Connection | undefined): Stream {
	const who =
		connection === undefined ? "not known" : connection.client === "" ? connection.who : `${connection.who} (${connection.client})`;
	return { address: [192, 0, 2, 2 + (number % clients_max)], port: 49_152 + (number % 16_384), client: 1, broker: 1, comment: who };
}

/** Adds SYN, SYN and ACK, ACK: without them, a reader takes the stream for one whose beginning is missing. */
function handshake(blocks: Uint8Array[], stream: Stream, at: number): void {
	const add = (out: boolean, flags: number) => {
		const bytes = segment(stream, out, flags, new Uint8Array(), 0);
		blocks.push(packetBlock(at, bytes, bytes.length, ""));
	};
	stream.client = stream.broker = 0;
	add(true, SYN);
	stream.client = 1;
	add(false, SYN | ACK);
	stream.broker = 1;
	add(true, ACK);
}

/** A TCP segment in IPv4 with the first `payload.length` of its `whole` bytes. */
function segment(stream: Stream, out: boolean, flags: number, payload: Uint8Array, whole: number): Uint8Array {
	const bytes = new Uint8Array(ip_bytes + tcp_bytes + payload.length);
	const view = new DataView(bytes.buffer);
	bytes[0] = 0x45;
	view.setUint16(2, ip_bytes + tcp_bytes + whole);
	bytes[6] = 0x40; // not to be fragmented
	bytes[8] = 64;
	bytes[9] = 6; // TCP
	bytes.set(out ? stream.address : broker_address, 12);
	bytes.set(out ? broker_address : stream.address, 16);
	view.setUint16(10, checksum(view, 0, ip_bytes));
	const tcp = ip_bytes;
	view.setUint16(tcp, out ? stream.port : mqtt_port);
	view.setUint16(tcp + 2, out ? mqtt_port : stream.port);
	view.setUint32(tcp + 4, out ? stream.client : stream.broker);
	view.setUint32(tcp + 8, flags === SYN ? 0 : out ? stream.broker : stream.client);
	bytes[tcp + 12] = (tcp_bytes / 4) << 4;
	bytes[tcp + 13] = flags;
	view.setUint16(tcp + 14, 65_535);
	bytes.set(payload, ip_bytes + tcp_bytes);
	// the pseudo-header: both addresses, the protocol, the length (RFC 9293 §3.1)
	const pseudo = sum(view, 12, 8) + 6 + tcp_bytes + whole;
	if (payload.length === whole) view.setUint16(tcp + 16, folded(pseudo + sum(view, tcp, bytes.length - tcp)));
	return bytes;
}

function sum(view: DataView, start: number, count: number): number {
	let total = 0;
	const end = start + count;
	for (let at = start; at + 1 < end; at += 2) total += view.getUint16(at);
	if (count % 2 === 1) total += view.getUint8(end - 1) << 8;
	return total;
}

function folded(total: number): number {
	while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
	return ~total & 0xffff;
}

function checksum(view: DataView, start: number, count: number): number {
	return folded(sum(view, start, count));
}

function sectionHeader(program: string): Uint8Array {
	const fixed = new Uint8Array(16);
	const view = new DataView(fixed.buffer);
	view.setUint32(0, 0x1a2b3c4d);
	view.setUint16(4, 1);
	view.setUint16(6, 0);
	fixed.fill(0xff, 8); // the section's length is not given
	return block(section_header, fixed, [[shb_userappl, program]]);
}

function interfaceDescription(): Uint8Array {
	const fixed = new Uint8Array(8);
	new DataView(fixed.buffer).setUint16(0, linktype_raw);
	return block(interface_description, fixed, [[if_name, "MQTT, as a page of Lampwire saw it"]]);
}

function packetBlock(at: number, bytes: Uint8Array, whole: number, comment: string): Uint8Array {
	const fixed = new Uint8Array(20 + padded(bytes.length));
	const view = new DataView(fixed.buffer);
	// microseconds since 1970, in two halves
	const time = Math.round(at * 1_000);
	view.setUint32(4, Math.floor(time / 2 ** 32));
	view.setUint32(8, time % 2 ** 32);
	view.setUint32(12, bytes.length);
	view.setUint32(16, whole);
	fixed.set(bytes, 20);
	return block(enhanced_packet, fixed, comment === "" ? [] : [[opt_comment, comment]]);
}

const padded = (length: number) => (length + 3) & ~3;

/** A block: its type, its length, its body and options, its length again. All numbers have the high byte first, as the byte-order magic says. */
function block(type: number, fixed: Uint8Array, options: readonly (readonly [code: number, text: string])[]): Uint8Array {
	const texts = options.map(([code, text]) => [code, encoder.encode(text)] as const);
	const more = texts.reduce((total, [, text]) => total + 4 + padded(text.length), 0);
	const length = 12 + fixed.length + (more > 0 ? more + 4 : 0);
	const bytes = new Uint8Array(length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, type);
	view.setUint32(4, length);
	bytes.set(fixed, 8);
	let at = 8 + fixed.length;
	for (const [code, text] of texts) {
		view.setUint16(at, code);
		view.setUint16(at + 2, text.length);
		bytes.set(text, at + 4);
		at += 4 + padded(text.length);
	}
	view.setUint32(length - 4, length);
	return bytes;
}
