// node docs/wiring/draw.mjs: draws the pictures of this folder anew.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { breadboard, place, strip, wire, wireColours } from "./breadboard.mjs";
import { circuits } from "./circuits.mjs";
import { devkit, pins } from "./devkit.mjs";
import { capacitor, led, ledStrip, mosfet, potentiometer, resistor, supply } from "./parts.mjs";
import { drawing, schematics } from "./schematics.mjs";
import { circle, group, ink, label, line, path, rounded, sheet, text } from "./svg.mjs";

const width = 1074;
const parts = { capacitor, led, ledStrip, mosfet, potentiometer, resistor, supply };

/** The pins of the board that wires go to, in the colours of these. */
function marks(wires) {
	const marked = {};
	for (const [hole, name] of Object.entries(pins))
		for (const { from, to, colour } of wires)
			for (const end of [from, to]) if (typeof end === "string" && strip(end) === strip(hole)) marked[name] = wireColours(colour);
	return marked;
}

function columnsBelow(wires) {
	return wires.flatMap(({ from, to }) => [from, to].filter((end) => /^a/.test(end)).map((end) => Number(end.slice(1))));
}

/** The wires in words, in two columns, and the notes, from (left, top) on. */
function legend({ wires, notes }, left, top) {
	const half = Math.ceil(wires.length / 2);
	const column = (width - left) / 2;
	const rows = wires.map(({ colour, thick, from, to, says }, i) => {
		const [fill, edge] = wireColours(colour);
		const [x, y] = [left + (i < half ? 0 : column), top + (i % half) * 28];
		const ends = [from, to].filter((end) => typeof end === "string");
		// Inside the board any hole of the rail will do; a wire from beside it is drawn to one.
		const holes = ends.map((end) => (ends.length > 1 ? end.replace(/^b-.*/, "rail") : end.replace("b-", "rail, hole "))).join(" – ");
		const stroke = (colour, more) =>
			line(x, y - 5, x + 34, y - 5, { stroke: colour, stroke_width: (thick ? 9 : 6) + more, stroke_linecap: "round" });
		const more = { size: 14, anchor: "end", fill: "#57606a" };
		return stroke(edge, 1.6) + stroke(fill, 0) + text(x + 48, y, says, { size: 16 }) + text(x + column - 50, y, holes, more);
	});
	const under = top + half * 28 + 8;
	return [...rows, ...notes.map((note, i) => text(left - 3, under + i * 24, note, { size: 15.5, fill: "#424a53" }))];
}

const beside = ({ kind }) => kind === "ledStrip" || kind === "supply";

function board(circuit) {
	const { title, description, wires, labels, tall } = circuit;
	const [down, left, bottom] = tall ? [104, 240, 774] : [0, 30, 662];
	const draw = (part) => parts[part.kind](part);
	const picture = [
		breadboard(columnsBelow(wires)),
		devkit(marks(wires)),
		...circuit.parts.filter(beside).map(draw),
		...wires.map(wire),
		...circuit.parts.filter((part) => !beside(part)).map(draw),
		...labels.map(({ at, lines, to }) => label(...place(...at), lines, to && place(...to))),
	];
	const height = bottom + Math.ceil(wires.length / 2) * 28 + circuit.notes.length * 24 + 8;
	const inside = [group(`translate(0 ${down})`, ...picture), ...legend(circuit, left, bottom)];
	return sheet({ width, height, title, description, inside });
}

function schematic(plan) {
	const {
		title,
		description,
		size: [width, height],
		wires,
	} = plan;
	const { symbols, junctions } = drawing(plan);
	const lines = wires.map((wire) => path(rounded(wire, 0), { stroke: ink, stroke_width: 2.2, stroke_linecap: "round" }));
	const dots = junctions.map(([x, y]) => circle(x, y, 4.5, { fill: ink }));
	return sheet({ width, height, title, description, inside: [...lines, ...symbols, ...dots] });
}

/** The pictures by file name. */
export function pictures() {
	const all = {};
	for (const [name, circuit] of Object.entries(circuits)) all[`${name}.svg`] = board(circuit);
	for (const [name, plan] of Object.entries(schematics)) all[`${name}-schematic.svg`] = schematic(plan);
	return all;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
	for (const [name, svg] of Object.entries(pictures())) writeFileSync(new URL(name, import.meta.url), svg);
