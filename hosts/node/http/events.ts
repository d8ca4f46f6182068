// Who has set the level, as a stream of events (WHATWG HTML §9.2, Server-sent events). MQTT 3.1.1 does not tell a message's sender: the broker
// of this process knows it, and says so here, never on a topic.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "./answer.js";
import { event, Listeners } from "./listeners.js";

/** While a knob is turned it is told at most four times a second: these are words for people. */
const interval_ms = 250;
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

export class Events {
	readonly #listeners: Listeners;
	#last: LevelSet | undefined;
	#held = false;
	/** Who has sent what is no level, and changes nothing. */
	#refused: { by: string; payload: string } | undefined;
	/** Something is to be told when `#pause` is over. */
	#news = false;
	#pause: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#listeners = new Listeners(answers);
	}

	/** Tells a new listener what is known, and all that follows. */
	listen(request: IncomingMessage, response: ServerResponse): void {
		const held = this.#held ? event("held", true) : "";
		this.#listeners.listen(request, response, `${held}${this.#last ? told(this.#last) : ""}`);
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
		if (!this.#news && !this.#refused) return;
		if (this.#news && this.#last) this.#listeners.send(told(this.#last));
		if (this.#refused) this.#listeners.send(event("refused", this.#refused));
		this.#news = false;
		this.#refused = undefined;
		this.#pause = setTimeout(() => this.#tell(), interval_ms).unref();
	}
}

/** `now` beside `at`: a page's own clock may be wrong. */
function told(set: LevelSet): string {
	return event("set", { ...set, now: Date.now() });
}
