// The strings of the last few topics received, found again by their bytes: a lamp hears one topic all its life, and makes its string once.
import { readUtf8 } from "../bytes/utf8.js";

/** One remembered topic. */
export class Topic {
	text = "";
	/** In bytes; while nothing is remembered, longer than any topic is, so that nothing matches. */
	length = 65_536;
	/**
	 * Its bytes, eight at a time as numbers, from the end on (the first word may overlap the second): the cheapest comparison that a script
	 * has. Two patterns of bits compare wrongly: 0 equals -0, but both hold U+0000, which is never remembered; NaN equals nothing, which
	 * costs a new string and no more.
	 */
	readonly words: Float64Array;
	readonly bytes: Uint8Array;

	constructor(longest: number) {
		this.words = new Float64Array(Math.ceil(longest / 8) + 1);
		this.bytes = new Uint8Array(8);
	}

	/** Whether this topic stands at `start`, where one of its length does. */
	at(view: DataView, start: number): boolean {
		const length = this.length;
		if (length < 8) {
			for (let i = 0; i < length; i++) if (view.getUint8(start + i) !== this.bytes[i]) return false;
			return true;
		}
		const words = this.words;
		let word = 0;
		let i = start + length - 8;
		while (i > start) {
			if (view.getFloat64(i) !== words[word]) return false;
			word += 1;
			i -= 8;
		}
		return view.getFloat64(start) === words[word];
	}
}

export class TopicCache {
	/** The one found last. */
	last: Topic;
	readonly #topics: Topic[] = [];
	#next = 0;

	/** Remembers `entries` topics of up to `longest` bytes each. */
	constructor(entries: number, longest: number) {
		for (let i = 0; i < entries; i++) this.#topics.push(new Topic(longest));
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
		topic.text = text;
		topic.length = length;
		if (length < 8) for (let i = 0; i < length; i++) topic.bytes[i] = bytes[start + i];
		else {
			let word = 0;
			for (let i = start + length - 8; i > start; i -= 8) topic.words[word++] = view.getFloat64(i);
			topic.words[word] = view.getFloat64(start);
		}
		this.last = topic;
		return text;
	}
}
