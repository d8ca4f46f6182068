// The common part of a screen that is a lamp and a screen that is a knob: its own name, the bar with the name, the sentence, and the lock that
// keeps the screen from going dark. A function that the browser does not have is not offered.
import type { RoleOptions } from "../../../../src/light/role.js";
import { type BrowserDevice, claimId, createDevice, type DeviceOptions } from "../../index.js";
import { type Config, insecureUrl, keptLogin, readConfig, signIn } from "./config.js";
import { Watch } from "./connection.js";
import { find, h, mark, say } from "./h.js";
import { watchLifecycle } from "./lifecycle.js";
import { name_max_bytes, nameFault, nextName } from "./names.js";
import { NoticeView } from "./notice-view.js";
import { everySecond } from "./tick.js";
import { type DeviceSituation, deviceNotice, deviceWords } from "./words.js";

/** The time for the broker's answer while a user waits. */
const prove_ms = 2_000;
/** The same after a reconnect: a slow connection must not be cut again and again. */
const again_ms = 10_000;

export interface Role {
	readonly level: number;
	readonly up: boolean;
	close(done?: () => void): void;
}

export interface ScreenOptions {
	/** `lamp`, `knob`. */
	kind: string;
	/** The parts of the device. */
	pieces: DeviceOptions;
	/** The firmware's role, from these options. */
	make(options: RoleOptions & { device: BrowserDevice }): Role;
	/** The link class of the role, made of the class that watches the link. */
	link?(watched: Watch["link"]): Watch["link"];
	/** The light on this screen is softened. */
	soft?(): boolean;
	/** The level that a knob waits to be turned through; -1: none. */
	target?(): number;
	/** Called after a change, to draw it. */
	draw(role: Role): void;
	/** True from the begin of a sleep to the broker's answer: messages that come may be old, and must not be shown. */
	waking(waking: boolean): void;
}

export async function openScreen(options: ScreenOptions): Promise<void> {
	const { kind } = options;
	const room = find("room");
	const started = Date.now();
	let [id, slept, moved] = ["", 0, true];
	/** The time of the next request for the desk's configuration, after one that failed; 0: none has failed. */
	let asks = 0;
	let role: Role | undefined;
	/** Asleep, or the broker has not answered yet: the level is old. A browser delivers kept messages before it reports the connection's end. */
	let waking = false;
	let figure = -1;
	/** The connection has been lost: the shown level is from before that, until the topic's retained level has had the time to come. */
	let lost = false;
	let lock: WakeLockSentinel | undefined;
	const bar = new Bar(kind, (wanted) => rename(wanted));
	const watch = new Watch(() => {
		const { up } = watch.connection;
		if (!up) proved();
		else if (lost) {
			unproved();
			watch.prove(again_ms, proved);
		}
		lost = !up;
		draw();
	});
	function unproved(): void {
		waking = watch.connection.up;
		// At once, for a hidden page gets no frame.
		if (waking) mark(room, "data-age", "old");
		options.waking(waking);
		draw();
	}
	function proved(): void {
		slept = 0;
		waking = false;
		options.waking(false);
		paint();
	}
	const view = new NoticeView(find("notice"), {
		tryNow: () => watch.prove(prove_ms, proved),
		rename: (name) => void rename(name),
		signIn(user, password) {
			void signIn({ user, password }).then(begin);
		},
	});
	let config: Config | undefined;

	const situation = (): DeviceSituation => {
		const { up, reason, retry, thrownOut } = watch.connection;
		const phone = matchMedia("(pointer: coarse)").matches;
		const target = options.target?.() ?? -1;
		const soft = options.soft?.() ?? false;
		const common = { kind, name: id, now: Date.now(), started, slept, waking, phone, soft, target, thrownOut, nextName: nextName(id) };
		const waiting = config === undefined ? { reason: asks > 0 ? "transport" : "", retry: asks } : { reason, retry };
		return { ...common, ...waiting, up: role !== undefined && up, awake: lock !== undefined && !lock.released };
	};
	function draw(): void {
		if (moved) requestAnimationFrame(paint);
		moved = false;
	}
	function paint(): void {
		moved = true;
		const now = situation();
		mark(room, "data-age", now.up && !waking ? "now" : role === undefined ? "unknown" : "old");
		const insecure = config === undefined ? "" : insecureUrl(config);
		const words = `This page came by https and may only use wss. Open ${insecure}`;
		view.show(insecure === "" ? deviceNotice(now) : { words }, performance.now());
		if (!waking) figure = role?.level ?? -1;
		bar.show(now, figure);
		if (role !== undefined) options.draw(role);
	}

	function begin(): void {
		if (config === undefined) return;
		role?.close();
		const { host, port, path, secure, topic } = config;
		const device = createDevice({ ...options.pieces, id, path, secure, log: () => {} });
		const link = options.link?.(watch.link) ?? watch.link;
		role = options.make({ device, host, port, topic, id, ...keptLogin(), link, onChange: draw });
		document.title = `${id} · ${kind} · Lampwire`;
		draw();
	}
	async function rename(wanted: string): Promise<void> {
		id = await claimId(wanted);
		begin();
	}
	async function stayOn(): Promise<void> {
		if (!("wakeLock" in navigator) || document.visibilityState === "hidden") return;
		// A browser refuses the lock when the battery is low: then the words ask the user to keep the screen on.
		lock = await navigator.wakeLock.request("screen").catch(() => undefined);
		draw();
	}

	everySecond(draw);
	draw();
	[id, config] = await Promise.all([
		claimId(),
		readConfig((retry) => {
			asks = retry;
			draw();
		}),
	]);
	begin();
	watchLifecycle({
		sleep: unproved,
		wake(length) {
			slept = watch.connection.up ? length : 0;
			unproved();
			watch.prove(prove_ms, proved);
			if (kind === "lamp") void stayOn();
		},
		leave() {},
		back() {},
	});
	if (kind === "lamp") await stayOn();
}

