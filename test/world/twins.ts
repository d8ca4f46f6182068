// Two clients that live the same life: one as it is, one without fast paths. Whatever the script and the application do, they must
// send, tell and throw the same.
import assert from "node:assert/strict";
import { Client } from "../../src/mqtt/client/client.js";
import { ENDED, READY, STREAMING } from "../../src/mqtt/client/state.js";
import type { ClientOptions, ControlMessage, ReadableInfo, WriteOptions } from "../../src/mqtt/client/types.js";
import type { Random } from "./random.js";
import { toHex, VirtualNetwork } from "./virtual.js";

/** What the application's listeners do now and then. */
const boom = "the listener's";

const frozen: readonly WriteOptions[] = ["t", "light"].flatMap((topic) => ([0, 1, 2] as const).map((QoS) => Object.freeze({ topic, QoS })));

export class Twin {
	readonly network = new VirtualNetwork();
	readonly client: Client;
	/** Everything that was sent, told and thrown. */
	readonly log: string[] = [];
	/** Packet ids that were used. */
	readonly ids: number[] = [];
	/** How often a listener throws. */
	throwing = 0;
	/** How often `onReadable` takes longer than a drain may. */
	slow = 0;
	readonly #random: Random;
	readonly #readsParts: boolean;

	constructor(slow: boolean, random: Random, options: Partial<ClientOptions>) {
		this.#random = random;
		this.#readsParts = random.chance(0.5);
		const twin = this;
		const all: ClientOptions = {
			...this.network.provider,
			host: "broker",
			id: "x",
			clean: false,
			...options,
			onReadable(this: Client, count: number, info: ReadableInfo) {
				twin.#readable(count, info);
			},
			onControl(operation: number, message: ControlMessage) {
				const fails = random.chance(twin.throwing);
				twin.log.push(`control ${operation} ${JSON.stringify(message)}`);
				if (fails) throw new Error(boom);
			},
			onWritable: (count) => this.log.push(`writable ${count}`),
			onError: (error) => {
				this.sent();
				this.log.push(`error ${error.message}`);
			},
		};
		this.client = new Client(all, { fast: !slow });
	}

	get ended(): boolean {
		return this.client.connection.state === ENDED;
	}

	/** Notes what was sent since. */
	sent(): void {
		for (const socket of this.network.sockets) {
			const bytes = socket.take();
			if (bytes.length > 0) this.log.push(`> ${toHex(bytes)}`);
		}
	}

	/** Does `what`, in which a listener may throw. */
	live(what: (twin: Twin) => void): void {
		try {
			what(this);
		} catch (error) {
			if ((error as Error).message !== boom) throw error;
			this.log.push("thrown");
		}
		this.sent();
	}

	#readable(count: number, info: ReadableInfo): void {
		this.sent();
		const random = this.#random;
		const how = random.between(0, 3);
		const fails = random.chance(this.throwing);
		const writes = random.chance(0.3);
		if (random.chance(this.slow)) this.network.time.stand(150);
		let text = "";
		if (how < 2) {
			const into = new Uint8Array(count);
			text = toHex(into.subarray(0, this.client.read(into) ?? 0));
		} else if (!this.#readsParts || how === 2) {
			text = toHex(new Uint8Array(this.client.read(this.#readsParts ? 1 : undefined) ?? new ArrayBuffer(0)));
		}
		this.log.push(`readable ${count} ${JSON.stringify(info)} ${text}`);
		if (writes) this.act();
		if (fails) throw new Error(boom);
	}

	/** The application writes, or reads. */
	act(): void {
		const random = this.#random;
		const what = random.between(0, 9);
		const options = random.pick(frozen);
		const data = random.bytes(random.pick([1, 1, 1, 2, 3]));
		const { client } = this;
		const { state, outgoing } = client.connection;
		if (state !== READY && state !== STREAMING) return;
		try {
			if (state === STREAMING) client.write(new Uint8Array(Math.min(3, outgoing.rest)));
			else if (what < 5) client.write(data, options);
			else if (what === 5) client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
			else if (what === 6) client.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "a" }] });
			else if (what === 7) client.write(null, { topic: "s", byteLength: 6, QoS: options.QoS });
			else client.read(data);
			this.ids.push(client.session.lastId);
		} catch (error) {
			this.log.push(`refused: ${(error as Error).message}`);
		}
		this.sent();
	}
}

/** Bytes in the order in which they were sent, and everything else in its own: a listener that throws may put off what follows. */
function sorted(log: readonly string[]): string[] {
	return log
		.filter((line) => !line.startsWith("writable"))
		.flatMap((line) => (line.startsWith(">") ? line.split(" ") : [line]))
		.filter((line) => line !== ">")
		.sort();
}

export function assertAlike([one, other]: readonly [Twin, Twin], where: string, throwing = false): void {
	assert.deepEqual(throwing ? sorted(one.log) : one.log, throwing ? sorted(other.log) : other.log, where);
	const state = ({ client }: Twin) => {
		const { inflight, requests, pendingAcks, lastId, ignored } = client.session;
		return { inflight, requests, pendingAcks, lastId, ignored };
	};
	if (!throwing) assert.deepEqual(state(one), state(other), where);
}
