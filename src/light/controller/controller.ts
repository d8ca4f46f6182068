// The controller: a motor fader. It follows the topic like a lamp, and publishes like a dimmer, but only the levels that a hand has set: a page
// that is loaded, woken, reconnected or duplicated publishes nothing.
import type { Alarm, Time } from "../../host.js";
import type { Message, QoS } from "../../mqtt/link/link.js";
import { Ownership } from "../dimmer/ownership.js";
import { final, silent } from "../dimmer/pace.js";
import { type Digits, format, IntensityParser, level_max, makeDigits, reasons, refused_already } from "../level/intensity.js";
import { Rested } from "../level/rested.js";
import { checkRole, openLink, type RoleLink, type RoleOptions } from "../role.js";
import { Freshness, type State } from "./freshness.js";
import { Hand } from "./hand.js";

/** After a sleep the broker gives a sign of life within so long, or the connection is opened anew. */
export const prove_ms = 2_000;
/** The same limit for the check every `look_ms`, while the level still counts as known. */
export const look_patience_ms = 5_000;
/** A browser's timers ring once a minute in a hidden tab: the broker must wait for a packet longer than that. */
const keepAlive_ms = 120_000;

export type { State };

export interface ControllerOptions extends RoleOptions {
	/** Default false: a fader is no device whose absence matters, and a closed tab must leave nothing at the broker. */
	status?: boolean;
	/** Default false, as `status`. */
	info?: boolean;
	/** A message on the topic is no level, and changes nothing: `why` is the reason, a sentence; `message` is lent. From the event loop. */
	onRefused?(why: string, message: Message): void;
}

/**
 * Shows the topic's level, and publishes the level that a hand sets. While the hand holds the fader, the level follows the hand alone. When the
 * hand has let go, its final level is published once at QoS 1, and stands until it has come back from the broker, or for 1.5 s; then the level
 * received last counts. A level that the hand sets without a connection is published when there is one.
 */
export class Controller {
	/** Publishes that the link has taken; messages accepted as a level, and messages refused. */
	readonly counters = { moving: 0, final: 0, accepted: 0, ignored: 0 };
	/** Milliseconds in which the lamps fade to `ghost`, where its message gives a transition; else -1. */
	transition = -1;

