// MQTT by the byte, for the benchmark only: a publisher that feeds a broker with packets made beforehand, and a peer that stands in for a
// broker and costs next to nothing, so that what is measured is the client alone.
import { connect, createServer, type Socket } from "node:net";
import { inflight_max, payload, type QoS, topic } from "./side.js";

/** Messages in one write. */
const block = 1000;

/** Messages on the way at QoS 1 and 2, each followed by the next as soon as it is acknowledged. */
const inflight = inflight_max;

/** One PUBLISH; its packet id, where it has one, stands in front of the payload. */
export function publish(QoS: QoS, id: number): Buffer {
	const head = Buffer.from([0x30 | (QoS << 1), 0, 0, topic.length]);
	const tail = QoS === 0 ? [] : [id >> 8, id & 255];
	const packet = Buffer.concat([head, Buffer.from(topic), Buffer.from(tail), payload]);
	packet[1] = packet.length - 2;
	return packet;
}

/** `count` messages with ids from 1; at QoS 2 they are all released behind the last. */
function messages(count: number, QoS: QoS): Buffer {
	const packets = Array.from({ length: count }, (_, index) => publish(QoS, index + 1));
	if (QoS === 2) for (let id = 1; id <= count; id++) packets.push(Buffer.from([0x62, 2, id >> 8, id & 255]));
	return Buffer.concat(packets);
}

const fullBlock = messages(block, 0);

/** Publishes `count` messages to the broker, as fast as it takes them. Resolves when they are with the kernel. */
export async function feed(port: number, count: number, QoS: QoS): Promise<void> {
	const socket = connect({ host: "127.0.0.1", port, noDelay: true });
	socket.write(Buffer.from([0x10, 16, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 4, 0x66, 0x65, 0x65, 0x64]));
	await new Promise((resolve) => socket.once("data", resolve));
	socket.resume();
	// not more at once than the broker lets be on their way
	const size = QoS === 2 ? inflight : block;
	const full = messages(size, QoS);
	for (let left = count; left > 0; left -= size) {
		const bytes = left >= size ? full : messages(left, QoS);
		if (!socket.write(bytes)) await new Promise((resolve) => socket.once("drain", resolve));
	}
	await new Promise<void>((resolve) => {
		socket.once("close", () => resolve());
		socket.end(Buffer.from([0xe0, 0]));
	});
}

/** Stands for a broker: counts and acknowledges what is published, and sends `count` messages to whoever subscribes. */
export async function peer(QoS: QoS, count: number): Promise<{ port: number; published(): number; close(): void }> {
	let published = 0;
	const server = createServer({ noDelay: true }, (socket) => new Conversation(socket, QoS, count, () => (published += 1)).begin());
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return { port: (server.address() as { port: number }).port, published: () => published, close: () => void server.close() };
}

class Conversation {
	readonly #socket: Socket;
	readonly #QoS: QoS;
	#left: number;
	readonly #published: () => void;
	#rest: Buffer = Buffer.alloc(0);
	readonly #answers = Buffer.alloc(256 * 1024);
	/** How many more may be on their way to the subscriber. */
	#free = inflight;
	#id = 0;

	constructor(socket: Socket, QoS: QoS, count: number, published: () => void) {
		this.#socket = socket;
		this.#QoS = QoS;
		this.#left = count;
		this.#published = published;
	}

	begin(): void {
		this.#socket.on("error", () => {});
		this.#socket.on("data", (data) => this.#take(this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])));
	}

	#take(data: Buffer): void {
		const answers = this.#answers;
		let length = 0;
		let at = 0;
		let fed = false;
		// no packet here has 128 bytes or more
		while (data.length - at >= 2 && data.length - at >= 2 + data[at + 1]) {
			const first = data[at];
			const operation = first >> 4;
			const end = at + 2 + data[at + 1];
			let answer = 0;
			let id = at + 2;
			if (operation === 3) {
				this.#published();
				id = at + 4 + data[at + 3];
				answer = first & 2 ? 0x40 : first & 4 ? 0x50 : 0;
			} else if (operation === 6) answer = 0x70;
			else if (operation === 5) answer = 0x62;
			else if (operation === 4 || operation === 7) {
				this.#free += 1;
				fed = true;
			} else if (operation === 1) length += answers.write("20020000", length, "hex");
			else if (operation === 8) {
				length += answers.write(`9003${data.toString("hex", id, id + 2)}0${this.#QoS}`, length, "hex");
				fed = true;
			}
			if (answer !== 0) {
				answers[length] = answer;
				answers[length + 1] = 2;
				answers[length + 2] = data[id];
				answers[length + 3] = data[id + 1];
				length += 4;
			}
			at = end;
		}
		this.#rest = data.subarray(at);
		if (length > 0) this.#socket.write(Buffer.from(answers.subarray(0, length)));
		if (fed) this.#feed();
	}

	#feed(): void {
		if (this.#QoS === 0) {
			while (this.#left > 0) {
				const count = Math.min(this.#left, block);
				this.#left -= count;
				if (!this.#socket.write(count === block ? fullBlock : messages(count, 0))) {
					this.#socket.once("drain", () => this.#feed());
					return;
				}
			}
			return;
		}
		const count = Math.min(this.#left, this.#free);
		if (count === 0) return;
		this.#left -= count;
		this.#free -= count;
		const packets: Buffer[] = [];
		for (let made = 0; made < count; made++) {
			this.#id = (this.#id % 65_535) + 1;
			packets.push(publish(this.#QoS, this.#id));
		}
		this.#socket.write(Buffer.concat(packets));
	}
}
