// One message, and the copies that a broker sends of it where several filters match its topic: MQTT 3.1.1 §3.3.5 allows one for all of
// them, and one for each. The messages that come show the kind of broker: as many equal ones as there are filters, close behind each other,
// are copies; fewer are messages of their own. The limits of this are in docs/mqtt.md. A message sent as a test would need a topic that
// every broker allows.
import type { Alarm, Time } from "../../host.js";
import type { Message } from "./receiver.js";

/** Copies come close behind each other; NATS reads them from a log for each filter, which takes a while. */
const window_ms = 1_000;
/** Messages whose copies are awaited at once: copies of several messages may come mixed. */
const awaited_max = 4;

const UNKNOWN = 0;
/** One copy for all filters. */
const ONE = 1;
/** One copy for each filter. */
const EACH = 2;
/** After so many messages in a row with a copy for each filter, a broker of the kind `ONE` counts as one of the kind `EACH`. */
const changes_mind = 3;

class Awaited {
	topic = "";
	hash = 0;
	/** How many equal messages have come; 0: this entry is free. */
	seen = 0;
	/** How many filters match its topic. */
	filters = 0;
	since = 0;
}

export class Copies {
	readonly #awaited: readonly Awaited[] = Array.from({ length: awaited_max }, () => new Awaited());
	#next = 0;
	#kind = UNKNOWN;
	#evidence = 0;
	readonly #time: Time;
	readonly #alarm: Alarm;
	readonly #again: (message: Message) => void;
	/** The whole message whose copies were awaited last, in case they prove to be messages of their own. */
	readonly #kept: Message;
	#keptFor: Awaited | undefined;

	/** `size`: payload of the longest message that is kept; `again` is called for each supposed copy that was a message of its own. */
	constructor(time: Time, size: number, again: (message: Message) => void) {
		this.#time = time;
		this.#again = again;
		this.#alarm = time.alarm(() => this.#ring());
		const bytes = new Uint8Array(size);
		this.#kept = { topic: "", bytes, length: 0, offset: 0, byteLength: 0, more: false, QoS: 0, retain: false, duplicate: false, id: 0 };
	}

	/** Is this message, or its first fragment, a copy of one that was handed over already? `filters`: how many match its topic. */
	isCopy(message: Message, filters: number): boolean {
		const now = this.#time.now();
		this.#expire(now);
		const hash = hashOf(message);
		for (let i = 0; i < awaited_max; i++) {
			const awaited = this.#awaited[i];
			if (awaited.seen === 0 || awaited.hash !== hash || awaited.topic !== message.topic) continue;
			awaited.seen += 1;
			if (awaited.seen >= awaited.filters) this.#complete(awaited);
			return this.#kind !== ONE;
		}
		// messages held back for an older message on this topic must not come after this one
		for (let i = 0; i < awaited_max; i++) {
			const { seen, topic } = this.#awaited[i];
			if (seen > 1 && topic === message.topic) this.#settle(this.#awaited[i]);
		}
		this.#await(message, hash, filters, now);
		return false;
	}

	/** The connection has ended: no copy comes any more. */
	clear(): void {
		for (let i = 0; i < awaited_max; i++) this.#awaited[i].seen = 0;
		this.#keptFor = undefined;
		this.#alarm.clear();
	}

	close(): void {
		this.#alarm.close();
	}

	#await(message: Message, hash: number, filters: number, now: number): void {
		const awaited = this.#awaited[this.#next];
		this.#next = (this.#next + 1) % awaited_max;
		// an entry that is reused early proves nothing, unless copies have come
		if (awaited.seen > 1) this.#settle(awaited);
		awaited.topic = message.topic;
		awaited.hash = hash;
		awaited.seen = 1;
		awaited.filters = filters;
		awaited.since = now;
		this.#keptFor = message.more ? undefined : awaited;
		if (!message.more) {
			const kept = this.#kept;
			kept.topic = message.topic;
			kept.length = kept.byteLength = message.length;
			kept.QoS = message.QoS;
			kept.duplicate = message.duplicate;
			for (let i = 0; i < message.length; i++) kept.bytes[i] = message.bytes[i];
		}
		this.#alarm.set(window_ms);
	}

	/** As many messages as there are filters have come. */
	#complete(awaited: Awaited): void {
		awaited.seen = 0;
		this.#evidence += 1;
		if (this.#kind === UNKNOWN || this.#evidence >= changes_mind) this.#kind = EACH;
	}

	/** No more messages will come, and there were fewer than filters: each was a message of its own. */
	#settle(awaited: Awaited): void {
		const held = this.#kind === ONE ? 0 : awaited.seen - 1;
		awaited.seen = 0;
		this.#kind = ONE;
		this.#evidence = 0;
		if (awaited !== this.#keptFor) return;
		for (let i = 0; i < held; i++) this.#again(this.#kept);
	}

	#expire(now: number): void {
		for (let i = 0; i < awaited_max; i++) {
			const awaited = this.#awaited[i];
			if (awaited.seen !== 0 && now - awaited.since >= window_ms) this.#settle(awaited);
		}
	}

	#ring(): void {
		this.#expire(this.#time.now());
		let open = false;
		for (let i = 0; i < awaited_max; i++) if (this.#awaited[i].seen !== 0) open = true;
		if (open) this.#alarm.set(window_ms);
	}
}

/** FNV-1a of the payload bytes in this fragment, and of the payload's whole length. */
function hashOf({ bytes, length, byteLength }: Message): number {
	let hash = 0x811c9dc5 ^ byteLength;
	for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
	return hash;
}
