// From the fragments that the client announces to the messages of a listener: fragments are joined as far as they fit, then handed over.
import type { Time } from "../../host.js";
import type { QoS } from "../client/options.js";
import type { ReadableInfo } from "../client/types.js";
import { Copies } from "./copies.js";
import { GONE, type Subscription, type Subscriptions } from "./subscriptions.js";

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
	/** Packet id, for `Link.acknowledge`; 0 at QoS 0 and 2, and without `deferAcknowledge`. */
	id: number;
}

interface Source {
	read(buffer: Uint8Array): number | undefined;
}

/** The counts that the receiver adds to. */
export interface Unheard {
	received: number;
	unheard: number;
	copies: number;
}

export class Receiver {
	readonly #source: Source;
	readonly #subscriptions: Subscriptions<(message: Message) => void>;
	readonly #piece: Uint8Array;
	readonly #message: Message;
	readonly #counters: Unheard;
	readonly #onUnheard: (topic: string) => void;
	readonly #acknowledge: ((id: number) => void) | undefined;
	readonly #time: Time;
	/** Made when there is a second subscription. */
	#copies: Copies | undefined;
	/** The rest of this message is read and dropped: a listener has thrown, or the message is a copy. */
	#deaf = false;

	/** `size`: bytes handed over in one piece. `acknowledge`: with deferred acknowledgement, for messages without a listener. */
	constructor(
		source: Source,
		subscriptions: Subscriptions<(message: Message) => void>,
		size: number,
		time: Time,
		counters: Unheard,
		onUnheard: (topic: string) => void,
		acknowledge?: (id: number) => void,
	) {
		this.#source = source;
		this.#subscriptions = subscriptions;
		this.#time = time;
		this.#counters = counters;
		this.#onUnheard = onUnheard;
		this.#acknowledge = acknowledge;
		this.#piece = new Uint8Array(size);
		const bytes = new Uint8Array(size);
		this.#message = { topic: "", bytes, length: 0, offset: 0, byteLength: 0, more: false, QoS: 0, retain: false, duplicate: false, id: 0 };
	}

	/** The link is closed: no listener is called any more. */
	closed = false;

	/** A subscription was added. */
	subscribed(): void {
		// with deferred acknowledgement the application acknowledges each copy: a message held back for a second could be lost with the process
		if (this.#subscriptions.all.length < 2 || this.#acknowledge !== undefined) return;
		this.#copies ??= new Copies(this.#time, this.#piece.length, (message) => {
			this.#counters.copies -= 1;
			if (!this.closed) this.#tell(message, this.#subscriptions.match(message.topic));
		});
	}

	/** The connection has ended, perhaps within a message: the part of it that has come is dropped. */
	clear(): void {
		this.#message.length = 0;
		this.#deaf = false;
		this.#copies?.clear();
	}

	close(): void {
		this.closed = true;
		this.#copies?.close();
	}

	/** Takes all `count` bytes that the client has announced. */
	take(count: number, info: ReadableInfo): void {
		const message = this.#message;
		if (info.topic !== undefined) {
			this.#counters.received += 1;
			message.topic = info.topic;
			message.byteLength = info.byteLength as number;
			message.QoS = info.QoS as QoS;
			message.retain = info.retain;
			message.duplicate = info.duplicate;
			message.id = info.id;
			message.offset = message.length = 0;
			this.#deaf = false;
			if (!info.more && count <= message.bytes.length) {
				// whole, and in one piece, as all but the longest messages are
				if (count !== 0) this.#source.read(message.bytes);
				message.length = count;
				message.more = false;
				this.#hand();
				return;
			}
		}
		let done = false;
		try {
			if (!this.#deaf) this.#gather(count, info.more);
			done = true;
		} finally {
			// a listener that throws is not called again for this message, but for the next
			if (!done) this.#deaf = true;
			if (this.#deaf) this.#drain();
		}
	}

	#gather(count: number, more: boolean): void {
		const message = this.#message;
		const { bytes } = message;
		for (let left = count; left > 0 && !this.closed && !this.#deaf; ) {
			const got = this.#source.read(this.#piece);
			if (got === undefined) return;
			left -= got;
			for (let i = 0; i < got && !this.#deaf; i++) {
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

	#drain(): void {
		while (!this.closed && this.#source.read(this.#piece) !== undefined);
	}

	#hand(): void {
		const message = this.#message;
		const matched = this.#subscriptions.match(message.topic);
		if (matched.length === 1) {
			const only = matched[0];
			if (only.state !== GONE) only.listener(message);
			else this.#unanswered();
			return;
		}
		if (matched.length === 0) {
			if (message.offset === 0) this.#nobody();
			this.#unanswered();
			return;
		}
		// a retained message is sent for each SUBSCRIBE, whatever the other subscriptions
		if (message.offset === 0 && !message.retain && this.#copies?.isCopy(message, matched.length)) {
			this.#counters.copies += 1;
			this.#deaf = true;
			return;
		}
		this.#tell(message, matched);
	}

	/** A listener that unsubscribes while a message is handed over does not get even that one; a listener that subscribes gets the next. */
	#tell(message: Message, matched: readonly Subscription<(message: Message) => void>[]): void {
		for (let i = 0; i < matched.length && !this.closed; i++) if (matched[i].state !== GONE) matched[i].listener(message);
	}

	/** No listener acknowledges the message: it is acknowledged here, so that the messages behind it do not wait for it. */
	#unanswered(): void {
		if (!this.#message.more && this.#message.id !== 0) this.#acknowledge?.(this.#message.id);
	}

	#nobody(): void {
		// the message may have been on its way when its subscription ended
		if (this.#subscriptions.leaving.length !== 0) return;
		this.#counters.unheard += 1;
		if (this.#counters.unheard === 1) this.#onUnheard(this.#message.topic);
	}
}