/** The bar with name, words and level, and with buttons for a new name, for the full screen, and back to the light. */
class Bar {
	readonly #dot = h("span", { class: "dot", "aria-hidden": "true" });
	readonly #name = h("bdi");
	readonly #words = h("p", { class: "words" });
	readonly #title: HTMLElement;
	readonly #figure = h("span", { class: "figure", "aria-hidden": "true" });
	readonly #buttons = h("div", { class: "rest" });

	constructor(kind: string, rename: (name: string) => Promise<void>) {
		this.#title = h("p", {}, this.#dot, h("span", {}, `${kind} `, this.#name));
		const form = nameForm(rename, () => {
			form.hidden = true;
			this.#buttons.hidden = false;
		});
		const open = h("button", { type: "button" }, "Rename");
		open.addEventListener("click", () => {
			form.hidden = false;
			this.#buttons.hidden = true;
			form.querySelector("input")?.focus();
		});
		this.#buttons.append(open, ...fullScreen(), h("a", { class: "button", to: "/" }, "Light"));
		find("identity").append(h("div", { class: "who" }, this.#title, this.#words), this.#figure, this.#buttons, form);
	}

	show(situation: DeviceSituation, level: number): void {
		mark(this.#title, "data-state", situation.up ? (situation.waking ? "checking" : "up") : situation.name === "" ? "starting" : "lost");
		say(this.#name, situation.name);
		say(this.#words, deviceWords(situation));
		say(this.#figure, level < 0 || situation.kind !== "lamp" ? "" : String(level));
	}
}

function nameForm(rename: (name: string) => Promise<void>, close: () => void): HTMLFormElement {
	const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false", "aria-label": "New name", required: true });
	const fault = h("span", { class: "quiet", role: "alert" });
	const submit = async (event: Event) => {
		event.preventDefault();
		const name = input.value.trim();
		const wrong = nameFault(name);
		say(fault, wrong === "" ? "" : `This name does not fit: ${wrong}. Up to ${name_max_bytes} letters, without + # and /.`);
		mark(input, "aria-invalid", wrong === "" ? undefined : "true");
		if (wrong !== "") return;
		close();
		await rename(name);
	};
	const cancel = h("button", { type: "button", click: close }, "Cancel");
	return h("form", { submit, hidden: true }, input, h("button", { type: "submit" }, "Use this name"), cancel, fault);
}

/** The button for the full screen; none on an iPhone, and none in some frames. */
function fullScreen(): HTMLElement[] {
	if (!document.fullscreenEnabled) return [];
	const button = h("button", { type: "button" }, "Full screen");
	button.addEventListener("click", () =>
		document.fullscreenElement === null
			? document.documentElement.requestFullscreen().catch(() => button.remove())
			: document.exitFullscreen().catch(() => {}),
	);
	document.addEventListener("fullscreenchange", () =>
		say(button, document.fullscreenElement === null ? "Full screen" : "Leave full screen"),
	);
	return [button];
}
