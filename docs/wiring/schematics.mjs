// The same three circuits as schematics: symbols by id, and wires as polylines. Wires are connected where one ends on another or on a pin.
import { box, capacitor, ground, led, mosfet, optional, potentiometer, resistor, upright } from "./symbols.mjs";

const symbols = { box, capacitor, ground, led, mosfet, optional, potentiometer, resistor, upright };

const board = { id: "board", kind: "box", title: ["ESP32", "DevKitC"] };

export const schematics = {
	dimmer: {
		title: "Dimmer: schematic",
		description: "A 10 kilohm potentiometer between 3V3 and GND, its wiper at GPIO 34, 100 nanofarad from the wiper to GND.",
		size: [960, 430],
		parts: [
			{
				...board,
				at: [800, 235],
				size: [180, 280],
				side: "left",
				names: [
					["3V3", "3V3", -90],
					["34", "GPIO 34", 0],
					["GND", "GND", 90],
				],
			},
			{ id: "RV1", kind: "potentiometer", at: [230, 235], value: ["10 kΩ", "linear"] },
			{ id: "C1", kind: "capacitor", at: [470, 280], value: "100 nF" },
			{ kind: "optional", at: [400, 145], value: "3.6 kΩ, optional: then calibrate" },
			{ kind: "ground", at: [350, 325] },
		],
		wires: [
			[
				[670, 145],
				[230, 145],
				[230, 185],
			],
			[
				[290, 235],
				[670, 235],
			],
			[
				[230, 285],
				[230, 325],
				[670, 325],
			],
		],
	},
	"lamp-led": {
		title: "Lamp with an LED: schematic",
		description: "GPIO 13, a resistor of 220 ohms, an LED, GND.",
		size: [830, 390],
		parts: [
			{
				...board,
				at: [230, 210],
				size: [180, 220],
				side: "right",
				names: [
					["13", "GPIO 13", -65],
					["GND", "GND", 65],
				],
			},
			{ id: "R1", kind: "resistor", at: [480, 145], value: "220 Ω" },
			{ id: "D1", kind: "led", at: [650, 210], value: "LED" },
			{ kind: "ground", at: [480, 275] },
		],
		wires: [
			[
				[360, 145],
				[430, 145],
			],
			[
				[530, 145],
				[650, 145],
				[650, 165],
			],
			[
				[650, 255],
				[650, 275],
				[360, 275],
			],
		],
	},
	"lamp-strip": {
		title: "Lamp with a 12 V strip: schematic",
		description:
			"GPIO 13 through 220 ohms to the gate of an N-channel MOSFET, 10 kilohm from the gate to ground; the strip between the 12 volt supply's plus and the drain; source, supply minus and GND joined.",
		size: [1040, 520],
		parts: [
			{
				...board,
				at: [190, 350],
				size: [180, 220],
				side: "right",
				names: [
					["13", "GPIO 13", -50],
					["GND", "GND", 80],
				],
			},
			{ id: "R1", kind: "resistor", at: [410, 300], value: "220 Ω" },
			{ id: "R2", kind: "resistor", upright: true, at: [500, 365], value: "10 kΩ" },
			{ id: "Q1", kind: "mosfet", at: [630, 300], value: ["logic-level", "N-channel"] },
			{ id: "STRIP", kind: "upright", at: [640, 165], width: 110, lines: ["LED strip", "12 V"], ends: ["+", "-"], marks: ["+", "−"] },
			{ id: "SUPPLY", kind: "upright", at: [880, 250], width: 130, lines: ["12 V DC", "supply"], ends: ["+", "-"], marks: ["+", "−"] },
			{ kind: "ground", at: [560, 430] },
		],
		wires: [
			[
				[320, 300],
				[360, 300],
			],
			[
				[460, 300],
				[570, 300],
			],
			[
				[500, 315],
				[500, 300],
			],
			[
				[500, 415],
				[500, 430],
			],
			[
				[640, 225],
				[640, 240],
			],
			[
				[640, 105],
				[640, 85],
				[880, 85],
				[880, 190],
			],
			[
				[640, 360],
				[640, 430],
			],
			[
				[320, 430],
				[880, 430],
				[880, 310],
			],
		],
	},
};

function onSegment([x, y], [x1, y1], [x2, y2]) {
	const across = (x - x1) * (y2 - y1) - (y - y1) * (x2 - x1);
	return across === 0 && x >= Math.min(x1, x2) && x <= Math.max(x1, x2) && y >= Math.min(y1, y2) && y <= Math.max(y1, y2);
}

const onWire = (point, wire) => wire.some((corner, i) => i > 0 && onSegment(point, wire[i - 1], corner));
const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const endsOf = (wire) => [wire[0], wire.at(-1)];

const drawn = (part) => symbols[part.kind](part);
const pinsOf = ({ parts }) =>
	parts.flatMap((part) => Object.entries(drawn(part).pins).map(([name, at]) => ({ name: `${part.id}.${name}`, at })));

/** Where three or more ends meet: there a dot belongs. */
export function junctions(schematic) {
	const { wires } = schematic;
	const points = [...wires.flatMap(endsOf), ...pinsOf(schematic).map(({ at }) => at)];
	const weight = (point) =>
		pinsOf(schematic).filter(({ at }) => same(at, point)).length +
		wires.reduce((sum, wire) => sum + (endsOf(wire).some((end) => same(end, point)) ? 1 : onWire(point, wire) ? 2 : 0), 0);
	return points.filter((point, i) => weight(point) >= 3 && points.findIndex((other) => same(other, point)) === i);
}

/** As `nets` of circuits.mjs. */
export function netsOfSchematic(schematic) {
	const { wires } = schematic;
	const pins = pinsOf(schematic);
	const groups = wires.map((wire) => [wire]);
	for (const wire of wires) {
		const touched = groups.filter((group) =>
			group.some(
				(other) => other === wire || endsOf(wire).some((end) => onWire(end, other)) || endsOf(other).some((end) => onWire(end, wire)),
			),
		);
		for (const group of touched.slice(1)) touched[0].push(...group.splice(0));
	}
	return groups
		.filter((group) => group.length > 0)
		.map((group) =>
			pins
				.filter(({ at }) => group.some((wire) => onWire(at, wire)))
				.map(({ name }) => name)
				.sort(),
		)
		.sort();
}

/** The picture's inside. */
export function drawing(schematic) {
	return { symbols: schematic.parts.map((part) => drawn(part).svg), junctions: junctions(schematic) };
}
