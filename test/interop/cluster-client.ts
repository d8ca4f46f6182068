// What the clients of a cluster have in common.
import { device } from "../../hosts/node/index.js";
import Resolver from "../../hosts/node/resolver.js";
import TCP, { type TCPOptions } from "../../hosts/node/tcp.js";
import { readBrokers } from "../../src/mqtt/link/broker-url.js";
import { Link, type LinkOptions, type Message } from "../../src/mqtt/link/link.js";
import { reach } from "../../src/mqtt/link/turns.js";

export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
export const said = ({ bytes, length }: Message) => new TextDecoder().decode(bytes.subarray(0, length));
export const bytes = (text: string) => new TextEncoder().encode(text);

export async function until(condition: () => boolean, patience_ms: number): Promise<boolean> {
	for (const end = performance.now() + patience_ms; performance.now() < end; await sleep(20)) if (condition()) return true;
	return condition();
}

/** A link that knows these ports, in turn, and counts the connections that it tries. */
export class Client {
	readonly link: Link;
	/** Whether the session was present, each time that it came up. */
	readonly sessions: boolean[] = [];
	tries = 0;

	constructor(id: string, ports: readonly number[], options: Partial<LinkOptions> = {}) {
		const client = this;
		class Counted extends TCP {
			constructor(options: TCPOptions) {
				super(options);
				client.tries += 1;
			}
		}
		const brokers = readBrokers(ports.map((port) => `mqtt://127.0.0.1:${port}`).join(","));
		const { host, port, socket, dns } = reach(brokers.all, () => ({ io: Counted }), { io: Resolver });
		this.link = new Link({
			...device.network.mqtt,
			host,
			port,
			socket,
			dns,
			id,
			random: Math.random,
			limits: { received: 1, outbox: 1_000, outboxBytes: 65_536 },
			onUp: (present) => this.sessions.push(present),
			...options,
		});
	}

	async up(times = 1): Promise<this> {
		if (!(await until(() => this.link.up && this.sessions.length >= times, 120_000))) throw new Error("a client does not come up");
		return this;
	}

	close(): Promise<void> {
		return new Promise((resolve) => this.link.close(resolve));
	}
}
