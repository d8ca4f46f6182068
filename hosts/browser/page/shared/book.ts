// The devices of the broker: the messages of each on `<topic>/<id>/status` and `<topic>/<id>/info`. A device that has gone stays in the book.

import { offline, online } from "../../../../src/light/topics.js";
import type { Message } from "../../../../src/mqtt/link/link.js";

/** Any client may publish: a book without a limit would fill the memory. */
const devices_max = 200;
/** The longest info that is read. The longest of our devices has some 400 bytes. */
const info_max_bytes = 2_048;
const said_max = 64;

export interface Info {
	role: string;
	host: string;
	board: string;
	version: string;
	/** In seconds, at the time when the info came. */
	uptime: number | undefined;
	/** dBm. */
	rssi: number | undefined;
	/** Bytes. */
	heap: number | undefined;
	/** Name and value, by the device's own names. */
	counters: readonly (readonly [string, number])[];
}

export type Presence = "online" | "gone" | "unknown";
/** The end of a device: its will (the connection broke), or its goodbye. `""`: not known. */
export type Ending = "will" | "goodbye" | "";

export interface DeviceEntry {
	readonly id: string;
	presence: Presence;
	/** Its status, where that is neither of the two words. */
	said: string;
	/** The begin of its presence, in milliseconds since 1970. */
	since: number;
	/** `since` is the time at which the message came; the presence began before it. */
	before: boolean;
	ending: Ending;
	info: Info | undefined;
	/** When `info` came, in milliseconds since 1970; 0: it is a retained message of unknown age. */
	infoAt: number;
	/** The entry is from before the connection was lost, and may not be valid now. */
	stale: boolean;
}

export class Book {
	readonly devices = new Map<string, DeviceEntry>();
	/** Devices for which there was no room. */
	beyond = 0;
	readonly #topic: string;
	readonly #changed: () => void;
	/** The pieces of an info that has come in part. */
	#pieces: { topic: string; bytes: number[] } | undefined;

	constructor(topic: string, changed: () => void) {
		this.#topic = topic;
		this.#changed = changed;
	}

	/** The connection is lost: no entry is sure any more. */
	stale(): void {
		for (const device of this.devices.values()) device.stale = true;
		this.#changed();
	}

	/** For a subscription to `<topic>/+/status`; `message` is lent. */
	readonly status = (message: Message): void => {
		const id = this.#idOf(message.topic, "status");
		if (id === undefined || message.offset > 0) return;
		const text = textOf(message.bytes, message.length);
		if (text === "") {
			// A client has cleared the retained status: the entry is removed too.
			if (this.devices.delete(id)) this.#changed();
			return;
		}
		const device = this.#device(id);
		if (device === undefined) return;
		const presence = text === online ? "online" : text === offline ? "gone" : "unknown";
		const same = presence === device.presence && (presence !== "unknown" || text === device.said);
		if (!same || (device.since === 0 && !message.retain)) {
			device.since = Date.now();
			device.before = message.retain;
			// The desk's event with the ending may come before the status, or after it.
			if (presence === "online") device.ending = "";
		}
		device.presence = presence;
		device.said = presence === "unknown" ? text.slice(0, said_max) : "";
		device.stale = false;
		this.#changed();
	};

	/** For a subscription to `<topic>/+/info`; `message` is lent, and may come in pieces. */
	readonly info = (message: Message): void => {
		const id = this.#idOf(message.topic, "info");
		if (id === undefined || message.byteLength > info_max_bytes) return;
		if (message.offset === 0) this.#pieces = { topic: message.topic, bytes: [] };
		const pieces = this.#pieces;
		if (pieces === undefined || pieces.topic !== message.topic || pieces.bytes.length !== message.offset) return;
		for (let i = 0; i < message.length; i++) pieces.bytes.push(message.bytes[i] as number);
		if (message.more) return;
		this.#pieces = undefined;
		const info = readInfo(textOf(Uint8Array.from(pieces.bytes), pieces.bytes.length));
		// Cleared, or no info: the last info of the device stays.
		if (info === undefined) return;
		const device = this.#device(id);
		if (device === undefined) return;
		device.info = info;
		device.infoAt = message.retain ? 0 : Date.now();
		this.#changed();
	};

	/** Sets the ending of `id`, which the desk has sent. */
	ended(id: string, ending: Ending): void {
		const device = this.devices.get(id);
		if (device === undefined || device.ending === ending) return;
		device.ending = ending;
		this.#changed();
	}

	/** Devices that are online first, then those that have gone; each group by name. */
	get sorted(): DeviceEntry[] {
		const rank = { online: 0, unknown: 1, gone: 2 };
		return [...this.devices.values()].sort((a, b) => rank[a.presence] - rank[b.presence] || (a.id < b.id ? -1 : 1));
	}

	#device(id: string): DeviceEntry | undefined {
		const known = this.devices.get(id);
		if (known !== undefined) return known;
		if (this.devices.size >= devices_max) {
			this.beyond++;
			return undefined;
		}
		const device: DeviceEntry = {
			id,
			presence: "unknown",
			said: "",
			since: 0,
			before: false,
			ending: "",
			info: undefined,
			infoAt: 0,
			stale: false,
		};
		this.devices.set(id, device);
		return device;
	}

	#idOf(topic: string, what: string): string | undefined {
		const [start, end] = [`${this.#topic}/`, `/${what}`];
		if (!topic.startsWith(start) || !topic.endsWith(end)) return undefined;
		const id = topic.slice(start.length, -end.length);
		return id === "" || id.includes("/") ? undefined : id;
	}
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array, length: number): string {
	return decoder.decode(bytes.slice(0, length));
}

function readInfo(text: string): Info | undefined {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
	const all = json as Record<string, unknown>;
	const word = (name: string) => (typeof all[name] === "string" ? (all[name] as string).slice(0, said_max) : "");
	const number = (name: string) => (typeof all[name] === "number" && Number.isFinite(all[name]) ? (all[name] as number) : undefined);
	const counters: [string, number][] = [];
	for (const group of ["link", word("role")]) {
		const numbers = Object.hasOwn(all, group) ? all[group] : undefined;
		if (typeof numbers !== "object" || numbers === null) continue;
		for (const [name, value] of Object.entries(numbers).slice(0, 16))
			if (typeof value === "number" && Number.isFinite(value)) counters.push([name.slice(0, said_max), value]);
	}
	return {
		role: word("role"),
		host: word("host"),
		board: word("board"),
		version: word("version"),
		uptime: number("uptime"),
		rssi: number("rssi"),
		heap: number("heap"),
		counters,
	};
}
