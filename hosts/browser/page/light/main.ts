// `/`: the light under the hand.
import type { HueLight, Setter } from "../shared/events.js";
import { type Fader, openFader } from "../shared/fader.js";
import { Glow } from "../shared/glow.js";
import { find, h, mark, say } from "../shared/h.js";
import { Hand } from "../shared/hand.js";
import { Painter, setVariable } from "../shared/paint.js";
import { exactly, percent, share, span, spoken } from "../shared/words.js";

const room = find("room");
const control = find("control");
const input = find<HTMLInputElement>("level");
const on = find("on");
const setter = find("setter");
const hint = find("hint");
const presets = [...document.querySelectorAll<HTMLElement>("[data-level]")];
const glow = new Glow();
const painter = new Painter(room, glow);
/** The window has space for the devices beside the room. */
const wide = matchMedia("(min-width: 960px)");
let drawDevices = (_connected: boolean): void => {};
let drawLights = firstLights;
let fader: Fader | undefined;
let frame = 0;
/** The number of received levels that the lamp in the room has shown. */
let played = 0;
/** While a knob is turned, the desk's events come a few times a second, with levels that are not the newest. A setter is valid for this time. */
const told_ms = 1_500;
let told: { last: Setter | undefined; at: number } = { last: undefined, at: 0 };

/** Changes between two frames are drawn once. */
function draw(): void {
	if (frame === 0) frame = requestAnimationFrame(paint);
}

function paint(): void {
	frame = 0;
	if (fader === undefined) return;
	const { controller, fresh } = fader;
	const { level, ghost, remembered, state, held, transition, counters } = controller;
	// The lamp in the room shows the level of the topic, as the lamps do, not that of the hand. While that level is not sure, it does not change.
	if (ghost >= 0 && state !== "checking" && glow.show(ghost, counters.accepted === played ? -1 : transition)) painter.changed();
	played = counters.accepted;
	const shown = Math.max(level, 0);
	setVariable(room, "--at", shown / 254);
	room.classList.toggle("off", shown === 0);
	mark(room, "data-age", fresh ? "now" : state === "connecting" ? "unknown" : "old");
	const other = ghost >= 0 && ghost !== level ? ghost : level === 0 && state === "known" ? remembered : -1;
	mark(control, "data-ghost", other < 0 ? undefined : String(other));
	if (other >= 0) setVariable(room, "--ghost", other / 254);
	say(find("number"), level < 0 ? "–" : String(level));
	say(find("share"), level < 0 ? "" : share(level));
	if (input.value !== String(shown)) input.value = String(shown);
	mark(input, "aria-valuetext", level < 0 ? "not known" : fresh || held ? spoken(level) : `was ${spoken(level)}, not known now`);
	mark(on, "aria-pressed", String(level > 0));
	for (const button of presets) mark(button, "aria-pressed", String(button.dataset.level === String(level)));
	if (!held) title(level, fader.config.topic);
	whoSet();
	drawDevices(controller.up);
	drawLights(fader.events.lights);
}

/** The module that draws a Hue bridge's lights is loaded when a desk has some. */
function firstLights(lights: readonly HueLight[]): void {
	if (lights.length === 0) return;
	drawLights = () => {};
	void import("../shared/hue-lights.js").then(({ HueLights }) => {
		const all = new HueLights(find("room").querySelector(".lamp") as Element, (element) => {
			const light = new Glow();
			const bulb = new Painter(element, light);
			return (level) => light.show(level, -1) && bulb.changed();
		});
		room.append(all.element);
		drawLights = (now) => all.show(now);
		draw();
	});
}

function title(level: number, topic: string): void {
	const words = level < 0 ? "Light · Lampwire" : `${percent(level)} % · ${topic}`;
	if (document.title !== words) document.title = words;
}

/** Shows the client that has set the level, where it is known; never a guess. */
function whoSet(): void {
	if (fader === undefined) return;
	const { events, controller, id, heard, fresh } = fader;
	const { last } = events;
	if (controller.ghost < 0) return setter.replaceChildren();
	if (!fresh && heard > 0) return say(setter, `as of ${exactly(heard)}`);
	const mine = last?.client === `controller-${id}`;
	const tells = last?.level === null || last?.level === controller.ghost || (mine && (controller.held || controller.pending));
	const now = performance.now();
	if (tells || last !== told.last) told = { last, at: now };
	if (last === undefined || now - told.at > told_ms) return say(setter, "Who set it is not known.");
	const name = mine ? "you" : last.name;
	const words = `set by ${name} ${span(Date.now() - last.at)} ago`;
	if (setter.textContent === words) return;
	setter.replaceChildren("set by ", h("b", {}, h("bdi", {}, name)), words.slice("set by ".length + name.length));
}

const hand = new Hand(control, input, {
	get level() {
		return fader?.controller.level ?? -1;
	},
	hold() {
		fader?.controller.hold();
	},
	turn(level) {
		fader?.controller.turn(level);
		mark(hint, "data-done", "");
		draw();
	},
	release() {
		fader?.controller.release();
		draw();
	},
});
on.addEventListener("click", () => {
	fader?.controller.toggle();
	draw();
});
for (const button of presets)
	button.addEventListener("click", () => {
		fader?.controller.press(Number(button.dataset.level));
		draw();
	});
if (matchMedia("(pointer: coarse)").matches) say(hint, "Drag the control. A touch alone sets nothing.");
mark(document.querySelector('[data-route="light"]') as Element, "aria-current", "page");

fader = await openFader({ changed: draw, second: draw, letGo: () => hand.letGo() });
draw();
if (wide.matches) {
	// After the light: the list of devices can wait.
	const { DeviceList, Book } = await import("../shared/device-list.js");
	const list = new DeviceList();
	const book = new Book(fader.config.topic, draw);
	drawDevices = (connected) => list.show(book, connected);
	fader.listen(book);
	find("side").append(list.element);
	draw();
}
