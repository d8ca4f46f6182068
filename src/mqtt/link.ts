// The link stays connected: back-off, subscriptions renewed, birth and will, a bounded outbox, a clean goodbye.
// It owns one client for all its life, so that reconnecting takes no more memory than the first connect.
import type { Alarm } from "../host.js";
import * as limits from "../limits.js";
import { Backoff } from "./backoff.js";
import { Client } from "./client.js";
import type { QoS } from "./client-options.js";
import type { ControlMessage, MqttError, ReadableInfo, WriteOptions } from "./client-types.js";
import type { Counters, LinkOptions } from "./link-types.js";
import { type Entry, Outbox, QUEUED, RELEASED, SENT, UNRELEASED } from "./outbox.js";
import { topicFault } from "./packets/topic.js";
import * as wire from "./packets/wire.js";
import { type Message, Receiver } from "./receiver.js";
import { WouldBlock } from "./session/outgoing.js";
import { Subscriptions } from "./subscriptions.js";

export type { Counters, LinkOptions, Message, QoS };

const online = new Uint8Array([0x6f, 0x6e, 0x6c, 0x69, 0x6e, 0x65]);
const offline = new Uint8Array([0x6f, 0x66, 0x66, 0x6c, 0x69, 0x6e, 0x65]);

export class Link {
	readonly counters: Counters = { connects: 0, published: 0, resent: 0, received: 0, dropped: 0, refused: 0 };
	readonly #options: LinkOptions;
	readonly #client: Client;
	readonly #backoff: Backoff;
	readonly #outbox: Outbox;
	readonly #subscriptions = new Subscriptions<(message: Message) => void>(limits.subscriptions_max);
	readonly #receiver: Receiver;
	/** Rings for the next try, and when a goodbye takes too long. */
	readonly #alarm: Alarm;
	/** Options of the QoS 0 message last published. */
	#moving: Readonly<{ topic: string; QoS: QoS; retain: boolean }> = { topic: "", QoS: 0, retain: false };
	/** Options for an entry of the outbox, filled anew for each. */
	readonly #write = { topic: "", QoS: 0 as QoS, retain: false, id: undefined as number | undefined, duplicate: false };
	/** Payload of an entry of the outbox, in one piece of its length. */
	readonly #staging: Uint8Array;
	readonly #stagingBuffer: ArrayBuffer;
	/** CONNACK has come. */
	#connected = false;
	#up = false;
	#sessionPresent = false;
	#upSince = 0;
	#closing = false;
	#closed = false;
	/** Those who closed it have been told. */
	#gone = false;
	readonly #done: (() => void)[] = [];

