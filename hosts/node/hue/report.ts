// Checks the Hue role for changes and emits them, as ../report.ts does for the other roles.
import type { Hue } from "../../../src/hue/hue.js";
import { type Emit, printable } from "../events.js";

export function reportHue(hue: Hue, id: string, emit: Emit): () => void {
	let up = false;
	const told = new Map<string, number>();
	return () => {
		if (hue.up !== up) {
			up = hue.up;
			emit("link", `${id} ${up ? "up" : "down"}`);
		}
		for (const { id: light, name, shown, gone } of hue.lights) {
			const level = gone ? -1 : shown;
			if (told.get(light) === level || (level < 0 && !told.has(light))) continue;
			told.set(light, level);
			emit("hue", `${JSON.stringify(printable(name))} ${level < 0 ? "unknown" : `level=${level}`}`);
		}
	};
}

/** The lights as the view draws them. */
export function pictured(hue: Hue | undefined): { name: string; level: number }[] {
	return (hue?.lights ?? []).map(({ name, shown, gone }) => ({ name: printable(name), level: gone ? -1 : shown }));
}
