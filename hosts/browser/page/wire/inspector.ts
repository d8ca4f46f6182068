// One packet, field by field: its sentence, all its bytes, and a line for each field; a field under the pointer lights up in all three.
import { h, mark } from "../shared/h.js";
import type { Entry } from "./entry.js";
import { bytesOf, partsOf } from "./lanes.js";
import { sentence } from "./say.js";

/** Bytes that are shown. */
const bytes_max = 512;
/** Fields: a SUBSCRIBE may have hundreds. */
const fields_max = 40;

/** Lights the same field everywhere in a packet, while it is under the pointer, has the focus, or was tapped. */
export function linkFields(element: HTMLElement, within: string): void {
	let lit: Element[] = [];
	const light = ({ target }: Event) => {
		for (const each of lit) each.classList.remove("lit");
		lit = [];
		const field = (target as Element).closest<HTMLElement>("[data-field]");
		const packet = field?.closest(within);
		if (field === null || field === undefined || packet === null || packet === undefined) return;
		lit = [...packet.querySelectorAll(`[data-field="${CSS.escape(field.dataset.field ?? "")}"]`)];
		for (const each of lit) each.classList.add("lit");
	};
	for (const event of ["pointerover", "focusin", "click"]) element.addEventListener(event, light);
}

export class Inspector {
	readonly #element: HTMLElement;
	#shown: Entry | undefined;
	#by: string | undefined;

	constructor(element: HTMLElement) {
		this.#element = element;
		linkFields(element, ".inspector");
	}

	show(entry: Entry | undefined): void {
		if (entry === this.#shown && entry?.by === this.#by) return;
		this.#shown = entry;
		this.#by = entry?.by;
		this.#element.replaceChildren(...(entry === undefined ? [] : drawn(entry)));
	}
}

function drawn(entry: Entry): Node[] {
	const { packet, exchange, step, number } = entry;
	const title = h("h2", {}, packet === undefined ? "No packet" : packet.name);
	const words = h("p", { class: "sentence" }, ...partsOf(entry, sentence(entry)));
	if (packet === undefined) return [title, words];
	const rows = packet.fields.slice(0, fields_max).map(({ kind, name, start, end, value }, index) => {
		const size = end - start === 1 ? `byte ${start}` : `bytes ${start} to ${end - 1}`;
		const cell = h("button", { type: "button", class: "field", "data-kind": kind, "data-field": String(index) }, name);
		return h("tr", {}, h("th", { scope: "row" }, cell), h("td", {}, size), h("td", {}, h("bdi", {}, value)));
	});
	const more =
		packet.fields.length > fields_max ? h("p", { class: "quiet" }, `and ${packet.fields.length - fields_max} more fields`) : undefined;
	const steps =
		exchange === undefined ? undefined : h("p", { class: "steps" }, ...stepsOf(exchange.QoS, step, (step % 2 === 1) === entry.out));
	const hex = h("p", { class: "hex", translate: "no" }, ...bytesOf(entry, bytes_max));
	const table = h("table", {}, h("caption", { class: "unseen" }, `Fields of packet ${number}`), h("tbody", {}, ...rows));
	const parts = [title, steps, words, hex, table, more];
	return parts.filter((part) => part !== undefined);
}

/** The whole handshake, and the place of this packet in it. `out`: its PUBLISH goes to the broker. */
function stepsOf(QoS: number, step: number, out: boolean): Node[] {
	const names = QoS === 1 ? ["PUBLISH", "PUBACK"] : ["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"];
	return names.map((name, index) => {
		const element = h("span", {}, (index % 2 === 0) === out ? `${name} ▶` : `◀ ${name}`);
		mark(element, "aria-current", index + 1 === step ? "step" : undefined);
		return element;
	});
}
