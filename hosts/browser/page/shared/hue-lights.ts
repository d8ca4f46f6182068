// The lights of the desk's Hue bridge: small bulbs that hang from the ceiling of the room, each with its name and its level.
import type { HueLight } from "./events.js";
import { h, List, type Row, say } from "./h.js";
import { percent } from "./words.js";

/** Shows a level in an element, as the room's lamp does: `Glow` and `Painter`, which the page has already. */
export type Bulb = (element: HTMLElement) => (level: number) => void;

type Entry = HueLight & { at: number };

export class HueLights {
	readonly element = h("ul", { class: "hue", role: "list", "aria-label": "Hue lights" });
	readonly #list: List<Entry>;

	/** `lamp`: the room's own lamp, of which the small bulbs are copies. */
	constructor(lamp: Element, bulb: Bulb) {
		this.#list = new List(this.element, () => makeLight(lamp, bulb));
	}

	/** Two lights may have names that look the same: the place tells them apart. */
	show(lights: readonly HueLight[]): void {
		this.#list.show(
			lights.map((light, at) => ({ ...light, at })),
			({ at }) => String(at),
		);
	}
}

function makeLight(lamp: Element, bulb: Bulb): Row<Entry> {
	const copy = lamp.cloneNode(true) as HTMLElement;
	// An id may be in a page only once; the copy takes its colours from the room's lamp.
	for (const each of copy.querySelectorAll("defs")) each.remove();
	const name = h("bdi");
	const shown = h("span");
	const show = bulb(copy);
	return {
		element: h("li", {}, copy, name, " ", shown),
		update(light) {
			show(Math.max(light.level, 0));
			say(name, light.name);
			say(shown, lightWords(light));
		},
	};
}

/** A light that is on is never 0 %. */
function lightWords({ level }: HueLight): string {
	return level < 0 ? "not known" : level === 0 ? "off" : `${Math.max(percent(level), 1)} %`;
}
