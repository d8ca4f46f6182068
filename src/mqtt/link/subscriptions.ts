// What the link listens to: filters, whether the broker has granted them, and who is called for a topic.
import { topic_cache_max } from "../../limits.js";
import { filterFault, matches } from "../packets/topic.js";

// States, as numbers: on XS, a text in a preloaded module is copied each time that it is executed.
/** The broker is to be asked for it. */
export const WANTED = 0;
/** SUBSCRIBE is on its way. */
export const ASKED = 1;
/** To be unsubscribed. */
export const UNWANTED = 2;
/** From here on, nothing is open. */
export const GRANTED = 3;
/** By the broker. */
export const REFUSED = 4;

export interface Subscription<Listener> {
	filter: string;
	QoS: 0 | 1 | 2;
	listener: Listener;
	state: number;
	/** Packet id of its SUBSCRIBE. */
	id: number;
}

export class Subscriptions<Listener> {
	/** All of them, in the order in which they were made. */
	readonly all: Subscription<Listener>[] = [];
	/** `matched[0..count)`: those that stand for the topic last looked up. */
	readonly matched: Subscription<Listener>[] = [];
	count = 0;
	/** The topic that `matched` is for. */
	#topic: string | undefined;
	/** The last few topics, and a bit for each subscription that stands for them. */
	readonly #topics: string[] = Array(topic_cache_max).fill("");
	readonly #masks = new Uint32Array(topic_cache_max);
	#next = 0;
	readonly #most: number;

	constructor(most: number) {
		this.#most = most;
	}

	/** A second one with the same filter takes the place of the first [MQTT-3.8.4-3]. */
	add(filter: string, QoS: 0 | 1 | 2, listener: Listener): void {
		const fault = filterFault(filter);
		if (fault !== undefined) throw new RangeError(`filter: ${JSON.stringify(filter)} ${fault}`);
		if (QoS !== 0 && QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
		this.#forget();
		const known = this.all.find((subscription) => subscription.filter === filter);
		if (known !== undefined) {
			Object.assign(known, { QoS, listener, state: WANTED });
			return;
		}
		if (this.all.length === this.#most)
			throw new RangeError(`filter: there are ${this.#most} subscriptions already; limits.subscriptions allows no more`);
		this.all.push({ filter, QoS, listener, state: WANTED, id: 0 });
	}

	/** Marks it as unwanted: it is heard no more, and `drop` ends it once the broker knows. False when there was none. */
	remove(filter: string): boolean {
		const known = this.all.find((subscription) => subscription.filter === filter);
		if (known === undefined) return false;
		known.state = UNWANTED;
		this.#forget();
		return true;
	}

	/** Ends an unwanted subscription. */
	drop(subscription: Subscription<Listener>): void {
		this.all.splice(this.all.indexOf(subscription), 1);
		this.#forget();
	}

	/** A new connection: what the broker has forgotten must be asked for again [MQTT-3.2.2-3]. */
	restart(sessionPresent: boolean): void {
		for (const subscription of [...this.all]) {
			if (subscription.state !== UNWANTED) {
				if (!sessionPresent || subscription.state !== GRANTED) subscription.state = WANTED;
			} else if (!sessionPresent) this.drop(subscription);
		}
	}

	/** How many the broker has still to be told of, or to answer. */
	get open(): number {
		let open = 0;
		// by index: `for … of` makes an iterator, and this is asked after every acknowledgement
		for (let i = 0; i < this.all.length; i++) {
			if (this.all[i].state < GRANTED) open += 1;
		}
		return open;
	}

	/**
	 * Fills `matched` for `topic`. For a topic among the last few nothing is looked at but the string itself: on XS even its length or one of
	 * its characters would cost two slots.
	 */
	match(topic: string): number {
		if (topic === this.#topic) return this.count;
		let known = 0;
		while (known < topic_cache_max && this.#topics[known] !== topic) known += 1;
		if (known === topic_cache_max) known = this.#look(topic);
		const mask = this.#masks[known];
		this.count = 0;
		for (let i = 0; i < this.all.length; i++) if (mask & (1 << i)) this.matched[this.count++] = this.all[i];
		this.#topic = topic;
		return this.count;
	}

	/** Which subscriptions stand for a topic that is not among the last few. Returns where that is noted. */
	#look(topic: string): number {
		const entry = this.#next;
		this.#next = (entry + 1) % topic_cache_max;
		let mask = 0;
		for (let i = 0; i < this.all.length; i++) {
			const { state, filter } = this.all[i];
			if (state !== UNWANTED && matches(filter, topic)) mask |= 1 << i;
		}
		this.#topics[entry] = topic;
		this.#masks[entry] = mask;
		return entry;
	}

	#forget(): void {
		this.#topic = undefined;
		this.#topics.fill("");
	}
}
