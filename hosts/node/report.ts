// Checks the roles twenty times a second and emits the changes. Callbacks would come with every tick of a fade, each of which
// changes the duty, and would make a line for each tick.
import type { Dimmer } from "../../src/light/dimmer/dimmer.js";
import type { Lamp } from "../../src/light/lamp/lamp.js";
import type { Emit } from "./events.js";

const look_ms = 50;

/** Calls `look` until the function returned is called. */
export function every(look: () => void): () => void {
	const timer = setInterval(look, look_ms);
	return () => clearInterval(timer);
}

/** Calls `tell` when `value` has changed since the last look. */
function changes<T>(value: () => T, tell: (value: T) => void): () => void {
	let last = value();
	return () => {
		const now = value();
		if (now === last) return;
		last = now;
		tell(now);
	};
}

export function reportDimmer(dimmer: Dimmer, id: string, emit: Emit): () => void {
	const up = changes(
		() => dimmer.up,
		(now) => emit("link", `${id} ${now ? "up" : "down"}`),
	);
	const level = changes(
		() => dimmer.level,
		(now) => emit("knob", `${id} level=${now}`),
	);
	return () => {
		up();
		level();
	};
}

export function reportLamp(lamp: Lamp, id: string, emit: Emit): () => void {
	const up = changes(
		() => lamp.up,
		(now) => emit("link", `${id} ${now ? "up" : "down"}`),
	);
	let told = "";
	// No level yet: the first level is news, for the topic may change it before the light is at rest.
	let level = -1;
	let duty = lamp.duty;
	return () => {
		up();
		// A new level is reported at once, and the duty when the fade comes to rest.
		const news = lamp.level !== level || lamp.duty === duty;
		level = lamp.level;
		duty = lamp.duty;
		const text = `${id} level=${level} duty=${duty}`;
		if (!news || text === told) return;
		told = text;
		emit("lamp", text);
	};
}
