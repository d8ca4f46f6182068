// What the mcconfig line, or the setup page, says of the broker, and the sockets that speak its schemes; for every host on XS.
import type { SocketProvider, Time } from "../../src/host.js";
import { type Brokers, type BrokerUrl, readBrokers, type Scheme } from "../../src/mqtt/link/brokers.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";

/** What every image speaks. */
export const plainSchemes: readonly Scheme[] = Object.freeze(["mqtt", "ws"] as const);
const allSchemes: readonly Scheme[] = Object.freeze(["mqtt", "mqtts", "ws", "wss"] as const);

/** What the image with these words of the mcconfig line speaks: the manifest of TLS gives its options presets (hosts/board/tls/manifest.json). */
export function schemesOf(config: Readonly<Record<string, unknown>>): readonly Scheme[] {
	return config.tls_insecure === undefined ? plainSchemes : allSchemes;
}

export function isSecure({ scheme }: BrokerUrl): boolean {
	return scheme === "mqtts" || scheme === "wss";
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

export interface Transports {
	tcp: SocketProvider;
	/** Needed for mqtts: and wss:. */
	tls?: SocketProvider;
	time: Time;
}

/** The class, with its options, that speaks the broker's scheme. */
export function transportOf(broker: BrokerUrl, { tcp, tls, time }: Transports): SocketProvider {
	const secure = isSecure(broker);
	const socket = secure ? (tls as SocketProvider) : tcp;
	if (broker.scheme === "mqtt" || broker.scheme === "mqtts") return socket;
	return Object.freeze({ io: FramedSocket, socket, time, random: Math.random, path: broker.path, secure });
}
