// `/knob`: the firmware's dimmer, on this screen, with soft take-over. When opened, it publishes no level: thirty phones that are opened at once must
// not set the light thirty times, not even where the topic has no retained level.
import { Dimmer } from "../../../../src/light/dimmer/dimmer.js";
import { IntensityParser, level_max } from "../../../../src/light/level/intensity.js";
import type { Message, QoS } from "../../../../src/mqtt/link/link.js";
import { Pot } from "../../index.js";
import type { Watch } from "../shared/connection.js";
import { find, mark, say } from "../shared/h.js";
import { Hand } from "../shared/hand.js";
import { setVariable } from "../shared/paint.js";
import { openScreen, type Role } from "../shared/screen-device.js";
import { share, spoken } from "../shared/words.js";

/** The share of the travel at each end that the dimmer takes for the end (src/light/dimmer/knob.ts). */
const snap = 0.015;
/** The knob takes over within so many levels (src/light/dimmer/ownership.ts). */
const near = 3;
/** Own levels that may still come back. */
const echoes_max = 64;

const room = find("room");
const control = find("control");
const input = find<HTMLInputElement>("level");
const pot = new Pot();
const parser = new IntensityParser();
/** The level of the knob's position, 0 to 254. */
let level = 0;
let turned = false;
/** The level of another client, while the knob does not publish over it; -1: none. */
let target = -1;
let lastOn = level_max;
let published: number[] = [];
let role: Role | undefined;
/** It is not known whether received messages are new. */
let waking = false;
/** The target that the mark shows. */
let shown = -1;

function place(to: number): void {
	level = to;
	pot.position = to === 0 ? 0 : to === level_max ? 1 : snap + ((1 - 2 * snap) * to) / level_max;
}

function heard(message: Message): void {
	const at = parser.read(message, lastOn);
	if (at < 0) return;
	if (at > 0) lastOn = at;
	const echo = published.indexOf(at);
	if (echo >= 0) published = published.slice(echo + 1);
	else target = Math.abs(at - level) > near ? at : -1;
}

/** A link that publishes no level before the user has turned the knob, and reads the topic's level. */
function quiet(Watched: Watch["link"]): Watch["link"] {
	return class extends Watched {
		#topic = "";
		override subscribe(filter: string, qos: QoS, listener: (message: Message) => void): void {
			this.#topic = filter;
			super.subscribe(filter, qos, (message) => {
				heard(message);
				listener(message);
				draw();
			});
		}
		override publish(topic: string, payload: Uint8Array, qos?: QoS, retain?: boolean): boolean {
			if (topic !== this.#topic) return super.publish(topic, payload, qos, retain);
			if (!turned || !super.publish(topic, payload, qos, retain)) return false;
			published = [...published.slice(1 - echoes_max), Number(String.fromCharCode(...payload))];
			target = -1;
			return true;
		}
	};
}

function draw(): void {
	const said = role?.level ?? level;
	if (!waking) shown = target;
	setVariable(room, "--at", level / level_max);
	room.classList.toggle("off", level === 0);
	mark(control, "data-ghost", shown < 0 ? undefined : String(shown));
	if (shown >= 0) setVariable(room, "--ghost", shown / level_max);
	say(find("number"), String(said));
	say(find("share"), share(said));
	if (input.value !== String(level)) input.value = String(level);
	mark(input, "aria-valuetext", shown < 0 ? spoken(said) : `${spoken(said)}; waits to be turned to ${shown}`);
}

const hand = new Hand(control, input, {
	get level() {
		return level;
	},
	hold() {},
	turn(to) {
		turned ||= to !== level;
		place(to);
		draw();
	},
	release() {},
});
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && hand.letGo());
draw();

await openScreen({
	kind: "knob",
	pieces: { pot },
	make: (options) => new Dimmer({ ...options, pickup: true }),
	link: quiet,
	target: () => shown,
	draw(now) {
		role = now;
		draw();
	},
	waking(now) {
		waking = now;
		draw();
	},
});
