// Colour, as far as the terminal has it.

/** 0 to 1 each. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface Paint {
	/** Text in a colour, and a background where one is given. Without colours: the text. */
	(text: string, colour: Colour, background?: Colour): string;
	/** All colours there are, not the nearest of a few. */
	readonly fine: boolean;
}

/** `depth` is what `tty.WriteStream.getColorDepth` says: it knows NO_COLOR, FORCE_COLOR, COLORTERM and TERM. */
export function paintFor(depth: number): Paint {
	const colours = depth >= 8;
	const code = depth >= 24 ? trueColour : palette;
	const paint = (text: string, colour: Colour, background?: Colour) => {
		if (!colours || text === "") return text;
		const behind = background ? `;48;${code(background)}` : "";
		return `\x1b[38;${code(colour)}${behind}m${text}\x1b[0m`;
	};
	return Object.assign(paint, { fine: depth >= 24 });
}

function trueColour(colour: Colour): string {
	return `2;${colour.map((share) => Math.round(share * 255)).join(";")}`;
}

/** The 6×6×6 cube of the 256 colours. */
function palette([red, green, blue]: Colour): string {
	const level = (share: number) => Math.round(share * 5);
	return `5;${16 + 36 * level(red) + 6 * level(green) + level(blue)}`;
}
