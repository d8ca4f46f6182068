// `/wire`: every packet of this page as it passes, in words and in bytes; and, where the desk sends them, the packets of the other clients.

import type { QoS } from "../../../../src/mqtt/link/link.js";
import { CONNACK, PUBLISH } from "../../../../src/mqtt/packets/wire.js";
import { version } from "../../../../src/version.js";
import { typeNames } from "../../../../src/wire/fields.js";
import { claimId } from "../../index.js";
import { type Config, insecureUrl, keptLogin, readConfig, signIn } from "../shared/config.js";
import { Watch } from "../shared/connection.js";
import { Events, type Setter } from "../shared/events.js";
import { find, h, mark, say } from "../shared/h.js";
import { watchLifecycle } from "../shared/lifecycle.js";
import { NoticeView } from "../shared/notice-view.js";
import { everySecond } from "../shared/tick.js";
import { connectionWords, exactly, notice, type Situation } from "../shared/words.js";
import type { Entry } from "./entry.js";
import { Inspector, linkFields } from "./inspector.js";
import { Topics } from "./kept-messages.js";
import { Lanes } from "./lanes.js";
import { Log } from "./log.js";
import { askKept, Others, type Polled, poll, Setters, Wills, willOf } from "./others.js";
import { pcapng } from "./pcapng.js";
import { costOf, sheet } from "./sheet.js";
import { type Provoke, Stamps } from "./stamps.js";
import { Tape } from "./tape.js";
import { TopicsView } from "./topics-view.js";
import { guest_keep_alive_s, Visit } from "./visit.js";

/** The least time between two requests to the desk for retained messages. */
const kept_ms = 1_000;
/** The least time between two drawings of all parts but the list. */
const beside_ms = 200;
/** Names in the list of clients. */
const names_max = 100;

const log = new Log();
const tape = new Tape();
const topics = new Topics();
const started = Date.now();
const find_select = (id: string) => find<HTMLSelectElement>(id);
const typeSelect = find_select("type");
const whoSelect = find_select("who");
const input = (id: string) => find<HTMLInputElement>(id);

let config: Config | undefined;
let visit: Visit | undefined;
let others: Others | undefined;
let setters: Setters | undefined;
let wills: Wills | undefined;
/** The time of the next request for the desk's configuration, after one that failed; 0: none has failed. */
let asks = 0;
let frame = 0;
/** The entries at the time of the user's "pause", and their total. */
let paused: { entries: Entry[]; total: number } | undefined;
let lastMessage: Entry | undefined;
let polled: Polled | undefined | "failed";
const names = new Set<string>();
/** The time of the last drawing beside the list, with the selected entry; and the timer of the next drawing. */
let [besideAt, besideSelected] = [-Infinity, 0];
let later: ReturnType<typeof setTimeout> | undefined;

/** Changes between two frames are drawn once; a hidden page gets no frames. */
function draw(): void {
	if (frame === 0) frame = requestAnimationFrame(paint);
}

const watch = new Watch(() => {
	draw();
	tell();
});
const lanes = new Lanes(
	find("lanes"),
	() => {
		if (lanes.following) goOn();
		else pause();
	},
	() => {
		if (paused === undefined && lanes.selected !== 0) pause();
		draw();
	},
);
const inspector = new Inspector(find("inspector"));
const topicsView = new TopicsView(find("topics"), topics);
const stamps = new Stamps(find("stamps"), find("stamps-words"), provoke);
const view = new NoticeView(find("notice"), {
	tryNow: () => visit?.ping(),
	signIn(user, password) {
		void signIn({ user, password }).then(() => {
			events.resume();
			others?.resume();
		});
		visit?.connect({ user, password });
	},
});

function saw(entry: Entry): void {
	const { packet, connection, out } = entry;
	names.add(connection.who);
	if (connection.yours && packet !== undefined) {
		topics.saw(entry);
		setters?.saw(entry);
		wills?.saw(entry);
		// The will of its own guest is known to this page without the desk.
		if (!out && packet.topic === visit?.guestWill) entry.by = willOf(visit.guestId);
		if (packet.type === CONNACK) topics.asked(entry.at, "when we came");
	}
	if (packet?.type === PUBLISH && (connection.yours || out)) lastMessage = entry;
	draw();
}

function matching(): Entry[] {
	const entries = paused?.entries ?? log.entries;
	const [type, who] = [typeSelect.value, whoSelect.value];
	if (type === "" && who === "") return entries;
	return entries.filter(({ packet, connection }) => (type === "" || packet?.name === type) && (who === "" || connection.who === who));
}

function paint(): void {
	frame = 0;
	const entries = matching();
	lanes.show(entries);
	const now = performance.now();
	if (now - besideAt >= beside_ms || lanes.selected !== besideSelected) beside(entries, now);
	else later ??= setTimeout(draw, beside_ms);
}

