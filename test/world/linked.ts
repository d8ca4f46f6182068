// A link over a virtual network, everything that it tells, and a broker that answers it.
import { Link, type LinkOptions, type Message } from "../../src/mqtt/link/link.js";
import { type Packet, packets } from "./packets.js";
import { text, VirtualNetwork } from "./virtual.js";

/** It waits for no time before the next try: `random` is 0. */
export function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const events: string[] = [];
	const retries: number[] = [];
	const link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: () => 0,
		firstId: 1,
		onUp: () => events.push("up"),
		onDown: (reason, retry) => {
			events.push(reason);
			retries.push(retry);
		},
		onRefused: (filter) => events.push(`refused ${filter}`),
		onGranted: (filter, QoS) => events.push(`granted ${filter} ${QoS}`),
		onGivenUp: (topic, payload, QoS) => events.push(`given up ${topic}=${text(payload)} QoS ${QoS}`),
		onUnheard: (topic) => events.push(`unheard ${topic}`),
		onTolerated: (what) => events.push(what),
		onWritable: () => events.push("writable"),
		...options,
	});
	/** Answers SUBSCRIBE, UNSUBSCRIBE and QoS 1 as a broker does; returns the topics published. `stops`: it closes on this packet. */
	const serve = (stops?: (packet: Packet) => boolean): string[] => {
		const topics: string[] = [];
		for (const packet of packets(network.socket.take())) {
			const { operation, id, topic } = packet;
			network.time.pass(1);
			if (stops?.(packet)) {
				network.socket.fail();
				return topics;
			}
			if (operation === 3) topics.push(topic);
			if (operation === 8) network.socket.deliver([0x90, 3, id >> 8, id & 255, packet.QoS]);
			if (operation === 10) network.socket.deliver([0xb0, 2, id >> 8, id & 255]);
			if (operation === 3 && id !== 0) network.socket.deliver([0x40, 2, id >> 8, id & 255]);
		}
		return topics;
	};
	/** The next connection, accepted. */
	const again = (sessionPresent = false) => {
		network.time.pass(retries.at(-1) ?? 0);
		network.accept(65_536, sessionPresent);
	};
	/** The connection ends, and the next one is accepted. */
	const reconnect = (sessionPresent = false) => {
		network.socket.fail();
		again(sessionPresent);
	};
	return { network, link, events, retries, serve, again, reconnect, time: network.time };
}

/** The payload of a message, or of a piece of it. */
export const said = ({ bytes, length }: Message) => text(bytes.subarray(0, length));
