// The senders of levels, which MQTT 3.1.1 does not carry, and the lights of the desk's Hue bridge: the desk sends both on `/api/events`. Where the
// sender is not known, the page says so, and never guesses.
import type { Ending } from "./book.js";

export interface Setter {
	/** The name that the page shows: a client's id without the role in front. */
	name: string;
	/** The MQTT client id. */
	client: string;
	/** 0 to 254; null: the level of ON. */
	level: number | null;
	/** The time, by this page's clock, in milliseconds since 1970. */
	at: number;
}

/** A light of the desk's Hue bridge. */
export interface HueLight {
	name: string;
	/** 0 to 254; -1: not known. */
	level: number;
}

export class Events {
	/** The last client that has set the light; `undefined`: not known. */
	last: Setter | undefined;
	/** A teacher holds the light: no client's level goes through. */
	held = false;
	/** The last client that has sent a payload that is no level. */
	refused: { name: string; payload: string } | undefined;
	/** The lights of the desk's Hue bridge, as many as it sends. */
	lights: readonly HueLight[] = [];
	/** Called when a device has gone and its ending is known. */
	onEnded: (id: string, ending: Ending) => void = () => {};
	readonly #told: boolean;
	readonly #changed: () => void;
	#source: EventSource | undefined;

	constructor(told: boolean, changed: () => void) {
		this.#told = told;
		this.#changed = changed;
		this.resume();
	}

	/** Closes the connection to the server while the page is in the back/forward cache. */
	pause(): void {
		this.#source?.close();
		this.#source = undefined;
		this.#forget();
	}

	resume(): void {
		// A refused source stays closed: there was no name and password yet, or the desk has been started anew.
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

	/** Events are missed from now on: the state is not known any more. */
	#forget(): void {
		this.last = undefined;
		this.held = false;
		this.lights = this.lights.map(({ name }) => ({ name, level: -1 }));
	}

	/** `at` and `now` are by the server's clock: a page's own may be wrong. */
	#set({ by, level, at, now }: { by: string; level: number | null; at: number; now: number }): void {
		this.last = { client: by, name: nameOf(by), level, at: Date.now() - (now - at) };
		this.#changed();
	}
}

/** A client without an id gets one from the broker, which is no name for people. */
function nameOf(client: string): string {
	return /^aedes_/.test(client) ? "a client without a name" : client.replace(/^(controller|dimmer|lamp)-/, "");
}
