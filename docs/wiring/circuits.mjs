// The three circuits, as parts in holes and wires between them. The pictures are drawn from this, and the test reads the connections from it.
import { placeOf, strip } from "./breadboard.mjs";
import { holeOf, pins } from "./devkit.mjs";

/** The free hole beside J2's pin `name`. */
const beside = (name) => holeOf(name).replace("b", "a");

/** The corners of a wire that runs below row a from one column to another. */
const along = (from, to, height) => [from, to].map((hole) => [Number(hole.slice(1)), height]);

const straight = (from, to) => ({ from, to });
const underneath = (from, to, height) => ({ from, to, via: along(from, to, height) });

const adapter = [
	[62, 664],
	[112, 664],
];
const tape = [
	[132, 4],
	[132, 40],
];

export const circuits = {
	dimmer: {
		title: "Dimmer: a 10 kΩ potentiometer at GPIO 34",
		description:
			"An ESP32-DevKitC on a breadboard. The knob's left leg goes to GND, its middle leg to GPIO 34, its right leg to 3V3; a 100 nF capacitor stands between its left and its middle leg.",
		parts: [
			{ id: "RV1", kind: "potentiometer", pins: ["left", "wiper", "right"], holes: ["e3", "e5", "e7"] },
			{ id: "C1", kind: "capacitor", pins: ["1", "2"], holes: ["b5", "b3"], mark: "104" },
		],
		wires: [
			{ colour: "red", ...underneath(beside("3V3"), "a7", -1.35), says: "3V3 to the knob's right leg" },
			{ colour: "yellow", ...underneath(beside("34"), "a5", -2), says: "GPIO 34 to the knob's middle leg" },
			{ colour: "black", ...straight(beside("GND"), "b-25"), says: "GND to the minus rail" },
			{ colour: "black", ...straight("a3", "b-3"), says: "minus rail to the knob's left leg" },
		],
		labels: [
			{ at: [-4.1, 8.5], lines: ["potentiometer", "10 kΩ, linear", "(B10K)"], to: [2.25, 8.5] },
			{ at: [-4.1, 2.5], lines: ["ceramic capacitor", "100 nF (104)"], to: [3.4, 2.5] },
		],
		notes: [
			"Never 5 V on the potentiometer: the ESP32's pins bear 3.3 V.",
			"Turns the wrong way round? Swap the two outer legs.",
			"Instead of the red wire a 3.6 kΩ resistor may go from a12 to a7: all of the turn then lies",
			"where the converter is straight. Calibrate the knob afterwards.",
		],
	},
	"lamp-led": {
		title: "Lamp: an LED and a 220 Ω resistor at GPIO 13",
		description:
			"An ESP32-DevKitC on a breadboard. GPIO 13 goes through a 220 ohm resistor to the LED's long leg; its short leg goes to GND.",
		parts: [
			{ id: "R1", kind: "resistor", pins: ["1", "2"], holes: ["c2", "c6"], rings: ["red", "red", "brown", "gold"] },
			{ id: "D1", kind: "led", pins: ["anode", "cathode"], holes: ["e6", "e7"] },
		],
		wires: [
			{ colour: "yellow", ...underneath(beside("13"), "a2", -2), says: "GPIO 13 to the resistor" },
			{ colour: "black", ...underneath(beside("GND"), "a7", -1.35), says: "GND to the LED's short leg" },
		],
		labels: [
			{ at: [-4.1, 3], lines: ["resistor 220 Ω", "(red red brown)"], to: [2.9, 2.15] },
			{ at: [-4.1, 5.4], lines: ["long leg: anode, +"], to: [5.95, 4.75] },
			{ at: [4.1, 12.4], lines: ["short leg, flat side: cathode, −"], to: [7.4, 6.25] },
		],
		notes: [
			"The resistor may stand on either side of the LED, but never be left out.",
			"A red LED takes 6 mA then, a white one 1 to 2 mA. Brighter: down to 100 Ω.",
		],
	},
	"lamp-strip": {
		tall: true,
		title: "Lamp: a 12 V LED strip and a MOSFET at GPIO 13",
		description:
			"An ESP32-DevKitC on a breadboard. GPIO 13 goes through a 220 ohm resistor to the gate of a logic-level N-channel MOSFET; 10 kilohm go from the gate to ground. The strip's plus goes to the plus of a 12 V supply, its minus to the drain. The source, the supply's minus and the board's GND share the minus rail.",
		parts: [
			{ id: "R1", kind: "resistor", pins: ["2", "1"], holes: ["c5", "c8"], rings: ["red", "red", "brown", "gold"] },
			{ id: "R2", kind: "resistor", pins: ["1", "2"], holes: ["a5", "b-5"], rings: ["brown", "black", "orange", "gold"] },
			{ id: "Q1", kind: "mosfet", pins: ["gate", "drain", "source"], holes: ["e5", "e6", "e7"], mark: ["logic-level", "N-MOSFET"] },
			{ id: "STRIP", kind: "ledStrip", pins: ["+", "-"], holes: tape, width: 874 },
			{ id: "SUPPLY", kind: "supply", pins: ["+", "-"], holes: adapter },
		],
		wires: [
			{ colour: "yellow", ...underneath(beside("13"), "a8", -1.7), says: "GPIO 13 to the gate's resistor" },
			{ colour: "black", ...straight(beside("GND"), "b-25"), says: "GND to the minus rail" },
			{ colour: "black", thick: true, ...straight("a7", "b-7"), says: "source (S) to the minus rail" },
			{
				colour: "black",
				thick: true,
				from: adapter[1],
				to: "b-1",
				via: [placeOf(112, 490 + 3.1 * 26)],
				says: "supply − to the minus rail",
			},
			{
				colour: "blue",
				thick: true,
				from: tape[1],
				to: "d6",
				via: [placeOf(112, 40), placeOf(112, 490 - 3 * 26)],
				says: "strip − to the drain (D)",
			},
			{
				colour: "red",
				thick: true,
				from: tape[0],
				to: adapter[0],
				via: [placeOf(62, 4)],
				says: "strip + to supply +, beside the breadboard",
			},
		],
		labels: [
			{ at: [6.5, 1], lines: ["220 Ω"] },
			{ at: [2.9, -1.2], lines: ["10 kΩ"] },
		],
		notes: [
			"Join the grounds: otherwise the strip glows, flickers or ignores you.",
			"12 V must never reach a pin of the board. The breadboard bears up to 1 A: solder what takes more.",
			"Not every MOSFET: its data sheet must give an on-resistance at 3.3 V or less, as the IRF3708's does.",
		],
	},
};

/** Which pins are connected with one another: a list of lists such as `["C1.1", "RV1.wiper", "board.34"]`, each sorted. */
export function nets({ parts, wires }) {
	const parent = new Map();
	const node = (place) => (Array.isArray(place) ? `point ${place}` : strip(place));
	const find = (name) => {
		while (parent.has(name)) name = parent.get(name);
		return name;
	};
	for (const { from, to } of wires) {
		const [a, b] = [find(node(from)), find(node(to))];
		if (a !== b) parent.set(a, b);
	}
	const found = new Map();
	const put = (place, pin) => {
		const name = find(node(place));
		found.set(name, [...(found.get(name) ?? []), pin]);
	};
	for (const [hole, name] of Object.entries(pins)) put(hole, `board.${name}`);
	for (const part of parts) part.pins.forEach((pin, i) => void put(part.holes[i], `${part.id}.${pin}`));
	return [...found.values()]
		.filter((list) => list.length > 1)
		.map((list) => list.sort())
		.sort();
}
