// What stands in the breadboard's holes, and beside it, as it looks.
import { at, pitch } from "./breadboard.mjs";
import { circle, group, line, path, rect, rounded, text } from "./svg.mjs";

const lead = { stroke: "#9aa1a9", stroke_width: 3.4, stroke_linecap: "round", fill: "none" };
const foot = (hole) => circle(...at(hole), 3.4, { fill: "#9aa1a9" });

const bands = { black: "#111", brown: "#7a3e12", red: "#cf2b2b", orange: "#f08a24", blue: "#2f5fd0", gold: "#c9a227" };

/** A resistor in two holes of a line, with its coloured rings. */
export function resistor({ holes, rings }) {
	const [[x1, y1], [x2, y2]] = holes.map(at);
	const length = Math.hypot(x2 - x1, y2 - y1);
	const body = 2.5 * pitch;
	const from = (length - body) / 2;
	const turn = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
	const offsets = [0.2, 0.37, 0.54, 0.8];
	return group(
		`translate(${x1} ${y1}) rotate(${turn})`,
		line(0, 0, length, 0, lead),
		rect(from, -8.5, body, 17, { rx: 7.5, fill: "#e6d3a8", stroke: "#a88f57", stroke_width: 1.2 }),
		...rings.map((ring, i) => rect(from + body * offsets[i] - 3, -8, 6, 16, { fill: bands[ring] })),
	);
}

/** A ceramic disc. */
export function capacitor({ holes, mark }) {
	const [[x1, y1], [x2]] = holes.map(at);
	const x = (x1 + x2) / 2;
	const y = y1 - 1.25 * pitch;
	return [
		path(`M${x1} ${y1} L${x1} ${y1 - 12} L${x - 12} ${y + 8} M${x2} ${y1} L${x2} ${y1 - 12} L${x + 12} ${y + 8}`, lead),
		...holes.map(foot),
		circle(x, y, 17, { fill: "#d9822b", stroke: "#94540f", stroke_width: 1.5 }),
		text(x, y + 5, mark, { size: 13, bold: true, anchor: "middle", fill: "#4a2700" }),
	].join("");
}

/** A potentiometer seen from its knob, legs down: they are, from left, the left end, the wiper and the right end. */
export function potentiometer({ holes }) {
	const feet = holes.map(at);
	const [x, y] = [feet[1][0], feet[1][1] - 4.75 * pitch];
	const r = 2.85 * pitch;
	const ridges = Array.from({ length: 36 }, (_, i) => {
		const angle = (i * Math.PI) / 18;
		const to = (length) => [x + Math.sin(angle) * length, y - Math.cos(angle) * length];
		return line(...to(46), ...to(52), { stroke: "#5a616a", stroke_width: 3 });
	});
	return [
		...feet.map(([fx, fy]) => path(`M${fx} ${fy} V${fy - 2.2 * pitch}`, { stroke: "#b5bbc2", stroke_width: 7, stroke_linecap: "round" })),
		rect(x - 2.6 * pitch, y + 1.4 * pitch, 5.2 * pitch, 1.55 * pitch, { rx: 5, fill: "#8a5a2b", stroke: "#5f3c19", stroke_width: 1.5 }),
		...feet.map(([fx]) => circle(fx, y + 2.5 * pitch, 5, { fill: "#d8dde2", stroke: "#7b828a" })),
		circle(x, y, r, { fill: "#c3c8cd", stroke: "#868d95", stroke_width: 2 }),
		circle(x, y, r - 8, { fill: "#d6dade" }),
		...ridges,
		circle(x, y, 50, { fill: "#2b2f36", stroke: "#14161a", stroke_width: 2 }),
		circle(x, y, 38, { fill: "#3a4048" }),
		path(`M${x} ${y - 12} V${y - 47}`, { stroke: "#fff", stroke_width: 5, stroke_linecap: "round" }),
	].join("");
}

/** A 5 mm LED whose legs are bent into two holes: the long one, the anode, is the first. */
export function led({ holes }) {
	const [[x1, y1], [x2]] = holes.map(at);
	const x = (x1 + x2) / 2;
	const y = y1 - 2.9 * pitch;
	return [
		circle(x, y - 12, 62, { fill: "#ffd54a", opacity: 0.16 }),
		circle(x, y - 12, 44, { fill: "#ffd54a", opacity: 0.22 }),
		path(
			rounded(
				[
					[x1, y1],
					[x1, y1 - 16],
					[x - 9, y1 - 30],
					[x - 9, y + 20],
				],
				8,
			),
			lead,
		),
		path(
			rounded(
				[
					[x2, y1],
					[x2, y1 - 16],
					[x + 9, y1 - 30],
					[x + 9, y + 20],
				],
				8,
			),
			lead,
		),
		...holes.map(foot),
		path(`M${x - 21} ${y + 14} V${y - 14} a21 21 0 0 1 42 0 V${y + 14} Z`, { fill: "#ffdf70", stroke: "#c99700", stroke_width: 2 }),
		path(`M${x - 25} ${y + 14} h46 v9 h-46 Z`, { fill: "#ffd042", stroke: "#c99700", stroke_width: 2, stroke_linejoin: "round" }),
		path(`M${x - 11} ${y - 6} v-8 a11 11 0 0 1 8 -10`, { stroke: "#fff", stroke_width: 4, stroke_linecap: "round", opacity: 0.9 }),
	].join("");
}

