// What the mcconfig line, or the setup page, says of the broker; for every host on XS.
import { type Brokers, readBrokers, type Scheme } from "../../src/mqtt/link/broker-url.js";

/** What every image speaks. */
export const plainSchemes: readonly Scheme[] = Object.freeze(["mqtt", "ws"] as const);
const allSchemes: readonly Scheme[] = Object.freeze(["mqtt", "mqtts", "ws", "wss"] as const);

/** What the image with these words of the mcconfig line speaks: the manifest of TLS gives its options presets (hosts/board/tls/manifest.json). */
export function schemesOf(config: Readonly<Record<string, unknown>>): readonly Scheme[] {
	return config.tls_insecure === undefined ? plainSchemes : allSchemes;
}

/**
 * Throws an `Error` in words, without the option's name, where `broker` is none, or none that this image can speak to. `port` and `user` are the words
 * beside it, empty where nothing was said.
 */
export function brokersOf(broker: string, port: string, user: string, schemes: readonly Scheme[]): Brokers {
	const brokers = readBrokers(broker, port === "" ? undefined : Number(port), user || undefined);
	const lacking = brokers.all.find(({ scheme }) => !schemes.includes(scheme));
	if (lacking !== undefined)
		throw new Error(`this image has no TLS, which ${lacking.scheme}:// needs: build it with hosts/board/tls/manifest.json`);
	return brokers;
}
