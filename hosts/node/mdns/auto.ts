// `--broker auto`: the broker that announces itself in this network.
import { bracketed } from "../../../src/light/topics.js";
import type { BrokerUrl } from "../../../src/mqtt/link/broker-url.js";
import { brokerAddresses } from "../broker-option.js";
import type { Emit } from "../events.js";
import { printable } from "../events.js";
import type { Settings } from "../options.js";
import { Refusal } from "../refusal.js";
import { browse } from "./browse.js";
import type { Service } from "./records.js";

/** Service types by scheme; the type of MQTT is registered with IANA, the type over WebSocket is in use by brokers. */
const types = { mqtt: "_mqtt._tcp.local", ws: "_mqtt-ws._tcp.local" };
const deadline_ms = 5_000;
/** A responder may wait for up to 120 ms (RFC 6762 §6), and for twice that time when it has several records. */
const others_ms = 500;

/** The word in the place of a host. */
export const auto = "auto";

/** The settings with a broker in place of `auto`. Emits the choice and its reason. Throws a `Refusal` when there is no broker. */
export async function withBroker(
	settings: Settings,
	emit: Emit,
	find = (service: "mqtt" | "ws") => browse(types[service], { deadline_ms, others_ms }),
): Promise<Settings> {
	const { broker, topic } = settings;
	const written = broker.all.find(({ host }) => host === auto);
	if (written === undefined) return settings;
	const { scheme } = written;
	if (broker.all.length > 1) throw new Refusal("--broker: auto finds one broker, and stands alone", 2);
	if (scheme !== "mqtt" && scheme !== "ws")
		throw new Refusal(`--broker: ${scheme}://auto cannot be: whose certificate is to be expected? Give the broker's name`, 2);
	const all = await find(scheme);
	const chosen = choose(all, topic);
	if (chosen === undefined) {
		const advice =
			"start one with lampwire desk --host 0.0.0.0 on a machine of this network, or give its address: --broker mqtt://192.0.2.10";
		throw new Refusal(`--broker auto: no broker has told of itself in ${deadline_ms / 1_000} seconds (mDNS); ${advice}`, 1);
	}
	const { service, why } = chosen;
	const others = all.filter((other) => other !== service).map((other) => `${called(other)} (--broker ${scheme}://${place(other)})`);
	emit(
		"log",
		`--broker auto: takes ${called(service)} at ${place(service)}${others.length === 0 ? "" : `, ${why}; not ${others.join(", ")}`}`,
	);
	const { target, port, texts } = service;
	// its name, not its address, which may change; checked like a typed URL, for any device may have sent it
	const path = scheme === "ws" ? (texts.path ?? written.path) : "";
	try {
		const [found] = brokerAddresses(`${scheme}://${bracketed(target)}:${port}${path}`).all;
		return { ...settings, broker: { ...broker, all: [{ ...(found as BrokerUrl), user: written.user }] } };
	} catch (error) {
		throw new Refusal(`--broker auto: what ${called(service)} tells of itself cannot be used: ${printable((error as Error).message)}`, 1);
	}
}

/** A broker of the same topic goes before the others; of several, the one that answered first. */
export function choose(all: readonly Service[], topic: string): { service: Service; why: string } | undefined {
	const alike = all.filter(({ texts }) => texts.topic === topic);
	const service = alike[0] ?? all[0];
	if (service === undefined) return undefined;
	const why = alike.length === 1 ? `which alone has the topic ${topic}` : "which answered first";
	return { service, why };
}

function called({ name }: Service): string {
	return `"${printable(name)}"`;
}

function place({ addresses, target, port }: Service): string {
	return printable(`${bracketed(addresses[0] ?? target)}:${port}`);
}
