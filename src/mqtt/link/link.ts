// The link stays connected: back-off, subscriptions renewed, birth and will, a bounded outbox, a clean goodbye.
// It owns one client for all its life, so that reconnecting takes no more memory than the first connect.
import type { Alarm } from "../../host.js";
import * as limits from "../../limits.js";
import { utf8Length } from "../bytes/utf8.js";
import { Client } from "../client/client.js";
import type { QoS } from "../client/options.js";
import type { ControlMessage, MqttError, ReadableInfo } from "../client/types.js";
import { CONNECTION_LOST } from "../packets/reason.js";
import { topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";
import { Backoff } from "./backoff.js";
import { Outbox, RELEASED } from "./outbox.js";
import { type Message, Receiver } from "./receiver.js";
import { Sender } from "./sender.js";
import { ASKED, GRANTED, REFUSED, Subscriptions, UNWANTED, WANTED } from "./subscriptions.js";
import type { Counters, LinkOptions } from "./types.js";

export type { Counters, LinkOptions, Message, QoS };

const online = new Uint8Array([0x6f, 0x6e, 0x6c, 0x69, 0x6e, 0x65]);
const offline = new Uint8Array([0x6f, 0x66, 0x66, 0x6c, 0x69, 0x6e, 0x65]);

export class Link {
	readonly counters: Counters = { connects: 0, published: 0, resent: 0, received: 0, oversize: 0, dropped: 0, refused: 0 };
	readonly #options: LinkOptions;
	readonly #client: Client;
	readonly #backoff: Backoff;
	readonly #outbox: Outbox;
	readonly #subscriptions = new Subscriptions<(message: Message) => void>(limits.subscriptions_max);
	readonly #receiver: Receiver;
	/** Rings for the next try, when a sign of life has not come, and when a goodbye takes too long. */
	readonly #alarm: Alarm;
	readonly #sender: Sender;
	/** The topic last published at QoS 1 or 2. */
	#checked: string | undefined;
	/** CONNACK has come. */
	#connected = false;
	#up = false;
	/** The connection has ended, and the next try is awaited. */
	#waiting = false;
	/** Told when the broker gives the sign of life that was asked for. */
	#proved: (() => void) | undefined;
	#sessionPresent = false;
	#upSince = 0;
	/** When the last try began. */
	#tried = 0;
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
		if (status !== undefined) this.#checkLength("status", status);
		this.#backoff = new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, random);
		this.#outbox = new Outbox(limits.outbox_max, limits.outbox_bytes, policy, this.counters);
		this.#client = new Client({
			...options,
			keepAlive: options.keepAlive ?? limits.keep_alive_ms,
			// birth and will retain alike, or one of them lies to those who come later
			will: status === undefined ? undefined : { topic: status, message: offline, QoS: 1, retain: true },
			onReadable: (count, info) => this.#readable(count, info),
			onWritable: () => this.#drain(),
			onControl: (operation, message) => this.#control(operation, message),
			onError: (error) => this.#ended(error),
			onOversize: (topicLength, byteLength) => {
				this.counters.oversize += 1;
				options.onOversize?.(topicLength, byteLength);
			},
		});
		this.#sender = new Sender(this.#client, this.#outbox, this.counters);
		this.#receiver = new Receiver(this.#client, this.#subscriptions, limits.message_bytes);
		this.#alarm = options.time.alarm(() => this.#ring());
		this.#tried = options.time.now();
	}

	/** True while connected, subscribed and announced. */
	get up(): boolean {
		return this.#up;
	}

	/** Messages at QoS 1 and 2 that the broker has not acknowledged yet, the status among them. */
	get kept(): number {
		return this.#outbox.count;
	}

	/**
	 * Asks for a sign of life, as after a sleep in which the connection may have ended unnoticed. `proved` is called from the event loop when
	 * the broker has answered; if it has not within `patience` milliseconds, the connection is cut, and made anew. While there is none, the next
	 * try begins now.
	 */
	prove(patience: number, proved: () => void): void {
		if (this.#closing) return;
		if (this.#waiting) this.#alarm.set(0);
		if (!this.#connected) return;
		this.#proved = proved;
		// without room for it, too: a socket that takes nothing proves nothing
		this.#sender.write(null, { operation: wire.PINGREQ });
		this.#alarm.set(patience);
	}

	/**
	 * Calls `listener` for each message on a topic that `filter` stands for. Lives over reconnects; legal at any time. A second call with the
	 * same filter takes the place of the first. Throws when the filter is not valid or there are too many.
	 */
	subscribe(filter: string, QoS: QoS, listener: (message: Message) => void): void {
		this.#checkLength("filter", filter);
		this.#subscriptions.add(filter, QoS, listener);
		if (this.#connected) this.#drain();
	}

	unsubscribe(filter: string): void {
		if (this.#subscriptions.remove(filter) && this.#connected) this.#drain();
	}

	/**
	 * Publishes a copy of `payload`. QoS 0 goes out now or not at all. QoS 1 and 2 are kept until they are acknowledged, over reconnects, as
	 * far as the outbox has room. False when the message could be neither sent nor kept; it counts as dropped. Throws when `topic` is no
	 * topic.
	 */
	publish(topic: string, payload: Uint8Array, QoS: QoS = 0, retain = false): boolean {
		if (QoS !== 0 && QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
		if (!(payload instanceof Uint8Array)) throw new TypeError("payload: must be a Uint8Array");
		if (this.#closing) return false;
		if (QoS !== 0) {
			if (topic !== this.#checked) this.#checkTopic(topic);
			const kept = this.#outbox.put(topic, payload, QoS, retain) !== undefined;
			if (this.#up) this.#drain();
			return kept;
		}
		if (this.#up && this.#sender.now(topic, payload, retain)) return true;
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
		if (status !== undefined) this.#outbox.putStatus(status, offline, false);
		this.#drain();
	}

	/** Once for each new topic, for to look at a string's characters costs slots on XS. */
	#checkTopic(topic: string): void {
		const fault = topicFault(topic);
		if (fault !== undefined) throw new RangeError(`topic: ${JSON.stringify(topic)} ${fault}`);
		this.#checkLength("topic", topic);
		this.#checked = topic;
	}

	/** What could never be sent is refused at the door, not at every connect. */
	#checkLength(option: string, text: string): void {
		const transmit = this.#options.limits?.transmit ?? limits.transmit_buffer_bytes;
		const most = transmit - wire.fixed_header_bytes - 5;
		const length = utf8Length(text);
		if (length > most) throw new RangeError(`${option}: has ${length} bytes; limits.transmit of ${transmit} allows ${most}`);
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
		} else if (operation === wire.PINGRESP && this.#proved !== undefined && !this.#closing) {
			const proved = this.#proved;
			this.#proved = undefined;
			this.#alarm.clear();
			proved();
		}
	}

	#granted(message: ControlMessage): void {
		let index = 0;
		for (const subscription of this.#subscriptions.all) {
			if (subscription.state !== ASKED || subscription.id !== message.id || this.#closed) continue;
			const refused = message.payload?.[index++] === wire.SUBACK_FAILURE;
			subscription.state = refused ? REFUSED : GRANTED;
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
			if (this.#closed) return;
		}
		if (this.#sender.all() && this.#closing && this.#outbox.count === 0) this.#goodbye();
	}

	/** Asks for every subscription that the broker does not have yet. False when there was no room. */
	#subscribeAll(): boolean {
		if (this.#subscriptions.open === 0) return true;
		for (const subscription of [...this.#subscriptions.all]) {
			const { filter, QoS, state } = subscription;
			if (state === UNWANTED) {
				if (!this.#sender.write(null, { operation: wire.UNSUBSCRIBE, items: [{ topic: filter }] })) return false;
				this.#subscriptions.drop(subscription);
			}
			if (state !== WANTED) continue;
			if (!this.#sender.write(null, { operation: wire.SUBSCRIBE, items: [{ topic: filter, QoS }] })) return false;
			subscription.id = this.#client.session.lastId;
			subscription.state = ASKED;
		}
		return true;
	}

	#announce(): void {
		const { status, time, onUp } = this.#options;
		this.#up = true;
		this.#upSince = time.now();
		this.counters.connects += 1;
		if (status !== undefined && !this.#closing) this.#outbox.putStatus(status, online, true);
		onUp?.(this.#sessionPresent);
	}

	#goodbye(): void {
		// without room for it the broker publishes the will, which says the same
		this.#sender.write(null, { operation: wire.DISCONNECT });
		this.#finish();
	}

	#finish(): void {
		this.#closed = this.#receiver.closed = true;
		this.#connected = this.#up = false;
		this.#client.close(); // [MQTT-3.14.4-1] after DISCONNECT, which was the last packet
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
		} else if (this.#closing) {
			// "offline" was not acknowledged: without DISCONNECT the will stays in force, and says it
			if (this.#options.status === undefined) this.#goodbye();
			else this.#finish();
		} else if (this.#waiting) {
			this.#waiting = false;
			this.#tried = this.#options.time.now();
			this.#client.reopen();
		} else this.#client.cut();
	}

	#ended(error: MqttError): void {
		const now = this.#options.time.now();
		const lasted = this.#up ? now - this.#upSince : 0;
		// No socket says "refused". But who is away does not answer so soon, and the resolver has a reason of its own.
		const refused = !this.#connected && error.reason === CONNECTION_LOST && now - this.#tried < limits.refused_ms;
		this.#connected = this.#up = false;
		this.#proved = undefined;
		this.#receiver.clear();
		if (this.#closing) return this.#finish();
		this.#waiting = true;
		const retry = this.#backoff.next(lasted, refused);
		this.#alarm.set(retry);
		this.#options.onDown?.(error.message, retry);
	}
}
