// The deadlines of a connection. Time is an argument: `deadline` returns the next deadline, `expire` the action for one that has passed.
// No clock is read per message: a message only raises a flag (`sent`, `heard`), and the next tick reads the flags.
import { NEED_MORE, PINGRESP_TIMEOUT, SUBACK_TIMEOUT } from "../packets/reason.js";

const PHASE = 0;
const TICK = 1;
const PINGRESP = 2;
const REQUEST = 3;

/** `expire`: PINGREQ must be sent. */
export const PING = 1;
/**
 * `expire`: a deadline has passed, but the bytes that would have met it may still be unread, for Node runs its timers before it reads its
 * sockets. The event loop must turn once before the next call.
 */
export const LOOK = 2;

/** While bytes come in, the answer to a SUBSCRIBE may stand behind them: its timeout is renewed, but at most so many times. */
const request_renewals = 6;

/** Ticks in a keep-alive. Three: PINGREQ goes out after one to two ticks without anything sent, so always within the keep-alive. */
const ticks = 3;

/**
 * Ticks without anything received after which PINGREQ tests the connection, although the client keeps sending: 1⅓ to 1⅔ keep-alives. QoS 0
 * has no answer: without that PINGREQ a half-open connection stays unnoticed for a quarter of an hour.
 */
const silent_ticks_max = 4;

export class Timers {
	/** Raised whenever anything was sent [MQTT-3.1.2-23]. */
	sent = false;
	/** Raised whenever anything was received. */
	heard = false;
	readonly #at = new Float64Array(4).fill(Infinity);
	#phaseReason = NEED_MORE;
	#tick = Infinity;
	#silentTicks = 0;
	#patience = 0;
	/** The timeout of SUBACK and UNSUBACK, and how often it was renewed. */
	#requestPatience = 0;
	#renewals = 0;
	/** A bit for each of `TICK`, `PINGRESP` and `REQUEST` that has not been checked since `heard` was raised. */
	#life = 0;
	/** The deadline that had passed when `expire` returned `LOOK`. */
	#looked = 0;

	/** When `expire` must be called; `Infinity`: there is no deadline. */
	deadline(): number {
		const at = this.#at;
		return Math.min(at[PHASE], at[TICK], at[PINGRESP], at[REQUEST]);
	}

	/** The next step of connecting must be done by the time `at`; else `expire` returns `reason`. */
	phase(at: number, reason: number): void {
		this.#at[PHASE] = at;
		this.#phaseReason = reason;
	}

	/**
	 * Connected: keep-alive runs from `since` on, when CONNECT was sent. `keepAlive` (0: none) and `patience` (how long after PINGREQ something
	 * must be received) in milliseconds.
	 */
	start(now: number, since: number, keepAlive: number, patience: number): void {
		this.#at[PHASE] = Infinity;
		this.#tick = keepAlive === 0 ? Infinity : keepAlive / ticks;
		this.#at[TICK] = Math.max(now, since + this.#tick);
		this.#patience = patience;
		this.#silentTicks = 0;
		this.sent = false;
		this.heard = true;
	}

	stop(): void {
		this.#at.fill(Infinity);
	}

	/** PINGREQ was sent. */
	pinged(now: number): void {
		if (this.#at[PINGRESP] !== Infinity) return;
		this.#lived(PINGRESP);
		this.#at[PINGRESP] = now + this.#patience;
	}

	/** PINGRESP has come. */
	answered(): void {
		this.#at[PINGRESP] = Infinity;
	}

	/** SUBSCRIBE or UNSUBSCRIBE was sent: the answer, or at least other bytes, must come within `patience` milliseconds. */
	requested(now: number, patience: number): void {
		if (this.#at[REQUEST] !== Infinity) return;
		this.#at[REQUEST] = now + patience;
		this.#requestPatience = patience;
		this.#renewals = 0;
		this.#lived(REQUEST);
	}

	/** No SUBSCRIBE or UNSUBSCRIBE waits any more. */
	settled(): void {
		this.#at[REQUEST] = Infinity;
	}

	/**
	 * The action due at `now`: `PING`, `LOOK`, a negative reason to close, or 0. `paused`: the application has not taken the received bytes,
	 * so that no more are read and silence proves nothing. An alarm may ring late, after the event loop stood still: no connection is closed
	 * before the event loop has turned once more, and has delivered the bytes that came meanwhile.
	 */
	expire(now: number, paused: boolean): number {
		const at = this.#at;
		if (now >= at[PHASE]) return this.#judge(at[PHASE], this.#phaseReason);
		if (now >= at[REQUEST]) {
			// any byte shows a live connection: the answer may stand behind a long payload that is still coming in
			const alive = this.#lived(REQUEST) && this.#renewals < request_renewals;
			if (!alive && !paused) return this.#judge(at[REQUEST], SUBACK_TIMEOUT);
			if (alive) this.#renewals += 1;
			at[REQUEST] = now + this.#requestPatience;
		}
		if (now >= at[PINGRESP]) {
			if (!this.#lived(PINGRESP) && !paused) return this.#judge(at[PINGRESP], PINGRESP_TIMEOUT);
			at[PINGRESP] = now + this.#patience;
		}
		return now >= at[TICK] ? this.#ticked(now, paused) : 0;
	}

	#judge(deadline: number, why: number): number {
		if (this.#looked === deadline) return why;
		this.#looked = deadline;
		return LOOK;
	}

	/** Was anything received since the last check for `who`? */
	#lived(who: number): boolean {
		if (this.heard) this.#life = ~0;
		this.heard = false;
		const lived = (this.#life & (1 << who)) !== 0;
		this.#life &= ~(1 << who);
		return lived;
	}

	#ticked(now: number, paused: boolean): number {
		this.#at[TICK] = now + this.#tick;
		const waiting = this.#at[PINGRESP] !== Infinity;
		if (this.#lived(TICK) || paused || waiting) this.#silentTicks = 0;
		else this.#silentTicks += 1;
		const silent = !this.sent;
		this.sent = false;
		return silent || this.#silentTicks >= silent_ticks_max ? PING : 0;
	}
}
