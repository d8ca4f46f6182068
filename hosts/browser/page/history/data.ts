// The desk's recording, in the form for the chart and the table. Times are those of the desk's clock.
import { isSilence } from "../../../../src/recorder/store.js";

export interface Gap {
	kind: "off" | "away" | "lost" | "clock" | "offline";
	source: string;
	from: number;
	/** `null`: the gap still lasts. */
	to: number | null;
	note: string;
}

export interface Answer {
	from: number;
	to: number;
	step: number;
	/** The present time, by the desk's clock. */
	now: number;
	before: { time: number; level: number } | null;
	gaps: Gap[];
	complete: boolean;
	/** time, level, min, max, mean, count, qos, retain, sender, payload */
	rows: (number | string | boolean | null)[][];
}

/** Points across a chart: with more points than pixels, no difference can be seen. */
const points = 600;

/**
 * The query to `/api/history` for the last `span` milliseconds until `to`; 0: until now. The query then has a length of time, so that the desk's
 * clock counts: the viewer's may be a year wrong. Over a short time, the answer has each message.
 */
export function queryOf(span: number, to: number): URLSearchParams {
	const query = new URLSearchParams();
	if (to === 0) query.set("from", span < 1e9 ? `${Math.ceil(span / 1000)}s` : `${Math.ceil(span / 60_000)}m`);
	else {
		query.set("from", String(Math.floor(to - span)));
		query.set("to", String(Math.ceil(to)));
	}
	if (span > 700_000) query.set("step", `${Math.ceil(span / 1000 / points)}s`);
	return query;
}

/** Rejects with a sentence for people. */
export async function ask(query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
	const response = await fetch(`/api/history?${query}`, { cache: "no-store", credentials: "same-origin", signal });
	if (!response.ok) throw new Error((await response.text()).trim());
	return (await response.json()) as Answer;
}

export interface Series {
	/** Seconds since 1970. */
	time: number[];
	/** `null`: not known from that time on. */
	level: (number | null)[];
	min: (number | null)[];
	max: (number | null)[];
}

/** Steps of the level, with `null` where the level is not known; up to now by the desk's clock, and never beyond. */
export function seriesOf({ from, to, now, before, gaps, rows }: Answer): Series {
	const series: Series = { time: [], level: [], min: [], max: [] };
	const put = (at: number, level: number | null, min = level, max = level) => {
		series.time.push(at / 1000);
		series.level.push(level);
		series.min.push(min);
		series.max.push(max);
	};
	const silences = gaps.filter(isSilence).sort((one, other) => one.from - other.from);
	let next = 0;
	let level = before?.level ?? null;
	const silent = (until: number) => {
		for (; next < silences.length && (silences[next] as Gap).from <= until; next++) {
			const gap = silences[next] as Gap;
			if ((gap.to ?? now) < from) continue;
			const at = Math.max(gap.from, from);
			// the level was valid until then
			if (level !== null) put(at, level);
			put(at, null);
			level = null;
		}
	};
	if (level !== null) put(from, level);
	silent(from);
	for (const [time, value, min, max] of rows) {
		if (typeof time !== "number" || typeof value !== "number") continue;
		silent(time);
		level = value;
		put(time, value, typeof min === "number" ? min : value, typeof max === "number" ? max : value);
	}
	const end = Math.min(to, now);
	silent(end);
	if (level !== null && (series.time.at(-1) ?? 0) * 1000 < end) put(end, level);
	return series;
}
