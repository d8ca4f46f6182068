// From what the client announces to what a listener gets: fragments put together as far as they fit, then handed over.
import type { QoS } from "../client/options.js";
import type { ReadableInfo } from "../client/types.js";
import type { Subscriptions } from "./subscriptions.js";

/** One received PUBLISH, or a fragment of one. The object and `bytes` are lent: they are the link's own and change with the next message. */
export interface Message {
	topic: string;
	/** `bytes[0..length)` is this fragment of the payload. */
	bytes: Uint8Array;
	length: number;
	/** Where this fragment stands in the payload. */
	offset: number;
	/** Length of the whole payload. */
	byteLength: number;
	/** True when more fragments of this payload follow. */
	more: boolean;
	QoS: QoS;
	retain: boolean;
	duplicate: boolean;
}

interface Source {
	read(buffer: Uint8Array): number | undefined;
}

export class Receiver {
	readonly #source: Source;
	readonly #subscriptions: Subscriptions<(message: Message) => void>;
	readonly #piece: Uint8Array;
	readonly #message: Message;

	/** `size`: bytes handed over in one piece. */
	constructor(source: Source, subscriptions: Subscriptions<(message: Message) => void>, size: number) {
		this.#source = source;
		this.#subscriptions = subscriptions;
		this.#piece = new Uint8Array(size);
		const bytes = new Uint8Array(size);
		this.#message = { topic: "", bytes, length: 0, offset: 0, byteLength: 0, more: false, QoS: 0, retain: false, duplicate: false };
	}

	/** The link is closed: nobody is told anything any more. */
	closed = false;

	/** The connection has ended, perhaps within a message: what has come of it is forgotten. */
	clear(): void {
		this.#message.length = 0;
	}

	/** Takes all `count` bytes that the client has announced. */
	take(count: number, info: ReadableInfo): void {
		const message = this.#message;
		if (info.topic !== undefined) {
			message.topic = info.topic;
			message.byteLength = info.byteLength as number;
			message.QoS = info.QoS as QoS;
			message.retain = info.retain;
			message.duplicate = info.duplicate;
			message.offset = message.length = 0;
			if (!info.more && count <= message.bytes.length) {
				// whole, and in one piece: what all but the longest messages are
				if (count !== 0) this.#source.read(message.bytes);
				message.length = count;
				message.more = false;
				this.#hand();
				return;
			}
		}
		this.#gather(count, info.more);
	}

	#gather(count: number, more: boolean): void {
		const message = this.#message;
		const { bytes } = message;
		for (let left = count; left > 0 && !this.closed; ) {
			const got = this.#source.read(this.#piece);
			if (got === undefined) return;
			left -= got;
			for (let i = 0; i < got; i++) {
				bytes[message.length++] = this.#piece[i];
				const last = !more && left === 0 && i === got - 1;
				if (message.length < bytes.length && !last) continue;
				message.more = !last;
				this.#hand();
				if (this.closed) return;
				message.offset += message.length;
				message.length = 0;
			}
		}
	}

	#hand(): void {
		const subscriptions = this.#subscriptions;
		const count = subscriptions.match(this.#message.topic);
		for (let i = 0; i < count && i < subscriptions.count && !this.closed; i++) subscriptions.matched[i].listener(this.#message);
	}
}
