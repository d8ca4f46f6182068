// The clock and the alarms of XS: the SDK's "time" and "timer". They are in hosts/xs, which is no host, because hosts/board and hosts/sim
// need them: a host imports no other host, and copies drift.
import Ticks from "time";
import Timer from "timer";
import type { Alarm as HostAlarm, Time } from "../../src/host.js";

/** A Timer cannot be used again after it has fired, unless it repeats. So the Timers here repeat, and are stopped before the alarm rings. */
const never_ms = 0x7fffffff;

/** 12.4 days: twice in the 24.8 days after which a difference of two ticks, 32 bits with a sign, cannot be told from a step back. */
const fold_ms = 2 ** 30;

class Alarm implements HostAlarm {
	#timer: Timer | undefined;

	constructor(ring: () => void) {
		if (typeof ring !== "function") throw new TypeError("alarm: ring must be a function");
		const timer = Timer.set(
			() => {
				Timer.schedule(timer);
				ring();
			},
			never_ms,
			never_ms,
		);
		Timer.schedule(timer);
		this.#timer = timer;
	}

	set(milliseconds: number): void {
		if (this.#timer === undefined) throw new Error("alarm: set after close");
		if (!(milliseconds >= 0 && milliseconds <= never_ms)) throw new RangeError(`alarm: cannot wait ${milliseconds} ms`);
		// An interval of 0 would make the Timer a one-shot. Rounded up, so that the alarm never rings before its time.
		const delay = milliseconds < 1 ? 1 : Math.ceil(milliseconds);
		// Stopping the Timer first cancels a firing that is due in this turn of the event loop.
		Timer.schedule(this.#timer);
		Timer.schedule(this.#timer, delay, delay);
	}

	clear(): void {
		if (this.#timer !== undefined) Timer.schedule(this.#timer);
	}

	close(): void {
		if (this.#timer === undefined) return;
		Timer.clear(this.#timer);
		this.#timer = undefined;
	}
}

export class Clock implements Time {
	#now = 0;
	#last: number | undefined;

	constructor() {
		// On a board without work for weeks, the ticks must be read all the same.
		Timer.repeat(() => this.now(), fold_ms);
	}

	/** Goes on counting where the SDK's 32 bits of milliseconds wrap, after 49 days. */
	now(): number {
		const ticks = Ticks.ticks;
		if (this.#last !== undefined) {
			const passed = Ticks.delta(this.#last, ticks);
			// A wall clock that was set back (the simulator's is one) must not take ours back.
			if (passed > 0) this.#now += passed;
		}
		this.#last = ticks;
		return this.#now;
	}

	alarm(ring: () => void): HostAlarm {
		return new Alarm(ring);
	}
}
