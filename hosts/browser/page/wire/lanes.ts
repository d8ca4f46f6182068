// The list of packets: each an arrow between you, the broker and the others, with its sentence and its bytes. Only the rows that are seen are
// elements, and they are written once a frame.
import { h, mark, say } from "../shared/h.js";
import type { Entry } from "./entry.js";
import { type Part, sentence } from "./say.js";

/** Bytes of a packet that its row shows; the rest stands below the list. */
const shown_bytes = 28;
/** Rows above and below what is seen. */
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

/** The bytes, field by field, each in its colour; `most`: so many, then an ellipsis. */
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
	/** Number of the entry that is looked at; 0: none. */
	selected = 0;
	/** Nobody has scrolled up: the newest is seen. */
	following = true;
	/** How often rows were written. */
	frames = 0;
	readonly #scroller: HTMLElement;
	readonly #list = h("ol", { class: "packets" });
	readonly #rows = new Map<number, RowView>();
	readonly #free: RowView[] = [];
	#shown: readonly Entry[] = [];
	/** Where the list was scrolled to, to show the newest. */
	#placed = 0;
	/** Heights in pixels: of a row, of all, and of what is seen. */
	#height = 76;
	#total = 0;
	#seen = 0;

	/** `scroller` is the element that scrolls. `moved`: somebody has scrolled away from the newest, or back to it. `picked`: an entry. */
	constructor(scroller: HTMLElement, moved: () => void, picked: () => void) {
		this.#scroller = scroller;
		scroller.append(this.#list);
		new ResizeObserver(() => {
			this.#measure();
			this.#placed = -1;
			this.show(this.#shown);
		}).observe(scroller);
		this.#measure();
		// It scrolls, so that keys must reach it.
		mark(scroller, "tabindex", "0");
		scroller.addEventListener("scroll", () => {
			const { scrollTop, scrollHeight, clientHeight } = scroller;
			// Rows that come in below move the end away from a place that nobody has left.
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

	/** Writes the rows that are seen of `entries`, oldest first. */
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
		// To ask where it is scrolled to, or to scroll it, has the browser lay out the page at once: only where that is another place.
		const moved = total !== this.#total || this.#placed !== bottom;
		this.#total = total;
		if (!this.following || !moved) return;
		scroller.scrollTop = bottom;
		this.#placed = bottom;
	}

	/** The newest, again. */
	follow(): void {
		this.#placed = -1;
		this.following = true;
		this.selected = 0;
	}

	/** Rows are of one height, which the style says, for the width of the window. */
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
