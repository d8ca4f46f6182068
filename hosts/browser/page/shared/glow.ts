// The lamp's own fade, run for the screen: `Fade` of the firmware over a straight curve, so that its "duty" is the position.
import { Fade } from "../../../../src/light/lamp/fade.js";
import { level_max } from "../../../../src/light/level/intensity.js";
import type { Light } from "./paint.js";

/** Parts of a level: the fade counts in 1/256, and 254 levels of them fit into 16 bits. */
const parts = 256;
const straight = Uint16Array.from({ length: level_max + 1 }, (_, level) => level * parts);

export class Glow implements Light {
	readonly #fade = new Fade(straight);
	#level = 0;

	/** The lamp goes to `level`, in `transition` milliseconds where the message has them (else -1). True when the light moves. */
	show(level: number, transition: number): boolean {
		if (level === this.#level && transition < 0) return false;
		this.#level = level;
		this.#fade.retarget(level, performance.now(), transition);
		return true;
	}

	position(now: number): number {
		this.#fade.step(Math.max(now, 0));
		return this.#fade.duty / parts;
	}

	get moving(): boolean {
		return this.#fade.active;
	}
}
