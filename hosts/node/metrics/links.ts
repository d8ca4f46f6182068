// The links of a process's own roles, for their counters: a role's link is private.
import type { RoleLink } from "../../../src/light/role.js";
import { type Counters, Link, type LinkOptions } from "../../../src/mqtt/link/link.js";

export class Links {
	readonly #links = new Map<string, Link>();

	/** The class of link for the role `name`: option `link` of its constructor. */
	of(name: string): new (options: LinkOptions) => RoleLink & Pick<Link, "acknowledge"> {
		const links = this.#links;
		return class extends Link {
			constructor(options: LinkOptions) {
				super(options);
				links.set(name, this);
			}
		};
	}

	get all(): readonly (readonly [name: string, up: boolean, counters: Counters])[] {
		return [...this.#links].map(([name, { up, counters }]) => [name, up, counters]);
	}
}
