// The clock and the alarms of Node.
import type { Alarm as HostAlarm, Time } from "../../src/host.js";

/** The longest delay of setTimeout; a longer one would ring at once. */
const timeout_max_ms = 2 ** 31 - 1;

/**
 * A protocol sets its alarm further away with every packet. So a later setting leaves the pending timer alone, which
 * checks `#due` when it fires and goes on waiting: a setting then costs one read of the clock, and no Timeout object.
 */
class Alarm implements HostAlarm {
	readonly #ring: () => void;
	#due = Number.POSITIVE_INFINITY;
	#timer: NodeJS.Timeout | undefined;
	#immediate: NodeJS.Immediate | undefined;
	/** When `#timer` fires. */
	#fires = Number.POSITIVE_INFINITY;
	#closed = false;
	readonly #fired = () => {
		this.#timer = undefined;
		this.#fires = Number.POSITIVE_INFINITY;
		this.#check();
	};
	readonly #turned = () => {
		this.#immediate = undefined;
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
		// setTimeout(0) waits for a millisecond; an immediate comes at the end of this turn, which is never too soon.
		if (milliseconds === 0) this.#immediate ??= setImmediate(this.#turned);
		else if (this.#due < this.#fires) this.#arm(now);
	}

	clear(): void {
		this.#due = Number.POSITIVE_INFINITY;
		// The timer is cleared, not left alone: it would keep the process alive.
		if (this.#timer) clearTimeout(this.#timer);
		if (this.#immediate) clearImmediate(this.#immediate);
		this.#timer = this.#immediate = undefined;
		this.#fires = Number.POSITIVE_INFINITY;
	}

	close(): void {
		this.clear();
		this.#closed = true;
	}

	#arm(now: number): void {
		if (this.#timer) clearTimeout(this.#timer);
		const delay = Math.min(Math.max(Math.ceil(this.#due - now), 1), timeout_max_ms);
		this.#fires = now + delay;
		this.#timer = setTimeout(this.#fired, delay);
	}

	#check(): void {
		if (this.#due === Number.POSITIVE_INFINITY) return;
		const now = performance.now();
		// libuv counts whole milliseconds: its timers fire up to one millisecond early by this clock.
		if (now < this.#due) {
			if (!this.#timer) this.#arm(now);
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
