// A board's info, beside its status: once a minute, retained, as JSON. Composed in a buffer of its own, made once: as strings, each info would
// leave some kilobytes of garbage on XS, and in a lamp that hangs in a ceiling there must be none to collect.
import type { Alarm, Device } from "../host.js";
import { utf8Length, writeUtf8 } from "../mqtt/bytes/utf8.js";
import type { Link } from "../mqtt/link/link.js";
import { version } from "../version.js";

const refresh_ms = 60_000;
/** Wait after the connection came up, or when the link had no room: the status and the level go first. */
const soon_ms = 1_000;
/** A connection that ends within so long of an info has ended upon it; after `upon_max` such ends in a row there is no other cause. */
const upon_ms = 1_000;
export const upon_max = 2;
/** Characters of a number: a sign, and the digits of a number below 2 ** 53. */
const digits_max = 17;

/** Named numbers, such as the counters of a role; the names stay as they are. */
export type Numbers = Readonly<{ [name: string]: number }>;

export interface InfoOptions {
	role: string;
	device: Device;
	link: Pick<Link, "up" | "publish"> & { readonly counters: object };
	topic: string;
	counters: object;
}

/** The JSON, label by label and number by number, in one piece of memory. */
class Writer {
	readonly #buffer: ArrayBuffer;
	readonly #bytes: Uint8Array;
	/** The labels one behind the other, and the end of each. */
	readonly #labels: Uint8Array;
	readonly #ends: Uint16Array;
	readonly #size: number;
	#at = 0;

	constructor(labels: readonly string[]) {
		const length = labels.reduce((sum, label) => sum + utf8Length(label), 0);
		this.#labels = new Uint8Array(length);
		this.#ends = new Uint16Array(labels.length);
		let at = 0;
		for (let i = 0; i < labels.length; i++) {
			at = writeUtf8(labels[i], this.#labels, at);
			this.#ends[i] = at;
		}
		this.#size = length + labels.length * (digits_max + 1);
		this.#buffer = new ArrayBuffer(this.#size, { maxByteLength: this.#size });
		this.#bytes = new Uint8Array(this.#buffer);
	}

	start(): void {
		this.#at = 0;
	}

	label(index: number): void {
		const labels = this.#labels;
		const end = this.#ends[index];
		for (let i = index === 0 ? 0 : this.#ends[index - 1]; i < end; i++) this.#bytes[this.#at++] = labels[i];
	}

	byte(byte: number): void {
		this.#bytes[this.#at++] = byte;
	}

	/** Writes a whole number; the part behind the point is left out. */
	number(value: number): void {
		let rest = Math.trunc(value);
		if (rest < 0) {
			this.byte(0x2d);
			rest = -rest;
		}
		let end = this.#at + 1;
		for (let tens = rest; tens >= 10; tens = Math.floor(tens / 10)) end++;
		for (let at = end - 1; at >= this.#at; at--) {
			const tens = Math.floor(rest / 10);
			this.#bytes[at] = 0x30 + (rest - tens * 10); // added first, 0x30 + `rest` would not fit in 53 bits
			rest = tens;
		}
		this.#at = end;
	}

	/** Gives the link exactly the bytes written. At rest the buffer has its full length: XS's collector takes the memory that a short one lacks. */
	publish(link: InfoOptions["link"], topic: string): boolean {
		this.#buffer.resize(this.#at);
		const taken = link.publish(topic, this.#bytes, 0, true);
		this.#buffer.resize(this.#size);
		return taken;
	}
}

/** Labels 0 to 2 go before the time up, the signal and the free memory; then come the labels of the counters. */
const rssi_label = 1;
const heap_label = 2;
const counters_label = 3;

export class Info {
	readonly #options: InfoOptions;
	readonly #alarm: Alarm;
	readonly #started: number;
	/** When the last info was published, and how many connections in a row have ended upon an info. */
	#published = -Infinity;
	#upon = 0;
	readonly #writer: Writer;
	/** The link's counters and the role's, with the names that they had at the start. */
	readonly #groups: readonly Numbers[];
	readonly #names: readonly (readonly string[])[];

	constructor(options: InfoOptions) {
		const { device, role, link, counters } = options;
		this.#options = options;
		this.#started = device.time.now();
		this.#groups = [link.counters as unknown as Numbers, counters as Numbers];
		this.#names = this.#groups.map((group) => Object.keys(group));
		const board = device.health?.().board;
		const head = JSON.stringify({ role, host: device.name, board, version });
		const labels = [`${head.slice(0, -1)},"uptime":`, ',"rssi":', ',"heap":'];
		this.#names.forEach((names, group) => {
			names.forEach((name, index) => {
				labels.push(`${index === 0 ? `,"${group === 0 ? "link" : role}":{` : ","}"${name}":`);
			});
		});
		this.#writer = new Writer(labels);
		this.#alarm = device.time.alarm(() => this.#ring());
	}

	/** The connection has come up. */
	up(): void {
		this.#alarm.set(soon_ms);
	}

	/** A connection has ended. Returns how many in a row have ended upon an info: at QoS 0 there is no other sign of a refusal. */
	ended(now: number): number {
		this.#upon = now - this.#published < upon_ms ? this.#upon + 1 : 0;
		return this.#upon;
	}

	close(): void {
		this.#alarm.close();
	}

	#ring(): void {
		const { link } = this.#options;
		// offline, no info is kept for later: it would be old, and take the room of a level
		if (link.up) this.#alarm.set(this.#publish() ? refresh_ms : soon_ms);
	}

	#publish(): boolean {
		const { device, link, topic } = this.#options;
		const writer = this.#writer;
		const health = device.health?.();
		writer.start();
		writer.label(0);
		writer.number((device.time.now() - this.#started) / 1000);
		this.#known(rssi_label, health?.rssi);
		this.#known(heap_label, health?.heap);
		let label = counters_label;
		for (let group = 0; group < this.#groups.length; group++) {
			const numbers = this.#groups[group];
			const names = this.#names[group];
			for (let i = 0; i < names.length; i++) {
				writer.label(label++);
				writer.number(numbers[names[i]]);
			}
			if (names.length !== 0) writer.byte(0x7d);
		}
		writer.byte(0x7d);
		this.#published = device.time.now();
		return writer.publish(link, topic);
	}

	#known(label: number, value: number | undefined): void {
		if (value === undefined) return;
		this.#writer.label(label);
		this.#writer.number(value);
	}
}
