// `/api/history`: queries the store, and streams its rows, no faster than the reader takes them.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HistoryStore } from "../../../src/recorder/store.js";
import type { Answers } from "../http/answer.js";
import { answer, readQuery, types } from "./query.js";

/** Answers at once: each holds a page of rows, and keeps the disk at work. */
const answers_max = 8;

/** A history that can be read over HTTP. */
export interface HistorySource {
	/** `undefined`: there is no recorder. */
	readonly store: HistoryStore | undefined;
}

export class HistoryAnswers {
	readonly #source: HistorySource;
	readonly #topic: string;
	readonly #answers: Answers;
	#open = 0;

	constructor(source: HistorySource, topic: string, answers: Answers) {
		this.#source = source;
		this.#topic = topic;
		this.#answers = answers;
	}

	get on(): boolean {
		return this.#source.store !== undefined;
	}

	async get(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { store } = this.#source;
		if (store === undefined) return this.#answers.plain(request, response, 404, "Nothing is recorded on this desk.");
		const now = Date.now();
		let query: ReturnType<typeof readQuery>;
		try {
			query = readQuery(new URL(request.url ?? "/", "http://desk").searchParams, this.#topic, now);
		} catch (error) {
			return this.#answers.plain(request, response, 400, (error as Error).message);
		}
		if (this.#open >= answers_max)
			return this.#answers.plain(request, response, 503, "Too many histories are being read; ask again in a few seconds.");
		this.#open += 1;
		try {
			const pieces = answer(store, query, now);
			// the first piece before the head: a fault of the store can still become the answer
			const first = await pieces.next();
			const file: Record<string, string> =
				query.format === "json" ? {} : { "content-disposition": `attachment; filename="history.${query.format}"` };
			this.#answers.begin(response, types[query.format], file);
			if (request.method === "HEAD") return void response.end();
			for (let piece = first; !piece.done; piece = await pieces.next()) {
				if (response.destroyed) return;
				if (!response.write(piece.value)) await room(response);
			}
			response.end();
		} catch (error) {
			if (response.headersSent) response.destroy();
			else this.#answers.plain(request, response, 500, `${(error as Error).message}.`);
		} finally {
			this.#open -= 1;
		}
	}
}

function room(response: ServerResponse): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			response.off("drain", done);
			response.off("close", done);
			resolve();
		};
		response.once("drain", done);
		response.once("close", done);
	});
}
