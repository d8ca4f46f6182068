// What the link listens to: filters, whether the broker has granted them, and who is called for a topic.
import { topic_cache_max } from "../../limits.js";
import { filterFault, matches, matchesWithDots, sharedFilter } from "../packets/topic.js";
import { SUBACK_FAILURE } from "../packets/wire.js";

// States, as numbers: on XS, a text in a preloaded module is copied each time that it is executed.
/** The broker is to be asked for it. */
export const WANTED = 0;
/** SUBSCRIBE or UNSUBSCRIBE is on its way. */
export const ASKED = 1;
/** From here on, nothing is open. */
export const GRANTED = 2;
/** By the broker. */
export const REFUSED = 3;
/** Nobody listens any more, from this moment on. */
export const GONE = 4;

export interface Subscription<Listener> {
	filter: string;
	/** What a topic is compared with: the filter, or that which a shared subscription shares. */
	pattern: string;
	QoS: 0 | 1 | 2;
	listener: Listener;
	state: number;
	/** Packet id of its SUBSCRIBE. */
	id: number;
	/** The broker may have it: it was asked for in the session that there is. */
	known: boolean;
}

/** A filter that the broker is to forget. */
export interface Leaving {
	filter: string;
	/** `WANTED` until UNSUBSCRIBE was sent, then `ASKED` until UNSUBACK. */
	state: number;
	/** Packet id of UNSUBSCRIBE. */
	id: number;
}

export class Subscriptions<Listener> {
	/** All of them, in the order in which they were made. */
	readonly all: Subscription<Listener>[] = [];
	/** What the broker may have and nobody wants. */
	readonly leaving: Leaving[] = [];
	/** The topic that was looked up last, and who listens to it. */
	#topic: string | undefined;
	#matched: readonly Subscription<Listener>[] = [];
	/** The last few topics, and who listens to each. */
	readonly #topics: string[] = Array(topic_cache_max).fill("");
	readonly #lists: Subscription<Listener>[][] = Array.from({ length: topic_cache_max }, () => []);
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
		const known = this.all.find((subscription) => subscription.filter === filter);
		if (known === undefined && this.all.length >= this.#most)
			throw new RangeError(`filter: there are ${this.#most} subscriptions already; limits.subscriptions of ${this.#most} allows no more`);
		this.#forget();
		// what was to be forgotten, and the broker was not told of, it may keep
		const left = this.leaving.findIndex((leaving) => leaving.filter === filter && leaving.state === WANTED);
		if (left >= 0) this.leaving.splice(left, 1);
		if (known !== undefined) Object.assign(known, { QoS, listener, state: WANTED });
		else this.all.push({ filter, pattern: sharedFilter(filter), QoS, listener, state: WANTED, id: 0, known: left >= 0 });
	}

	/** From now on it is heard no more. The broker is to be told, if it may have it; `lasting`: also of what an earlier connection has asked for. */
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

	/** A new connection: what the broker has forgotten must be asked for again [MQTT-3.2.2-3]; what was not answered, too. */
	restart(sessionPresent: boolean): void {
		for (const subscription of this.all) {
			if (!sessionPresent) subscription.known = false;
			if (!sessionPresent || subscription.state !== GRANTED) subscription.state = WANTED;
		}
		if (!sessionPresent) this.leaving.length = 0;
		for (const leaving of this.leaving) leaving.state = WANTED;
	}

	/** A SUBACK with `code` has come. Returns its filter; `undefined` where nothing was asked. */
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
	 * Who listens to `topic`: the list stays as it is while listeners subscribe and unsubscribe; the state of who has left meanwhile is `GONE`.
	 * For a topic among the last few nothing is looked at but the string itself: on XS even its length or one of its characters would cost two
	 * slots.
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

	/** Who listens to a topic that is not among the last few. Returns where that is noted. */
	#look(topic: string): number {
		const entry = this.#next;
		this.#next = (entry + 1) % topic_cache_max;
		let list = this.all.filter(({ pattern }) => matches(pattern, topic));
		if (list.length === 0) {
			// RabbitMQ takes a dot for a slash, and hands on slashes; where two filters could be meant, nobody can know
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
