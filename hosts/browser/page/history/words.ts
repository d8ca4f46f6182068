// The words of the history page. Pure: no document, no clock.
import type { Gap } from "./data.js";

const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const hours = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** The time of `at`, with its date unless it is on the same day as `beside`. */
export function moment(at: number, beside: number): string {
	const same = new Date(at).toDateString() === new Date(beside).toDateString();
	return same ? hours.format(at) : `${day.format(at)} ${hours.format(at)}`;
}

export function rangeWords(from: number, to: number, now: number): string {
	return `${moment(from, now)} to ${moment(to, now)}`;
}

export function gapWords({ kind, note, from, to }: Gap, now: number): string {
	const when = `${moment(from, now)} to ${to === null ? "now" : moment(to, now)}`;
	return kind === "offline" || kind === "clock" ? `${note}, ${when}` : `not known: ${note}, ${when}`;
}

export function emptyWords(from: number, to: number, now: number): string {
	return `Nothing was recorded between ${rangeWords(from, to, now).replace(" to ", " and ")}.`;
}
