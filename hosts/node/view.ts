// The desk as lines of text. Pure: a scene and a size in, lines out; the screen finds the lines that have changed.
import { level_max } from "../../src/light/level/intensity.js";
import { offline, online } from "../../src/light/topics.js";
import type { Colour, Paint } from "./paint.js";

/** `advice` is a line of the log, `good` a line of the log that needs no action. */
export type Tone = "message" | "advice" | "good";

export interface Scene {
	title: string;
	/** The position of the knob, 0 to 1, where there is a knob. */
	knob?: number;
	/** The level that the dimmer makes of it; -1: none yet. */
	dimmer: number;
	/** The lamp, where there is one. */
	lamp?: { level: number; duty: number; dutyMax: number };
	/** Lights of a Hue bridge; -1: its level is not known. */
	lights?: readonly { name: string; level: number }[];
	/** Devices and their payloads on the status topics. */
	statuses: readonly (readonly [id: string, status: string])[];
	/** Oldest first. */
	messages: readonly { time: string; text: string; tone: Tone }[];
	/** Whole sentences, which the view wraps. */
	hints: readonly string[];
}

export interface Size {
	columns: number;
	rows: number;
}

interface Span {
	text: string;
	colour?: Colour;
}

type Line = readonly Span[];

const plain: Colour = [0.8, 0.8, 0.8];
const dim: Colour = [0.5, 0.5, 0.5];
const bright: Colour = [1, 1, 1];
const knobColour: Colour = [0.4, 0.75, 1];
const good: Colour = [0.4, 0.85, 0.4];
const bad: Colour = [0.95, 0.4, 0.35];
const warm: Colour = [1, 0.8, 0.42];
const hot: Colour = [1, 1, 0.85];
const unlit = 0.13;

const product = " Lampwire ";
const label_columns = 8;
const value_columns = 7;
/** A time of day to the millisecond, and the space on either side. */
const stamp_columns = 14;
const statuses_max = 6;
const lights_max = 6;
const name_columns = 12;
const quits = "q quits";
const turns = " · ← → a step · PgUp PgDn 10 % · Home End · 0-9";

export function view(scene: Scene, { columns, rows }: Size, paint: Paint): string[] {
	// With few rows, the empty lines are left out first, then the hints; the knob and the lamp stay.
	const roomy = rows >= 20;
	const air: Line[] = roomy ? [[]] : [];
	const top: Line[] = [
		...title(roomy ? wrap(scene.title, columns - product.length) : [scene.title]),
		...air,
		...(scene.knob === undefined ? [] : [slider(scene.knob, scene.dimmer, columns), ...air]),
		...(scene.lamp ? [...lamp(scene.lamp, columns, roomy ? 3 : 1, paint.depth), ...air] : []),
		...(scene.lights && scene.lights.length > 0 ? [...hueLights(scene.lights, columns, paint.depth), ...air] : []),
		...people(scene.statuses),
		...air,
	];
	const hints = rows >= 14 ? scene.hints.flatMap((hint) => wrap(hint, columns - 2)) : [];
	const keys = ` ${quits}${scene.knob === undefined ? "" : turns}`;
	const bottom: Line[] = [...air, ...hints.map((text) => [{ text: ` ${text}`, colour: plain }]), [{ text: keys, colour: dim }]];
	const room = Math.max(rows - top.length - bottom.length, 0);
	const last = room > 0 ? newest(scene.messages.slice(-room), columns).slice(-room) : [];
	const gap: Line[] = Array.from({ length: room - last.length }, () => []);
	return [...top, ...last, ...gap, ...bottom].slice(0, rows).map((line) => fit(line, columns, paint));
}

/** The title, over several lines where there is room: it has the address to open. */
function title(pieces: readonly string[]): Line[] {
	return pieces.map((text, at) => [
		{ text: at === 0 ? product : " ".repeat(product.length), colour: bright },
		{ text, colour: dim },
	]);
}

function slider(knob: number, dimmer: number, columns: number): Line {
	const travel = Math.max(columns - label_columns - value_columns - 2, 3);
	const at = Math.round(knob * (travel - 1));
	const value = dimmer < 0 ? "–" : String(dimmer);
	return [
		{ text: label("knob"), colour: plain },
		{ text: `├${"─".repeat(at)}`, colour: knobColour },
		{ text: "●", colour: bright },
		{ text: `${"─".repeat(travel - 1 - at)}┤`, colour: dim },
		{ text: value.padStart(value_columns - 2), colour: bright },
	];
}

