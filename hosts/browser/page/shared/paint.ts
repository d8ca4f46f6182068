// The light in the room, painted once a frame and only while it changes. The painted value is the fade's *position*: the wire's levels are steps of
// CIE lightness, and so nearly are a screen's opacities. Painting the duty would show half of the knob as nearly off.
import { level_max } from "../../../../src/light/level/intensity.js";
import { FlashGuard } from "./flash.js";
import { mark } from "./h.js";

export interface Light {
	/** The lamp's level now, 0 to 254 with fractions. `now` in milliseconds, as `performance.now()`. */
	position(now: number): number;
	/** The light is still moving. */
	readonly moving: boolean;
}

/** Sets a CSS variable through CSSOM, and only when its value has changed. */
export function setVariable(element: HTMLElement, name: string, value: number): void {
	const text = value.toFixed(4);
	if (element.style.getPropertyValue(name) !== text) element.style.setProperty(name, text);
}

export class Painter {
	readonly guard = new FlashGuard();
	readonly #room: HTMLElement;
	readonly #light: Light;
	#frame = 0;

	constructor(room: HTMLElement, light: Light) {
		this.#room = room;
		this.#light = light;
	}

	/** The light has changed, or begins to change. A hidden page draws nothing, for it gets no frames. */
	changed(): void {
		if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#paint(now));
	}

	#paint(now: number): void {
		this.#frame = 0;
		const lit = this.guard.paint(this.#light.position(now), now) / level_max;
		setVariable(this.#room, "--lit", lit);
		// White-hot only near full light: below, the glass is amber, not grey.
		setVariable(this.#room, "--hot", lit * lit);
		// A filament glows visibly long before it lights a room.
		setVariable(this.#room, "--wire", lit > 0 ? Math.min(0.35 + 1.65 * lit, 1) : 0);
		mark(this.#room, "data-soft", this.guard.soft ? "" : undefined);
		if (this.#light.moving || this.guard.active) this.changed();
	}
}
