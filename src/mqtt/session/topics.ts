// The strings of the last few topics received, found again by their bytes: a lamp receives one topic only, and its string is made once.
import { readUtf8 } from "../bytes/utf8.js";

/**
 * One remembered topic. Its bytes are compared eight at a time, as numbers: the cheapest comparison in a script. Two patterns of bits
 * compare wrongly: 0 equals -0, but both hold U+0000, which is never remembered; NaN equals nothing, which costs a new string and no more.
 */
export class Topic {
	text = "";
	/** In bytes; while no topic is remembered, longer than any topic can be, so that none matches. */
	length = 65_536;
	/** The first eight bytes, the next eight and the last eight (they may overlap): a topic of 8 to 24 bytes is compared by these. */
	first = 0;
	second = 0;
	last = 0;
	/** Where the last eight bytes begin. */
	lastAt = 0;
	/** The bytes between them, of a topic of more than 24 bytes, from its end to its beginning; or those of one with less than eight. */
	readonly #between: Float64Array;
	/** Where those begin: all topics of a cache share one array. */
	readonly #from: number;

	constructor(between: Float64Array, from: number) {
		this.#between = between;
		this.#from = from;
	}

	/** Whether this topic stands at `start`, where a topic of the same length stands. */
	at(view: DataView, start: number): boolean {
		if (this.length < 8) return this.#shortAt(view, start);
		if (view.getFloat64(start + this.lastAt) !== this.last || view.getFloat64(start) !== this.first) return false;
		if (this.length > 16 && view.getFloat64(start + 8) !== this.second) return false;
		return this.length < 25 || this.#betweenAt(view, start);
	}

	keep(text: string, view: DataView, start: number, length: number): void {
		this.text = text;
		this.length = length;
		if (length < 8) {
			for (let i = 0; i < length; i++) this.#between[this.#from + i] = view.getUint8(start + i);
			return;
		}
		this.lastAt = length - 8;
		this.first = view.getFloat64(start);
		this.last = view.getFloat64(start + this.lastAt);
		if (length > 16) this.second = view.getFloat64(start + 8);
		let word = this.#from;
		for (let i = length - 16; i > 8; i -= 8) this.#between[word++] = view.getFloat64(start + i);
	}

	#shortAt(view: DataView, start: number): boolean {
		let i = this.length;
		do {
			i -= 1;
			if (view.getUint8(start + i) !== this.#between[this.#from + i]) return false;
		} while (i !== 0);
		return true;
	}

	#betweenAt(view: DataView, start: number): boolean {
		let word = this.#from;
		for (let i = this.length - 16; i > 8; i -= 8) if (view.getFloat64(start + i) !== this.#between[word++]) return false;
		return true;
	}
}

export class TopicCache {
	/** The topic found last. */
	last: Topic;
	readonly #topics: Topic[] = [];
	#next = 0;

	/** Remembers `entries` topics of up to `longest` bytes each. */
	constructor(entries: number, longest: number) {
		const words = Math.max(7, Math.ceil((longest - 24) / 8));
		const between = new Float64Array(entries * words);
		for (let i = 0; i < entries; i++) this.#topics.push(new Topic(between, i * words));
		this.last = this.#topics[0];
	}

	/** The string of the topic in `bytes[start..start + length)`; `undefined` when it is no topic name [MQTT-3.3.2-1] [MQTT-3.3.2-2]. */
	find(bytes: Uint8Array, view: DataView, start: number, length: number): string | undefined {
		if (this.last.length === length && this.last.at(view, start)) return this.last.text;
		for (let i = 0; i < this.#topics.length; i++) {
			const topic = this.#topics[i];
			if (topic.length !== length || !topic.at(view, start)) continue;
			this.last = topic;
			return topic.text;
		}
		return this.#remember(bytes, view, start, length);
	}

	#remember(bytes: Uint8Array, view: DataView, start: number, length: number): string | undefined {
		const text = readUtf8(bytes, start, start + length);
		if (text === undefined || text.includes("+") || text.includes("#")) return undefined;
		const topic = this.#topics[this.#next];
		this.#next = (this.#next + 1) % this.#topics.length;
		topic.keep(text, view, start, length);
		this.last = topic;
		return text;
	}
}

/** One topic that was sent, as it stands in a packet: to encode it again would cost two slots a character on XS. */
export class SentTopic {
	/** Its text; at first an object, which equals no topic. */
	text: unknown = this;
	/** The topic, behind its length in two bytes. */
	readonly bytes: Uint8Array;
	length = 0;

	constructor(longest: number) {
		this.bytes = new Uint8Array(2 + longest);
	}
}
