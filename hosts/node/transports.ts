// What speaks the schemes of a broker's URL, in Node.
import type { SocketProvider } from "../../src/host.js";
import type { BrokerUrl } from "../../src/mqtt/link/brokers.js";
import { FramedSocket } from "../../src/mqtt/websocket/socket.js";
import { random } from "./random.js";
import TCP from "./tcp.js";
import { time } from "./time.js";

/** A program's packets are longer than a board's, and so may their frames be. */
const frame_bytes = 16_384;

export function transportOf({ scheme, path }: BrokerUrl): SocketProvider {
	const socket = { io: TCP };
	if (scheme === "mqtt") return socket;
	if (scheme !== "ws") throw new Error(`"${scheme}://" is not spoken here`);
	return { io: FramedSocket, socket, time, random, path, frame: frame_bytes };
}
