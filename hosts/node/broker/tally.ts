// Counters of the broker, from the start of the process on: a broker that stops and starts goes on counting. Read by `/metrics` (`../metrics/`).
import { PUBLISH } from "../../../src/mqtt/packets/wire.js";

/** MQTT in one direction: bytes as they are inside TCP, TLS and WebSocket frames; packets; and of these the messages (PUBLISH), by QoS. */
export class Flow {
	bytes = 0;
	packets = 0;
	readonly messages: [number, number, number] = [0, 0, 0];

	/** A packet that begins with this byte. */
	packet(first: number): void {
		this.packets += 1;
		const QoS = (first >> 1) & 3;
		if (first >> 4 === PUBLISH && QoS !== 3) this.messages[QoS as 0 | 1 | 2] += 1;
	}
}

/** Counts the packets of a stream of well-formed bytes, cut anywhere (MQTT 3.1.1 §2.2). One for each connection. */
export class FlowMeter {
	readonly #flow: Flow;
	/** Bytes of the packet under way that have not come. */
	#rest = 0;
	/** Inside a fixed header: the factor of the next byte of the remaining length; 0: between packets. */
	#scale = 0;
	/** The remaining length, as far as it has been read. */
	#length = 0;

	constructor(flow: Flow) {
		this.#flow = flow;
	}

	take(bytes: Uint8Array): void {
		this.#flow.bytes += bytes.length;
		for (let at = 0; at < bytes.length; ) {
			if (this.#rest > 0) {
				const taken = Math.min(this.#rest, bytes.length - at);
				this.#rest -= taken;
				at += taken;
				continue;
			}
			const byte = bytes[at++] as number;
			if (this.#scale === 0) {
				this.#flow.packet(byte);
				this.#scale = 1;
				this.#length = 0;
				continue;
			}
			this.#length += (byte & 127) * this.#scale;
			this.#scale = byte > 127 ? this.#scale * 128 : 0;
			if (this.#scale === 0) this.#rest = this.#length;
		}
	}
}

/** Each field counts from 0 up; the names are label values of `/metrics`. */
export class Tally {
	/** MQTT from clients, and to clients. */
	readonly received = new Flow();
	readonly sent = new Flow();
	/** Connections, by transport. */
	readonly connections = { tcp: 0, tls: 0, websocket: 0 };
	/** Clients that were admitted, and those that were refused: no user or a wrong password; `clients_max`; no id; MQTT 5; dismissal by a teacher. */
	admitted = 0;
	readonly refused = { credentials: 0, full: 0, identifier: 0, protocol: 0, dismissed: 0 };
	/** Connections that the broker ended: no MQTT; reads too slowly; takes no bytes; sent no CONNECT; failed, or sent a text frame. */
	readonly cut = { malformed: 0, slow: 0, stalled: 0, no_connect: 0, failed: 0 };
	/**
	 * Messages that were dropped. For all receivers: the sender may not publish there, a teacher holds the light, `$SYS/` is the broker's own. For
	 * one receiver: it is behind (QoS 0), or its session's queue is full.
	 */
	readonly dropped = { denied: 0, held: 0, reserved: 0, busy: 0, queue: 0 };
	/** Filters of SUBSCRIBE that were refused. */
	readonly subscriptions = { denied: 0, limit: 0 };
	/** HTTP requests and upgrades, judged by Host and Origin (`../access.ts`). */
	readonly requests = { admitted: 0, refused: 0 };
}
