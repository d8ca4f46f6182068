// Announces the board in its network and answers queries for its names: the packets that announcement.ts composes, over the SDK's UDP.
// Each packet of multicast DNS in the network is read, and so costs the memory of its bytes until the next collection; a question for a name of ours
// costs an alarm, and at most one packet goes out in a second (RFC 6762 §6). The names are not probed for (§8.1): the host name has the end of the
// MAC, and two devices of one id have another fault already.
import UDP from "embedded:io/socket/udp";
import type { Alarm, Device, Time } from "../../src/host.js";
import { mdns_group, mdns_port } from "../xs/dns.js";
import { Announcement, type Told } from "./announcement.js";
import type { Settings } from "./config.js";
import type { WiFi } from "./wifi.js";

/** The board announces itself twice, a second apart (§8.3). */
const announcements = 2;
const apart_ms = 1_000;
/** Many devices may answer one question: the delay is random in this range, so that not all of them answer at once (§6). */
const delay_min_ms = 20;
const delay_max_ms = 120;
/** The next try, after one for which there was no memory for a socket, or no usable network. */
const again_ms = 10_000;
/** At most one answer in this time goes to programs without multicast DNS: of no use to an attacker who needs many answers. */
const legacy_apart_ms = 50;

/** ECMA-419 §10 UDP, as the SDK has it: a packet is its bytes, with the address of its sender. */
interface Socket {
	add(group: string): void;
	read(): (ArrayBuffer & { address: string; port: number }) | undefined;
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}

export interface AnnouncerOptions {
	io: new (options: { port: number; timeToLive: number; onReadable(packets: number): void }) => Socket;
	time: Time;
	/** 0 ≤ random < 1. */
	random(): number;
	/** The content of an announcement now; undefined while there is no network. */
	told(): Told | undefined;
}

export class Announcer {
	readonly #options: AnnouncerOptions;
	readonly #alarm: Alarm;
	#socket: Socket | undefined;
	#announcement: Announcement | undefined;
	/** The address in `#announcement`. */
	#address = "";
	/** Announcements that are still to be made. */
	#left = 0;
	/** The alarm is set. */
	#due = false;
	#sent = 0;
	#legacySent = 0;
	#closed = false;

	constructor(options: AnnouncerOptions) {
		this.#options = options;
		this.#alarm = options.time.alarm(() => this.#ring());
	}

	/** The network has come, or gone. */
	changed(): void {
		if (this.#closed) return;
		const there = this.#options.told() !== undefined;
		if (there === (this.#socket !== undefined)) return;
		this.#shut();
		if (!there) return;
		this.#left = announcements;
		this.#set(this.#delay());
	}

	/** Sends the goodbye. No announcement and no answer follow. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		if (this.#socket !== undefined && this.#announcement !== undefined) this.#write(this.#announcement.goodbye(), mdns_group, mdns_port);
		this.#shut();
		this.#alarm.close();
	}

	#delay(): number {
		return delay_min_ms + this.#options.random() * (delay_max_ms - delay_min_ms);
	}

	#set(ms: number): void {
		this.#due = true;
		this.#alarm.set(ms);
	}

	/** The records in the caches of other devices expire by themselves. */
	#shut(): void {
		this.#due = false;
		this.#alarm.clear();
		this.#socket?.close();
		this.#socket = undefined;
	}

	/** Opens the socket if it is closed, and sends the announcement. */
	#ring(): void {
		this.#due = false;
		try {
			const told = this.#options.told();
			if (told === undefined) return;
			if (this.#socket === undefined) this.#open();
			// the address may have changed meanwhile
			if (told.address !== this.#address) {
				this.#announcement = new Announcement(told);
				this.#address = told.address;
			}
		} catch {
			this.#shut();
			return this.#set(again_ms);
		}
		this.#sent = this.#options.time.now();
		this.#write((this.#announcement as Announcement).packet, mdns_group, mdns_port);
		if (this.#left > 0) this.#left -= 1;
		if (this.#left > 0) this.#set(apart_ms);
	}

	#open(): void {
		// §11: 255, so that a receiver that checks it sees that the packet has passed no router
		const socket = new this.#options.io({ port: mdns_port, timeToLive: 255, onReadable: (packets) => this.#take(packets) });
		this.#socket = socket;
		socket.add(mdns_group);
	}

	#write(bytes: Uint8Array, address: string, port: number): void {
		try {
			this.#socket?.write(bytes, address, port);
		} catch {
			// no network at this moment: the other device repeats its query
		}
	}

	#take(packets: number): void {
		for (let i = 0; i < packets; i++) {
			try {
				const packet = this.#socket?.read();
				if (packet !== undefined) this.#hear(packet);
			} catch {
				// An exception in a callback would restart the board.
			}
		}
	}

	#hear(packet: ArrayBuffer & { address: string; port: number }): void {
		const announcement = this.#announcement;
		if (announcement === undefined) return;
		const query = new Uint8Array(packet);
		const now = this.#options.time.now();
		if (packet.port === mdns_port) {
			if (!this.#due && announcement.isAsked(query)) this.#set(Math.max(this.#delay(), this.#sent + apart_ms - now));
			return;
		}
		if (now - this.#legacySent < legacy_apart_ms) return;
		const answer = announcement.legacy(query);
		if (answer === undefined) return;
		this.#legacySent = now;
		this.#write(answer, packet.address, packet.port);
	}
}

/** The announcer of a board that has this role. */
export function makeAnnouncer({ role, topic }: Pick<Settings, "role" | "topic">, device: Device, wifi: WiFi): Announcer {
	const { time, random } = device;
	return new Announcer({
		io: UDP as unknown as AnnouncerOptions["io"],
		time,
		random,
		told() {
			const { address } = wifi;
			return address === undefined ? undefined : { role, id: device.id, topic, host: `lampwire-${wifi.id}`, address };
		},
	});
}
