// The last message with each packet id at QoS 1. A message with DUP that has the id and the content of that one was kept already: the broker has
// not received the PUBACK. MQTT 3.1.1 §4.3.2 lets it send again until it does; nothing else in a packet marks a resend.
import type { Seen } from "./store.js";

/**
 * A broker sends again only messages that are less than so many back: those that it has under way at once. Brokers that count their ids up come
 * to the same id after 65,535; so an older message is not taken for a resend.
 */
export const seen_max = 32_768;
const ids = 65_536;

export class SeenTable {
	readonly #hashes = new Uint32Array(ids);
	/** The number of the message, from 1 on; 0: none. */
	readonly #numbers = new Float64Array(ids);
	#count = 0;

	constructor(kept: readonly Seen[] = []) {
		for (const { id, hash } of kept) this.add(id, hash);
	}

	add(id: number, hash: number): void {
		this.#count += 1;
		this.#hashes[id] = hash;
		this.#numbers[id] = this.#count;
	}

	has(id: number, hash: number): boolean {
		const number = this.#numbers[id];
		return number !== 0 && this.#count - number < seen_max && this.#hashes[id] === hash;
	}

	/** A new session: earlier ids mean nothing. */
	clear(): void {
		this.#numbers.fill(0);
	}
}

/** FNV-1a of a topic and a payload, 32 bits. */
export function hashOf(topic: string, payload: Uint8Array): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < topic.length; i++) hash = Math.imul(hash ^ topic.charCodeAt(i), 0x01000193);
	hash = Math.imul(hash ^ 0xffff, 0x01000193);
	for (let i = 0; i < payload.length; i++) hash = Math.imul(hash ^ payload[i], 0x01000193);
	return hash >>> 0;
}
