// A recorder with its store: opened, tidied once an hour, closed in order.
import { createHash } from "node:crypto";
import { Recorder, type RecorderOptions } from "../../../src/recorder/recorder.js";
import type { HistoryStore } from "../../../src/recorder/store.js";
import { closed } from "../goodbye.js";
import type { HistorySource } from "./answer.js";
import { SqliteStore } from "./sqlite-store.js";

const hour_ms = 3_600_000;
/** Each level is kept for this time: the page draws a week. */
const compact_ms = 8 * 24 * hour_ms;

export interface Place {
	/** Folder of the SQLite file. */
	state: string;
	/** `postgres://…` in the place of the SQLite file. */
	store: string | undefined;
	/** Milliseconds. */
	keep: number;
	keepBytes: number;
}

export interface Opened {
	store: HistoryStore;
	/** The file or database, and its driver. */
	where: string;
	notes: readonly string[];
}

/** Rejects with a sentence. `holder`: the name of this program, for the lock. */
export async function openHistory(
	{ state, store: url }: Pick<Place, "state" | "store">,
	holder: string,
	readOnly = false,
): Promise<Opened> {
	if (url !== undefined) {
		const { PostgresStore } = await import("./postgres.js");
		const store = await PostgresStore.open(url, readOnly);
		return { store, where: store.where, notes: [] };
	}
	const store = await SqliteStore.open({ folder: state, holder: `${holder} (process ${process.pid})`, readOnly });
	return { store, where: `${state}/history.sqlite (${store.driver})`, notes: store.notes };
}

export class Keeper implements HistorySource {
	readonly recorder: Recorder;
	readonly store: HistoryStore;
	readonly #tidy: NodeJS.Timeout;

	private constructor(store: HistoryStore, recorder: Recorder, tidy: () => void) {
		this.store = store;
		this.recorder = recorder;
		this.#tidy = setInterval(tidy, hour_ms).unref();
		tidy();
	}

	/** Rejects with a sentence, and leaves no store open. */
	static async start(
		place: Place,
		holder: string,
		options: Omit<RecorderOptions, "store" | "kept" | "utc">,
		log: (line: string) => void,
	): Promise<Keeper> {
		const { store, where, notes } = await openHistory(place, holder);
		try {
			for (const note of notes) log(note);
			const recorder = new Recorder({ ...options, store, kept: await store.kept(), utc: Date.now });
			const tidy = () => {
				const now = Date.now();
				store
					.tidy(now - compact_ms, now - place.keep, place.keepBytes)
					.catch((error: Error) => log(`history: not tidied: ${error.message}`));
			};
			log(`history: recording to ${where}`);
			return new Keeper(store, recorder, tidy);
		} catch (error) {
			await store.close();
			throw error;
		}
	}

	async stop(): Promise<void> {
		clearInterval(this.#tidy);
		await closed(this.recorder);
		await this.store.close();
	}
}

/** Messages whose senders are kept until the recorder asks for them. */
const said_max = 1_000;

/** The senders of messages, from the broker of this process, for the recorder, which receives the same messages over MQTT, in the same order. */
export class Senders {
	readonly #said: { topic: string; digest: string; client: string }[] = [];

	heard(topic: string, payload: Uint8Array, client: string | undefined): void {
		this.#said.push({ topic, digest: digestOf(payload), client: client ?? "" });
		if (this.#said.length > said_max) this.#said.shift();
	}

	/** The sender of a message; `""`: not known. Older messages on this topic have not come to the recorder, and are dropped. */
	of(topic: string, payload: Uint8Array): string {
		const digest = digestOf(payload);
		const at = this.#said.findIndex((each) => each.topic === topic && each.digest === digest);
		if (at < 0) return "";
		const client = this.#said[at]?.client ?? "";
		let i = 0;
		const passed = this.#said.filter((each) => i++ > at || each.topic !== topic);
		this.#said.splice(0, this.#said.length, ...passed);
		return client;
	}
}

function digestOf(payload: Uint8Array): string {
	return payload.length <= 64 ? Buffer.from(payload).toString("latin1") : createHash("sha256").update(payload).digest("base64");
}
