// What is known of each topic: its last message, and what the broker keeps on it. The two are not the same, and the flag of a message does not
// tell: it says "replayed", so that it is set once, when we come, and never on news. Pure: time is an argument.
import { PUBLISH } from "../../../../src/mqtt/packets/wire.js";
import type { Entry } from "./entry.js";

/** Anybody may publish. */
const topics_max = 200;
/** What is kept of a payload. */
const text_max = 60;

/** What the broker keeps on a topic. `asked`: it was told us at that time, and is so now only where nothing has come since (`sure`). */
export interface Kept {
	/** "": nothing. */
	text: string;
	at: number;
	/** Still so, as far as can be known: the desk has said it, or nothing was published since. */
	sure: boolean;
}

export interface Topic {
	readonly topic: string;
	/** The last message that came. */
	text: string;
	/** Milliseconds since 1970; 0: none has come. */
	at: number;
	count: number;
	/** `undefined`: never heard of. */
	kept: Kept | undefined;
}

export class Topics {
	readonly topics = new Map<string, Topic>();
	/** Topics for which there was no room. */
	beyond = 0;
	/** Something has been published since the desk was asked. */
	asking = false;
	/** When the broker began to replay what it keeps, and that in words: at our coming, or when it was asked again. */
	#asked = 0;
	#when = "when we came";

	/** A packet of this page's own connection. */
	saw({ packet, out, at }: Entry): void {
		if (packet === undefined || packet.type !== PUBLISH || packet.fault !== "") return;
		if (out) {
			// Ours comes back as news where we hear it; the broker keeps it from the moment that it has it.
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

	/** The subscription is made, or made anew: the broker replays what it keeps. */
	asked(at: number, when: string): void {
		this.#asked = at;
		this.#when = when;
		this.asking = true;
	}

	/** The desk has told what it keeps, of all topics that are heard here. */
	told(all: readonly { topic: string; text: string }[], at: number): void {
		const kept = new Map(all.map(({ topic, text }) => [topic, text]));
		for (const topic of kept.keys()) this.#topic(topic);
		for (const topic of this.topics.values()) {
			const text = kept.get(topic.topic);
			topic.kept = { text: text === undefined ? "" : text.slice(0, text_max), at, sure: true };
		}
	}

	/** In words, what the broker keeps on a topic. `told`: the desk tells it, so that it is so now. */
	words({ kept, at }: Topic, told: boolean): string {
		if (told) return kept === undefined ? "" : kept.text === "" ? "not kept" : `kept: “${kept.text}”`;
		if (kept !== undefined && kept.at >= this.#asked)
			return kept.sure ? `kept: “${kept.text}”` : `kept ${this.#when}: “${kept.text}”; not known now`;
		return `nothing was kept ${this.#when}${at > this.#asked ? "; not known now" : ""}`;
	}

	/** By name, level for level. */
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
