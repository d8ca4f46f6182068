// Fourteen stamps, one for each type of packet: filled once a packet of the type has come; an empty stamp has the button that provokes it.

import * as wire from "../../../../src/mqtt/packets/wire.js";
import { typeNames } from "../../../../src/wire/fields.js";
import { h, mark, say } from "../shared/h.js";

/** The actions that provoke a packet. */
export type Provoke = "connect" | "qos0" | "qos1" | "qos2" | "ask" | "ping" | "leave";

const provokes: Readonly<Record<number, Provoke>> = {
	[wire.CONNECT]: "connect",
	[wire.CONNACK]: "connect",
	[wire.PUBLISH]: "qos0",
	[wire.PUBACK]: "qos1",
	[wire.PUBREC]: "qos2",
	[wire.PUBREL]: "qos2",
	[wire.PUBCOMP]: "qos2",
	[wire.SUBSCRIBE]: "ask",
	[wire.SUBACK]: "ask",
	[wire.UNSUBSCRIBE]: "ask",
	[wire.UNSUBACK]: "ask",
	[wire.PINGREQ]: "ping",
	[wire.PINGRESP]: "ping",
	[wire.DISCONNECT]: "leave",
};

const labels: Readonly<Record<Provoke, string>> = {
	connect: "Connect",
	qos0: "Send at QoS 0",
	qos1: "Send at QoS 1",
	qos2: "Send at QoS 2",
	ask: "Ask again",
	ping: "Are you there?",
	leave: "Leave politely",
};

/** The time for a broker's answer, after which the page says that there was none. */
const patience_ms = 5_000;

export class Stamps {
	readonly #stamps: { type: number; element: HTMLElement; count: HTMLElement; button: HTMLElement }[] = [];
	readonly #words: HTMLElement;
	/** The packet that a button has provoked, and when: for a broker that does not send it. */
	#pressed: { type: number; at: number } | undefined;

	constructor(list: HTMLElement, words: HTMLElement, provoke: (what: Provoke) => void) {
		this.#words = words;
		for (let type = wire.CONNECT; type <= wire.DISCONNECT; type++) {
			const what = provokes[type] as Provoke;
			const name = typeNames[type] as string;
			const count = h("span", { class: "times" });
			const click = () => {
				this.#pressed = { type, at: Date.now() };
				provoke(what);
			};
			const button = h("button", { type: "button", "aria-label": `${name}: ${labels[what]}`, click }, labels[what]);
			const element = h("li", { "data-stamp": name }, h("b", {}, name), count, button);
			this.#stamps.push({ type, element, count, button });
			list.append(element);
		}
	}

	/** `types`: the number of packets of each type. */
	show(types: readonly number[], now: number): void {
		let filled = 0;
		for (const { type, element, count, button } of this.#stamps) {
			const times = types[type] ?? 0;
			if (times > 0) filled++;
			mark(element, "data-filled", times > 0 ? "" : undefined);
			say(count, times > 0 ? `${times} ×` : "");
			button.hidden = times > 0;
		}
		const pressed = this.#pressed;
		if (pressed !== undefined && (types[pressed.type] ?? 0) > 0) this.#pressed = undefined;
		const silent = this.#pressed !== undefined && now - this.#pressed.at > patience_ms;
		const all =
			filled === 14 ? "All fourteen types of packet that MQTT 3.1.1 has." : `${filled} of the fourteen types of packet were seen.`;
		say(this.#words, silent ? `This broker has not done that: no ${typeNames[this.#pressed?.type ?? 0]} was seen for 5 s.` : all);
	}
}
