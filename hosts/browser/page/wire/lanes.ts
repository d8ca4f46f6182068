// The list of packets: each an arrow between you, the broker and the others, with its sentence and its bytes. Only visible rows are
// elements, and they are written once a frame.
import { h, mark, say } from "../shared/h.js";
import type { Entry } from "./entry.js";
import { type Part, sentence } from "./say.js";

/** Bytes of a packet that its row shows; the rest is shown below the list. */
const shown_bytes = 28;
/** Rows above and below the visible part. */
const beyond = 2;

const time = new Intl.DateTimeFormat([], {
	hour: "2-digit",
	minute: "2-digit",
	second: "2-digit",
	fractionalSecondDigits: 3,
	hourCycle: "h23",
});

export const toHex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** A sentence, each part in the colour of its field. */
export function partsOf(entry: Entry, parts: readonly Part[]): Node[] {
	return parts.map(({ text, field }) => {
		const kind = entry.packet?.fields[field]?.kind;
		return kind === undefined
			? document.createTextNode(text)
			: h("span", { class: "part", "data-kind": kind, "data-field": String(field) }, h("bdi", {}, text));
	});
}

/** The bytes, field by field, each in its colour; after `most` bytes, an ellipsis. */
export function bytesOf({ packet, bytes }: Entry, most: number): Node[] {
	if (packet === undefined) return [];
	const nodes: Node[] = [];
	for (const [index, { kind, start, end }] of packet.fields.entries()) {
		if (start >= most) break;
		const text = Array.from(bytes.subarray(start, Math.min(end, most)), toHex).join(" ");
		nodes.push(h("span", { class: "bytes", "data-kind": kind, "data-field": String(index) }, text));
	}
	if (packet.length > most) nodes.push(document.createTextNode("…"));
	return nodes;
}

class RowView {
	readonly element: HTMLElement;
	entry: Entry | undefined;
	readonly #time = h("span", { class: "time" });
	readonly #who = h("bdi", { class: "who" });
	readonly #arrow = h("span", { class: "arrow" });
	readonly #name = h("b", { class: "type" });
	readonly #step = h("span", { class: "step" });
	readonly #sentence = h("p", { class: "sentence" });
	readonly #bytes = h("p", { class: "hex", translate: "no" });
	#by: string | undefined;

