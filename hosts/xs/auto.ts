// `broker=auto`: the broker that announces itself in this network, searched for anew each time that a connection begins.

import type { Time } from "../../src/host.js";
import { bracketed } from "../../src/light/topics.js";
import { type BrokerUrl, readBrokers, shownBroker } from "../../src/mqtt/link/broker-url.js";
import { ask, deadline_ms } from "./ask.js";
import { type Service, Survey } from "./dns-sd.js";

/** A responder may wait for up to 120 ms (RFC 6762 §6), and for twice that time when it has several records. */
const others_ms = 500;

/** A search for the address of `host` in the place of DNS. `answered` is called once, from the event loop. Returns a function that ends it. */
export type Ask = (host: string, answered: (address: string | undefined) => void) => () => void;

export interface FinderOptions {
	/** The broker as it is written: its host is `auto`. */
	broker: BrokerUrl;
	/** A broker that announces the same topic goes before the others. */
	topic: string;
	time: Time;
	log(line: string): void;
}

/** A text of unknown origin for a log, without characters that move the cursor or reverse the line. */
function printable(text: string): string {
	let shown = "";
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		shown += (code >= 0x20 && code <= 0x7e) || (code > 0xa0 && code < 0x250 && code !== 0xad) ? text[i] : "?";
	}
	return shown;
}

export class Finder {
	/** The broker of the last answer: its address as host, its port and path. Before the first answer, the broker as it is written. */
	broker: BrokerUrl;
	/** The search that the resolver does in the place of a lookup. */
	readonly ask: Ask;
	/** The last line of the log, which is not repeated. */
	#said = "";

	constructor(options: FinderOptions) {
		const { broker, time } = options;
		this.broker = broker;
		this.ask = (_host, answered) => {
			const survey = new Survey(broker.scheme === "ws" ? "_mqtt-ws" : "_mqtt");
			return ask(survey, others_ms, time, () => answered(this.#choose(survey.services, options)));
		};
	}

	/** A broker of the same topic goes before the others; of several, the one that answered first. Logs the choice and its reason. */
	#choose(all: readonly Service[], { broker, topic, log }: FinderOptions): string | undefined {
		const alike = all.filter((service) => service.topic === topic);
		const others = all.filter((service) => service.topic !== topic);
		for (const service of [...alike, ...others]) {
			const { name, address, port, path } = service;
			const called = `"${printable(name)}"`;
			let found: BrokerUrl;
			try {
				// checked like a typed URL, for any device may have sent it
				[found] = readBrokers(`${broker.scheme}://${bracketed(address)}:${port}${broker.scheme === "ws" ? (path ?? broker.path) : ""}`).all;
			} catch (error) {
				log(`broker=auto: what ${called} tells of itself cannot be used: ${printable((error as Error).message)}`);
				continue;
			}
			this.broker = { ...found, user: broker.user };
			const why = alike.length === 1 && service === alike[0] ? `which alone has the topic ${topic}` : "which answered first";
			const scheme = broker.scheme === "ws" ? "ws://" : "";
			const passed = all
				.filter((other) => other !== service)
				.map((other) => `"${printable(other.name)}" (broker=${scheme}${bracketed(other.address)}:${other.port})`);
			const line = `broker=auto: takes ${called} at ${shownBroker(found)}${passed.length === 0 ? "" : `, ${why}; not ${passed.join(", ")}`}`;
			if (line !== this.#said) log(line);
			this.#said = line;
			return address;
		}
		this.#said = "";
		if (all.length === 0)
			log(
				`broker=auto: no broker has told of itself in ${deadline_ms / 1_000} seconds (mDNS); start one with lampwire desk --host 0.0.0.0 on a machine of this network, or give its address: broker=192.0.2.10`,
			);
		return undefined;
	}
}
