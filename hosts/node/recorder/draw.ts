// History as lines of text: a chart of the level, with dots where the level is not known, and the gaps in words.
import { level_max } from "../../../src/light/level/intensity.js";
import { isSilence } from "../../../src/recorder/store.js";
import { printable } from "../events.js";

/** The JSON of `/api/history`. */
export interface Chart {
	topic: string;
	from: number;
	to: number;
	step: number;
	before: { level: number } | null;
	gaps: readonly { kind: string; source: string; from: number; to: number | null; note: string }[];
	/** Time, level, minimum, maximum, … */
	rows: readonly (readonly (number | null)[])[];
}

const rows_high = 6;
const eighths = " ▁▂▃▄▅▆▇█";
const gaps_max = 8;

export function draw({ topic, from, to, step, before, gaps, rows }: Chart, columns: number): string[] {
	const width = columns - 5;
	const unknown = gaps.filter(isSilence);
	const tops = levels({ from, to, rows, before }, unknown, width);
	const dark = tops.map((_, i) => {
		const at = from + ((i + 0.5) / width) * (to - from);
		return unknown.some((gap) => at >= gap.from && at < (gap.to ?? Number.POSITIVE_INFINITY));
	});
	const lines = [`${printable(topic)} · ${clock(from)} to ${clock(to)}`];
	for (let high = rows_high - 1; high >= 0; high--) {
		const label = high === rows_high - 1 ? String(level_max) : high === 0 ? "0" : "";
		const cells = tops.map((level, i) => {
			if (dark[i] || level < 0) return high === 0 ? "·" : " ";
			const filled = Math.round((level / level_max) * rows_high * 8) - high * 8;
			return eighths[Math.max(Math.min(filled, 8), level > 0 && high === 0 ? 1 : 0)];
		});
		lines.push(`${label.padStart(4)} ${cells.join("")}`);
	}
	const messages = rows.reduce((sum, row) => sum + Number(row[5] ?? 0), 0);
	lines.push(messages === 0 ? "     Nothing was recorded in this time." : `     ${messages} messages, a column is ${step / 1000} s.`);
	for (const gap of gaps.slice(-gaps_max))
		lines.push(`     ${clock(gap.from)} to ${gap.to === null ? "now" : clock(gap.to)}: ${printable(gap.note)}`);
	return lines;
}

/** The level in each column; -1: not known. The level before a silence is not known after its begin. */
function levels({ from, to, rows, before }: Omit<Chart, "topic" | "step" | "gaps">, silences: Chart["gaps"], width: number): number[] {
	const tops: number[] = Array(width).fill(-1);
	let level = before?.level ?? -1;
	let [next, silence] = [0, 0];
	for (let i = 0; i < width; i++) {
		const end = from + ((i + 1) / width) * (to - from);
		let highest = -1;
		for (;;) {
			const heard = Number(rows[next]?.[0] ?? end);
			const began = silences[silence]?.from ?? end;
			if (Math.min(heard, began) >= end) break;
			if (began <= heard) {
				level = -1;
				silence += 1;
				continue;
			}
			highest = Math.max(highest, Number(rows[next]?.[3] ?? rows[next]?.[1] ?? -1));
			level = Number(rows[next]?.[1] ?? level);
			next += 1;
		}
		tops[i] = Math.max(highest, level);
	}
	return tops;
}

function clock(at: number): string {
	return new Date(at).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "medium" });
}