	constructor() {
		const lane = h("span", { class: "lane", "aria-hidden": "true" }, this.#arrow);
		const head = h("p", { class: "head" }, this.#name, this.#step, this.#who, this.#time);
		this.element = h("li", { class: "packet" }, lane, head, this.#sentence, this.#bytes);
	}

	show(entry: Entry): void {
		if (this.entry === entry && this.#by === entry.by) return;
		this.entry = entry;
		this.#by = entry.by;
		const { packet, connection, out, exchange, step, number } = entry;
		const { element } = this;
		mark(element, "data-number", String(number));
		mark(element, "data-type", packet === undefined ? "note" : packet.name);
		mark(element, "data-side", connection.yours ? "you" : "others");
		mark(element, "data-way", packet === undefined ? "none" : out === connection.yours ? "right" : "left");
		mark(element, "data-exchange", exchange === undefined ? undefined : String(exchange.number));
		mark(element, "data-step", exchange === undefined ? undefined : String(step));
		mark(element, "data-fault", packet !== undefined && packet.fault !== "" ? "" : undefined);
		say(this.#name, packet?.name ?? "");
		say(this.#step, exchange === undefined ? "" : `${step} of ${2 * exchange.QoS}`);
		const { who } = connection;
		say(this.#who, packet === undefined ? (who === "you" ? "" : who) : out ? `${who} → broker` : `broker → ${who}`);
		say(this.#time, time.format(entry.at));
		this.#sentence.replaceChildren(...partsOf(entry, sentence(entry)));
		this.#bytes.replaceChildren(...bytesOf(entry, shown_bytes));
	}
}

export class Lanes {
	/** Number of the selected entry; 0: none. */
	selected = 0;
	/** The user has not scrolled up: the newest entry is visible. */
	following = true;
	/** How often rows were written. */
	frames = 0;
	readonly #scroller: HTMLElement;
	readonly #list = h("ol", { class: "packets" });
	readonly #rows = new Map<number, RowView>();
	readonly #free: RowView[] = [];
	#shown: readonly Entry[] = [];
	/** The scroll position that was set to show the newest entry. */
	#placed = 0;
	/** Heights in pixels: of a row, of all rows, and of the visible part. */
	#height = 76;
	#total = 0;
	#seen = 0;

	/** `scroller` is the element that scrolls. `moved`: the user has scrolled away from the newest entry, or back to it. `picked`: an entry. */
	constructor(scroller: HTMLElement, moved: () => void, picked: () => void) {
		this.#scroller = scroller;
		scroller.append(this.#list);
		new ResizeObserver(() => {
			this.#measure();
			this.#placed = -1;
			this.show(this.#shown);
		}).observe(scroller);
		this.#measure();
		// An element that scrolls must be reachable by keys.
		mark(scroller, "tabindex", "0");
		scroller.addEventListener("scroll", () => {
			const { scrollTop, scrollHeight, clientHeight } = scroller;
			// New rows below move the end away although the user has not scrolled.
			const left = scrollTop < this.#placed - this.#height / 2;
			const following = this.following ? !left : scrollHeight - scrollTop - clientHeight < this.#height / 2;
			if (following !== this.following) {
				this.following = following;
				moved();
			} else if (!following) this.show(this.#shown);
		});
		this.#list.addEventListener("click", ({ target }) => {
			const number = (target as Element).closest<HTMLElement>(".packet")?.dataset.number;
			if (number === undefined) return;
			this.selected = Number(number);
			picked();
		});
		scroller.addEventListener("keydown", (event) => {
			const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
			if (by === undefined) return;
			event.preventDefault();
			this.#step(by);
			picked();
		});
	}

	/** Writes the visible rows of `entries`, oldest first. */
	show(entries: readonly Entry[]): void {
		this.frames++;
		this.#shown = entries;
		const height = this.#height;
		const scroller = this.#scroller;
		const total = entries.length * height;
		if (total !== this.#total) this.#list.style.setProperty("height", `${total}px`);
		const seen = this.#seen;
		const bottom = Math.max(entries.length * height - seen, 0);
		const top = this.following ? bottom : Math.min(scroller.scrollTop, bottom);
		const first = Math.max(Math.floor(top / height) - beyond, 0);
		const last = Math.min(Math.ceil((top + seen) / height) + beyond, entries.length);
		const numbers = new Set<number>();
		for (let i = first; i < last; i++) numbers.add((entries[i] as Entry).number);
		for (const [number, row] of this.#rows)
			if (!numbers.has(number)) {
				this.#rows.delete(number);
				this.#free.push(row);
			}
		for (let i = first; i < last; i++) {
			const entry = entries[i] as Entry;
			const row = this.#rows.get(entry.number) ?? this.#free.pop() ?? this.#make();
			this.#rows.set(entry.number, row);
			row.show(entry);
			row.element.style.setProperty("translate", `0 ${i * height}px`);
			mark(row.element, "aria-setsize", String(entries.length));
			mark(row.element, "aria-posinset", String(i + 1));
			mark(row.element, "data-picked", entry.number === this.selected ? "" : undefined);
			row.element.hidden = false;
		}
		for (const row of this.#free) row.element.hidden = true;
		// Reading or setting the scroll position makes the browser lay out the page at once: so only when the position must change.
		const moved = total !== this.#total || this.#placed !== bottom;
		this.#total = total;
		if (!this.following || !moved) return;
		scroller.scrollTop = bottom;
		this.#placed = bottom;
	}

	/** Shows the newest entry again. */
	follow(): void {
		this.#placed = -1;
		this.following = true;
		this.selected = 0;
	}

	/** All rows have one height, which the style sheet sets for the width of the window. */
	#measure(): void {
		this.#seen = this.#scroller.clientHeight;
		this.#height = Number.parseFloat(getComputedStyle(this.#scroller).getPropertyValue("--row"));
	}

	#make(): RowView {
		const row = new RowView();
		this.#list.append(row.element);
		return row;
	}

	#step(by: number): void {
		const entries = this.#shown;
		if (entries.length === 0) return;
		const at = entries.findIndex(({ number }) => number === this.selected);
		const next = at < 0 ? entries.length - 1 : Math.min(Math.max(at + by, 0), entries.length - 1);
		this.selected = (entries[next] as Entry).number;
		const top = next * this.#height;
		const { scrollTop, clientHeight } = this.#scroller;
		if (top < scrollTop) this.#scroller.scrollTop = top;
		else if (top + this.#height > scrollTop + clientHeight) this.#scroller.scrollTop = top + this.#height - clientHeight;
	}
}
