// The subscriptions of a link: filters, whether the broker has granted them, and the listeners that are called for a topic.
import { topic_cache_max } from "../../limits.js";
import { filterFault, matches, matchesWithDots, sharedFilter } from "../packets/topic.js";
import { SUBACK_FAILURE } from "../packets/wire.js";

// States, as numbers: on XS, a text in a preloaded module is copied each time that it is executed.
/** SUBSCRIBE or UNSUBSCRIBE is still to be sent. */
export const WANTED = 0;
/** SUBSCRIBE or UNSUBSCRIBE is on its way. */
export const ASKED = 1;
/** SUBACK has granted it. From this state on, nothing is open. */
export const GRANTED = 2;
/** SUBACK has refused it. */
export const REFUSED = 3;
/** The listener was removed, and is not called any more. */
export const GONE = 4;

export interface Subscription<Listener> {
	filter: string;
	/** The filter that a topic is compared with; of a shared subscription, without `$share/GROUP/`. */
	pattern: string;
	QoS: 0 | 1 | 2;
	listener: Listener;
	state: number;
	/** Packet id of its SUBSCRIBE. */
	id: number;
	/** The broker may have the filter: SUBSCRIBE was sent in the current session. */
	known: boolean;
}

/** A filter that the broker is to remove. */
export interface Leaving {
	filter: string;
	/** `WANTED` until UNSUBSCRIBE was sent, then `ASKED` until UNSUBACK. */
	state: number;
	/** Packet id of UNSUBSCRIBE. */
	id: number;
}

export class Subscriptions<Listener> {
	/** All subscriptions, in the order in which they were made. */
	readonly all: Subscription<Listener>[] = [];
	/** Filters that the broker may have, and that have no listener any more. */
	readonly leaving: Leaving[] = [];
	/** The topic that was looked up last, and its listeners. */
	#topic: string | undefined;
	#matched: readonly Subscription<Listener>[] = [];
	/** The last few topics, and the listeners of each. */
	readonly #topics: string[] = Array(topic_cache_max).fill("");
	readonly #lists: Subscription<Listener>[][] = Array.from({ length: topic_cache_max }, () => []);
	#next = 0;
	readonly #most: number;

	constructor(most: number) {
		this.#most = most;
	}

	/** Adds a subscription. A second one with the same filter takes the place of the first [MQTT-3.8.4-3]. */
	add(filter: string, QoS: 0 | 1 | 2, listener: Listener): void {
		const fault = filterFault(filter);
		if (fault !== undefined) throw new RangeError(`filter: ${JSON.stringify(filter)} ${fault}`);
		if (QoS !== 0 && QoS !== 1 && QoS !== 2) throw new RangeError(`QoS: must be 0, 1 or 2, is ${QoS}`);
		const known = this.all.find((subscription) => subscription.filter === filter);
		if (known === undefined && this.all.length >= this.#most)
			throw new RangeError(`filter: there are ${this.#most} subscriptions already; limits.subscriptions of ${this.#most} allows no more`);
		this.#forget();
		// an UNSUBSCRIBE for this filter that was not sent yet is dropped: the broker may keep the filter
		const left = this.leaving.findIndex((leaving) => leaving.filter === filter && leaving.state === WANTED);
		if (left >= 0) this.leaving.splice(left, 1);
		if (known !== undefined) Object.assign(known, { QoS, listener, state: WANTED });
		else this.all.push({ filter, pattern: sharedFilter(filter), QoS, listener, state: WANTED, id: 0, known: left >= 0 });
	}

	/** Removes a listener at once. If the broker may have the filter, UNSUBSCRIBE follows; `lasting`: also for one of an earlier connection. */
	remove(filter: string, lasting: boolean): boolean {
		const index = this.all.findIndex((subscription) => subscription.filter === filter);
		if (index < 0) return false;
		const [gone] = this.all.splice(index, 1);
		gone.state = GONE;
		this.#forget();
		if (gone.known && lasting) this.leaving.push({ filter, state: WANTED, id: 0 });
		return true;
	}

	/** UNSUBACK has come. */
	left(id: number): void {
		const index = this.leaving.findIndex((leaving) => leaving.state === ASKED && leaving.id === id);
		if (index >= 0) this.leaving.splice(index, 1);
	}

	/**
	 * A new connection: all filters are subscribed to again [MQTT-3.2.2-3], also in a session that the broker has kept: a broker that was killed
	 * restores the session from its last copy on the disk (Mosquitto makes one each half hour), which may be older than a filter.
	 */
	restart(sessionPresent: boolean): void {
		for (const subscription of this.all) {
			if (!sessionPresent) subscription.known = false;
			subscription.state = WANTED;
		}
		if (!sessionPresent) this.leaving.length = 0;
		for (const leaving of this.leaving) leaving.state = WANTED;
	}

	/** A SUBACK with `code` has come. Returns its filter; `undefined` where no SUBSCRIBE waits for it. */
	granted(id: number, code: number | undefined): string | undefined {
		const subscription = this.all.find((each) => each.state === ASKED && each.id === id);
		if (subscription === undefined || code === undefined) return undefined;
		subscription.state = code === SUBACK_FAILURE ? REFUSED : GRANTED;
		return subscription.filter;
	}

	/** A SUBACK is outstanding. */
	get waits(): boolean {
		return this.all.some(({ state }) => state === ASKED);
	}

	/** How many subscriptions wait for their SUBSCRIBE or its SUBACK. */
	get open(): number {
		let open = 0;
		// by index: `for … of` makes an iterator, and this getter is read after every acknowledgement
		for (let i = 0; i < this.all.length; i++) {
			if (this.all[i].state < GRANTED) open += 1;
		}
		return open;
	}

	/**
	 * The listeners of `topic`: the list stays as it is while listeners subscribe and unsubscribe; a listener removed meanwhile has the state
	 * `GONE`. Among the last few topics only whole strings are compared: on XS, to read a string's length or one of its characters would cost
	 * two slots.
	 */
	match(topic: string): readonly Subscription<Listener>[] {
		if (topic === this.#topic) return this.#matched;
		let known = 0;
		while (known < topic_cache_max && this.#topics[known] !== topic) known += 1;
		if (known === topic_cache_max) known = this.#look(topic);
		this.#matched = this.#lists[known];
		this.#topic = topic;
		return this.#matched;
	}

	/** Finds the listeners of a topic that is not among the last few. Returns the index of the new entry. */
	#look(topic: string): number {
		const entry = this.#next;
		this.#next = (entry + 1) % topic_cache_max;
		let list = this.all.filter(({ pattern }) => matches(pattern, topic));
		if (list.length === 0) {
			// RabbitMQ takes a dot for a slash, and forwards slashes; where two filters match like this, the right one is not known
			list = this.all.filter(({ pattern }) => matchesWithDots(pattern, topic));
			if (list.length > 1) list = [];
		}
		this.#topics[entry] = topic;
		this.#lists[entry] = list;
		return entry;
	}

	#forget(): void {
		this.#topic = undefined;
		this.#topics.fill("");
	}
}
