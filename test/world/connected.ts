// A client that has got as far as CONNACK, and everything around it that a test wants to look at.
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../src/mqtt/client/types.js";
import { toHex, VirtualNetwork } from "./virtual.js";

/** `room`: what the socket takes at first, in bytes. `connect`: CONNECT, as it was sent. `sent()`: the bytes since the last call, in hexadecimal. */
export function connected(options: Partial<ClientOptions> = {}, room = 65_536) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const client = new Client({ ...network.provider, host: "broker", id: "x", onError: (error) => errors.push(error), ...options });
	const connect = network.connect(room);
	network.socket.deliver([0x20, 2, 0, 0]);
	return { network, client, connect, errors, time: network.time, sent: () => toHex(network.socket.take()) };
}
