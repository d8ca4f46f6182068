// `/history`: the recorder's history. The page requests it again and again, but only while it is visible; times are by the desk's clock. An answer
// has all rows, with gaps and senders; a stream of events would not have them, and would make an array grow.
import { readConfig } from "../shared/config.js";
import { find, h, mark, say } from "../shared/h.js";
import { type Answer, ask, queryOf, seriesOf } from "./data.js";
import type { Plot } from "./plot.js";
import { emptyWords, gapWords, moment, rangeWords } from "./words.js";

/** The time between two requests: the shown time divided by `refresh_share`, but at least `refresh_min_ms`. */
const refresh_min_ms = 2_000;
const refresh_share = 400;
const table_max = 200;
const gaps_max = 20;
const narrowest_ms = 10_000;
const widest_ms = 31 * 86_400_000;

/** The length of the time that is shown, and its end; 0: now, and going on. */
let span = 600_000;
let until = 0;
/** The desk's clock minus this page's. */
let offset = 0;
/** The time of the desk's last answer, by its clock; 0: none yet. */
let shownAt = 0;
let plot: Plot | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let asking: AbortController | undefined;

const now = () => Date.now() + offset;
const button = (id: string) => find<HTMLButtonElement>(id);
const spans = [...document.querySelectorAll<HTMLButtonElement>("[data-span]")];

function range(): [number, number] {
	const to = until === 0 ? now() : until;
	return [to - span, to];
}

async function load(): Promise<void> {
	clearTimeout(timer);
	asking?.abort();
	if (document.visibilityState === "hidden") return;
	const mine = new AbortController();
	asking = mine;
	try {
		const answer = await ask(queryOf(span, until), mine.signal);
		offset = answer.now - Date.now();
		await show(answer);
		shownAt = answer.now;
		state("up", "recorded");
	} catch (error) {
		if (mine.signal.aborted) return;
		const { name, message } = error as Error;
		const old = shownAt === 0 ? "" : ` What you see is from ${moment(shownAt, now())}.`;
		state("lost", (name === "TypeError" ? "The desk does not answer." : message) + old);
	}
	if (asking === mine) timer = setTimeout(load, Math.max(refresh_min_ms, span / refresh_share));
}

async function show(answer: Answer): Promise<void> {
	const { from, to, gaps, rows, before } = answer;
	if (plot === undefined) {
		const { Plot } = await import("./plot.js");
		plot = new Plot(find("plot"), zoom);
	}
	plot.show({ from, to, series: seriesOf(answer), gaps });
	say(find("range"), until === 0 ? `The last ${spanWords()}` : rangeWords(from, to, now()));
	const nothing = rows.length === 0 && before === null;
	find("empty").hidden = !nothing;
	say(find("empty"), nothing ? emptyWords(from, to, now()) : "");
	const silences = gaps.slice(-gaps_max).map((gap) => [gap.kind, gapWords(gap, now())] as const);
	fill(find("gaps"), silences, ([kind, words]) => h("li", { "data-kind": kind }, words));
	table(answer);
	const query = queryOf(to - from, to);
	query.set("format", "csv");
	(find("download") as HTMLAnchorElement).href = `/api/history?${query}`;
}

function table({ rows, from, to }: Answer): void {
	const shown = rows.slice(-table_max).reverse();
	const lines = shown.map(([time, level, min, max, , , , , sender]) => [
		moment(Number(time), now()),
		...[level, min ?? level, max ?? level, sender].map((value) => String((value === "" ? null : value) ?? "–")),
	]);
	fill(find("rows"), lines, ([time = "", ...cells]) =>
		h("tr", {}, h("th", { scope: "row" }, time), ...cells.map((text) => h("td", {}, text))),
	);
	const more = rows.length > table_max ? `, the newest ${table_max} of ${rows.length} lines; the download has all` : "";
	say(find("caption"), `Levels from ${rangeWords(from, to, now())}${more}`);
}

const filled = new Map<Element, string>();

/** Makes the children anew only when the items have changed, so that a reader does not lose the place. */
function fill<T>(parent: Element, items: readonly T[], make: (item: T) => HTMLElement): void {
	const text = JSON.stringify(items);
	if (filled.get(parent) === text) return;
	filled.set(parent, text);
	parent.replaceChildren(...items.map(make));
}

function spanWords(): string {
	const named = spans.find(({ dataset }) => Number(dataset.span) === span)?.textContent?.toLowerCase();
	return named ?? `${Math.round(span / 1000)} seconds`;
}

function state(how: "up" | "lost", words: string): void {
	mark(find("connection"), "data-state", how);
	say(find("connection-words"), words);
}

/** Shows another stretch of time; `end` 0: up to now, and going on. */
function view(length: number, end: number): void {
	span = Math.min(Math.max(length, narrowest_ms), widest_ms);
	until = end >= now() - 1_000 ? 0 : end;
	for (const each of spans) mark(each, "aria-pressed", String(until === 0 && Number(each.dataset.span) === span));
	find("live").hidden = until === 0;
	button("later").disabled = until === 0;
	button("closer").disabled = span === narrowest_ms;
	button("wider").disabled = span === widest_ms;
	void load();
}

function zoom(from: number, to: number): void {
	view(to - from, to);
}

for (const each of spans) each.addEventListener("click", () => view(Number(each.dataset.span), 0));
find("earlier").addEventListener("click", () => view(span, range()[1] - span / 2));
find("later").addEventListener("click", () => view(span, range()[1] + span / 2));
find("closer").addEventListener("click", () => view(span / 2, until === 0 ? 0 : until - span / 4));
find("wider").addEventListener("click", () => view(span * 2, until === 0 ? 0 : until + span / 2));
find("live").addEventListener("click", () => {
	// the button that has the focus will be hidden
	spans[0]?.focus();
	view(600_000, 0);
});
document.addEventListener("visibilitychange", () => void load());
mark(document.querySelector('[data-route="history"]') as Element, "aria-current", "page");
await readConfig(() => state("lost", "The desk does not answer."));
view(span, until);
