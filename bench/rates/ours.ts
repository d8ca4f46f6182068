// Lampwire's client over hosts/node's TCP, as its documentation has it: frozen options, and `write` until it says that there is no room.
import Resolver from "../../hosts/node/resolver.js";
import TCP from "../../hosts/node/tcp.js";
import { time } from "../../hosts/node/time.js";
import { Client } from "../../src/mqtt/client/client.js";
import { type Connected, inflight_max, payload, type QoS, serve, topic } from "./side.js";

/** QoS 2 messages remembered, every id: Mosquitto 2.0.11 goes beyond its own in-flight limit, by thousands where it was 64. */
const received_max = 65_535;

/** Largest packet that is written here. */
const packet_bytes = 64;

function connect(port: number, id: string, rates: boolean): Promise<Connected> {
	const into = new Uint8Array(16);
	let left = 0;
	let unacknowledged = 0;
	let room = 0;
	let first = 0;
	let options: Readonly<{ topic: string; QoS: QoS }> = { topic, QoS: 0 };
	let done = () => {};
	let hear: (first: number) => void = () => {};
	const last = Object.freeze({ topic: `${topic}/end`, QoS: 1 });

	const fill = () => {
		while (left > 0 && room >= packet_bytes && unacknowledged < inflight_max) {
			left -= 1;
			if (options.QoS !== 0) unacknowledged += 1;
			room = client.write(payload, options);
			if (left === 0 && options.QoS === 0) {
				unacknowledged += 1;
				room = client.write(payload, last);
			}
		}
	};
	let client: Client;
	return new Promise((resolve) => {
		const connected: Connected = {
			publish: (count, QoS) =>
				new Promise<void>((resolve) => {
					options = Object.freeze({ topic, QoS });
					left = count;
					done = resolve;
					fill();
				}),
			subscribe: (QoS, heard) =>
				new Promise<void>((resolve) => {
					hear = heard;
					done = resolve;
					client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic, QoS }] });
				}),
			close() {
				client.write(null, { operation: Client.DISCONNECT });
				client.close();
			},
		};
		client = new Client({
			socket: { io: TCP },
			dns: { io: Resolver },
			time,
			host: "127.0.0.1",
			port,
			id,
			limits: rates ? { inflight: inflight_max + 1, received: received_max } : undefined,
			onWritable(count) {
				room = count;
				if (left > 0) fill();
			},
			onReadable(_, { topic, more }) {
				this.read(into);
				// a message may come in fragments, cut where TCP has cut it
				if (topic !== undefined) first = into[0];
				if (!more) hear(first);
			},
			onControl(opcode) {
				if (opcode === Client.PUBACK || opcode === Client.PUBCOMP) {
					unacknowledged -= 1;
					if (left > 0) fill();
					else if (unacknowledged === 0) done();
				} else if (opcode === Client.CONNACK) resolve(connected);
				else if (opcode === Client.SUBACK) done();
			},
			onError(error) {
				throw error;
			},
		});
	});
}

serve({ connect });
