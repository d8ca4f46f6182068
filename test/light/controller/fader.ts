// A controller, its hand, and a broker that sends what it gets back to everybody, late.
import { Controller, type ControllerOptions } from "../../../src/light/controller/controller.js";
import { FakeLink, makeOptions, makeWorld, type Publication, type World } from "../world.js";

export interface Fader {
	world: World;
	controller: Controller;
	link: FakeLink;
	/** What was published since the last call, as "level/QoS". */
	said(): string[];
}

export function start(options: Partial<ControllerOptions> = {}): Fader {
	const world = makeWorld();
	const { info: _, ...common } = makeOptions(world);
	const controller = new Controller({ ...common, ...options });
	const link = FakeLink.last;
	return { world, controller, link, said: () => link.published.splice(0).map(({ text, qos }) => `${text}/${qos}`) };
}

/** Comes online; the topic holds `held`. */
export function online({ world, link }: Fader, held?: string): void {
	link.rise();
	if (held !== undefined) link.deliver(held, { retain: true });
	world.clock.run(1_500);
}

/** A broker that keeps the order: what comes in goes out `delay` milliseconds later, or when what came before has. */
export class Broker {
	/** Everything published by the controller, in order. */
	readonly log: Publication[] = [];
	/** What the topic holds. */
	held = "";
	/** Passes nothing on, and acknowledges all the same. */
	mute = false;
	readonly #fader: Fader;
	readonly #delay: () => number;
	#free = 0;
	#epoch = 0;

	constructor(fader: Fader, delay: () => number) {
		this.#fader = fader;
		this.#delay = delay;
		const { link } = fader;
		const publish = link.publish.bind(link);
		link.publish = (topic, payload, qos, retain) => {
			if (!link.up && qos !== 1) return false;
			const taken = publish(topic, payload, qos, retain);
			const publication = link.published.at(-1);
			if (!taken || !publication) return taken;
			this.log.push(publication);
			if (publication.qos === 1) link.kept++;
			this.#later(() => {
				if (publication.qos === 1) link.kept = Math.max(0, link.kept - 1);
				if (!this.mute) this.say(publication.text);
			});
			return true;
		};
	}

	/** Somebody publishes. */
	say(text: string): void {
		this.held = text;
		this.#later(() => this.#fader.link.deliver(text));
	}

	/** The connection breaks; what is under way is lost. Returns what the link still has to say. */
	cut(): void {
		this.#epoch++;
		this.#fader.link.fall();
	}

	/** It is there again: what the topic holds comes first. */
	back(): void {
		this.#fader.link.rise();
		if (this.held !== "") this.#fader.link.deliver(this.held, { retain: true });
		this.#fader.link.kept = 0;
	}

	#later(then: () => void): void {
		const { clock } = this.#fader.world;
		const epoch = this.#epoch;
		this.#free = Math.max(this.#free, clock.now() + this.#delay() / 2);
		const alarm = clock.alarm(() => {
			alarm.close();
			if (epoch === this.#epoch) then();
		});
		alarm.set(this.#free - clock.now());
	}
}