/** Draws the parts beside the list, which a person cannot read sixty times a second. */
function beside(entries: readonly Entry[], now: number): void {
	besideAt = now;
	besideSelected = lanes.selected;
	clearTimeout(later);
	later = undefined;
	inspector.show(
		lanes.selected === 0 ? entries.at(-1) : (log.entry(lanes.selected) ?? entries.find(({ number }) => number === lanes.selected)),
	);
	say(find("count"), countWords());
	const more = paused === undefined ? 0 : log.total - paused.total;
	const button = find("pause");
	say(button, paused === undefined ? "Pause" : more > 0 ? `Go on (${more} more)` : "Go on");
	mark(button, "aria-pressed", String(paused !== undefined));
	stamps.show(log.types, Date.now());
	topicsView.show();
	say(find("topics-words"), topicsWords());
	guest();
	cost();
	clients();
}

/** The view's counts beside the client's own counters: they must agree. */
function countWords(): string {
	const { sent, received } = log;
	const seen = `${number(sent.packets + received.packets)} packets of yours, ${number(sent.bytes + received.bytes)} bytes`;
	const counters = visit?.counters;
	if (counters === undefined) return seen;
	const [publishedSeen, receivedSeen] = visit?.messages ?? [0, 0];
	const { published, resent } = counters;
	const [publishedTold, receivedTold] = [published + resent, counters.received + counters.oversize];
	const same = publishedSeen === publishedTold && receivedSeen === receivedTold;
	const messages = `messages: ${number(publishedSeen)} sent, ${number(receivedSeen)} received`;
	const lost = others !== undefined && others.lost > 0 ? `; the desk left out ${number(others.lost)} packets of others` : "";
	if (same) return `${seen}; ${messages}, as the client counts${lost}`;
	return `${seen}; ${messages}; the client counts ${number(publishedTold)} and ${number(receivedTold)}${lost}`;
}

const number = (count: number) => count.toLocaleString("en");

function topicsWords(): string {
	const beyond = topics.beyond > 0 ? ` There are ${topics.beyond} messages on more topics than this page shows.` : "";
	if (config?.on.kept) return `A pin: the broker keeps this message. The desk says so.${beyond}`;
	return `A pin: the broker keeps a message. It says so only when we come; to know it now, ask again.${beyond}`;
}

function guest(): void {
	const state = visit?.guest ?? "away";
	find("guest-invite").hidden = state !== "away";
	find("guest-polite").hidden = find("guest-plug").hidden = state !== "here";
	const law = `${1.5 * guest_keep_alive_s} s`;
	say(
		find("guest-words"),
		{
			away: "A guest has a will: a message that the broker tells if the guest is lost. Let one come, and end it in two ways.",
			coming: "The guest is coming…",
			here: "The guest is here. Leave politely: DISCONNECT, and no will. Pull the plug: silence.",
			silent: `The guest is silent. The broker waits ${law} (one and a half keep-alives), then it tells the will.`,
		}[state],
	);
}

function cost(): void {
	const entry = lanes.selected === 0 ? lastMessage : log.entry(lanes.selected);
	const length = entry?.packet?.length ?? 0;
	const { mqtt, frameOut, frameIn } = costOf(length);
	const http =
		polled === undefined
			? "not measured yet"
			: polled === "failed"
				? "the server did not answer"
				: `${number(polled.asked)} B asked + ${number(polled.answered)} B answered, each time, whether something is new or not`;
	const rows =
		entry?.packet === undefined
			? []
			: [
					["This packet", `${entry.packet.name}, ${number(mqtt)} bytes`],
					["over TCP", `${number(mqtt)} B`],
					["over WebSocket", `${number(frameOut)} B out, ${number(frameIn)} B in`],
				];
	const text = [...rows, ["by HTTP polling", http]].map(([name = "", value = ""]) => `${name}\n${value}`);
	const element = find("cost");
	if (element.dataset.text === text.join("\n")) return;
	element.dataset.text = text.join("\n");
	element.replaceChildren(
		h(
			"dl",
			{ class: "facts" },
			...text.map((line) => h("div", {}, h("dt", {}, line.split("\n")[0] ?? ""), h("dd", {}, line.split("\n")[1] ?? ""))),
		),
	);
}

/** Fills the list of clients to choose from. */
function clients(): void {
	if (whoSelect.options.length - 1 === Math.min(names.size, names_max)) return;
	const known = new Set([...whoSelect.options].map(({ value }) => value));
	for (const name of [...names].slice(0, names_max)) if (!known.has(name)) whoSelect.append(h("option", { value: name }, name));
}

function pause(): void {
	paused ??= { entries: log.entries, total: log.total };
	draw();
}

function goOn(): void {
	paused = undefined;
	lanes.follow();
	draw();
}

function provoke(what: Provoke): void {
	if (config === undefined || visit === undefined) return;
	const topic = `${config.topic}/lesson`;
	const text = "hello";
	if (what === "qos0") send(topic, text, 0, false);
	else if (what === "qos1") send(topic, text, 1, false);
	else if (what === "qos2") send(topic, text, 2, false);
	else if (what === "ask") askAgain();
	else if (what === "ping" || what === "connect") visit.ping();
	else if (visit.guest === "here") visit.leavePolitely();
	else visit.invite(keptLogin(), () => visit?.leavePolitely());
}

