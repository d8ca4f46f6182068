// The last message and the retained message of each topic. The two are not the same, and RETAIN in a received message does not show the second:
// it means "replayed", and is set once, after our subscription, and never on news. Pure: time is an argument.
import { PUBLISH } from "../../../../src/mqtt/packets/wire.js";
import type { Entry } from "./entry.js";

/** Limited, for any client may publish. */
const topics_max = 200;
/** The longest part of a payload that is kept. */
const text_max = 60;

/** The retained message of a topic. The broker has sent it at the time `at`; it is valid now only if no message has come since (`sure`). */
export interface Kept {
	/** "": none. */
	text: string;
	at: number;
	/** It is still valid, as far as can be known: the desk has sent it, or no message was published since. */
	sure: boolean;
}

export interface Topic {
	readonly topic: string;
	/** The last message that came. */
	text: string;
	/** Its time, in milliseconds since 1970; 0: none has come. */
	at: number;
	count: number;
	/** `undefined`: not known. */
	kept: Kept | undefined;
}

export class Topics {
	readonly topics = new Map<string, Topic>();
	/** Topics for which there was no room. */
	beyond = 0;
	/** A message has been published since the desk was asked. */
	asking = false;
	/** The time at which the broker began to replay retained messages, and that time in words: at our connecting, or at a later request. */
	#asked = 0;
	#when = "when we came";

	/** A packet of this page's own connection. */
	saw({ packet, out, at }: Entry): void {
		if (packet === undefined || packet.type !== PUBLISH || packet.fault !== "") return;
		if (out) {
			// Our message comes back as news if we have subscribed to its topic; the broker retains it once it has received it.
			const known = this.topics.get(packet.topic);
			if (packet.retain && known?.kept !== undefined) known.kept.sure = false;
			this.asking ||= packet.retain;
			return;
		}
		const topic = this.#topic(packet.topic);
		if (topic === undefined) return;
		const text = packet.payloadLength === 0 ? "" : packet.payload.slice(0, text_max);
		topic.text = text;
		topic.at = at;
		topic.count++;
		if (packet.retain) topic.kept = { text, at, sure: true };
		else {
			if (topic.kept !== undefined) topic.kept.sure = false;
			this.asking = true;
		}
	}

	/** The subscription is made, or made anew: the broker replays its retained messages. */
	asked(at: number, when: string): void {
		this.#asked = at;
		this.#when = when;
		this.asking = true;
	}

	/** The desk has sent the retained messages of all topics of the subscription. */
	told(all: readonly { topic: string; text: string }[], at: number): void {
		const kept = new Map(all.map(({ topic, text }) => [topic, text]));
		for (const topic of kept.keys()) this.#topic(topic);
		for (const topic of this.topics.values()) {
			const text = kept.get(topic.topic);
			topic.kept = { text: text === undefined ? "" : text.slice(0, text_max), at, sure: true };
		}
	}

	/** The retained message of a topic, in words. `told`: the desk sends it, so that it is valid now. */
	words({ kept, at }: Topic, told: boolean): string {
		if (told) return kept === undefined ? "" : kept.text === "" ? "not kept" : `kept: “${kept.text}”`;
		if (kept !== undefined && kept.at >= this.#asked)
			return kept.sure ? `kept: “${kept.text}”` : `kept ${this.#when}: “${kept.text}”; not known now`;
		return `nothing was kept ${this.#when}${at > this.#asked ? "; not known now" : ""}`;
	}

	/** The topics by name. */
	get sorted(): Topic[] {
		return [...this.topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
	}

	#topic(name: string): Topic | undefined {
		const known = this.topics.get(name);
		if (known !== undefined) return known;
		if (this.topics.size >= topics_max) {
			this.beyond++;
			return undefined;
		}
		const topic: Topic = { topic: name, text: "", at: 0, count: 0, kept: undefined };
		this.topics.set(name, topic);
		return topic;
	}
}
