// The broker's settings on the mcconfig line, or on the setup page, for every host on XS.
import { type Brokers, type BrokerUrl, readBrokers, type Scheme, shownBroker } from "../../src/mqtt/link/broker-url.js";

/** The schemes of every image. */
export const plainSchemes: readonly Scheme[] = Object.freeze(["mqtt", "ws"] as const);
const allSchemes: readonly Scheme[] = Object.freeze(["mqtt", "mqtts", "ws", "wss"] as const);

/** The schemes of the image with these words of the mcconfig line: the manifest of TLS presets its options (hosts/board/tls/manifest.json). */
export function schemesOf(config: Readonly<Record<string, unknown>>): readonly Scheme[] {
	return config.tls_insecure === undefined ? plainSchemes : allSchemes;
}

/** The word in the place of a host. */
const auto = "auto";

/** Whether this broker is searched for in the network (auto.ts). */
export function isAuto({ host }: BrokerUrl): boolean {
	return host === auto;
}

/** All brokers, for a log and a screen. */
export function shownBrokers({ all }: Brokers): string {
	// for `auto`, the port and the path that are written have no meaning
	return all.map((broker) => (isAuto(broker) ? `${broker.scheme === "ws" ? "ws://" : ""}${auto}` : shownBroker(broker))).join(", ");
}

/** Throws with the sentences of hosts/node/mdns/auto.ts. */
function checkAuto(all: readonly BrokerUrl[]): void {
	const written = all.find(isAuto);
	if (written === undefined) return;
	if (all.length > 1) throw new Error("auto finds one broker, and stands alone");
	const { scheme } = written;
	if (scheme !== "mqtt" && scheme !== "ws")
		throw new Error(`${scheme}://auto cannot be: whose certificate is to be expected? Give the broker's name`);
}

/**
 * Throws an `Error` in words, without the option's name, where `broker` is no broker, or one with a scheme that this image does not have. `port` and
 * `user` are the words beside it, empty where they were not given.
 */
export function brokersOf(broker: string, port: string, user: string, schemes: readonly Scheme[]): Brokers {
	const brokers = readBrokers(broker, port === "" ? undefined : Number(port), user || undefined);
	checkAuto(brokers.all);
	const lacking = brokers.all.find(({ scheme }) => !schemes.includes(scheme));
	if (lacking !== undefined)
		throw new Error(`this image has no TLS, which ${lacking.scheme}:// needs: build it with hosts/board/tls/manifest.json`);
	return brokers;
}
