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
	/** What it has sent: a level, or not. */
	payload: string;
	/** Milliseconds since 1970 by this machine's clock. */
	at: number;
}

export class Events {
	readonly #listeners: Listeners;
	#last: LevelSet | undefined;
	#held = false;
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
	set(by: string, payload: string): void {
		if (payload === this.#last?.payload) return;
		this.#last = { by, payload, at: Date.now() };
		this.#news = true;
		if (!this.#pause) this.#tell();
	}

	/** A teacher holds the light: nobody's level goes through. */
	hold(held: boolean): void {
		this.#held = held;
		this.#listeners.send(event("held", held));
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
		if (!this.#news || !this.#last) return;
		this.#news = false;
		this.#listeners.send(told(this.#last));
		this.#pause = setTimeout(() => this.#tell(), interval_ms).unref();
	}
}

/** `now` beside `at`: a page's own clock may be wrong. */
function told(set: LevelSet): string {
	return event("set", { ...set, now: Date.now() });
}
