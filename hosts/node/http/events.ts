// Who has set the level, as a stream of events (WHATWG HTML §9.2, Server-sent events). MQTT 3.1.1 does not tell a message's sender: the broker
// of this process knows it, and says so here, never on a topic. So it is with the lights of a Hue bridge, which are on no topic of their own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "./answer.js";

/** As many as the broker has clients by default: a class, twice over. */
const listeners_max = 100;
/** While a knob is turned it is told at most four times a second: these are words for people. */
const interval_ms = 250;
/** So often a comment is sent, so that nothing between takes a silent connection for dead. */
const alive_ms = 15_000;
/** A listener that lets so many bytes wait is asleep: it is cut, and comes back when it wakes. */
const backlog_max_bytes = 64 * 1024;
/** A lost listener comes back after 1 to 5 s: not all thirty in one moment. */
const retry_min_ms = 1_000;
const retry_spread_ms = 4_000;
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
	readonly #answers: Answers;
	readonly #listeners = new Set<ServerResponse>();
	#last: LevelSet | undefined;
	/** Who has sent what is no level, and changes nothing. */
	#refused: { by: string; payload: string } | undefined;
	/** The lights of the Hue bridge, as they are told. */
	#hue = hueEvent([]);
	/** Something is to be told when `#pause` is over. */
	#news = false;
	#hueNews = false;
	#pause: NodeJS.Timeout | undefined;
	#alive: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#answers = answers;
	}

	/** Tells a new listener what is known, and all that follows. */
	listen(request: IncomingMessage, response: ServerResponse): void {
		if (request.method === "HEAD") {
			this.#answers.stream(response);
			response.end();
			return;
		}
		if (this.#listeners.size >= listeners_max) {
			this.#answers.words(request, response, 503, `${listeners_max} pages listen already.`, { "retry-after": "10" });
			return;
		}
		this.#answers.stream(response);
		response.write(`retry: ${Math.round(retry_min_ms + Math.random() * retry_spread_ms)}\n\n`);
		this.#listeners.add(response);
		response.on("error", () => {});
		response.once("close", () => this.#gone(response));
		// Without a bridge too: a page that comes back after a restart may show lights of one.
		response.write(this.#hue);
		if (this.#last) response.write(event(this.#last));
		this.#alive ??= setInterval(() => this.#send(": alive\n\n"), alive_ms).unref();
	}

	/** Somebody has said the level. Who says the one that stands there already, such as a heartbeat, has not set it. */
	set(by: string, payload: string, level: number | null): void {
		if (payload === this.#last?.payload || (level !== null && level === this.#last?.level)) return;
		this.#last = { by, payload, level, at: Date.now() };
		this.#news = true;
		if (!this.#pause) this.#tell();
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
		this.#send(`event: gone\ndata: ${JSON.stringify({ id, how })}\n\n`);
	}

	/** How many listen. */
	get listeners(): number {
		return this.#listeners.size;
	}

	close(): void {
		clearTimeout(this.#pause);
		clearInterval(this.#alive);
		this.#pause = this.#alive = undefined;
		for (const listener of this.#listeners) listener.destroy();
	}

	#tell(): void {
		this.#pause = undefined;
		if (!this.#news && !this.#hueNews && !this.#refused) return;
		if (this.#news && this.#last) this.#send(event(this.#last));
		if (this.#refused) this.#send(`event: refused\ndata: ${JSON.stringify(this.#refused)}\n\n`);
		if (this.#hueNews) this.#send(this.#hue);
		this.#news = this.#hueNews = false;
		this.#refused = undefined;
		this.#pause = setTimeout(() => this.#tell(), interval_ms).unref();
	}

	#send(text: string): void {
		for (const listener of this.#listeners) {
			if (listener.writableLength > backlog_max_bytes) listener.destroy();
			else listener.write(text);
		}
	}

	#gone(response: ServerResponse): void {
		this.#listeners.delete(response);
		if (this.#listeners.size > 0) return;
		clearInterval(this.#alive);
		this.#alive = undefined;
	}
}

/** `now` beside `at`: a page's own clock may be wrong. */
function event(set: LevelSet): string {
	return `event: set\ndata: ${JSON.stringify({ ...set, now: Date.now() })}\n\n`;
}

/** Name and level, and nothing else that a light may have. */
function hueEvent(lights: readonly HueLight[]): string {
	const told = lights.slice(0, lights_max).map(({ name, level }) => ({ name: name.slice(0, name_max), level }));
	return `event: hue\ndata: ${JSON.stringify(told)}\n\n`;
}
