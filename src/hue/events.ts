// The event stream of API v2: server-sent events (WHATWG HTML §9.2), whose data is a list of updates.
import { field, parsed, textOf } from "./dialect.js";

/** A bridge with 60 lights sends some kilobytes an event; a line that is longer than this is no event of a bridge. */
const line_max = 262_144;

export class EventStream {
	readonly #onUpdate: (id: string, update: unknown) => void;
	/** A line of an event stream has come: the answer is no page with an error. */
	opened = false;
	#line = "";
	#data = "";

	/** `onUpdate` gets each changed resource of type `light` or `grouped_light`, with the parts that have changed. */
	constructor(onUpdate: (id: string, update: unknown) => void) {
		this.#onUpdate = onUpdate;
	}

	/** The next piece of the stream, cut anywhere. Throws when a line is endless. */
	take(piece: string): void {
		this.#line += piece;
		let from = 0;
		for (let end = this.#line.indexOf("\n"); end >= 0; end = this.#line.indexOf("\n", from)) {
			const line = this.#line.slice(from, end);
			from = end + 1;
			this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
		}
		this.#line = this.#line.slice(from);
		if (this.#line.length + this.#data.length > line_max) throw new Error("an event of the bridge has no end");
	}

	#take(line: string): void {
		if (/^(:|(data|event|id|retry)(:|$))/.test(line)) this.opened = true;
		if (line.startsWith("data:")) this.#data += line.slice(5);
		else if (line === "" && this.#data !== "") {
			const data = parsed(this.#data);
			this.#data = "";
			if (Array.isArray(data)) for (const event of data) this.#tell(event);
		}
	}

	#tell(event: unknown): void {
		const updates = field(event, "data");
		if (textOf(event, "type") !== "update" || !Array.isArray(updates)) return;
		for (const update of updates) {
			const type = textOf(update, "type");
			const id = textOf(update, "id");
			if (id !== undefined && (type === "light" || type === "grouped_light")) this.#onUpdate(id, update);
		}
	}
}
