// The options of the Hue bridge on the command line.
import { printable } from "../events.js";

export interface HuePlace {
	/** Name, address, or the id of a paired bridge. */
	host: string;
	port: number | undefined;
}

/** `HOST`, `HOST:PORT`, or a bridge's id. Throws in words. */
export function huePlace(text: string): HuePlace {
	const [, bare, bracketed, port] = /^(?:([^\s/:@[\]]+)|\[([0-9a-fA-F:]+)\])(?::(\d{1,5}))?$/.exec(text) ?? [];
	const host = bare ?? bracketed;
	if (host === undefined || (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)))
		throw new Error(`"${printable(text)}" is no bridge; give its name or address, or either with :PORT, or its id`);
	return { host, port: port === undefined ? undefined : Number(port) };
}

/** Names or ids with commas between them. Throws in words. */
export function hueLights(text: string): string[] {
	const list = text.split(",").map((each) => each.trim());
	if (list.includes("")) throw new Error(`"${printable(text)}": a name is missing between commas`);
	return list;
}
