// The clock and the alarms of a page.
import type { Alarm as HostAlarm, Time } from "../../src/host.js";

/** The longest delay of setTimeout; a longer one would ring at once. */
const timeout_max_ms = 2 ** 31 - 1;

/** The functions given to `soon`, in order. */
const waiting: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => waiting.shift()?.();

/**
 * Calls `then` from the event loop, at once: by a message, for a timer of 0 ms waits for 4 ms when timers set timers, and for a second, or a
 * minute, in a hidden tab.
 */
export function soon(then: () => void): void {
	waiting.push(then);
	port2.postMessage(undefined);
}

/**
 * A protocol sets its alarm further away with every packet. So a later setting leaves the pending timer alone, which checks `#due` when it
 * fires and goes on waiting.
 */
class Alarm implements HostAlarm {
	readonly #ring: () => void;
	#due = Number.POSITIVE_INFINITY;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** When `#timer` fires. */
	#fires = Number.POSITIVE_INFINITY;
	/** A message is under way. */
	#coming = false;
	#closed = false;
	readonly #fired = () => {
		this.#timer = undefined;
		this.#fires = Number.POSITIVE_INFINITY;
		this.#check();
	};
	readonly #came = () => {
		this.#coming = false;
		this.#check();
	};

	constructor(ring: () => void) {
		if (typeof ring !== "function") throw new TypeError("alarm: ring must be a function");
		this.#ring = ring;
	}

	set(milliseconds: number): void {
		if (this.#closed) throw new Error("alarm: set after close");
		if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) throw new RangeError(`alarm: cannot wait ${milliseconds} ms`);
		const now = performance.now();
		this.#due = now + milliseconds;
		if (milliseconds > 0) {
			if (this.#due < this.#fires) this.#arm(now);
		} else if (!this.#coming) {
			this.#coming = true;
			soon(this.#came);
		}
	}

	clear(): void {
		this.#due = Number.POSITIVE_INFINITY;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#fires = Number.POSITIVE_INFINITY;
	}

	close(): void {
		this.clear();
		this.#closed = true;
	}

	#arm(now: number): void {
		clearTimeout(this.#timer);
		const delay = Math.min(Math.max(Math.ceil(this.#due - now), 1), timeout_max_ms);
		this.#fires = now + delay;
		this.#timer = setTimeout(this.#fired, delay);
	}

	#check(): void {
		if (this.#due === Number.POSITIVE_INFINITY) return;
		const now = performance.now();
		// A browser's clock is coarse, and timers may fire early by that clock.
		if (now < this.#due) {
			if (this.#timer === undefined) this.#arm(now);
			return;
		}
		this.#due = Number.POSITIVE_INFINITY;
		this.#ring();
	}
}

export const time: Time = {
	now: () => performance.now(),
	alarm: (ring) => new Alarm(ring),
};
