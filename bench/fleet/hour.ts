// An hour of levels in virtual time: lamps whose broker is a few lines in memory, and which lose it every ten minutes. Tells the parent what
// they hold after each quarter.
import { createDevice } from "../../hosts/node/index.js";
import type { ByteBuffer, Socket, SocketOptions, Store } from "../../src/host.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { publish, VirtualTime } from "../../test/world/virtual.js";
import { topic } from "./side.js";

export interface Hour {
	lamps: number;
	levels: number;
	connects: number;
	/** Bytes of V8's heap and of buffers, after a forced collection: after each quarter. */
	quarters: number[];
	/** Lamps that are at the last level. */
	at: number;
}

const lamps = Number(process.argv[2]);
const minutes = 60;
const cut_minutes = 10;

const time = new VirtualTime();
const sockets = new Set<Quiet>();

/** A connection to a broker that takes everything, acknowledges it, and forgets it. */
class Quiet implements Socket {
	format = "buffer";
	readonly #options: SocketOptions;
	readonly #alarm = time.alarm(() => this.#ring());
	#answers: number[] = [];
	#connected = false;

	constructor(options: SocketOptions) {
		this.#options = options;
		this.#alarm.set(1);
		sockets.add(this);
	}

	#ring(): void {
		if (!this.#connected) {
			this.#connected = true;
			this.#options.onWritable(65_536);
		} else if (this.#answers.length > 0) this.#options.onReadable(this.#answers.length);
	}

	read(buffer: Uint8Array): number {
		buffer.set(this.#answers.splice(0, buffer.byteLength));
		return buffer.byteLength;
	}

	write(buffer: ByteBuffer): number {
		const bytes = ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
		for (let at = 0; at < bytes.length; ) {
			const head = bytes[at] as number;
			let [length, shift] = [0, 0];
			do {
				at += 1;
				length |= ((bytes[at] as number) & 127) << shift;
				shift += 7;
			} while ((bytes[at] as number) & 128);
			this.#answer(head, bytes.subarray(at + 1, at + 1 + length));
			at += 1 + length;
		}
		return 65_536;
	}

	#answer(head: number, body: Uint8Array): void {
		const operation = head >> 4;
		if (operation === 1) this.deliver([0x20, 2, 0, 0]);
		else if (operation === 8) this.deliver([0x90, 3, body[0] as number, body[1] as number, 1]);
		else if (operation === 12) this.deliver([0xd0, 0]);
		else if (operation === 3 && (head & 6) !== 0) {
			const id = 2 + (((body[0] as number) << 8) | (body[1] as number));
			this.deliver([0x40, 2, body[id] as number, body[id + 1] as number]);
		}
	}

	deliver(bytes: Iterable<number>): void {
		this.#answers.push(...bytes);
		this.#alarm.set(1);
	}

	cut(): void {
		sockets.delete(this);
		this.#alarm.close();
		this.#options.onError();
	}

	close(): void {
		sockets.delete(this);
		this.#alarm.close();
	}
}

class Names {
	resolve({ host, onResolved }: { host: string; onResolved(host: string, address: string): void }): void {
		const answer = time.alarm(() => {
			answer.close();
			onResolved(host, "192.0.2.1");
		});
		answer.set(0);
	}
	close(): void {}
}

async function held(): Promise<number> {
	for (let times = 0; times < 4; times++) {
		await new Promise((resolve) => setTimeout(resolve, 20));
		globalThis.gc?.();
	}
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return heapUsed + arrayBuffers;
}

const store: Store = { read: () => undefined, write: () => {} };
const all = Array.from({ length: lamps }, (_, index) => {
	const device = createDevice({ id: `lamp-${index}`, log: () => {}, store, time, socket: { io: Quiet }, dns: { io: Names } });
	const { limits: _limits, ...mqtt } = device.network.mqtt;
	return new Lamp({ device: { ...device, network: { ...device.network, mqtt } }, host: "broker", topic, id: device.id, fade: 0 });
});
time.pass(1_000);

let [levels, connects, id] = [0, lamps, 0];
const quarters: number[] = [];
for (let second = 0; second < minutes * 60; second++) {
	if (second > 0 && second % (cut_minutes * 60) === 0) {
		for (const socket of [...sockets]) socket.cut();
		connects += lamps;
	}
	id = (id % 65_535) + 1;
	const level = publish(topic, String(second % 255), { QoS: 1, id });
	for (const socket of sockets) socket.deliver(level);
	levels += sockets.size;
	time.pass(1_000);
	if ((second + 1) % 900 === 0) quarters.push(await held());
}
const at = all.filter((lamp) => lamp.up && lamp.level === (minutes * 60 - 1) % 255).length;
process.send?.({ lamps, levels, connects, quarters, at } satisfies Hour);
process.disconnect?.();
process.exit();
