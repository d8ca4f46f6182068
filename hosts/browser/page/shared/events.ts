// Who did it, which MQTT 3.1.1 does not carry: the desk tells it on `/api/events`, and what the lights of its Hue bridge show. Where it is not
// told, the page says so, and never guesses.
import type { Ending } from "./book.js";

export interface Setter {
	/** As the page shows it: without the role in front of a client's id. */
	name: string;
	/** The MQTT client id. */
	client: string;
	/** 0 to 254; null: what ON means. */
	level: number | null;
	/** By this page's clock, in milliseconds since 1970. */
	at: number;
}

/** A light of the desk's Hue bridge. */
export interface HueLight {
	name: string;
	/** 0 to 254; -1: not known. */
	level: number;
}

export class Events {
	/** Who has set the light last; `undefined`: not known. */
	last: Setter | undefined;
	/** A teacher holds the light: nobody's level goes through. */
	held = false;
	/** Who has sent last what is no level. */
	refused: { name: string; payload: string } | undefined;
	/** The lights of the desk's Hue bridge, as many as it tells of. */
	lights: readonly HueLight[] = [];
	/** A device has gone, and how is known. */
	onEnded: (id: string, ending: Ending) => void = () => {};
	readonly #told: boolean;
	readonly #changed: () => void;
	#source: EventSource | undefined;

	constructor(told: boolean, changed: () => void) {
		this.#told = told;
		this.#changed = changed;
		this.resume();
	}

	/** While the page is put away, it must not hold on to the server. */
	pause(): void {
		this.#source?.close();
		this.#source = undefined;
		this.#forget();
	}

	resume(): void {
		// One that was refused is closed for good: there was no name and password yet, or the desk has been started anew.
		if (!this.#told || (this.#source !== undefined && this.#source.readyState !== EventSource.CLOSED)) return;
		const source = new EventSource("/api/events");
		this.#source = source;
		source.addEventListener("set", ({ data }) => this.#set(JSON.parse(data)));
		source.addEventListener("held", ({ data }) => {
			this.held = JSON.parse(data);
			this.#changed();
		});
		source.addEventListener("refused", ({ data }) => {
			const { by, payload } = JSON.parse(data);
			this.refused = { name: nameOf(by), payload };
			this.#changed();
		});
		source.addEventListener("gone", ({ data }) => {
			const { id, how } = JSON.parse(data);
			this.onEnded(id, how);
		});
		source.addEventListener("hue", ({ data }) => {
			this.lights = JSON.parse(data);
			this.#changed();
		});
		source.addEventListener("error", () => {
			this.#forget();
			this.#changed();
		});
	}

	/** What is missed from now on is not known. */
	#forget(): void {
		this.last = undefined;
		this.held = false;
		this.lights = this.lights.map(({ name }) => ({ name, level: -1 }));
	}

	/** `at` and `now` are of the server's clock: a page's own may be wrong. */
	#set({ by, level, at, now }: { by: string; level: number | null; at: number; now: number }): void {
		this.last = { client: by, name: nameOf(by), level, at: Date.now() - (now - at) };
		this.#changed();
	}
}

/** A client that gives no id gets one from the broker, which tells nothing. */
function nameOf(client: string): string {
	return /^aedes_/.test(client) ? "a client without a name" : client.replace(/^(controller|dimmer|lamp)-/, "");
}
