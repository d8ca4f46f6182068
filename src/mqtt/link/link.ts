// The link stays connected: back-off, subscriptions renewed, birth and will, a bounded outbox, a clean goodbye.
// The link has one client from construction to `close`, so that reconnecting takes no more memory than the first connect.
import type { Alarm } from "../../host.js";
import * as limits from "../../limits.js";
import { Client } from "../client/client.js";
import type { QoS } from "../client/options.js";
import type { ControlMessage, MqttError } from "../client/types.js";
import { CONNECTION_LOST } from "../packets/reason.js";
import { filterFault, topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";
import { Admission } from "./admission.js";
import { Backoff } from "./backoff.js";
import { type Counters, newCounters } from "./counters.js";
import { denied, explain, lastSent } from "./ending.js";
import { checkOptions, linkLimits } from "./limits.js";
import { Outbox, RELEASED } from "./outbox.js";
import { type Message, Receiver } from "./receiver.js";
import { Sender } from "./sender.js";
import { soon } from "./soon.js";
import { offline, online } from "./status.js";
import { Subscriptions } from "./subscriptions.js";
import type { LinkOptions } from "./types.js";

export type { Counters, LinkOptions, Message, QoS };

export class Link {
	readonly counters: Counters;
	readonly #options: LinkOptions;
	readonly #client: Client;
	readonly #backoff: Backoff;
	readonly #outbox: Outbox;
	readonly #subscriptions: Subscriptions<(message: Message) => void>;
	readonly #receiver: Receiver;
	/** Rings for the next try, when PINGRESP has not come in time after `prove`, and when a goodbye takes too long. */
	readonly #alarm: Alarm;
	readonly #sender: Sender;
	readonly #admission: Admission;
	/** CONNACK has come. */
	#connected = false;
	#up = false;
	/** The connection has ended, and the next try has not begun. */
	#waiting = false;
	/** The callback of `prove`, called when PINGRESP comes. */
	#proved: (() => void) | undefined;
	#sessionPresent = false;
	#upSince = 0;
	/** When the last try began. */
	#tried = 0;
	/** A publish found no room, or made another message give way. */
	#wanting = false;
	/** The status topic; `undefined` where there is none, or when the status was given up. */
	#status: string | undefined;
	#closing = false;
	#closed = false;
	/** The callbacks of `close` have been called. */
	#gone = false;
	readonly #done: (() => void)[] = [];

	/** Checks every option (throws, naming it), then connects from the event loop, and goes on trying until `close`. */
	constructor(options: LinkOptions) {
		const { status, random, policy = "latest" } = options;
		checkOptions(random, policy);
		this.#admission = new Admission(options.limits?.transmit ?? limits.transmit_buffer_bytes);
		if (status !== undefined) this.#admission.check("status", status, topicFault);
		const { outbox, outboxBytes, inflightQoS2, message, subscriptions } = linkLimits(options.limits);
		this.#options = options;
		this.#status = status;
		this.#backoff = new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, random);
		this.counters = newCounters(() => this.#client.tolerated);
		this.#outbox = new Outbox(outbox, outboxBytes, policy, this.counters);
		this.#subscriptions = new Subscriptions(subscriptions);
		const client = new Client({
			...options,
			keepAlive: options.keepAlive ?? limits.keep_alive_ms,
			// birth and will are both retained: if only one were, a later subscriber could receive the wrong status
			will: status === undefined ? undefined : { topic: status, message: offline, QoS: 1, retain: true },
			onReadable: (count, info) => this.#receiver.take(count, info),
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
		this.#sender = new Sender(client, this.#outbox, inflightQoS2, this.counters, options.time);
		const unheard = (topic: string) => options.onUnheard?.(topic);
		const answer = options.deferAcknowledge ? (id: number) => void this.acknowledge(id) : undefined;
		this.#receiver = new Receiver(client, this.#subscriptions, message, options.time, this.counters, unheard, answer);
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
	 * Sends PINGREQ, as after a sleep in which the connection may have ended unnoticed. `proved` is called from the event loop when PINGRESP
	 * comes; if none comes within `patience` milliseconds, the connection is cut, and made anew. Without a connection, the next try begins now.
	 */
	prove(patience: number, proved: () => void): void {
		if (this.#closing) return;
		if (this.#waiting) this.#alarm.set(0);
		if (!this.#connected) return;
		this.#proved = proved;
		// the alarm is set even without room for PINGREQ: a socket that takes nothing proves nothing
		this.#sender.write(null, { operation: wire.PINGREQ });
		this.#alarm.set(patience);
	}

	/**
	 * Calls `listener` for each message on a topic that `filter` matches. The subscription outlives reconnects; legal at any time. A second call
	 * with the same filter takes the place of the first. Throws when the filter is not valid or there are too many.
	 */
	subscribe(filter: string, QoS: QoS, listener: (message: Message) => void): void {
		this.#admission.check("filter", filter, filterFault);
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
	 * far as the outbox has room. False when the message could be neither sent nor kept; it counts as dropped. Throws when `topic` is not
	 * valid.
	 */
	publish(topic: string, payload: Uint8Array, QoS: QoS = 0, retain = false): boolean {
		if (QoS !== 0 && QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
		if (!(payload instanceof Uint8Array)) throw new TypeError("payload: must be a Uint8Array");
		if (this.#closing) return false;
		this.#admission.topic(topic);
		if (QoS !== 0) {
			const { dropped } = this.counters;
			const kept = this.#outbox.put(topic, payload, QoS, retain) !== undefined;
			if (dropped !== this.counters.dropped) this.#wanting = true;
			if (this.#up) this.#drain();
			return kept;
		}
		if (this.#up && this.#sender.now(topic, payload, retain)) return true;
		this.counters.dropped += 1;
		this.#wanting = true;
		return false;
	}

	/** As `Client.acknowledge`, for the option `deferAcknowledge`. After `onDown`, earlier ids are void: unacknowledged messages come again. */
	acknowledge(id: number): boolean {
		return !this.#closed && this.#client.acknowledge(id);
	}

	/** Publishes "offline", waits until the outbox is empty, sends DISCONNECT, closes, then calls `done` from the event loop. */
	close(done?: () => void): void {
		if (done !== undefined) this.#done.push(done);
		if (this.#closing) {
			// `close` on a closed link calls `done` from the event loop, like the first call
			if (this.#gone) soon(this.#options.time, () => this.#tell());
			return;
		}
		this.#closing = true;
		if (!this.#up) return this.#finish();
		this.#alarm.set(limits.goodbye_timeout_ms);
		if (this.#status !== undefined) this.#outbox.putStatus(this.#status, offline, false);
		this.#drain();
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
		} else if (operation === wire.PINGRESP && this.#proved !== undefined && !this.#closing) {
			const proved = this.#proved;
			this.#proved = undefined;
			this.#alarm.clear();
			proved();
		}
	}

	#granted(message: ControlMessage): void {
		const code = message.payload?.[0];
		const filter = this.#subscriptions.granted(message.id, code);
		if (filter !== undefined && code === wire.SUBACK_FAILURE) {
			this.counters.refused += 1;
			this.#options.onRefused?.(filter);
		} else if (filter !== undefined) this.#options.onGranted?.(filter, code as QoS);
		this.#drain();
	}

	/** Does all that can be done now: subscribes, announces, sends the outbox, sends DISCONNECT; in this order. */
	#drain(): void {
		if (!this.#connected || this.#closed) return;
		// the messages of a kept session may fill its table: sent again, they are acknowledged, and SUBSCRIBE finds an entry [MQTT-4.4.0-1]
		if (!this.#sender.filters(this.#subscriptions)) return void this.#sender.all(true);
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
		// without room for DISCONNECT the broker publishes the will, which is the same status
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

	#tell(): void {
		for (const done of this.#done.splice(0)) done();
	}

	#ring(): void {
		if (this.#closed) {
			this.#alarm.close();
			this.#gone = true;
			this.#tell();
		} else if (this.#closing) {
			// "offline" was not acknowledged: without DISCONNECT the broker publishes the will, the same "offline"
			if (this.#status === undefined) this.#goodbye();
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
		// No socket reports "refused". But a try to reach an absent host does not fail so soon, and the resolver has a reason of its own.
		const refused = !this.#connected && error.reason === CONNECTION_LOST && now - this.#tried < limits.refused_ms;
		const entry = this.#connected && error.reason === CONNECTION_LOST ? this.#outbox.endedUpon(now) : undefined;
		const last = lastSent(this.#sender, entry?.topic, this.#subscriptions.waits, this.#options.status !== undefined);
		const why = explain(error, last);
		this.#connected = this.#up = false;
		this.#proved = undefined;
		this.#receiver.clear();
		if (this.#closing) return this.#finish();
		// if this message is the cause, every connection would end upon it, and no message behind it would arrive
		const given = entry && this.#outbox.giveUp(entry, entry.topic === this.#status);
		if (given !== undefined) {
			if (given.topic === this.#status) this.#status = undefined; // until a restart
			this.counters.givenUp += 1;
			this.#options.onGivenUp?.(given.topic, given.payload, given.QoS);
		}
		if (this.#closed) return;
		this.#waiting = true;
		const retry = denied(error) ? this.#backoff.denied() : this.#backoff.next(lasted, refused);
		this.#alarm.set(retry);
		this.#options.onDown?.(error.message + why, retry, why === "" ? undefined : last);
	}
}
