// Every client's packets, for the page's wire view (`--wire`): sent in batches, at `/api/wire`. Passwords are masked before they come here.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SeenPacket } from "../broker/onlooker.js";
import type { Answers } from "./answer.js";
import { event, Listeners } from "./listeners.js";

const batch_ms = 50;
/** Packets of a batch, and their bytes; the further packets of a flood are only counted. */
const batch_max = 1_000;
const batch_bytes = 256 * 1024;

export class WireFeed {
	readonly #listeners: Listeners;
	#batch: unknown[] = [];
	#bytes = 0;
	/** Packets of this batch that are only counted, and those that one listener has missed. */
	#lost = 0;
	readonly #behind = new Map<ServerResponse, number>();
	#timer: NodeJS.Timeout | undefined;

	constructor(answers: Answers) {
		this.#listeners = new Listeners(answers);
	}

	listen(request: IncomingMessage, response: ServerResponse): void {
		this.#listeners.listen(request, response, "");
		response.once("close", () => this.#behind.delete(response));
	}

	/** `bytes` are not kept. */
	packet({ connection, client, out, bytes, length }: SeenPacket): void {
		if (this.#listeners.count === 0) return;
		if (this.#batch.length >= batch_max || this.#bytes > batch_bytes) this.#lost++;
		else {
			this.#batch.push([connection, client, out, Date.now(), Buffer.from(bytes).toString("base64"), length]);
			this.#bytes += bytes.length;
		}
		this.#timer ??= setTimeout(() => this.#tell(), batch_ms).unref();
	}

	/** A connection has ended. `polite`: with DISCONNECT. */
	closed(connection: number, polite: boolean): void {
		if (this.#listeners.count === 0) return;
		this.#tell();
		this.#listeners.offer(event("closed", { connection, polite }), () => {});
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#listeners.close();
	}

	#tell(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const [batch, lost] = [this.#batch, this.#lost];
		[this.#batch, this.#lost, this.#bytes] = [[], 0, 0];
		if (batch.length === 0 && lost === 0) return;
		for (const [listener, missed] of this.#behind)
			if (!listener.writableNeedDrain) {
				listener.write(event("lost", missed));
				this.#behind.delete(listener);
			}
		const text = (batch.length > 0 ? event("packets", batch) : "") + (lost > 0 ? event("lost", lost) : "");
		this.#listeners.offer(text, (listener) => void this.#behind.set(listener, (this.#behind.get(listener) ?? 0) + batch.length + lost));
	}
}
