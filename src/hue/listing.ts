// Finds the lights of the configuration at the bridge, one request at a time. Ids of API v1 are asked for one by one, an answer of a kilobyte
// each: the list of a full bridge has 90 KB, for which a board has no room. Names, and API v2, need the list.
import { choose } from "./choose.js";
import type { Dialect, Resource } from "./dialect.js";

export class Listing {
	readonly #dialect: Dialect;
	readonly #wanted: readonly string[];
	/** The resources that the lights name, if each is an id; `undefined`: all must be read. */
	readonly #named: readonly Pick<Resource, "id" | "kind">[] | undefined;
	readonly #paths: readonly string[];
	readonly #bodies: string[] = [];

	constructor(dialect: Dialect, wanted: readonly string[]) {
		this.#dialect = dialect;
		this.#wanted = wanted;
		const named = wanted.map((text) => dialect.named(text));
		this.#named = named.every((each) => each !== undefined) ? named : undefined;
		this.#paths = this.#named?.map((each) => dialect.statePath(each)) ?? dialect.listing;
	}

	/** The path that is to be read next. */
	get path(): string {
		return this.#paths[this.#bodies.length] as string;
	}

	/** The name of the resource at `path`, for a message. */
	get subject(): string {
		return this.#named === undefined ? "the list of lights" : `"${this.#wanted[this.#bodies.length]}"`;
	}

	/** True when everything has been read. */
	take(body: string): boolean {
		this.#bodies.push(body);
		return this.#bodies.length === this.#paths.length;
	}

	/** The resources read, each once. Throws in words when a body is not as the API promises, or a wanted resource is not there. */
	chosen(): Resource[] {
		const dialect = this.#dialect;
		if (this.#named === undefined) return choose(dialect.resources(this.#bodies), this.#wanted);
		const found = this.#named.map((each, index) => dialect.resource(this.#bodies[index] as string, each));
		return found.filter(({ idV1 }, index) => found.findIndex((other) => other.idV1 === idV1) === index);
	}

	/** The sentence for an id that the bridge does not have. */
	get missing(): string {
		return `lights: the bridge has nothing with the id ${this.subject}`;
	}
	get byId(): boolean {
		return this.#named !== undefined;
	}
}
