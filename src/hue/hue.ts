// The Hue bridge as a lamp: the level of the intensity topic on lights of a Philips Hue bridge, and on request their changes back to the topic.
import { type Digits, format, IntensityParser, makeDigits, refused_already } from "../light/level/intensity.js";
import { Refusals } from "../light/level/refusals.js";
import { Rested } from "../light/level/rested.js";
import { checkRole, openLink, type RoleLink, type RoleOptions } from "../light/role.js";
import type { Message } from "../mqtt/link/link.js";
import type { BridgeAccess } from "./bridge.js";
import { fade_ms, Lights } from "./lights.js";
import { light_interval_ms } from "./pacing.js";

/** Levels that follow each other in less than this come from a turning knob: each fades until the next. */
const stream_ms = 500;

/** A Hue dimmer switch that is held makes two changes a second: eight seconds of them may be without their echo. */
const echoes_max = 16;

export interface HueOptions extends RoleOptions {
	bridge: BridgeAccess;
	/** Names or ids of lights, rooms and zones; at least one. */
	lights: readonly string[];
	/** Also publish the changes that a wall switch or an app makes to the lights. Default false. */
	follow?: boolean;
	/** The role has ended and published `offline`: `reason` says why, and what to do. */
	onStopped?(reason: string): void;
}

/**
 * Sends the topic's level to each of `lights`, the newest only. A bridge that is away is tried again for ever, and then gets the present level;
 * a bridge that does not accept the key any more ends the role.
 */
export class Hue {
	/** Messages accepted and refused, changes published back; then the counters of `Lights`. */
	readonly counters = { accepted: 0, ignored: 0, followed: 0, taken: 0, refused: 0, busy: 0, lost: 0 };

	readonly #options: HueOptions;
	readonly #link: RoleLink;
	readonly #lights: Lights;
	readonly #parser = new IntensityParser();
	readonly #digits: Digits = makeDigits();
	/** Published levels that have not come back, oldest first: a level that comes before the last of them is older than the lights' state. */
	#echoes: number[] = [];
	/** A level that the link has still to publish; -1: none. The topic's level is older. */
	#unsaid = -1;
	#level = -1;
	readonly #rested = new Rested();
	#heardAt = -Infinity;
	readonly #refusals = new Refusals();
	#closed = false;

	/** Throws when an option is unfit, naming it. */
	constructor(options: HueOptions) {
		checkRole(options);
		this.#options = options;
		const changed = () => options.onChange?.();
		const up = () => {
			if (this.#unsaid >= 0) this.#echoes = [this.#unsaid];
			this.#unsaid = -1;
			changed();
		};
		const down = () => {
			// the link publishes its last message again when there is a connection
			if (this.#echoes.length > 0 && this.#link.kept > 0) this.#unsaid = this.#echoes.at(-1) as number;
			this.#echoes = [];
			changed();
		};
		this.#lights = new Lights({
			device: options.device,
			bridge: options.bridge,
			lights: options.lights,
			follow: options.follow ?? false,
			counters: this.counters,
			log: (line) => this.#log(line),
			onNews: (level) => this.#publish(level),
			onChange: changed,
			onStopped: (reason) => {
				this.close();
				options.onStopped?.(reason);
			},
		});
		try {
			this.#link = openLink("hue", options, up, down, this.counters);
		} catch (error) {
			this.#lights.close();
			throw error;
		}
		this.#link.subscribe(options.topic, 1, (message) => this.#received(message));
	}

	/** 0 to 254: the level that the lights are to show; -1: the topic has had none yet. */
	get level(): number {
		return this.#level;
	}

	/** Connected to the broker and announced. */
	get up(): boolean {
		return !this.#closed && this.#link.up;
	}

	/** The lights found, with the level that the bridge has accepted for each last; -1: none. */
	get lights(): Lights["all"] {
		return this.#lights.all;
	}

	/** Publishes `offline`, ends both connections, then calls `done` from the event loop. The lights stay as they are. A second call does nothing. */
	close(done?: () => void): void {
		this.#closed = true;
		this.#lights.close();
		this.#link.close(done);
	}

	#log(line: string): void {
		this.#options.device.log(`hue: ${line}`);
	}

	#received(message: Message): void {
		if (this.#closed) return;
		const level = this.#parser.read(message, this.#rested.on);
		if (level === refused_already) return;
		if (level < 0) return this.#refuse(-level, message);
		this.counters.accepted++;
		const now = this.#options.device.time.now();
		this.#refusals.taken(now);
		if (message.retain && (this.#unsaid >= 0 || this.#echoes.length > 0)) return;
		const streams = now - this.#heardAt < stream_ms;
		this.#heardAt = now;
		// a retained message's transition belongs to the moment of its publication
		const asked = message.retain ? -1 : this.#parser.transition;
		this.#level = level;
		this.#rested.heard(level, now, asked, message.retain);
		const echo = message.retain ? -1 : this.#echoes.indexOf(level);
		this.#echoes.splice(0, echo + 1);
		if (echo >= 0 && this.#echoes.length > 0) return;
		this.#lights.want(level, asked >= 0 ? asked : streams ? light_interval_ms : fade_ms);
		this.#options.onChange?.();
	}

	#refuse(reason: number, message: Message): void {
		this.counters.ignored++;
		const news = this.#refusals.isNews(reason, this.#options.device.time.now());
		if (news) this.#log(`message ignored: ${this.#parser.reason(-reason, message.bytes)}`);
	}

	#publish(level: number): void {
		if (!this.#link.publish(this.#options.topic, format(level, this.#digits), 1, true)) return;
		if (!this.#link.up) this.#unsaid = level;
		else this.#echoes.push(level);
		this.#echoes.splice(0, this.#echoes.length - echoes_max);
		this.#level = level;
		this.counters.followed++;
	}
}
