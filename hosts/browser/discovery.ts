// A page sends no discovery messages to Home Assistant, for a tab comes and goes. `build.mjs` puts this module in the place of
// src/light/discovery.ts, whose templates would be a twentieth of each page.
import type { DiscoveryOptions } from "../../src/light/discovery.js";

export class Discovery {
	constructor(_options: DiscoveryOptions) {
		throw new Error("discovery: a page tells Home Assistant nothing; use lampwire, or a board");
	}

	up(): void {}

	close(): void {}

	owns(): boolean {
		return false;
	}
}

/** Without discovery messages, no room is needed. */
export function discoveryBytes(): number {
	return 0;
}
