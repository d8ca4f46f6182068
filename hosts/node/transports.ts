// The sockets for the schemes of a broker's URL, in Node.
import type { SocketProvider } from "../../src/host.js";
import { type BrokerUrl, isSecure } from "../../src/mqtt/link/broker-url.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";
import { random } from "./random.js";
import type { Security } from "./security.js";
import TCP from "./tcp.js";
import { time } from "./time.js";
import TLS from "./tls.js";

/** A program's packets are longer than a board's, and so may their frames be. */
const frame_bytes = 16_384;

/** The class, with its options, for the broker's scheme. */
export function transportOf(broker: BrokerUrl, security: Security = {}): SocketProvider {
	const { scheme, path } = broker;
	const secure = isSecure(broker);
	const socket = secure ? { io: TLS, secure: security } : { io: TCP };
	if (scheme === "mqtt" || scheme === "mqtts") return socket;
	return { io: FramedSocket, socket, time, random, path, secure, frame: frame_bytes };
}
