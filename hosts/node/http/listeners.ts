// The listeners of a stream of events (WHATWG HTML §9.2, Server-sent events): limited in number, cut when asleep, and connected again one by one.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "./answer.js";

/** For a class of thirty, with three pages each. */
const listeners_max = 100;
/** The time between two comments, which keep proxies from ending a silent connection. */
const alive_ms = 15_000;
/** A listener with so many waiting bytes is asleep: it is cut, and connects again when it wakes. */
const backlog_max_bytes = 64 * 1024;
/** A lost listener connects again after 1 to 5 s, so that thirty do not come at one moment. */
const retry_min_ms = 1_000;
const retry_spread_ms = 4_000;

export class Listeners {
	readonly #answers: Answers;
	readonly #listeners = new Set<ServerResponse>();
	#alive: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#answers = answers;
	}

	/** Adds a listener; `first` is sent to it at once. */
	listen(request: IncomingMessage, response: ServerResponse, first: string): void {
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
		if (first !== "") response.write(first);
		this.#alive ??= setInterval(() => this.send(": alive\n\n"), alive_ms).unref();
	}

	/** The number of listeners. */
	get count(): number {
		return this.#listeners.size;
	}

	send(text: string): void {
		for (const listener of this.#listeners) {
			if (listener.writableLength > backlog_max_bytes) listener.destroy();
			else listener.write(text);
		}
	}

	/** Like `send`, but does not cut a listener that is behind: `left` is called for it instead. */
	offer(text: string, left: (listener: ServerResponse) => void): void {
		for (const listener of this.#listeners) {
			if (listener.writableLength > backlog_max_bytes) left(listener);
			else listener.write(text);
		}
	}

	close(): void {
		clearInterval(this.#alive);
		this.#alive = undefined;
		for (const listener of this.#listeners) listener.destroy();
	}

	#gone(response: ServerResponse): void {
		this.#listeners.delete(response);
		if (this.#listeners.size > 0) return;
		clearInterval(this.#alive);
		this.#alive = undefined;
	}
}

/** An event with a name and JSON. */
export function event(name: string, data: unknown): string {
	return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
