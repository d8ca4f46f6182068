// Colours, as far as the terminal has them.

/** 0 to 1 each. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface Paint {
	/** Text in a colour. Without colours: the text. */
	(text: string, colour: Colour): string;
	/** Bits of a colour: 1 (the terminal's own colour alone), 4, 8 or 24. */
	readonly depth: number;
}

/**
 * `known` is the result of `tty.WriteStream.getColorDepth`, which knows NO_COLOR, FORCE_COLOR, COLORTERM and TERM, but not every TERM that ends
 * with 256color.
 */
export function colourDepth(known: number, term = ""): number {
	return known === 4 && term.endsWith("-256color") ? 8 : known;
}

export function paintFor(depth: number): Paint {
	const code = depth >= 24 ? trueColour : depth >= 8 ? palette : sixteen;
	const paint = (text: string, colour: Colour) => (depth < 4 || text === "" ? text : `\x1b[${code(colour)}m${text}\x1b[0m`);
	return Object.assign(paint, { depth });
}

function trueColour(colour: Colour): string {
	return `38;2;${colour.map((share) => Math.round(share * 255)).join(";")}`;
}

/** The 6×6×6 cube of the 256 colours, with the values of xterm: 0, then 95 to 255 by 40. Darker colours come from its greys: no text is black. */
function palette([red, green, blue]: Colour): string {
	const level = (share: number) => Math.max(Math.round((share * 255 - 55) / 40), 0);
	if (Math.max(red, green, blue) < 0.3) return `38;5;${232 + Math.round(Math.max(red, green, blue) * 25)}`;
	return `38;5;${16 + 36 * level(red) + 6 * level(green) + level(blue)}`;
}

/**
 * The 16 colours that every terminal has: 30 to 37 and, bright, 90 to 97. Black or white may be the background: grey text has the terminal's
 * own colour, bold (1) or not (39), and no text is black.
 */
function sixteen(colour: Colour): string {
	const most = Math.max(...colour);
	if (most < 0.3) return "90";
	if (most - Math.min(...colour) < 0.1) return most > 0.9 ? "1" : "39";
	const bits = colour.reduce((sum, share, at) => sum + (share > 0.6 * most ? 1 << at : 0), 0);
	return String((most > 0.82 ? 90 : 30) + bits);
}
