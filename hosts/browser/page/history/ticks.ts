// The places and the texts of the time axis' labels: in the viewer's zone, where a day may have 23 or 25 hours. Pure.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
	1_000,
	2_000,
	5_000,
	10_000,
	30_000,
	minute,
	2 * minute,
	5 * minute,
	10 * minute,
	30 * minute,
	hour,
	3 * hour,
	6 * hour,
	12 * hour,
	day,
	2 * day,
	7 * day,
];

/** Local midnight and noon, or each third hour, … as the wall clock says, between `from` and `to` (milliseconds since 1970); at most `most`. */
export function ticks(from: number, to: number, most: number): number[] {
	const step = steps.find((each) => (to - from) / each <= most) ?? Math.ceil((to - from) / most / day) * day;
	const found: number[] = [];
	if (step < hour) {
		// a zone's offset is a number of quarters of an hour: a round time in UTC is round in the zone, or off by a quarter where that number is odd
		for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
		return found;
	}
	const start = new Date(from);
	const [year, month, date] = [start.getFullYear(), start.getMonth(), start.getDate()];
	for (let hours = 0; ; hours += step / hour) {
		// by the wall clock: an hour that a day lacks is left out, an hour that it has twice is labelled once
		const local = new Date(year, month, date, hours);
		const at = local.getTime();
		if (at > to) return found;
		if (at >= from && local.getHours() === hours % 24 && at !== found.at(-1)) found.push(at);
	}
}

/** Whether the zone's offset changes between `from` and `to`. */
export function turns(from: number, to: number): boolean {
	return new Date(from).getTimezoneOffset() !== new Date(to).getTimezoneOffset();
}

const time = (seconds: boolean, zone: boolean) =>
	new Intl.DateTimeFormat([], {
		hour: "2-digit",
		minute: "2-digit",
		hourCycle: "h23",
		...(seconds ? { second: "2-digit" } : {}),
		...(zone ? { timeZoneName: "shortOffset" } : {}),
	});
const date = new Intl.DateTimeFormat([], { weekday: "short", day: "numeric", month: "short" });

/** One label for each tick: the date at midnight, else the time; with the offset where an hour comes twice between the first tick and the last. */
export function labels(at: readonly number[]): string[] {
	const [first = 0, last = 0] = [at[0], at.at(-1)];
	const step = (at[1] ?? first + hour) - first;
	const clock = time(step < minute, step < day / 2 && turns(first, last) && step <= hour);
	return at.map((each) => {
		const local = new Date(each);
		const midnight = local.getHours() === 0 && local.getMinutes() === 0 && local.getSeconds() === 0;
		return (midnight && step >= hour) || step >= day ? date.format(each) : clock.format(each);
	});
}
