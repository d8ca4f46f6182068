// The ESP32-DevKitC V4 from above, its USB socket to the right. Pins: Espressif's user guide of the board, J2 and J3 from the antenna on.
import { pitch, place } from "./breadboard.mjs";
import { circle, path, rect, text } from "./svg.mjs";

const j2 = "3V3 EN VP VN 34 35 32 33 25 26 27 14 12 GND 13 D2 D3 CMD 5V".split(" ");
const j3 = "GND 23 22 TX RX 21 GND 19 18 5 17 16 4 0 2 15 D1 D0 CLK".split(" ");

/** The column of its first pins; the headers are ten pitches apart, so that of ten rows one stays free: row a. */
const first = 12;

/** Every pin by hole: J2 in row b, J3 in row j. */
export const pins = Object.fromEntries([...j2.map((name, i) => [`b${first + i}`, name]), ...j3.map((name, i) => [`j${first + i}`, name])]);

/** The hole of J2's pin `name`. */
export function holeOf(name) {
	const index = j2.indexOf(name);
	if (index < 0) throw new Error(`J2 has no pin ${name}`);
	return `b${first + index}`;
}

function header(names, height, labels, marked) {
	return names.map((name, i) => {
		const [x, y] = place(first + i, height);
		const [, labelY] = place(0, labels);
		const colours = height === 1 ? marked[name] : undefined;
		const width = name.length * 7 + 5;
		return [
			rect(x - 7.5, y - 7.5, 15, 15, { rx: 2.5, fill: "#17191c", stroke: "#3c4046", stroke_width: 1 }),
			rect(x - 3, y - 3, 6, 6, { rx: 1, fill: "#d8b25a" }),
			colours ? rect(x - width / 2, labelY - 8.5, width, 17, { rx: 4, fill: colours[0], stroke: "#fff", stroke_width: 1.2 }) : "",
			text(x, labelY + 4, name, {
				size: 11,
				bold: Boolean(colours),
				anchor: "middle",
				fill: colours && colours[0] === "#f2b705" ? "#1f2328" : "#fff",
			}),
		].join("");
	});
}

function radio() {
	const [left, top] = place(first - 2.9, 9.25);
	const height = 6.5 * pitch;
	let meander = `M${left + 16} ${top + height - 18}`;
	for (let i = 0; i < 5; i++) meander += ` v${i % 2 ? height - 40 : 40 - height} h7.5`;
	const [x, y] = place(first + 3.05, 6);
	return [
		rect(left, top, 10.1 * pitch, height, { rx: 2, fill: "#22262b", stroke: "#4a5058" }),
		path(`${meander} v${height - 70}`, { stroke: "#c9a24b", stroke_width: 3 }),
		rect(left + 2.45 * pitch, top + 7, 7.35 * pitch, height - 14, { rx: 4, fill: "#c3c8cd", stroke: "#8d949c", stroke_width: 1.5 }),
		rect(left + 2.45 * pitch + 6, top + 13, 7.35 * pitch - 12, height - 26, { rx: 3, fill: "#d3d8dc" }),
		text(x + 12, y - 4, "ESP32", { size: 25, bold: true, anchor: "middle", fill: "#5a626b" }),
		text(x + 12, y + 18, "WROOM-32E", { size: 14, anchor: "middle", fill: "#5a626b" }),
	];
}

function button(column, height, name) {
	const [x, y] = place(column, height);
	return [
		rect(x - 16, y - 13, 32, 26, { rx: 3, fill: "#b9bec4", stroke: "#7b828a" }),
		circle(x, y, 8.5, { fill: "#2b2f36", stroke: "#555b63" }),
		text(x - 23, y + 4, name, { size: 11, anchor: "end", fill: "#c9d1d9" }),
	];
}

/** `marked`: the colours behind the names of the pins that are used. */
export function devkit(marked) {
	const [left, top] = place(first - 3, 11.55);
	const [right, bottom] = place(first + 19.45, 0.45);
	const [usbX, usbY] = place(first + 18.1, 7.25);
	const [chipX, chipY] = place(first + 10.4, 7);
	const [ledX, ledY] = place(first + 15.6, 3.35);
	return [
		rect(left + 3, top + 4, right - left, bottom - top, { rx: 6, fill: "#000", opacity: 0.25 }),
		rect(left, top, right - left, bottom - top, { rx: 6, fill: "#2f343b", stroke: "#15181c", stroke_width: 1.5 }),
		...radio(),
		rect(usbX - 4, usbY, 2.2 * pitch, 2.5 * pitch, { rx: 4, fill: "#c8ccd1", stroke: "#80878f", stroke_width: 1.5 }),
		rect(usbX + 1.85 * pitch, usbY + 10, 6, 2.5 * pitch - 20, { rx: 2, fill: "#7b828a" }),
		text(usbX - 12, usbY + 1.25 * pitch + 4, "USB", { size: 12, bold: true, anchor: "end", fill: "#c9d1d9" }),
		rect(chipX, chipY, 1.9 * pitch, 1.9 * pitch, { rx: 2, fill: "#15181c", stroke: "#555b63" }),
		circle(chipX + 8, chipY + 8, 2.5, { fill: "#555b63" }),
		...button(first + 17.6, 8.6, "BOOT"),
		...button(first + 17.6, 3.4, "EN"),
		circle(ledX - 60, ledY, 4.5, { fill: "#ff5a4f" }),
		...header(j2, 1, 2.05, marked),
		...header(j3, 11, 9.95, marked),
	].join("");
}
