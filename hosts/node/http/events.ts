// Who has set the level, as a stream of events (WHATWG HTML §9.2, Server-sent events). MQTT 3.1.1 does not tell a message's sender: the broker
// of this process knows it, and says so here, never on a topic. So it is with the lights of a Hue bridge, which are on no topic of their own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "./answer.js";
import { event, Listeners } from "./listeners.js";

/** While a knob is turned it is told at most four times a second: these are words for people. */
const interval_ms = 250;
/** Lights of a Hue bridge, and characters of a name, that are told; a bridge's own names have 32 (API v1). */
const lights_max = 6;
const name_max = 32;

export interface LevelSet {
	/** The client's id. */
	by: string;
	/** What it has sent. */
	payload: string;
	/** 0 to 254; null: what ON means, which is the lamp's to know. */
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
	/** Who has sent what is no level, and changes nothing. */
	#refused: { by: string; payload: string } | undefined;
	/** The lights of the Hue bridge, as they are told. */
	#hue = hueEvent([]);
	/** Something is to be told when `#pause` is over. */
	#news = false;
	#hueNews = false;
	#pause: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#listeners = new Listeners(answers);
	}

	/** Tells a new listener what is known, and all that follows. */
	listen(request: IncomingMessage, response: ServerResponse): void {
		const held = this.#held ? event("held", true) : "";
		// The lights without a bridge too: a page that comes back after a restart may show lights of one.
		this.#listeners.listen(request, response, `${held}${this.#hue}${this.#last ? told(this.#last) : ""}`);
	}

	/** Somebody has said the level. Who says the one that stands there already, such as a heartbeat, has not set it. */
	set(by: string, payload: string, level: number | null): void {
		if (payload === this.#last?.payload || (level !== null && level === this.#last?.level)) return;
		this.#last = { by, payload, level, at: Date.now() };
		this.#news = true;
		if (!this.#pause) this.#tell();
	}

	/** A teacher holds the light: nobody's level goes through. */
	hold(held: boolean): void {
		this.#held = held;
		this.#listeners.send(event("held", held));
	}

	/** Somebody has said what is no level. */
	refused(by: string, payload: string): void {
		this.#refused = { by, payload };
		if (!this.#pause) this.#tell();
	}

	/** What the lights of the Hue bridge show now. */
	hue(lights: readonly HueLight[]): void {
		const text = hueEvent(lights);
		if (text === this.#hue) return;
		this.#hue = text;
		this.#hueNews = true;
		if (!this.#pause) this.#tell();
	}

	/** A device has gone: its connection broke, or it said goodbye. */
	gone(id: string, how: "will" | "goodbye"): void {
		this.#listeners.send(event("gone", { id, how }));
	}

	/** How many listen. */
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

/** Name and level, and nothing else that a light may have. */
function hueEvent(lights: readonly HueLight[]): string {
	const told = lights.slice(0, lights_max).map(({ name, level }) => ({ name: name.slice(0, name_max), level }));
	return event("hue", told);
}
