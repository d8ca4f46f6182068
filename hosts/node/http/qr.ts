// A QR code for a terminal, which brings phones to the page without typing. By `uqr` (MIT, no dependency): code of our own would need Reed-Solomon.
import { encode } from "uqr";

/** ISO/IEC 18004 §6.3.8: so many light modules all around, or readers do not find the code. */
const margin = 4;
/** Black on white, whatever the terminal's own colours are: not all phones read an inverted code. */
const colours = "\x1b[38;5;16m\x1b[48;5;231m";
const back = "\x1b[0m";

/** The desk can be used from this width on. */
const drawn_min_columns = 40;

interface Size {
	columns: number;
	rows: number;
}

/** The modules of the code and its margin, row by row; true is dark. */
export function qrModules(text: string): boolean[][] {
	return encode(text, { ecc: "L", boostEcc: true, border: margin }).data;
}

/** Two rows of modules a line, in half blocks, with its colours. Each line takes as many columns as there are modules in a row. */
export function qrLines(text: string): string[] {
	const modules = qrModules(text);
	const lines: string[] = [];
	for (let row = 0; row < modules.length; row += 2) {
		const [upper = [], lower = []] = [modules[row], modules[row + 1]];
		lines.push(colours + upper.map((dark, column) => blocks(dark, lower[column] ?? false)).join("") + back);
	}
	return lines;
}

/** The lines of `draw` in the remaining size, with the code to their right; without the code where the window is too narrow, or too low. */
export function beside(code: readonly string[], { columns, rows }: Size, draw: (size: Size) => string[]): string[] {
	const width = code.length > 0 ? visible(code[0] ?? "") : 0;
	const left = columns - width - 1;
	if (width === 0 || left < drawn_min_columns || rows < code.length) return draw({ columns, rows });
	return draw({ columns: left, rows }).map((line, row) => (row < code.length ? `${line}\x1b[0m\x1b[K\x1b[${left + 2}G${code[row]}` : line));
}

function visible(line: string): number {
	return line.length - colours.length - back.length;
}

function blocks(upper: boolean, lower: boolean): string {
	if (upper) return lower ? "█" : "▀";
	return lower ? "▄" : " ";
}
