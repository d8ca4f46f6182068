// The packets that a client has sent, taken apart.
import assert from "node:assert/strict";
import { text } from "./virtual.js";

export interface Packet {
	operation: number;
	flags: number;
	/** 0 where there is none. */
	id: number;
	/** Of a PUBLISH; of a SUBSCRIBE and an UNSUBSCRIBE the first filter. */
	topic: string;
	/** All that stands behind topic and id. */
	payload: string;
	QoS: number;
}

/** The packets in `sent`; one that is cut off fails. */
export function packets(sent: number[]): Packet[] {
	const all: Packet[] = [];
	const two = (at: number) => (sent[at] << 8) | sent[at + 1];
	for (let at = 0; at < sent.length; ) {
		const operation = sent[at] >> 4;
		const flags = sent[at++] & 15;
		let length = 0;
		for (let shift = 0; ; shift += 7) {
			length |= (sent[at] & 127) << shift;
			if (sent[at++] < 128) break;
		}
		const end = at + length;
		assert.ok(end <= sent.length, "a packet is longer than what was sent");
		const packet = { operation, flags, id: 0, topic: "", payload: "", QoS: 0 };
		if (operation === 3) {
			packet.QoS = (flags >> 1) & 3;
			const topicEnd = at + 2 + two(at);
			packet.topic = text(sent.slice(at + 2, topicEnd));
			at = topicEnd;
		}
		if (packet.QoS !== 0 || (operation > 3 && operation < 12)) {
			packet.id = two(at);
			at += 2;
		}
		if (operation === 8 || operation === 10) {
			const filterEnd = at + 2 + two(at);
			packet.topic = text(sent.slice(at + 2, filterEnd));
			if (operation === 8) packet.QoS = sent[filterEnd];
		}
		packet.payload = text(sent.slice(at, end));
		all.push(packet);
		at = end;
	}
	return all;
}

/** Payloads that were published, in order, as text; the topics before them. Packets of less than 128 bytes. */
export function published(bytes: number[]): string[] {
	const seen: string[] = [];
	for (let at = 0; at < bytes.length; at += bytes[at + 1] + 2) {
		if (bytes[at] >> 4 !== 3) continue;
		const QoS = (bytes[at] >> 1) & 3;
		const topicEnd = at + 4 + bytes[at + 3];
		const id = QoS ? `#${(bytes[topicEnd] << 8) | bytes[topicEnd + 1]}` : "";
		const flags = `${bytes[at] & 8 ? " dup" : ""}${bytes[at] & 1 ? " retain" : ""}`;
		seen.push(
			`${text(bytes.slice(at + 4, topicEnd))}=${text(bytes.slice(topicEnd + (QoS ? 2 : 0), at + 2 + bytes[at + 1]))} q${QoS}${id}${flags}`,
		);
	}
	return seen;
}
