// Looks at the roles twenty times a second and tells what is new. Looking, not listening: a fade changes the duty with every
// tick of its own, and nobody wants a line for each of them.
import type { Dimmer } from "../../src/light/dimmer/dimmer.js";
import type { Lamp } from "../../src/light/lamp/lamp.js";
import type { Emit } from "./events.js";

const look_ms = 50;

/** Calls `look` until the function returned is called. */
export function every(look: () => void): () => void {
	const timer = setInterval(look, look_ms);
	return () => clearInterval(timer);
}

/** Tells when `value` is another one than at the last look. */
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
	// None yet: what it begins with is news, for the topic may change it before it is at rest.
	let level = -1;
	let duty = lamp.duty;
	return () => {
		up();
		// A new level at once, and the duty where the fade comes to rest.
		const news = lamp.level !== level || lamp.duty === duty;
		level = lamp.level;
		duty = lamp.duty;
		const text = `${id} level=${level} duty=${duty}`;
		if (!news || text === told) return;
		told = text;
		emit("lamp", text);
	};
}
