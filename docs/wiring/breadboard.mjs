// A breadboard of 400 holes: what stands in its holes is found by name. "c7" is a hole, "b-7" the one of the bottom minus rail at column 7.
import { circle, line, path, rect, rounded, text } from "./svg.mjs";

/** Tenths of an inch, in px. */
export const pitch = 26;
export const columns = 30;
/** Where hole a1 would be if the board stood at the origin. */
const origin = { x: 212, y: 490 };

/** Heights above row a, in pitches. */
const rows = { a: 0, b: 1, c: 2, d: 3, e: 4, f: 7, g: 8, h: 9, i: 10, j: 11 };
const rails = { "b-": -3.1, "b+": -4.1, "t+": 15, "t-": 14 };

/** A place by column and height above row a; both may be fractions. */
export const place = (column, height) => [origin.x + column * pitch, origin.y - height * pitch];

/** The place of a point given in px. */
export const placeOf = (x, y) => [(x - origin.x) / pitch, (origin.y - y) / pitch];

function parse(hole) {
	const [, row, column] = /^([a-j]|[bt][+-])(\d+)$/.exec(hole) ?? [];
	const height = rows[row] ?? rails[row];
	if (height === undefined || column < 1 || column > columns) throw new Error(`there is no hole ${hole}`);
	if (row in rails && !railColumn(Number(column))) throw new Error(`the rails have no hole at column ${column}`);
	return { row, column: Number(column), height };
}

const railColumn = (column) => column % 6 !== 0 && column < columns;

/** Where `hole` is. A terminal beside the breadboard is given as a point already. */
export function at(hole) {
	if (Array.isArray(hole)) return hole;
	const { column, height } = parse(hole);
	return place(column, height);
}

/** The strip of metal that `hole` belongs to: holes of one name are connected inside the board. */
export function strip(hole) {
	const { row, column } = parse(hole);
	return row in rails ? row : `${row <= "e" ? "low" : "high"} ${column}`;
}

function hole(x, y) {
	return rect(x - 3.6, y - 3.6, 7.2, 7.2, { rx: 1.6, fill: "#3d3f42", stroke: "#fff", stroke_width: 0.8 });
}

function rail(row, colour, sign) {
	const [left, y] = place(0.4, rails[row]);
	const [right] = place(columns + 0.6, rails[row]);
	const edge = (row === "b-" || row === "t+" ? -0.46 : 0.46) * pitch;
	const parts = [line(left, y + edge, right, y + edge, { stroke: colour, stroke_width: 2 })];
	for (const x of [left - 9, right + 9]) parts.push(text(x, y + 6, sign, { size: 18, bold: true, anchor: "middle", fill: colour }));
	for (let column = 1; column <= columns; column++) if (railColumn(column)) parts.push(hole(...at(`${row}${column}`)));
	return parts.join("");
}

/** The board alone. The numbers of the columns in `hidden` are left out below row a, where a wire would cross them. */
export function breadboard(hidden) {
	const [left, top] = place(-0.9, 15.9);
	const [right, bottom] = place(columns + 1.9, -5);
	const groove = (height) => line(left, place(0, height)[1], right, place(0, height)[1], { stroke: "#d9d4c5", stroke_width: 2 });
	const parts = [
		rect(left + 3, top + 5, right - left, bottom - top, { rx: 9, fill: "#000", opacity: 0.13 }),
		rect(left, top, right - left, bottom - top, { rx: 9, fill: "#f6f3ea", stroke: "#cbc5b4", stroke_width: 1.5 }),
		groove(-2.4),
		groove(13.3),
		rect(left, place(0, 5.85)[1], right - left, 0.7 * pitch, { fill: "#e4dfd0" }),
		rail("t-", "#2458c5", "−"),
		rail("t+", "#d1242f", "+"),
		rail("b-", "#2458c5", "−"),
		rail("b+", "#d1242f", "+"),
	];
	for (const row of Object.keys(rows)) {
		const height = rows[row];
		for (const column of [0.05, columns + 0.95]) {
			const [x, y] = place(column, height);
			parts.push(text(x, y + 4.5, row, { size: 13, anchor: "middle", fill: "#6e6a5e" }));
		}
		for (let column = 1; column <= columns; column++) parts.push(hole(...place(column, height)));
	}
	for (let column = 1; column <= columns; column++) {
		if (column !== 1 && column % 5 !== 0) continue;
		for (const height of [-0.8, 12.2]) {
			const [x, y] = place(column, height);
			if (height > 0 || !hidden.includes(column)) parts.push(text(x, y + 4, column, { size: 12, anchor: "middle", fill: "#6e6a5e" }));
		}
	}
	return parts.join("");
}

const colours = {
	red: ["#d1242f", "#8f1620"],
	black: ["#2b2f36", "#000"],
	yellow: ["#f2b705", "#a67c00"],
	blue: ["#2f6fdb", "#1b4590"],
};

/** The colours of a wire: its own and that of its edge. */
export const wireColours = (name) => colours[name];

/** A jumper wire from hole to hole over the corners `via` (column, height). Where it crosses another it lies above, and shows it. */
export function wire({ from, to, via = [], colour, thick }) {
	const [fill, edge] = colours[colour];
	const d = rounded([at(from), ...via.map((corner) => place(...corner)), at(to)], 13);
	const width = thick ? 9 : 6;
	const common = { stroke_linejoin: "round" };
	const parts = [
		path(d, { stroke: "#fff", stroke_width: width + 5, opacity: 0.75, ...common }),
		path(d, { stroke: edge, stroke_width: width + 1.6, stroke_linecap: "round", ...common }),
		path(d, { stroke: fill, stroke_width: width, stroke_linecap: "round", ...common }),
	];
	for (const end of [from, to])
		if (!Array.isArray(end)) parts.push(circle(...at(end), width / 2 + 1.6, { fill, stroke: edge, stroke_width: 1.6 }));
	return parts.join("");
}