	/** Checks every option (throws, naming it), then connects from the event loop, and goes on trying until `close`. */
	constructor(options: LinkOptions) {
		const { status, random, policy = "latest" } = options;
		if (typeof random !== "function") throw new TypeError("random: must be a function");
		if (!["latest", "oldest", "refuse"].includes(policy)) throw new RangeError(`policy: must be latest, oldest or refuse, is ${policy}`);
		const fault = status === undefined ? undefined : topicFault(status);
		if (fault !== undefined) throw new RangeError(`status: ${JSON.stringify(status)} ${fault}`);
		this.#options = options;
		this.#backoff = new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, random);
		this.#outbox = new Outbox(limits.outbox_max, limits.outbox_bytes, policy, this.counters);
		this.#stagingBuffer = new ArrayBuffer(limits.outbox_bytes, { maxByteLength: limits.outbox_bytes });
		this.#staging = new Uint8Array(this.#stagingBuffer);
		this.#client = new Client({
			...options,
			keepAlive: options.keepAlive ?? limits.keep_alive_ms,
			// birth and will retain alike, or one of them lies to those who come later
			will: status === undefined ? undefined : { topic: status, message: offline, QoS: 1, retain: true },
			onReadable: (count, info) => this.#readable(count, info),
			onWritable: () => this.#drain(),
			onControl: (operation, message) => this.#control(operation, message),
			onError: (error) => this.#ended(error),
		});
		this.#receiver = new Receiver(this.#client, this.#subscriptions, limits.message_bytes);
		this.#alarm = options.time.alarm(() => this.#ring());
	}

	/** True while connected, subscribed and announced. */
	get up(): boolean {
		return this.#up;
	}

	/**
	 * Calls `listener` for each message on a topic that `filter` stands for. Lives over reconnects; legal at any time. A second call with the
	 * same filter takes the place of the first. Throws when the filter is not valid or there are too many.
	 */
	subscribe(filter: string, QoS: QoS, listener: (message: Message) => void): void {
		this.#subscriptions.add(filter, QoS, listener);
		if (this.#connected) this.#drain();
	}

	unsubscribe(filter: string): void {
		if (!this.#subscriptions.remove(filter) || !this.#connected) return;
		// without room for it the broker goes on sending what nobody listens to, until the next connect
		this.#tryWrite({ operation: wire.UNSUBSCRIBE, items: [{ topic: filter }] });
	}

	/**
	 * Publishes a copy of `payload`. QoS 0 goes out now or not at all. QoS 1 and 2 are kept until they are acknowledged, over reconnects, as
	 * far as the outbox has room. False when the message could be neither sent nor kept; it counts as dropped. Throws when `topic` is no
	 * topic.
	 */
	publish(topic: string, payload: Uint8Array, QoS: QoS = 0, retain = false): boolean {
		if (QoS !== 0) {
			const fault = topicFault(topic);
			if (fault !== undefined) throw new RangeError(`topic: ${JSON.stringify(topic)} ${fault}`);
			const kept = this.#outbox.put(topic, payload, QoS, retain) !== undefined;
			if (this.#up) this.#drain();
			return kept;
		}
		if (this.#up) {
			// frozen, the same options tell the client that only the payload has changed
			if (topic !== this.#moving.topic || retain !== this.#moving.retain) this.#moving = Object.freeze({ topic, QoS, retain });
			if (this.#outbox.count !== 0) this.#outbox.outdate(topic);
			if (this.#send(payload, this.#moving)) return true;
		}
		this.counters.dropped += 1;
		return false;
	}

	/** Publishes "offline", waits until the outbox is empty, sends DISCONNECT, closes, then calls `done` from the event loop. */
	close(done?: () => void): void {
		if (done !== undefined) this.#done.push(done);
		if (this.#closing) {
			if (this.#gone) this.#tell();
			return;
		}
		this.#closing = true;
		if (!this.#up) return this.#finish();
		this.#alarm.set(limits.goodbye_timeout_ms);
		const { status } = this.#options;
		if (status !== undefined) this.#outbox.put(status, offline, 1, true);
		this.#drain();
	}

	/** False when there is no room now. */
	#send(payload: Uint8Array, options: WriteOptions): boolean {
		try {
			this.#client.write(payload, options);
		} catch (error) {
			if (error instanceof WouldBlock) return false;
			throw error;
		}
		this.counters.published += 1;
		return true;
	}

	#readable(count: number, info: ReadableInfo): void {
		if (info.topic !== undefined) this.counters.received += 1;
		this.#receiver.take(count, info);
	}

	#control(operation: number, message: ControlMessage): void {
		if (operation === wire.CONNACK) {
			this.#connected = true;
			this.#sessionPresent = message.sessionPresent;
			this.#subscriptions.restart(message.sessionPresent);
			this.#outbox.restart(message.sessionPresent);
			this.#drain();
		} else if (operation === wire.SUBACK) this.#granted(message);
		else if (operation === wire.PUBACK || operation === wire.PUBCOMP || operation === wire.PUBREC) {
			const entry = this.#outbox.find(message.id);
			if (entry === undefined) return;
			if (operation === wire.PUBREC) entry.state = RELEASED;
			else this.#outbox.remove(entry);
			this.#drain();
		}
	}

	#granted(message: ControlMessage): void {
		let index = 0;
		for (const subscription of this.#subscriptions.all) {
			if (subscription.state !== "asked" || subscription.id !== message.id) continue;
			const refused = message.payload?.[index++] === wire.SUBACK_FAILURE;
			subscription.state = refused ? "refused" : "granted";
			if (!refused) continue;
			this.counters.refused += 1;
			this.#options.onRefused?.(subscription.filter);
		}
		this.#drain();
	}

	/** Does what can be done now: subscribes, announces, sends what waits, says goodbye; in this order. */
	#drain(): void {
		if (!this.#connected || this.#closed) return;
		if (!this.#subscribeAll()) return;
		if (!this.#up) {
			if (this.#subscriptions.open !== 0) return;
			this.#announce();
		}
		const outbox = this.#outbox;
		for (let i = 0; i < outbox.count; i++) {
			const entry = outbox.entries[i];
			if (entry.state === QUEUED && !this.#sendEntry(entry)) return;
			if (entry.state === UNRELEASED && !this.#release(entry)) return;
		}
		if (this.#closing && outbox.count === 0) this.#goodbye();
	}

	/** Asks for every subscription that the broker does not have yet. False when there was no room. */
	#subscribeAll(): boolean {
		if (this.#subscriptions.open === 0) return true;
		for (const subscription of this.#subscriptions.all) {
			if (subscription.state !== "wanted") continue;
			const { filter, QoS } = subscription;
			if (!this.#tryWrite({ operation: wire.SUBSCRIBE, items: [{ topic: filter, QoS }] })) return false;
			subscription.id = this.#client.session.lastId;
			subscription.state = "asked";
		}
		return true;
	}

	#announce(): void {
		const { status, time, onUp } = this.#options;
		this.#up = true;
		this.#upSince = time.now();
		this.counters.connects += 1;
		if (status !== undefined && !this.#closing) this.#outbox.put(status, online, 1, true);
		onUp?.(this.#sessionPresent);
	}

	/** [MQTT-4.4.0-1] what was released on the last connection is released again, with its id. */
	#release(entry: Entry): boolean {
		if (!this.#tryWrite({ operation: wire.PUBREL, id: entry.id })) return false;
		entry.state = RELEASED;
		return true;
	}

	/** Writes what is no message. False when there is no room now. */
	#tryWrite(options: WriteOptions): boolean {
		try {
			this.#client.write(null, options);
			return true;
		} catch (error) {
			if (error instanceof WouldBlock) return false;
			throw error;
		}
	}

	#sendEntry(entry: Entry): boolean {
		const { bytes } = this.#outbox;
		const { start, length, id } = entry;
		this.#stagingBuffer.resize(length);
		const staging = this.#staging;
		for (let i = 0; i < length; i++) staging[i] = bytes[start + i];
		// [MQTT-3.3.1-1] DUP where it goes out again in the same session
		const write = this.#write;
		write.topic = entry.topic;
		write.QoS = entry.QoS;
		write.retain = entry.retain;
		write.id = id === 0 ? undefined : id;
		write.duplicate = id !== 0;
		const sent = this.#send(staging, write);
		this.#stagingBuffer.resize(bytes.length);
		if (!sent) return false;
		if (id !== 0) this.counters.resent += 1;
		entry.id = this.#client.session.lastId;
		entry.state = SENT;
		return true;
	}

	#goodbye(): void {
		// without room even for this the broker publishes the will, which says the same
		this.#tryWrite({ operation: wire.DISCONNECT });
		this.#finish();
	}

	#finish(): void {
		this.#closed = true;
		this.#connected = this.#up = false;
		this.#client.close();
		this.#alarm.set(0);
	}

	/** Somebody closes what is closed already: told from the event loop, as the first was. */
	#tell(): void {
		const alarm = this.#options.time.alarm(() => {
			alarm.close();
			for (const done of this.#done.splice(0)) done();
		});
		alarm.set(0);
	}

	#ring(): void {
		if (this.#closed) {
			this.#alarm.close();
			this.#gone = true;
			for (const done of this.#done.splice(0)) done();
		} else if (this.#closing) this.#goodbye();
		else this.#client.reopen();
	}

	#ended(error: MqttError): void {
		const lasted = this.#up ? this.#options.time.now() - this.#upSince : 0;
		this.#connected = this.#up = false;
		this.#receiver.clear();
		if (this.#closing) return this.#finish();
		const retry = this.#backoff.next(lasted);
		this.#alarm.set(retry);
		this.#options.onDown?.(error.message, retry);
	}
}
