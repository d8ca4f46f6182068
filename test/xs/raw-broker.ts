// A broker for one device, by the byte, that does as it is told: floods, kicks, keeps silent. MQTT 3.1.1, as much as the roles speak.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** One PUBLISH. `id` only at QoS 1. */
export function publishPacket(topic: string, payload: string | Uint8Array, QoS: 0 | 1 = 0, id = 0, retain = false): Buffer {
	const name = Buffer.from(topic);
	const body = Buffer.from(payload as string);
	const tail = QoS === 0 ? [] : [id >> 8, id & 255];
	let length = 2 + name.length + tail.length + body.length;
	const head = [0x30 | (QoS << 1) | (retain ? 1 : 0)];
	do {
		head.push((length & 127) | (length > 127 ? 128 : 0));
		length >>= 7;
	} while (length > 0);
	return Buffer.concat([Buffer.from([...head, name.length >> 8, name.length & 255]), name, Buffer.from(tail), body]);
}

export class RawBroker {
	readonly topic: string;
	/** Sent to who subscribes, with the retain flag. */
	retained: string | undefined;
	/** Who connects is thrown out at once. */
	kicking = false;
	/** Connections taken, subscriptions made, publishes on the topic that came. */
	connections = 0;
	subscriptions = 0;
	published = 0;
	last = "";
	#server: Server | undefined;
	#socket: Socket | undefined;
	#id = 0;
	readonly #waiting = new Map<number, () => void>();

	constructor(topic: string) {
		this.topic = topic;
	}

	async listen(port: number): Promise<void> {
		this.#server = createServer({ noDelay: true }, (socket) => this.#take(socket)).listen(port, "127.0.0.1");
		await once(this.#server, "listening");
	}

	/** Ends the connection, without a word. */
	drop(): void {
		this.#socket?.destroy();
	}

	async close(): Promise<void> {
		this.drop();
		const server = this.#server;
		this.#server = undefined;
		if (!server) return;
		server.close();
		await once(server, "close");
	}

	send(packets: Buffer): void {
		this.#socket?.write(packets);
	}

	/** Resolves when the device has read it: the packets before it too. */
	async publish(payload: string | Uint8Array): Promise<void> {
		this.#id = (this.#id % 65_535) + 1;
		const id = this.#id;
		const acknowledged = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
		this.send(publishPacket(this.topic, payload, 1, id));
		await acknowledged;
	}

	#take(socket: Socket): void {
		this.connections++;
		if (this.kicking) {
			socket.destroy();
			return;
		}
		this.#socket = socket;
		let unread = Buffer.alloc(0);
		socket.on("error", () => {});
		socket.on("data", (data) => {
			unread = Buffer.concat([unread, data]);
			for (;;) {
				let length = 0;
				let at = 1;
				do {
					if (at >= unread.length) return;
					length |= (unread[at] & 127) << (7 * (at - 1));
				} while (unread[at++] & 128);
				if (unread.length < at + length) return;
				this.#answer(socket, unread[0], unread.subarray(at, at + length));
				unread = unread.subarray(at + length);
			}
		});
	}

	#answer(socket: Socket, first: number, body: Buffer): void {
		switch (first >> 4) {
			case 1:
				socket.write(Buffer.from([0x20, 2, 0, 0]));
				break;
			case 3: {
				const name = body.toString("utf8", 2, 2 + body.readUInt16BE(0));
				const QoS = (first >> 1) & 3;
				let at = 2 + Buffer.byteLength(name);
				if (QoS === 1) {
					socket.write(Buffer.from([0x40, 2, body[at], body[at + 1]]));
					at += 2;
				}
				if (name !== this.topic) break;
				this.published++;
				this.last = body.toString("utf8", at);
				// As a broker does, to a dimmer that listens to its own topic.
				socket.write(publishPacket(name, body.subarray(at)));
				break;
			}
			case 4: {
				const id = body.readUInt16BE(0);
				this.#waiting.get(id)?.();
				this.#waiting.delete(id);
				break;
			}
			case 8:
				this.subscriptions++;
				socket.write(Buffer.from([0x90, 3, body[0], body[1], 1]));
				if (this.retained !== undefined) socket.write(publishPacket(this.topic, this.retained, 0, 0, true));
				break;
			case 12:
				socket.write(Buffer.from([0xd0, 0]));
				break;
		}
	}
}
