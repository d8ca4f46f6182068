// What must happen in time. Time is an argument: `deadline` says when to come back, `expire` what is due then.
// No clock is read per message: a message only raises a flag (`sent`, `heard`), and the next tick looks at the flags.
import { NEED_MORE, PINGRESP_TIMEOUT, SUBACK_TIMEOUT } from "../packets/reason.js";

const PHASE = 0;
const TICK = 1;
const PINGRESP = 2;
const REQUEST = 3;

/** `expire`: time to send PINGREQ. */
export const PING = 1;

/** Ticks in a keep-alive. Three: PINGREQ goes out after one to two of them without anything sent, so always inside the keep-alive. */
const ticks = 3;

/** Ticks without anything received after which the line is tried with a PINGREQ, though we keep sending: 1⅓ to 1⅔ keep-alives. */
const deaf_ticks = 4;

export class Timers {
	/** Raised whenever anything was sent [MQTT-3.1.2-23]. */
	sent = false;
	/** Raised whenever anything was received. */
	heard = false;
	readonly #at = new Float64Array(4).fill(Infinity);
	#phaseReason = NEED_MORE;
	#tick = Infinity;
	#deaf = 0;
	#patience = 0;

	/** When `expire` wants to be called; `Infinity` when it does not. */
	deadline(): number {
		const at = this.#at;
		return Math.min(at[PHASE], at[TICK], at[PINGRESP], at[REQUEST]);
	}

	/** The next step of connecting must be done by then, else `reason`. */
	phase(at: number, reason: number): void {
		this.#at[PHASE] = at;
		this.#phaseReason = reason;
	}

	/**
	 * Connected: keep-alive runs, since CONNECT was sent at `since`. `keepAlive` and `patience` (how long to wait for life after PINGREQ) in
	 * milliseconds; 0: no keep-alive.
	 */
	start(now: number, since: number, keepAlive: number, patience: number): void {
		this.#at[PHASE] = Infinity;
		this.#tick = keepAlive === 0 ? Infinity : keepAlive / ticks;
		this.#at[TICK] = Math.max(now, since + this.#tick);
		this.#patience = patience;
		this.#deaf = 0;
		this.sent = false;
		this.heard = true;
	}

	stop(): void {
		this.#at.fill(Infinity);
	}

	/** PINGREQ was sent. */
	pinged(now: number): void {
		if (this.#at[PINGRESP] !== Infinity) return;
		this.heard = false;
		this.#at[PINGRESP] = now + this.#patience;
	}

	/** PINGRESP has come. */
	answered(): void {
		this.#at[PINGRESP] = Infinity;
	}

	/** SUBSCRIBE or UNSUBSCRIBE was sent: the answer must come by `at`. */
	requested(at: number): void {
		if (this.#at[REQUEST] === Infinity) this.#at[REQUEST] = at;
	}

	/** No SUBSCRIBE or UNSUBSCRIBE waits any more. */
	settled(): void {
		this.#at[REQUEST] = Infinity;
	}

	/**
	 * What is due at `now`: `PING`, a negative reason to give up, or 0. `paused`: the application has not read what it was given, so that
	 * nothing can be heard and silence proves nothing.
	 */
	expire(now: number, paused: boolean): number {
		const at = this.#at;
		if (now >= at[PHASE]) return this.#phaseReason;
		if (now >= at[REQUEST]) {
			if (!paused) return SUBACK_TIMEOUT;
			at[REQUEST] = now + this.#patience;
		}
		if (now >= at[PINGRESP]) {
			// any byte is life: the answer may stand behind a long payload that is still coming in
			if (!this.heard && !paused) return PINGRESP_TIMEOUT;
			this.heard = false;
			at[PINGRESP] = now + this.#patience;
		}
		return now >= at[TICK] ? this.#ticked(now, paused) : 0;
	}

	#ticked(now: number, paused: boolean): number {
		this.#at[TICK] = now + this.#tick;
		const waiting = this.#at[PINGRESP] !== Infinity;
		if (this.heard || paused || waiting) {
			this.#deaf = 0;
			if (!waiting) this.heard = false;
		} else this.#deaf += 1;
		const silent = !this.sent;
		this.sent = false;
		return silent || this.#deaf >= deaf_ticks ? PING : 0;
	}
}