	readonly #topic: string;
	readonly #time: Time;
	readonly #link: RoleLink;
	readonly #alarm: Alarm;
	readonly #ownership = new Ownership(false);
	readonly #parser = new IntensityParser();
	readonly #digits: Digits = makeDigits();
	readonly #hand = new Hand();
	readonly #rested = new Rested();
	readonly #freshness = new Freshness();
	readonly #onRefused: ControllerOptions["onRefused"];
	#onChange: (() => void) | undefined;
	/** The level shown, and the level received last; -1: none. */
	#level = -1;
	#heard = -1;
	#heardAt = -Infinity;
	#closed = false;
	readonly #proved = () => {
		const now = this.#time.now();
		this.#freshness.proved(now);
		this.#follow(now);
		this.#speak(now);
		this.#onChange?.();
	};

	/** Throws when an option is unfit, naming it. */
	constructor(options: ControllerOptions) {
		checkRole(options);
		const { device, topic, onChange, onRefused, status = false, info = false, keepAlive = keepAlive_ms } = options;
		this.#topic = topic;
		this.#time = device.time;
		this.#onChange = onChange;
		this.#onRefused = onRefused;
		this.#link = openLink(
			"controller",
			{ ...options, status, info, keepAlive },
			() => this.#up(),
			() => this.#down(),
			this.counters,
		);
		this.#link.subscribe(topic, 1, (message) => this.#received(message));
		this.#alarm = device.time.alarm(() => this.#ring());
	}

	/** 0 to 254: the level to show. -1 while none is known. */
	get level(): number {
		return this.#level;
	}

	/** 0 to 254: the level received last, even while `level` follows the hand. -1: none yet. */
	get ghost(): number {
		return this.#heard;
	}

	/** 1 to 254: the level that `toggle` would switch on. For a light that is on, its own level. */
	get remembered(): number {
		return this.#rested.on;
	}

	get state(): State {
		return this.#freshness.state(this.#time.now(), this.#heard >= 0);
	}

	/** When `ghost` was received, by the device's clock; -Infinity: never. */
	get heardAt(): number {
		return this.#heardAt;
	}

	/** A hand holds the fader: the pointer is down, or a key was pressed just now. */
	get held(): boolean {
		return this.#hand.holds(this.#time.now());
	}

	/** The hand has set a level that is not yet published at QoS 1; without a connection it is published when there is one. */
	get pending(): boolean {
		return this.#hand.pending;
	}

	/** The level that the broker has acknowledged and not passed on in 2 s; -1: none. */
	get notPassedOn(): number {
		return this.#hand.notPassedOn;
	}

	/** Connected. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** The pointer is down. That alone sets no level. */
	hold(): void {
		if (this.#closed) return;
		this.#hand.down = true;
	}

	/** The hand moves the level to 0..254. Without `hold` a key or the wheel has moved it, which holds the level for 400 ms. */
	turn(level: number): void {
		this.#check(level);
		if (this.#closed) return;
		const now = this.#time.now();
		this.#hand.key(now);
		if (level !== this.#level) this.#set(now, this.#level, level);
		this.#speak(now);
	}

	/** The pointer is up, or lost: the level that the hand has set is final. */
	release(): void {
		if (this.#closed) return;
		const now = this.#time.now();
		this.#hand.release();
		this.#follow(now);
		this.#speak(now);
	}

	/** A button sets the level to 0..254: it is published as soon as the rate allows, at QoS 1, even when it is the same as before. */
	press(level: number): void {
		this.#check(level);
		if (this.#closed) return;
		const now = this.#time.now();
		this.#hand.release();
		this.#set(now, -1, level);
		this.#speak(now);
	}

	/** Off, or on again at `remembered`. */
	toggle(): void {
		// the level before a switch-off counts as rested, however short it stood
		if (this.#level > 0) this.#rested.heard(this.#level, this.#time.now(), -1, true);
		this.press(this.#level > 0 ? 0 : this.#rested.on);
	}

	/** Publishes a `pending` level now, at QoS 1: this may be the last turn of the event loop. */
	settle(): void {
		if (!this.#hand.pending || this.#closed || !this.#link.up) return;
		const now = this.#time.now();
		this.#publish(now, final);
		this.#speak(now);
	}

	/** The page is out of sight (hidden, frozen or left): settles, and asks for no signs of life. */
	sleep(): void {
		this.release();
		this.settle();
		this.#freshness.sleep();
	}

	/** The page is in sight again, perhaps after long: the level counts as old until the broker has given a sign of life. May be called twice. */
	wake(): void {
		if (this.#closed) return;
		this.#freshness.wake();
		this.#link.prove(prove_ms, this.#proved);
	}

	/** Further topics that a page shows, over the same connection. As `Link.subscribe`; not for the controller's own topic. */
	subscribe(filter: string, QoS: QoS, listener: (message: Message) => void): void {
		if (filter === this.#topic) throw new Error(`filter: "${filter}" is the controller's own topic`);
		this.#link.subscribe(filter, QoS, listener);
	}

	unsubscribe(filter: string): void {
		if (filter !== this.#topic) this.#link.unsubscribe(filter);
	}

	/** Settles, ends the connection, then calls `done` from the event loop. A second call does nothing. */
	close(done?: () => void): void {
		if (!this.#closed) {
			this.release();
			this.settle();
			this.#closed = true;
			this.#onChange = undefined;
			this.#alarm.close();
		}
		this.#link.close(done);
	}

	#check(level: number): void {
		if (!(level >= 0 && level <= level_max && level === Math.floor(level)))
			throw new RangeError(`level: ${level} is none; give 0 to 254, whole`);
	}

	#set(now: number, from: number, level: number): void {
		this.#hand.set(now, from, level);
		this.#level = level;
	}

	/** Publishes the level if it is due, and sets the alarm for the next deadline. */
	#speak(now: number): void {
		const what = this.#link.up ? this.#hand.due(now, this.#level) : silent;
		if (what !== silent) this.#publish(now, what);
		const next = Math.min(this.#hand.deadline(now, this.#link.up), this.#freshness.deadline(now));
		if (next === Infinity) this.#alarm.clear();
		else this.#alarm.set(Math.max(0, next - now));
	}

	#publish(now: number, what: number): void {
		if (!this.#link.publish(this.#topic, format(this.#level, this.#digits), what === final ? 1 : 0, true)) return;
		this.#hand.said(now, this.#level, what);
		this.#ownership.published(this.#level);
		if (what === final) {
			this.counters.final++;
			this.#rested.heard(this.#level, now, -1, true);
		} else this.counters.moving++;
	}

	#received(message: Message): void {
		if (this.#closed) return;
		const level = this.#parser.read(message, this.#rested.on);
		if (level === refused_already) return;
		if (level < 0) {
			this.counters.ignored++;
			this.#onRefused?.(reasons[-level], message);
			return;
		}
		const now = this.#time.now();
		this.counters.accepted++;
		this.#ownership.heard(level, this.#level, message.retain);
		// a retained message's transition belongs to the moment of its publication
		this.transition = message.retain ? -1 : this.#parser.transition;
		this.#rested.heard(level, now, this.transition, message.retain);
		this.#heard = level;
		this.#heardAt = now;
		this.#freshness.heard();
		if (!this.#ownership.awaiting) this.#hand.returned();
		this.#follow(now);
		this.#speak(now);
		this.#onChange?.();
	}

	/** Shows the level received last, unless the hand, or its final level, goes before it. */
	#follow(now: number): void {
		if (this.#heard >= 0 && this.#hand.yields(now) && !this.#freshness.waking) this.#level = this.#heard;
	}

	#up(): void {
		const now = this.#time.now();
		this.#freshness.up(now);
		this.#ownership.connected(now);
		this.#hand.found(now);
		this.#speak(now);
		this.#onChange?.();
	}

	#down(): void {
		this.#hand.lost(this.#ownership.awaiting && this.#link.kept > 0);
		this.#ownership.disconnected();
		this.#freshness.down();
		this.#speak(this.#time.now());
		this.#onChange?.();
	}

	#ring(): void {
		const now = this.#time.now();
		this.#follow(now);
		this.#hand.look(now, this.#link.kept === 0, this.#heard);
		if (this.#freshness.asks(now)) this.#link.prove(look_patience_ms, this.#proved);
		this.#speak(now);
		this.#onChange?.();
	}
}