function send(topic: string, text: string, qos: QoS, retain: boolean): void {
	let fault = "";
	try {
		if (visit?.send(topic, text, qos, retain) === false) fault = "It could not be sent: there is no connection.";
	} catch (error) {
		fault = `This topic does not do: ${(error as Error).message.replace(/^topic: /, "")}.`;
	}
	say(find("send-fault"), fault);
}

function askAgain(filter?: string): void {
	try {
		visit?.ask(filter);
		topics.asked(Date.now(), `at ${exactly(Date.now())}`);
		input("filter").setCustomValidity("");
	} catch (error) {
		const field = input("filter");
		field.setCustomValidity((error as Error).message.replace(/^filter: /, ""));
		field.reportValidity();
	}
	draw();
}

function save(name: string, type: string, content: BlobPart): void {
	const url = URL.createObjectURL(new Blob([content], { type }));
	const link = document.createElement("a");
	link.download = name;
	link.href = url;
	link.click();
	// The browser has read the file by then.
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const fileName = (ending: string) => `lampwire-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.${ending}`;

function tell(): void {
	const { up, reason, retry } = watch.connection;
	const situation: Situation = {
		state: up ? "known" : reason !== "" ? "lost" : "connecting",
		topic: config?.topic ?? "",
		now: Date.now(),
		started,
		heard: 0,
		retry: config === undefined ? asks : retry,
		reason: config === undefined && asks > 0 ? "transport" : reason,
		pending: false,
		slept: 0,
		notPassedOn: -1,
		refused: "",
		insecure: config === undefined ? "" : insecureUrl(config),
		broker: config?.notice ?? "",
		updated: false,
		held: false,
	};
	mark(find("connection"), "data-state", up ? "up" : situation.state === "lost" ? "lost" : "starting");
	say(find("connection-words"), connectionWords(situation));
	view.show(notice(situation), performance.now());
}

let lastKept = 0;
async function kept(): Promise<void> {
	if (config?.on.kept !== true || visit === undefined || !topics.asking || Date.now() - lastKept < kept_ms) return;
	lastKept = Date.now();
	topics.asking = false;
	const told = await askKept(visit.filter);
	topicsView.told = told !== undefined;
	if (told === undefined) topics.asking = true;
	else topics.told(told, Date.now());
	draw();
}

function listenToForms(): void {
	for (const name of typeNames) if (name !== "reserved") typeSelect.append(h("option", { value: name }, name));
	for (const select of [typeSelect, whoSelect]) select.addEventListener("change", draw);
	find("pause").addEventListener("click", () => (paused === undefined ? pause() : goOn()));
	find("send").addEventListener("submit", (event) => {
		event.preventDefault();
		const QoS = Number(document.querySelector<HTMLInputElement>('[name="qos"]:checked')?.value ?? 0) as QoS;
		send(input("send-topic").value, input("send-text").value, QoS, input("send-retain").checked);
	});
	find("listen").addEventListener("submit", (event) => {
		event.preventDefault();
		askAgain(input("filter").value);
	});
	input("filter").addEventListener("input", () => input("filter").setCustomValidity(""));
	find("ask").addEventListener("click", () => askAgain());
	find("guest-invite").addEventListener("click", () => visit?.invite(keptLogin()));
	find("guest-polite").addEventListener("click", () => visit?.leavePolitely());
	find("guest-plug").addEventListener("click", () => visit?.pullPlug());
	find("poll").addEventListener("click", async () => {
		polled = (await poll()) ?? "failed";
		draw();
	});
	find("save-pcapng").addEventListener("click", () =>
		save(fileName("pcapng"), "application/vnd.tcpdump.pcap", pcapng(tape, visit?.connections ?? new Map(), `Lampwire ${version}`)),
	);
	find("save-text").addEventListener("click", () =>
		save(fileName("txt"), "text/plain", sheet(matching(), `Lampwire, ${new Date().toISOString().slice(0, 10)}, times in UTC`)),
	);
	linkFields(find("lanes"), ".packet");
}

mark(document.querySelector('[data-route="wire"]') as Element, "aria-current", "page");
listenToForms();
everySecond(() => {
	tell();
	void kept();
	draw();
});
tell();
const [id, read] = await Promise.all([
	claimId(),
	readConfig((retry) => {
		asks = retry;
	}),
]);
config = read;
visit = new Visit(read, id, log, tape, watch, { entry: saw, changed: draw });
setters = new Setters(read.topic);
input("send-topic").value = `${read.topic}/lesson`;
input("filter").value = visit.filter;
let heardOf: Setter | undefined;
const events = new Events(read.events, () => {
	if (events.last === undefined || events.last === heardOf) return;
	heardOf = events.last;
	if (setters?.told(heardOf, Date.now())) draw();
});
wills = new Wills(read.topic, () => log.entries);
events.onEnded = (device, ending) => {
	if (ending !== "will") return;
	wills?.broke(device, Date.now());
	draw();
};
if (read.on.wire) others = new Others(visit);
visit.connect(keptLogin());
watchLifecycle({
	sleep() {},
	wake: () => visit?.ping(),
	leave() {
		events.pause();
		others?.pause();
	},
	back() {
		events.resume();
		others?.resume();
	},
});
draw();
