// The wall: a tile for each client, which glows as the light is set, with the client's name, its last level, and the teacher's buttons for it.
import { h, List, mark, type Row, say } from "../shared/h.js";
import { span } from "../shared/words.js";
import type { Order, Pupil } from "./orders.js";

export class Wall {
	/** The present time, by the desk's clock. */
	now = 0;
	readonly #list: List<Pupil>;
	readonly #give: (order: Order) => void;

	constructor(parent: HTMLElement, give: (order: Order) => void) {
		this.#give = give;
		this.#list = new List<Pupil>(parent, (pupil) => this.#tile(pupil));
	}

	show(pupils: readonly Pupil[]): void {
		this.#list.show(pupils, ({ id }) => id);
	}

	#tile({ id, own }: Pupil): Row<Pupil> {
		const name = h("b");
		const kind = h("span", { class: "kind" });
		const set = h("p", { class: "set" });
		const more = h("p", { class: "quiet" });
		const orders = own ? undefined : this.#orders(id);
		const bulb = h("span", { class: "bulb", "aria-hidden": "true" });
		const element = h("li", { class: "tile" }, bulb, h("p", { class: "title" }, h("bdi", {}, name), kind), set, more, orders);
		return {
			element,
			update: (pupil) => {
				mark(element, "data-id", pupil.id);
				mark(element, "data-held", pupil.held > 0 ? "" : undefined);
				say(name, pupil.label === "" ? pupil.name : pupil.label);
				say(kind, [pupil.label === "" ? "" : pupil.name, pupil.kind].filter((word) => word !== "").join(" · "));
				say(set, pupil.setAt === 0 ? "has set nothing yet" : `set ${pupil.set} ${span(this.now - pupil.setAt)} ago`);
				const held = pupil.held > 0 ? `${pupil.held} held` : "";
				const signal = pupil.signal === null ? "" : `${pupil.signal} dBm`;
				say(more, [`in for ${span(this.now - pupil.since)}`, held, signal].filter((word) => word !== "").join(" · "));
			},
		};
	}

	#orders(id: string): HTMLElement {
		const input = h("input", { type: "text", autocomplete: "off", maxlength: "40", "aria-label": `What to call ${id}` });
		const buttons = h("div", { class: "row-of" });
		const close = () => {
			form.hidden = true;
			buttons.hidden = false;
		};
		const submit = (event: Event) => {
			event.preventDefault();
			this.#give({ do: "rename", id, label: input.value });
			close();
		};
		const cancel = h("button", { type: "button", click: close }, "Cancel");
		const form = h("form", { submit, hidden: true }, input, h("button", { type: "submit" }, "Call it so"), cancel);
		const rename = () => {
			form.hidden = false;
			buttons.hidden = true;
			input.focus();
		};
		const button = (label: string, click: () => void) => h("button", { type: "button", "aria-label": `${label}: ${id}`, click }, label);
		buttons.append(
			button("Rename", rename),
			button("Take out", () => this.#give({ do: "take out", id })),
			button("Keep out", () => this.#give({ do: "keep out", id })),
		);
		return h("div", { class: "orders-of" }, buttons, form);
	}
}