/** A transistor in TO-220 seen from its printed side: gate, drain, source. */
export function mosfet({ holes, mark }) {
	const feet = holes.map(at);
	const x = feet[1][0];
	const top = feet[1][1] - 7.4 * pitch;
	return [
		...feet.map(([fx, fy]) => path(`M${fx} ${fy} V${top + 4 * pitch}`, { stroke: "#b5bbc2", stroke_width: 6, stroke_linecap: "round" })),
		rect(x - 2 * pitch, top, 4 * pitch, 2.6 * pitch, { rx: 4, fill: "#c3c8cd", stroke: "#868d95", stroke_width: 1.5 }),
		circle(x, top + 1.05 * pitch, 15, { fill: "#f6f3ea", stroke: "#868d95", stroke_width: 1.5 }),
		rect(x - 2 * pitch, top + 2 * pitch, 4 * pitch, 3.3 * pitch, { rx: 4, fill: "#2b2f36", stroke: "#14161a", stroke_width: 1.5 }),
		text(x, top + 3.5 * pitch, mark[0], { size: 13, bold: true, anchor: "middle", fill: "#e6e9ec" }),
		text(x, top + 4.15 * pitch, mark[1], { size: 12, anchor: "middle", fill: "#c9d1d9" }),
		...feet.map(([fx], i) => text(fx, top + 5.05 * pitch, "GDS"[i], { size: 13, bold: true, anchor: "middle", fill: "#ffd042" })),
	].join("");
}

/** A piece of LED strip; its terminals are the two points given. */
export function ledStrip({ holes, width }) {
	const [[x, plus], [, minus]] = holes;
	const top = plus - 26;
	const height = minus - plus + 52;
	const parts = [rect(x - 16, top, width, height, { rx: 5, fill: "#f3efe4", stroke: "#b5ab8f", stroke_width: 1.5 })];
	for (let at = x + 62; at < x + width - 50; at += 80) {
		parts.push(
			circle(at + 17, top + height / 2, 34, { fill: "#ffd54a", opacity: 0.22 }),
			rect(at, top + height / 2 - 17, 34, 34, { rx: 4, fill: "#fffdf3", stroke: "#8f8668" }),
			circle(at + 17, top + height / 2, 12, { fill: "#ffdf70", stroke: "#d9b23a" }),
		);
	}
	for (const [name, y] of [
		["+12 V", plus],
		["−", minus],
	])
		parts.push(
			rect(x - 10, y - 9, 20, 18, { rx: 3, fill: "#c98d3c" }),
			text(x + 14, y + 5, name, { size: 12, bold: true, fill: "#5c5334" }),
		);
	return parts.join("");
}

/** A 12 V adapter with screw terminals; they are the two points given. */
export function supply({ holes }) {
	const [[x, y], [minusX]] = holes;
	const centre = (x + minusX) / 2;
	const screw = (at, colour, sign) => [
		rect(at - 13, y - 8, 26, 30, { rx: 3, fill: "#2f9e5b", stroke: "#1c6b3b", stroke_width: 1.5 }),
		circle(at, y + 7, 8, { fill: "#d8dde2", stroke: "#7b828a" }),
		line(at - 5, y + 7, at + 5, y + 7, { stroke: "#555b63", stroke_width: 2 }),
		text(at, y + 42, sign, { size: 18, bold: true, anchor: "middle", fill: colour }),
	];
	return [
		rect(centre - 62, y + 22, 124, 74, { rx: 7, fill: "#2b2f36", stroke: "#14161a", stroke_width: 1.5 }),
		...screw(x, "#ff8078", "+"),
		...screw(minusX, "#c9d1d9", "−"),
		text(centre, y + 66, "12 V DC", { size: 16, bold: true, anchor: "middle", fill: "#fff" }),
		text(centre, y + 84, "power supply", { size: 12, anchor: "middle", fill: "#c9d1d9" }),
	].join("");
}
