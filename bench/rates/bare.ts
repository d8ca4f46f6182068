// The least that any client on Node.js costs, as the floor of the table: node:net, packets made beforehand, and one write for all answers to
// the bytes of one read. It checks nothing, keeps no session, and knows the one topic of the benchmark.
import { connect as dial } from "node:net";
import { publish } from "./raw.js";
import { type Connected, inflight_max, type QoS, serve, topic } from "./side.js";

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PUBREC = 5;
const PUBREL = 6;
const PUBCOMP = 7;
const SUBACK = 9;
const ids = 65_535;
/** Of QoS 0, in one write. */
const block_messages = 1000;

async function connect(port: number, id: string): Promise<Connected> {
	const socket = dial({ host: "127.0.0.1", port, noDelay: true });
	const answers = Buffer.alloc(64 * 1024);
	let used = 0;
	let rest: Buffer = Buffer.alloc(0);
	let left = 0;
	let unacknowledged = 0;
	let nextId = 0;
	let sent: Buffer = Buffer.alloc(0);
	let quality: QoS = 0;
	let done = () => {};
	let hear: (first: number) => void = () => {};

	const answer = (first: number, high: number, low: number) => {
		used = answers.writeUInt32BE(((first << 24) | (2 << 16) | (high << 8) | low) >>> 0, used);
	};
	/** Composes as many messages as may be on their way. */
	const fill = () => {
		while (left > 0 && unacknowledged < inflight_max && used < answers.length - sent.length) {
			left -= 1;
			unacknowledged += 1;
			nextId = (nextId % ids) + 1;
			used += sent.copy(answers, used);
			answers.writeUInt16BE(nextId, used - 5);
		}
	};
	const take = (data: Buffer) => {
		let at = 0;
		while (data.length - at >= 2 && data.length - at >= 2 + data[at + 1]) {
			const first = data[at];
			const end = at + 2 + data[at + 1];
			const operation = first >> 4;
			if (operation === PUBLISH) {
				const from = at + 4 + data[at + 3];
				if (first & 6) answer(first & 2 ? PUBACK << 4 : PUBREC << 4, data[from], data[from + 1]);
				hear(data[first & 6 ? from + 2 : from]);
			} else if (operation === PUBREL) answer(PUBCOMP << 4, data[at + 2], data[at + 3]);
			else if (operation === PUBREC) answer((PUBREL << 4) | 2, data[at + 2], data[at + 3]);
			else if (operation === PUBACK || operation === PUBCOMP) {
				unacknowledged -= 1;
				if (left === 0 && unacknowledged === 0) done();
			} else if (operation === CONNACK || operation === SUBACK) done();
			at = end;
		}
		rest = data.subarray(at);
		if (quality !== 0) fill();
		if (used > 0) socket.write(Buffer.from(answers.subarray(0, used)));
		used = 0;
	};
	socket.on("data", (data) => take(rest.length === 0 ? data : Buffer.concat([rest, data])));
	const answered = new Promise<void>((resolve) => {
		done = resolve;
	});
	const name = Buffer.from(id);
	socket.write(Buffer.concat([Buffer.from([0x10, 12 + name.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, name.length]), name]));
	await answered;
	return {
		async publish(count, QoS) {
			const last = new Promise<void>((resolve) => {
				done = resolve;
			});
			if (QoS === 0) {
				const block = Buffer.concat(Array.from({ length: block_messages }, () => publish(0, 0)));
				for (let blocks = Math.ceil(count / block_messages); blocks > 0; blocks--)
					if (!socket.write(block)) await new Promise((resolve) => socket.once("drain", resolve));
			}
			quality = QoS === 0 ? 1 : QoS;
			left = QoS === 0 ? 1 : count;
			sent = publish(quality, 1);
			take(Buffer.alloc(0));
			await last;
		},
		async subscribe(QoS, heard) {
			const granted = new Promise<void>((resolve) => {
				done = resolve;
			});
			hear = heard;
			const filter = Buffer.from(topic);
			socket.write(Buffer.concat([Buffer.from([0x82, 5 + filter.length, 0, 1, 0, filter.length]), filter, Buffer.from([QoS])]));
			await granted;
		},
		close() {
			socket.removeAllListeners("data").resume();
			socket.end(Buffer.from([0xe0, 0]));
		},
	};
}

serve({ connect });
