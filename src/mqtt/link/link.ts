// The link stays connected: back-off, subscriptions renewed, birth and will, a bounded outbox, a clean goodbye.
// It owns one client for all its life, so that reconnecting takes no more memory than the first connect.
import type { Alarm } from "../../host.js";
import * as limits from "../../limits.js";
import { Client } from "../client/client.js";
import type { QoS } from "../client/options.js";
import type { ControlMessage, MqttError, ReadableInfo } from "../client/types.js";
import { CONNECTION_LOST } from "../packets/reason.js";
import { filterFault, topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";
import { Backoff } from "./backoff.js";
import { type Counters, newCounters } from "./counters.js";
import { Door } from "./door.js";
import { explain } from "./ending.js";
import { linkLimits } from "./limits.js";
import { type Entry, Outbox, RELEASED } from "./outbox.js";
import { type Message, Receiver } from "./receiver.js";
import { Sender } from "./sender.js";
import { ASKED, GRANTED, REFUSED, Subscriptions } from "./subscriptions.js";
import type { LinkOptions } from "./types.js";

export type { Counters, LinkOptions, Message, QoS };

const online = new Uint8Array([0x6f, 0x6e, 0x6c, 0x69, 0x6e, 0x65]);
const offline = new Uint8Array([0x6f, 0x66, 0x66, 0x6c, 0x69, 0x6e, 0x65]);

/** A connection that ended within so long of a message that was not acknowledged has ended upon it. */
const upon_ms = 5_000;
/** So many connections in a row, and the message is given up; of the link's own status. */
const upon_max = 3;
const upon_status_max = 2;

export class Link {
	readonly counters: Counters;
	readonly #options: LinkOptions;
	readonly #client: Client;
	readonly #backoff: Backoff;
	readonly #outbox: Outbox;
	readonly #subscriptions: Subscriptions<(message: Message) => void>;
	readonly #receiver: Receiver;
	/** Rings for the next try, and when a goodbye takes too long. */
	readonly #alarm: Alarm;
	readonly #sender: Sender;
	readonly #door: Door;
	/** CONNACK has come. */
	#connected = false;
	#up = false;
	#sessionPresent = false;
	#upSince = 0;
	/** A publish found no room, or made another message give way. */
	#wanting = false;
	/** The status topic; `undefined` where there is none, or when it was given up. */
	#status: string | undefined;
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
		this.#door = new Door(options.limits?.transmit ?? limits.transmit_buffer_bytes);
		if (status !== undefined) this.#door.check("status", status, topicFault);
		const { outbox, outboxBytes, message, subscriptions } = linkLimits(options.limits);
		this.#options = options;
		this.#status = status;
		this.#backoff = new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, random);
		this.counters = newCounters(() => this.#client.tolerated);
		this.#outbox = new Outbox(outbox, outboxBytes, policy, this.counters);
		this.#subscriptions = new Subscriptions(subscriptions);
		const client = new Client({
			...options,
			keepAlive: options.keepAlive ?? limits.keep_alive_ms,
			// birth and will retain alike, or one of them lies to those who come later
			will: status === undefined ? undefined : { topic: status, message: offline, QoS: 1, retain: true },
			onReadable: (count, info) => this.#readable(count, info),
			onWritable: () => this.#drain(),
			onTolerated: (what) => options.onTolerated?.(what),
			onControl: (operation, message) => this.#control(operation, message),
			onError: (error) => this.#ended(error),
			onOversize: (topicLength, byteLength) => {
				this.counters.oversize += 1;
				options.onOversize?.(topicLength, byteLength);
			},
		});
		this.#client = client;
		this.#sender = new Sender(client, this.#outbox, this.counters, options.time);
		const unheard = (topic: string) => options.onUnheard?.(topic);
		this.#receiver = new Receiver(client, this.#subscriptions, message, options.time, this.counters, unheard);
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
		this.#door.check("filter", filter, filterFault);
		this.#subscriptions.add(filter, QoS, listener);
		this.#receiver.subscribed();
		if (this.#connected) this.#drain();
	}

	unsubscribe(filter: string): void {
		const lasting = this.#connected || this.#options.clean === false;
		if (this.#subscriptions.remove(filter, lasting) && this.#connected) this.#drain();
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
			this.#door.topic(topic);
			const { dropped } = this.counters;
			const kept = this.#outbox.put(topic, payload, QoS, retain) !== undefined;
			if (dropped !== this.counters.dropped) this.#wanting = true;
			if (this.#up) this.#drain();
			return kept;
		}
		this.#door.topic(topic);
		if (this.#up && this.#sender.now(topic, payload, retain)) return true;
		this.counters.dropped += 1;
		this.#wanting = true;
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
		if (this.#status !== undefined) this.#outbox.putStatus(this.#status, offline, false);
		this.#drain();
	}

	#readable(count: number, info: ReadableInfo): void {
		if (info.topic !== undefined) this.counters.received += 1;
		this.#receiver.take(count, info);
	}

	#control(operation: number, message: ControlMessage): void {
		if (operation === wire.CONNACK) {
			this.#connected = true;
			this.#sender.operation = wire.CONNECT;
			this.#sessionPresent = message.sessionPresent;
			this.#subscriptions.restart(message.sessionPresent);
			this.#outbox.restart(message.sessionPresent);
			this.#drain();
		} else if (operation === wire.SUBACK) this.#granted(message);
		else if (operation === wire.UNSUBACK) this.#subscriptions.left(message.id);
		else if (operation === wire.PUBACK || operation === wire.PUBCOMP || operation === wire.PUBREC) {
			const entry = this.#outbox.find(message.id);
			if (entry === undefined) return;
			this.#outbox.passed(entry);
			if (operation === wire.PUBREC) entry.state = RELEASED;
			else this.#outbox.remove(entry);
			this.#drain();
		}
	}

	#granted(message: ControlMessage): void {
		const subscription = this.#subscriptions.all.find(({ state, id }) => state === ASKED && id === message.id);
		const code = message.payload?.[0];
		if (subscription !== undefined && code !== undefined) {
			subscription.state = code === wire.SUBACK_FAILURE ? REFUSED : GRANTED;
			if (subscription.state === GRANTED) this.#options.onGranted?.(subscription.filter, code as QoS);
			else {
				this.counters.refused += 1;
				this.#options.onRefused?.(subscription.filter);
			}
		}
		this.#drain();
	}

	/** Does what can be done now: subscribes, announces, sends what waits, says goodbye; in this order. */
	#drain(): void {
		if (!this.#connected || this.#closed) return;
		if (!this.#sender.filters(this.#subscriptions)) return;
		if (!this.#up) {
			if (this.#subscriptions.open !== 0) return;
			this.#announce();
			if (this.#closed) return;
		}
		const all = this.#sender.all();
		if (all && this.#closing && this.#outbox.count === 0) return this.#goodbye();
		if (!this.#wanting || !this.#outbox.room) return;
		this.#wanting = false;
		this.#options.onWritable?.();
	}

	#announce(): void {
		const { time, onUp } = this.#options;
		this.#up = true;
		this.#upSince = time.now();
		this.counters.connects += 1;
		if (this.#status !== undefined && !this.#closing) this.#outbox.putStatus(this.#status, online, true);
		onUp?.(this.#sessionPresent);
	}

	#goodbye(): void {
		// without room for it the broker publishes the will, which says the same
		this.#sender.write(null, { operation: wire.DISCONNECT });
		this.#finish();
	}

	#finish(): void {
		this.#closed = true;
		this.#receiver.close();
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
			if (this.#status === undefined) this.#goodbye();
			else this.#finish();
		} else this.#client.reopen();
	}

	#ended(error: MqttError): void {
		const now = this.#options.time.now();
		const lasted = this.#up ? now - this.#upSince : 0;
		const entry = this.#connected && error.reason === CONNECTION_LOST ? this.#outbox.endedUpon(now, upon_ms) : undefined;
		const { operation, topic } = this.#sender;
		const waits = this.#subscriptions.all.some(({ state }) => state === ASKED);
		const answered = entry === undefined && !waits;
		const last = { operation, topic: entry?.topic ?? topic, answered, will: this.#options.status !== undefined };
		const why = explain(error, last);
		this.#connected = this.#up = false;
		this.#receiver.clear();
		if (this.#closing) return this.#finish();
		if (entry !== undefined) this.#suspect(entry);
		if (this.#closed) return;
		const retry = this.#backoff.next(lasted);
		this.#alarm.set(retry);
		this.#options.onDown?.(error.message + why, retry, why === "" ? undefined : last);
	}

	/** Connections have ended upon this message. If it was the only cause, they would end for ever, and nothing behind it would arrive. */
	#suspect(entry: Entry): void {
		const status = entry.topic === this.#status;
		if (entry.ended < (status ? upon_status_max : upon_max)) return;
		if (status) this.#status = undefined; // until a restart
		const { topic, QoS } = entry;
		const payload = this.#outbox.payload(entry).slice();
		this.#outbox.remove(entry);
		this.counters.givenUp += 1;
		this.#options.onGivenUp?.(topic, payload, QoS);
	}
}
