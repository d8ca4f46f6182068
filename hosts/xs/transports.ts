// The sockets for the schemes of a broker's URL, on XS.
import type { SocketProvider, Time } from "../../src/host.js";
import { type BrokerUrl, isSecure } from "../../src/mqtt/link/broker-url.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";

export interface Transports {
	tcp: SocketProvider;
	/** Needed for mqtts: and wss:. */
	tls?: SocketProvider;
	time: Time;
}

/** The class, with its options, for the broker's scheme. */
export function transportOf(broker: BrokerUrl, { tcp, tls, time }: Transports): SocketProvider {
	const secure = isSecure(broker);
	const socket = secure ? (tls as SocketProvider) : tcp;
	if (broker.scheme === "mqtt" || broker.scheme === "mqtts") return socket;
	return Object.freeze({ io: FramedSocket, socket, time, random: Math.random, path: broker.path, secure });
}
