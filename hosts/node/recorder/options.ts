// The options of history on the command line. All functions throw in words, without the option's name.
import { filterFault } from "../../../src/mqtt/packets/topic.js";

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 };

/** `90d`: milliseconds. */
export function duration(text: string): number {
	const [, digits, unit = ""] = /^(\d{1,6})([smhdwy])$/.exec(text) ?? [];
	if (digits === undefined || Number(digits) === 0)
		throw new Error(`"${text}" is no length of time; give a number and s, m, h, d, w or y, as in 90d`);
	return Number(digits) * (units[unit] ?? 0);
}

/** `500M`: bytes. */
export function size(text: string): number {
	const [, digits, unit = ""] = /^(\d{1,9})([KMG]?)$/i.exec(text) ?? [];
	const bytes = Number(digits) * 1024 ** (unit === "" ? 0 : "KMG".indexOf(unit.toUpperCase()) + 1);
	if (digits === undefined || bytes < 1024 * 1024)
		throw new Error(`"${text}" is no size; give a number and M or G, as in 500M (1M at least)`);
	return bytes;
}

/** Filters with commas between them. */
export function filters(text: string): string[] {
	return text.split(",").map((each) => {
		const filter = each.trim();
		const fault = filterFault(filter);
		if (fault !== undefined) throw new Error(`"${filter}" ${fault}`);
		return filter;
	});
}

/** `postgres://…`, without a password, which has no place on a command line. */
export function storeUrl(text: string): string {
	if (/^[a-z]+:\/\/[^/@]*:[^/@]*@/i.test(text))
		throw new Error("a password does not belong into a URL, where process lists show it; set PGPASSWORD, or use the file ~/.pgpass");
	if (!URL.canParse(text) || !/^postgres(ql)?:\/\//.test(text)) throw new Error("give postgres://[user@]host[:port]/database");
	if (/[?&](password|sslpassword)=/i.test(text)) throw new Error("a password does not belong into a URL; set PGPASSWORD, or use ~/.pgpass");
	return text;
}

/** A moment: ISO 8601, milliseconds since 1970, or so long before now (`1h`, `-1h`). */
export function moment(text: string, now: number): number {
	if (/^-?\d+[smhdwy]$/.test(text)) return now - duration(text.replace("-", ""));
	if (text === "now") return now;
	const at = /^\d{5,16}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
	if (!Number.isFinite(at) || Math.abs(at) > 8.64e15)
		throw new Error(`"${text}" is no time; give 2026-11-28T18:00, milliseconds since 1970, or 1h for an hour ago`);
	return at;
}
