// Does something allocate chunks (strings, buffers) on XS? The engine of npm counts slots only. But a chunk for which there is no room sets off
// its garbage collector, and then the count of slots falls. So: fill the chunks until little room is left, call, and look at the slots.
//
// This engine is built for snapshots: it copies a string literal each time that it comes to one. A board's does not. So what can be asked here
// is asked of code without them: the filter, the pace, the fade.
import type { Engine } from "./engine.js";

const script = `
	globalThis.kept = [];
	globalThis.fill = (count) => { for (let i = 0; i < count; i++) kept.push(new ArrayBuffer(16000)); };
	globalThis.litter = () => { for (let i = 0; i < 5000; i++) ({}); };
	globalThis.strings = (count) => { for (let i = 0; i < count; i++) globalThis.last = String.fromCharCode(300 + (i & 255)); };
	globalThis.nothing = (count) => { for (let i = 0; i < count; i++); };
`;

/** Evaluates. True when it has set off the collector: 5,000 slots of litter are gone. */
async function collects(engine: Engine, call: string): Promise<boolean> {
	const { slots } = await engine.evaluate("litter()");
	return (await engine.evaluate(call)).slots < slots;
}

/** Calls until the collector runs; returns how many calls that took. */
async function untilCollected(engine: Engine, call: string): Promise<number> {
	for (let count = 1; ; count++) if (await collects(engine, call)) return count;
}

/** Bytes of the chunk of a short string, and of one of `fill`. */
const least_bytes = 24;
const filled_bytes = 16_016;

/** Whether 100,000 calls of the global function `name(count)` allocate chunks: 8,000 short strings are seen. */
export async function allocatesChunks(engine: Engine, name: string): Promise<boolean> {
	await engine.evaluate(script);
	await engine.evaluate(`${name}(100)`);
	for (let i = 0; i < 2; i++) await untilCollected(engine, "fill(1)");
	// What is collected then are strings, and so is the room that there is: so many, but for the last thousand.
	await untilCollected(engine, "strings(1000)");
	const room = 1000 * (await untilCollected(engine, "strings(1000)"));
	const buffers = Math.floor(((room - 7_000) * least_bytes) / filled_bytes);
	if (buffers > 0 && (await collects(engine, `fill(${buffers})`))) throw new Error("the collector runs when it likes");
	return collects(engine, `${name}(100000)`);
}
