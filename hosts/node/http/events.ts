// The senders of levels, as a stream of events (WHATWG HTML §9.2, Server-sent events). MQTT 3.1.1 does not carry a message's sender: the broker
// of this process has it, and sends it here, never on a topic. The lights of a Hue bridge, which have no topics of their own, are in the stream too.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "./answer.js";
import { event, Listeners } from "./listeners.js";

/** While a knob is turned, events come at most four times a second: they are for people. */
const interval_ms = 250;
/** Lights of a Hue bridge, and characters of a name, in an event; a bridge's own names have 32 (API v1). */
const lights_max = 6;
const name_max = 32;

export interface LevelSet {
	/** The client's id. */
	by: string;
	/** The payload that the client has sent. */
	payload: string;
	/** 0 to 254; null: the level of ON, which the lamp has. */
	level: number | null;
	/** Milliseconds since 1970 by this machine's clock. */
	at: number;
}

/** A light of a Hue bridge. */
export interface HueLight {
	name: string;
	/** 0 to 254; -1: not known. */
	level: number;
}

export class Events {
	readonly #listeners: Listeners;
	#last: LevelSet | undefined;
	#held = false;
	/** The sender of a payload that is no level, and changes nothing. */
	#refused: { by: string; payload: string } | undefined;
	/** The event of the Hue bridge's lights. */
	#hue = hueEvent([]);
	/** There are events to be sent when `#pause` is over. */
	#news = false;
	#hueNews = false;
	#pause: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#listeners = new Listeners(answers);
	}

	/** Sends a new listener the present state, and all later events. */
	listen(request: IncomingMessage, response: ServerResponse): void {
		const held = this.#held ? event("held", true) : "";
		// The lights also without a bridge: a page that comes back after a restart may still show lights.
		this.#listeners.listen(request, response, `${held}${this.#hue}${this.#last ? told(this.#last) : ""}`);
	}

	/** A client has published a level. A client that repeats the present level, as in a heartbeat, has not set it. */
	set(by: string, payload: string, level: number | null): void {
		if (payload === this.#last?.payload || (level !== null && level === this.#last?.level)) return;
		this.#last = { by, payload, level, at: Date.now() };
		this.#news = true;
		if (!this.#pause) this.#tell();
	}

	/** A teacher holds the light: no client's level goes through. */
	hold(held: boolean): void {
		this.#held = held;
		this.#listeners.send(event("held", held));
	}

	/** A client has published a payload that is no level. */
	refused(by: string, payload: string): void {
		this.#refused = { by, payload };
		if (!this.#pause) this.#tell();
	}

	/** The state of the Hue bridge's lights now. */
	hue(lights: readonly HueLight[]): void {
		const text = hueEvent(lights);
		if (text === this.#hue) return;
		this.#hue = text;
		this.#hueNews = true;
		if (!this.#pause) this.#tell();
	}

	/** A device has gone: its connection broke, or it sent its goodbye. */
	gone(id: string, how: "will" | "goodbye"): void {
		this.#listeners.send(event("gone", { id, how }));
	}

	/** The number of listeners. */
	get listeners(): number {
		return this.#listeners.count;
	}

	close(): void {
		clearTimeout(this.#pause);
		this.#pause = undefined;
		this.#listeners.close();
	}

	#tell(): void {
		this.#pause = undefined;
		if (!this.#news && !this.#hueNews && !this.#refused) return;
		if (this.#news && this.#last) this.#listeners.send(told(this.#last));
		if (this.#refused) this.#listeners.send(event("refused", this.#refused));
		if (this.#hueNews) this.#listeners.send(this.#hue);
		this.#news = this.#hueNews = false;
		this.#refused = undefined;
		this.#pause = setTimeout(() => this.#tell(), interval_ms).unref();
	}
}

/** `now` beside `at`: a page's own clock may be wrong. */
function told(set: LevelSet): string {
	return event("set", { ...set, now: Date.now() });
}

/** Name and level alone, without further fields of a light. */
function hueEvent(lights: readonly HueLight[]): string {
	const told = lights.slice(0, lights_max).map(({ name, level }) => ({ name: name.slice(0, name_max), level }));
	return event("hue", told);
}
