// The light over MQTT: our link, as the roles have it, without status and info. A level is retained decimal text.
import { createDevice } from "../../hosts/node/index.js";
import type { Security } from "../../hosts/node/security.js";
import TCP, { type TCPOptions } from "../../hosts/node/tcp.js";
import { transportOf } from "../../hosts/node/transports.js";
import type { ByteBuffer, SocketProvider } from "../../src/host.js";
import { type Counters, Link, type QoS } from "../../src/mqtt/link/link.js";
import { alive_ms, type Knob, type Lamp, type Way } from "./light.js";

export type Scheme = "mqtt" | "mqtts" | "ws" | "wss";

export interface Bytes {
	read: number;
	written: number;
}

/** TCP that counts. */
class Counted extends TCP {
	readonly #bytes: Bytes;

	constructor(options: TCPOptions & { bytes: Bytes }) {
		super(options);
		this.#bytes = options.bytes;
	}

	override read(buffer: Uint8Array): number | undefined {
		const count = super.read(buffer);
		this.#bytes.read += count ?? 0;
		return count;
	}

	override write(buffer: ByteBuffer): number {
		this.#bytes.written += buffer.byteLength;
		return super.write(buffer);
	}
}

let made = 0;

/** Of the links of one way; what they count by themselves, and what their sockets carry. */
export class MqttWay implements Way {
	readonly name: string;
	readonly asks = "client";
	readonly bytes: Bytes = { read: 0, written: 0 };
	readonly counters: Counters[] = [];
	readonly #scheme: Scheme;
	readonly #QoS: QoS;
	readonly #security: Security;
	readonly #alive_ms: number;

	/** `alive`: milliseconds of keep-alive; those of a lamp alone, for a knob that rests is no matter here. */
	constructor(scheme: Scheme, QoS: QoS, security: Security = {}, alive = alive_ms) {
		this.name = `MQTT, ${{ mqtt: "tcp", mqtts: "tls", ws: "ws", wss: "wss" }[scheme]}, QoS ${QoS}`;
		this.#scheme = scheme;
		this.#QoS = QoS;
		this.#security = security;
		this.#alive_ms = alive;
	}

	async knob(port: number, light: string): Promise<Knob> {
		const link = await new Promise<Link>((resolve) => {
			const made: Link = this.#link(port, "knob", () => resolve(made));
		});
		return {
			set: async (level) => void link.publish(light, Buffer.from(String(level)), this.#QoS, true),
			close: () => link.close(),
		};
	}

	lamp(port: number, light: string, heard: (level: number) => void): Lamp {
		const link = this.#link(port, "lamp", () => {});
		link.subscribe(light, this.#QoS, ({ bytes, length }) => heard(Number(Buffer.from(bytes.subarray(0, length)).toString())));
		return { close: () => link.close() };
	}

	#link(port: number, role: string, onUp: () => void): Link {
		// as long as that of a board
		const id = `${role}-${(++made).toString(16).padStart(6, "0")}`;
		const socket = this.#socket(port);
		const { mqtt } = createDevice({ id, socket }).network;
		const link = new Link({
			...mqtt,
			host: "127.0.0.1",
			port,
			id,
			keepAlive: this.#alive_ms,
			random: Math.random,
			onUp,
		});
		this.counters.push(link.counters);
		return link;
	}

	#socket(port: number): SocketProvider {
		const transport = transportOf({ scheme: this.#scheme, host: "127.0.0.1", port, path: "/mqtt", user: undefined }, this.#security);
		const counted = { io: Counted, bytes: this.bytes } as unknown as SocketProvider;
		if (this.#scheme === "mqtt") return counted;
		return this.#scheme === "ws" ? { ...transport, socket: counted } : transport;
	}
}