function lamp({ level, duty, dutyMax }: NonNullable<Scene["lamp"]>, columns: number, height: number, depth: number): Line[] {
	const length = Math.max(columns - label_columns - value_columns, 3);
	// A lamp that is not off has at least one lit cell.
	const lit = level > 0 ? Math.max(Math.round((level / level_max) * length), 1) : 0;
	// The inverse of the eye's response: duty is light, but a terminal's colour is lightness.
	const lightness = (duty / dutyMax) ** (1 / 2.4);
	const lines: Line[] = [];
	const bulb = depth === 4 ? coarse(lightness) : { glyph: "█", colour: glow(lightness) };
	// Brightest in the middle, on terminals that can show two such shades without changing their hue.
	const edge = depth >= 24 ? glow(lightness * 0.86) : bulb.colour;
	for (let row = 0; row < height; row++) {
		const middle = row === (height - 1) / 2;
		lines.push([
			{ text: middle ? label("lamp") : " ".repeat(label_columns), colour: plain },
			{ text: bulb.glyph.repeat(lit), colour: middle ? bulb.colour : edge },
			{ text: "░".repeat(length - lit), colour: glow(lightness * 0.3) },
			{ text: middle ? String(Math.max(level, 0)).padStart(value_columns - 2) : "", colour: bright },
		]);
	}
	const share = (100 * duty) / dutyMax;
	const percent = share.toFixed(share > 0 && share < 10 ? 2 : 0);
	const text = `level ${level < 0 ? "none yet" : `${level} of ${level_max}`} · duty ${duty} of ${dutyMax} (${percent} %)`;
	return [...lines, [{ text: `${" ".repeat(label_columns)}${text}`, colour: dim }]];
}

/** A line for each light. The duty of a Hue light is not known: its level stands for its lightness. */
function hueLights(lights: NonNullable<Scene["lights"]>, columns: number, depth: number): Line[] {
	return lights.slice(0, lights_max).map(({ name, level }, at) => {
		const value = level < 0 ? "–" : String(level);
		const length = Math.max(columns - label_columns - value_columns - name_columns, 3);
		const lit = level > 0 ? Math.max(Math.round((level / level_max) * length), 1) : 0;
		const bulb = depth === 4 ? coarse(level / level_max) : { glyph: "█", colour: glow(level / level_max) };
		return [
			{ text: at === 0 ? label("hue") : " ".repeat(label_columns), colour: plain },
			{ text: (name.length < name_columns ? name : `${name.slice(0, name_columns - 2)}…`).padEnd(name_columns), colour: dim },
			{ text: bulb.glyph.repeat(lit), colour: bulb.colour },
			{ text: "░".repeat(length - lit), colour: glow((Math.max(level, 0) / level_max) * 0.3) },
			{ text: value.padStart(value_columns - 2), colour: bright },
		];
	});
}

/** A warm colour that is never quite black: a lamp that is off can still be seen. */
function glow(lightness: number): Colour {
	const share = unlit + (1 - unlit) * Math.min(lightness, 1);
	return [warm[0] * share, warm[1] * share, warm[2] * share];
}

/** With 16 colours there are two yellows and a white: the filled part of a cell shows the steps between them. */
function coarse(lightness: number): { glyph: string; colour: Colour } {
	const ember = glow(0.6);
	const steps = [
		["▒", ember],
		["▓", ember],
		["█", ember],
		["▓", warm],
		["█", warm],
		["█", hot],
	] as const;
	const [glyph, colour] = steps[Math.min(Math.floor(lightness * steps.length), steps.length - 1)] ?? steps[0];
	return { glyph, colour };
}

function people(statuses: Scene["statuses"]): Line[] {
	const sorted = [...statuses].sort(([, one], [, other]) => Number(other === online) - Number(one === online));
	const lines: Line[] = sorted.slice(0, statuses_max).map(([id, status], at) => {
		const colour = status === online ? good : status === offline ? bad : dim;
		return [
			{ text: at === 0 ? label("online") : " ".repeat(label_columns), colour: plain },
			{ text: status === online ? "● " : "○ ", colour },
			{ text: id, colour: plain },
			{ text: ` ${status}`, colour },
		];
	});
	if (statuses.length > statuses_max)
		lines.push([{ text: `${" ".repeat(label_columns)}and ${statuses.length - statuses_max} more`, colour: dim }]);
	return lines;
}

/** The last advice of the log is shown whole, for its advice comes last in the line; other messages take a line each. */
function newest(messages: Scene["messages"], columns: number): Line[] {
	const advice = messages.findLastIndex(({ tone }) => tone === "advice");
	return messages.flatMap((entry, at) => {
		if (at !== advice) return [message(entry)];
		const [first = "", ...more] = wrap(entry.text, columns - stamp_columns);
		return [message({ ...entry, text: first }), ...more.map((text) => [{ text: `${" ".repeat(stamp_columns)}${text}`, colour: warm }])];
	});
}

const tones: Readonly<Record<Tone, Colour>> = { message: plain, advice: warm, good };

function message({ time, text, tone }: Scene["messages"][number]): Line {
	return [
		{ text: ` ${time} `, colour: dim },
		{ text, colour: tones[tone] },
	];
}

function label(text: string): string {
	return ` ${text}`.padEnd(label_columns);
}

/** Cuts to the width, then paints: a colour takes no column. */
function fit(line: Line, columns: number, paint: Paint): string {
	let left = columns;
	let painted = "";
	for (const { text, colour } of line) {
		const part = text.length > left ? `${text.slice(0, Math.max(left - 1, 0))}${left > 0 ? "…" : ""}` : text;
		left -= part.length;
		painted += colour ? paint(part, colour) : part;
	}
	return painted;
}

function wrap(text: string, columns: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && line.length + 1 + word.length > columns) {
			lines.push(line);
			line = "";
		}
		line += line === "" ? word : ` ${word}`;
	}
	return [...lines, line];
}
