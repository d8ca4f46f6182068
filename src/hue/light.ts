// A light or a group of the bridge: its state, and when it is to be read.
import type { Resource } from "./dialect.js";
import { Follow } from "./follow.js";
import type { Shown } from "./mapping.js";
import type { Target } from "./pacing.js";

/** v1 has no events: each light is read so often. */
const poll_ms = 1_000;

export class Light implements Target {
	readonly resource: Resource;
	readonly group: boolean;
	readonly follow = new Follow();
	/** The state as reported last; an event names only the part that has changed. */
	readonly state: Shown = { on: undefined, level: undefined };
	shown = -1;
	gone = false;
	/** When the light is polled next; Infinity: its changes are reported. */
	#pollAt: number;

	constructor(resource: Resource, polled: boolean) {
		this.resource = resource;
		this.group = resource.kind !== "light";
		this.#pollAt = polled ? 0 : Infinity;
	}

	/** When the light is to be read; Infinity: not before something happens. */
	get readAt(): number {
		const { follow } = this;
		return this.gone ? Infinity : Math.min(Math.max(this.#pollAt, follow.pollsFrom), follow.deadline);
	}

	/** The light is being read. True: for the first time after an own command. */
	reading(now: number): boolean {
		if (this.#pollAt < Infinity) this.#pollAt = now + poll_ms;
		return this.follow.reading(now);
	}
}

/** The light that is to be read first: of twelve that are polled, each gets its turn. */
export function mostOverdue(lights: readonly Light[]): Light | undefined {
	let first: Light | undefined;
	for (const light of lights) if (first === undefined || light.readAt < first.readAt) first = light;
	return first;
}
