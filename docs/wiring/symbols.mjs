// Symbols of IEC 60617. Each is drawn around its place and tells where its pins are, by name.
import { circle, group, ink, line, path, rect, text } from "./svg.mjs";

const stroke = { stroke: ink, stroke_width: 2.2, fill: "none", stroke_linecap: "round", stroke_linejoin: "round" };
const filled = { ...stroke, fill: ink };
const placed = ([x, y], ...inside) => group(`translate(${x} ${y})`, ...inside);

/** `at`: the middle; 100 long. Pin 1 is left, or above. */
export function resistor({ at: [x, y], upright, value }) {
	const turn = upright ? "rotate(90)" : "";
	const words = upright ? text(18, 5, value) : text(0, -18, value, { anchor: "middle" });
	const body = group(turn, path("M-50 0 H-28 M28 0 H50", stroke), rect(-28, -10, 56, 20, stroke));
	return {
		svg: placed([x, y], body, words),
		pins: upright ? { 1: [x, y - 50], 2: [x, y + 50] } : { 1: [x - 50, y], 2: [x + 50, y] },
	};
}

/** Upright; the wiper points in from the right. */
export function potentiometer({ at: [x, y], value }) {
	return {
		svg: placed(
			[x, y],
			path("M0 -50 V-28 M0 28 V50", stroke),
			rect(-10, -28, 20, 56, stroke),
			path("M60 0 H14", stroke),
			path("M12 0 l13 -6 v12 z", filled),
			...value.map((words, i) => text(-24, -4 + i * 20, words, { anchor: "end" })),
		),
		pins: { right: [x, y - 50], left: [x, y + 50], wiper: [x + 60, y] },
	};
}

export function capacitor({ at: [x, y], value }) {
	return {
		svg: placed(
			[x, y],
			path("M0 -45 V-5 M0 5 V45", stroke),
			path("M-18 -5 H18 M-18 5 H18", { ...stroke, stroke_width: 3 }),
			text(26, 6, value),
		),
		pins: { 1: [x, y - 45], 2: [x, y + 45] },
	};
}

export function led({ at: [x, y], value }) {
	const arrow = (dx, dy) =>
		path(`M${dx} ${dy} l14 -10`, { ...stroke, stroke_width: 1.8 }) + path(`M${dx + 18} ${dy - 13} l-9 1.5 l5 7 z`, { fill: ink });
	return {
		svg: placed(
			[x, y],
			path("M0 -45 V-14 M0 14 V45 M-16 14 H16", stroke),
			path("M-16 -14 H16 L0 14 Z", stroke),
			arrow(18, -4),
			arrow(21, 8),
			text(-28, 6, value, { anchor: "end" }),
		),
		pins: { anode: [x, y - 45], cathode: [x, y + 45] },
	};
}

/** N-channel, enhancement, with the diode that every such transistor has inside; the gate is left. */
export function mosfet({ at: [x, y], value }) {
	return {
		svg: placed(
			[x, y],
			circle(4, 0, 36, { ...stroke, stroke: "#8c959f", stroke_width: 1.4 }),
			path("M-60 0 H-18 M-18 -16 V16 M-11 -19 V-9 M-11 -5 V5 M-11 9 V19", stroke),
			path("M-11 -14 H10 M-11 14 H10 M-11 0 H10 M10 -60 V-14 M10 0 V60", stroke),
			path("M-9 0 l11 -5 v10 z", filled),
			path("M10 -22 H26 V-5 M26 6 V22 H10 M19 -5 H33", { ...stroke, stroke_width: 1.8 }),
			path("M26 -5 l-7 11 h14 z", filled),
			circle(10, -22, 3, filled),
			circle(10, 22, 3, filled),
			...value.map((words, i) => text(50, -4 + i * 20, words)),
			text(-46, -8, "G", { size: 13, fill: "#57606a" }),
			text(-2, -46, "D", { size: 13, anchor: "end", fill: "#57606a" }),
			text(-2, 56, "S", { size: 13, anchor: "end", fill: "#57606a" }),
		),
		pins: { gate: [x - 60, y], drain: [x + 10, y - 60], source: [x + 10, y + 60] },
	};
}

export function ground({ at: [x, y] }) {
	return { svg: placed([x, y], path("M0 0 V14 M-17 14 H17 M-11 21 H11 M-5 28 H5", stroke), circle(0, 0, 4.5, { fill: ink })), pins: {} };
}

/** A part that shall stay as it is, but may be put into the wire. */
export function optional({ at: [x, y], value }) {
	const grey = { fill: "#fff", stroke: "#57606a", stroke_width: 2, stroke_dasharray: "6 5" };
	return { svg: placed([x, y], rect(-28, -10, 56, 20, grey), text(0, -20, value, { anchor: "middle", fill: "#57606a" })), pins: {} };
}

/** A box with named pins 40 long at its `side`; `names` are pairs of name and height. */
export function box({ at: [x, y], size: [width, height], side, title, names }) {
	const edge = side === "left" ? -width / 2 : width / 2;
	const out = side === "left" ? -40 : 40;
	const anchor = side === "left" ? "start" : "end";
	return {
		svg: placed(
			[x, y],
			rect(-width / 2, -height / 2, width, height, { ...stroke, fill: "#f6f8fa", rx: 3 }),
			...title.map((words, i) =>
				text(side === "left" ? 30 : -30, 5 + (i - (title.length - 1) / 2) * 22, words, { size: 17, bold: i === 0, anchor: "middle" }),
			),
			...names.flatMap(([, says, dy]) => [
				line(edge, dy, edge + out, dy, stroke),
				text(edge - Math.sign(out) * 10, dy + 5, says, { size: 14, anchor }),
			]),
		),
		pins: Object.fromEntries(names.map(([name, , dy]) => [name, [x + edge + out, y + dy]])),
	};
}

/** An upright box between two pins, 120 apart. */
export function upright({ at: [x, y], width, lines, ends: [above, below], marks = [] }) {
	return {
		svg: placed(
			[x, y],
			path("M0 -60 V-38 M0 38 V60", stroke),
			rect(-width / 2, -38, width, 76, { ...stroke, fill: "#f6f8fa", rx: 3 }),
			...lines.map((words, i) => text(0, 6 + (i - (lines.length - 1) / 2) * 20, words, { anchor: "middle" })),
			...marks.map((sign, i) => text(9, i ? 58 : -46, sign, { size: 17, bold: true })),
		),
		pins: { [above]: [x, y - 60], [below]: [x, y + 60] },
	};
}
