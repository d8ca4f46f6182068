// `/class`: a teacher and thirty phones. All orders go over the desk's own API, with the key: this page is no client of the broker.
import { Glow } from "../shared/glow.js";
import { find, h, mark, say } from "../shared/h.js";
import { NoticeView } from "../shared/notice-view.js";
import { Painter } from "../shared/paint.js";
import { everySecond } from "../shared/tick.js";
import { bareLevel, percent, span } from "../shared/words.js";
import { type ClassView, give, keyOfAddress, type Order } from "./orders.js";
import { Wall } from "./wall.js";

/** If no phone has come within this time, the network may be the cause. */
const nobody_ms = 60_000;
/** The time between two requests for the class while something happens; else once a second. */
const lively_ms = 250;
const lively_for_ms = 3_000;
/** A second press within this time confirms the order. */
const sure_ms = 5_000;

const key = keyOfAddress();
const main = find("class");
const glow = new Glow();
const painter = new Painter(main, glow);
let view: ClassView | undefined;
/** Times by this page's clock. */
let [started, seen, askedSweep] = [Date.now(), 0, 0];
let fault = "";
let wrongKey = key === "";
let lively = 0;
let busy = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const notice = new NoticeView(find("notice"), { tryNow: () => void look(), signIn() {} });
const wall = new Wall(find("wall"), (order) => void obey(order));

const way = () => document.querySelector<HTMLInputElement>('[name="way"]:checked')?.value ?? "";

async function obey(order: Order): Promise<void> {
	const answer = await give(key, way(), order);
	if ("view" in answer) {
		if (answer.view.level !== view?.level) lively = Date.now();
		view = answer.view;
		fault = "";
		seen = Date.now();
	} else {
		fault = answer.fault;
		wrongKey ||= answer.wrongKey;
	}
	draw();
}

/** Requests the class: one request at a time, and none while the page is hidden. */
async function look(): Promise<void> {
	if (busy || wrongKey || document.visibilityState === "hidden") return;
	busy = true;
	await obey({ do: "look" });
	busy = false;
	clearTimeout(timer);
	if (Date.now() - lively < lively_for_ms) timer = setTimeout(look, lively_ms);
}

let frame = 0;
function draw(): void {
	if (frame === 0) frame = requestAnimationFrame(paint);
}

function paint(): void {
	frame = 0;
	tell();
	if (view === undefined) return;
	main.hidden = false;
	wall.now = view.now;
	wall.show(
		[...view.pupils].sort((a, b) => Number(a.own) - Number(b.own) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1)),
	);
	// a word such as ON has no level that could be painted
	const level = bareLevel(view.level) ?? 0;
	if (glow.show(level, -1)) painter.changed();
	const phones = view.pupils.filter(({ own }) => !own).length;
	say(find("figures"), figures(view, level, phones));
	say(find("empty"), phones === 0 ? "Nobody has come in yet." : "");
	press("freeze", view.held, view.held ? "Let go" : "Freeze");
	press("door", !view.open, view.open ? "Close the door" : "Open the door");
	const sure = Date.now() - askedSweep < sure_ms;
	const gone = view.gone.length;
	say(find("sweep"), sure && gone > 0 ? `Yes, forget ${gone === 1 ? "this one" : `these ${gone}`}` : "Sweep the gone");
	(find("sweep") as HTMLButtonElement).disabled = gone === 0;
	invitation(view, phones);
	away(view);
}

function press(id: string, pressed: boolean, label: string): void {
	const button = find(id);
	mark(button, "aria-pressed", String(pressed));
	say(button, label);
}

function figures({ held, dropped, open, knocks, setBy, setAt, now }: ClassView, level: number, phones: number): string {
	const parts = [`${phones} in`, `light ${level} of 254, ${percent(level)} %`];
	if (setAt > 0) parts.push(setBy === null ? "who set it is not known" : `set by ${setBy} ${span(now - setAt)} ago`);
	if (held) parts.push(`held: ${dropped} levels did not go through`);
	if (!open) parts.push(`door closed: ${knocks} not let in`);
	return parts.join(" · ");
}

function tell(): void {
	if (wrongKey)
		notice.show(
			{ words: "This page needs its key. Open it with the address that the desk prints when it starts: …/class#…" },
			performance.now(),
		);
	else if (fault !== "") notice.show({ words: fault, button: "Try now", act: "try" }, performance.now());
	else notice.show(undefined, performance.now());
	const state = wrongKey || fault !== "" ? "lost" : view === undefined ? "starting" : "up";
	mark(find("connection"), "data-state", state);
	const age = seen > 0 && fault !== "" ? ` · from ${span(Date.now() - seen)} ago` : "";
	say(find("connection-words"), { lost: `not connected${age}`, starting: "", up: "connected" }[state]);
}

/** The address as text and as code: black on white in every theme, with four light modules around. */
function invitation({ url, login, qr }: ClassView, phones: number): void {
	say(find("address"), url ?? "No phone can reach this desk.");
	say(find("asked"), login === null ? "" : `Who types it is asked for a name and a password: ${login.user}, ${login.password}`);
	const hint =
		url === null
			? "It listens on this machine alone. Start it with --host 0.0.0.0."
			: phones === 0 && Date.now() - started > nobody_ms
				? "Your Wi-Fi may keep devices apart: use a hotspot."
				: "";
	say(find("hint"), hint);
	const code = find("qr") as unknown as SVGSVGElement;
	code.toggleAttribute("hidden", qr.length === 0);
	const size = String(qr.length);
	mark(code, "viewBox", `0 0 ${size} ${size}`);
	const path = qr.flatMap((row, y) => [...row].map((module, x) => (module === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
	mark(find("qr-path"), "d", path);
}

function away({ gone, out, now }: ClassView): void {
	const words = JSON.stringify([gone.map(({ name, since }) => [name, span(now - since)]), out]);
	const section = find("away");
	if (section.dataset.words === words) return;
	section.dataset.words = words;
	const list = (title: string, items: Node[]) => (items.length === 0 ? [] : [h("h2", {}, title), h("ul", { class: "names" }, ...items)]);
	const left = gone.map(({ name, since }) => h("li", {}, h("bdi", {}, name), ` ${span(now - since)} ago`));
	const outside = out.map(({ name, kept }) => {
		const click = () => void obey({ do: "let in", id: name });
		return h("li", {}, h("bdi", {}, name), kept ? " is kept out " : " was taken out ", h("button", { type: "button", click }, "Let in"));
	});
	section.replaceChildren(...list("Who has gone", left), ...list("Who is out", outside));
}

find("freeze").addEventListener("click", () => void obey({ do: view?.held ? "let go" : "freeze" }));
find("half").addEventListener("click", () => void obey({ do: "set", level: 127 }));
find("dark").addEventListener("click", () => void obey({ do: "set", level: 0 }));
find("door").addEventListener("click", () => void obey({ do: view?.open === false ? "open" : "close" }));
find("sweep").addEventListener("click", () => {
	// This clears retained messages at the broker: it needs a second press.
	if (Date.now() - askedSweep < sure_ms) {
		askedSweep = 0;
		void obey({ do: "sweep" });
	} else askedSweep = Date.now();
	draw();
});
find("fold").addEventListener("click", () => {
	const folded = find("invite").toggleAttribute("hidden");
	press("fold", folded, folded ? "Show the code" : "Hide the code");
});
find("ways").addEventListener("change", () => void look());
mark(document.querySelector('[data-route="class"]') as Element, "aria-current", "page");
everySecond(() => {
	void look();
	draw();
});
document.addEventListener("visibilitychange", () => void look());
started = Date.now();
draw();
void look();
