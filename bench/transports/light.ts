// The light of the bench: one level, a knob that sets it and a lamp that shows it, told in several ways.

export interface Knob {
	/** Resolves when the level has been handed to the network; over HTTP, when it was answered. */
	set(level: number): Promise<void>;
	close(): void;
}

export interface Lamp {
	/** Asks now, where a lamp has to ask. */
	poll?(): Promise<void>;
	close(): void;
}

/** One way to tell a level, on one port of loopback. `light` names it; several stand side by side. */
export interface Way {
	readonly name: string;
	/** Resolves when it can set. */
	knob(port: number, light: string): Promise<Knob>;
	/** `heard` is called with each level. */
	lamp(port: number, light: string, heard: (level: number) => void): Lamp;
	/** The end that begins an exchange on an idle connection. */
	readonly asks: "client" | "server";
	/** Its lamp asks each second. */
	readonly polls?: true;
	/** Socket bytes of knobs and lamps since the start, above TLS: comparable with the wire where there is none. `undefined`: not counted. */
	readonly bytes?: { read: number; written: number };
}

/** Milliseconds that stand still between two signs of life of an idle connection: those of the roles (`src/light/role.ts`), for all ways alike. */
export const alive_ms = 15_000;
/** A held request is answered after this time at the latest. */
export const hold_ms = 30_000;
/** An idle connection is watched with all its times divided by this. A lamp that polls is not: it asks each second anyway. */
export const hurry = 5;
export const poll_ms = 1_000;
/** Network one way: twice this from a question to its answer, and from a knob to a lamp through a broker. */
export const delay_ms = 25;

let lights = 0;
/** A name for a light of its own, as long as `light`. */
export const nextLight = () => `l${String(++lights).padStart(4, "0")}`;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
