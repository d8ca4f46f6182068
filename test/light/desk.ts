// A knob with soft take-over, and its hand, for the tests of what it may say.
import { Dimmer, type DimmerOptions } from "../../src/light/dimmer/dimmer.js";
import { FakeLink, makeOptions, makeWorld, type World } from "./world.js";

export const rawOf = (level: number) => Math.round(4095 * (0.015 + (0.97 * level) / 254));

export function start(
	level: number,
	options: Partial<DimmerOptions> = {},
): { world: World; dimmer: Dimmer; link: FakeLink; said: () => string[] } {
	const world = makeWorld();
	world.hand.sample = () => rawOf(level);
	const dimmer = new Dimmer({ ...makeOptions(world), pickup: true, ...options });
	const link = FakeLink.last;
	return { world, dimmer, link, said: () => link.published.splice(0).map(({ text, qos }) => `${text}/${qos}`) };
}

/** Turns the knob to `to` at a level every 20 ms, and lets it rest. */
export function turn(world: World, from: number, to: number): void {
	for (let level = from; level !== to; level += Math.sign(to - level)) {
		world.hand.sample = () => rawOf(level);
		world.clock.run(20);
	}
	world.hand.sample = () => rawOf(to);
	world.clock.run(1000);
}

/** Comes online; the topic holds `held`. */
export function online({ world, link }: ReturnType<typeof start>, held?: string): void {
	link.rise();
	if (held !== undefined) link.deliver(held, { retain: true });
	world.clock.run(3000);
}
