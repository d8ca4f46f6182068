// The functions that draw the page: with elements and text nodes alone. A topic, a name or a payload never becomes markup, because no function
// here makes markup of a string; the same holds under `require-trusted-types-for 'script'`.

export type Child = Node | string | false | undefined;
type Listener = (event: never) => void;
type Attributes = Readonly<Record<string, string | boolean | undefined | Listener>>;

/** Attributes that could run code, or set styles that the Content-Security-Policy forbids. */
const forbidden = /^(on|style$|src|href$|action$|formaction$)/i;

/** An element. A function is a listener for the event of that name; `true` an attribute without a value; `to` a link within this origin. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Attributes = {},
	...children: Child[]
): HTMLElementTagNameMap[Tag] {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(name, value as (event: Event) => void);
		else if (forbidden.test(name)) throw new Error(`h: ${name} may not be set`);
		else if (name === "to") element.setAttribute("href", new URL(String(value), location.origin).pathname);
		else if (value === true) element.setAttribute(name, "");
		else if (typeof value === "string") element.setAttribute(name, value);
	}
	element.append(...children.filter((child) => child !== false && child !== undefined));
	return element;
}

/** Writes a text only when it has changed: an unchanged text costs no layout. */
export function say(node: Element, text: string): void {
	if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute only when its value has changed; `undefined` removes it. */
export function mark(node: Element, name: string, value: string | undefined): void {
	if (value === undefined) node.removeAttribute(name);
	else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** An element of the page's own HTML. */
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
	const element = document.getElementById(id);
	if (element === null) throw new Error(`page: there is no #${id}`);
	return element as T;
}

export interface Row<T> {
	readonly element: HTMLElement;
	update(item: T): void;
}

/** Keeps one row for each key, in the order of the items; a row that stays is updated, not made anew. */
export class List<T> {
	readonly #parent: HTMLElement;
	readonly #make: (item: T) => Row<T>;
	readonly #rows = new Map<string, Row<T>>();

	constructor(parent: HTMLElement, make: (item: T) => Row<T>) {
		this.#parent = parent;
		this.#make = make;
	}

	show(items: readonly T[], key: (item: T) => string): void {
		const keys = new Set(items.map(key));
		for (const [known, row] of this.#rows)
			if (!keys.has(known)) {
				row.element.remove();
				this.#rows.delete(known);
			}
		let before = this.#parent.firstElementChild;
		for (const item of items) {
			let row = this.#rows.get(key(item));
			if (row === undefined) this.#rows.set(key(item), (row = this.#make(item)));
			row.update(item);
			if (row.element === before) before = before.nextElementSibling;
			else this.#parent.insertBefore(row.element, before);
		}
	}
}
