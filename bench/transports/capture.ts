// Frames of TCP over IPv4 on loopback, as dumpcap has captured them, with their lengths. Bytes are those of IP packets: 20 of IPv4, 20 and
// options (12: timestamps) of TCP, and the payload. Ethernet's 14, or those of Wi-Fi, are not in them.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pause } from "./light.js";

export interface Frame {
	/** Milliseconds since 1970. */
	at: number;
	from: number;
	to: number;
	/** Of the IP packet. */
	bytes: number;
	/** Of TCP's payload. */
	payload: number;
}

const file_header = 24;
const record_header = 16;
const ethernet_header = 14;
const microseconds = 0xa1b2c3d4;
/** Headers of Ethernet, IPv4 and TCP with all their options: 14 + 20 + 60. */
const snap_bytes = 96;
const flush_ms = 1_000;

/** Reads a capture file of the classic format (libpcap's, little-endian, Ethernet), written by `dumpcap -P`. */
export function readFrames(file: Uint8Array): Frame[] {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	if (view.getUint32(0, true) !== microseconds || view.getUint32(20, true) !== 1) throw new Error("this is no capture of Ethernet frames");
	const frames: Frame[] = [];
	for (let at = file_header; at + record_header <= view.byteLength; ) {
		const captured = view.getUint32(at + 8, true);
		const ip = at + record_header + ethernet_header;
		const time = view.getUint32(at, true) * 1_000 + view.getUint32(at + 4, true) / 1_000;
		at += record_header + captured;
		// a record that dumpcap was writing when it ended
		if (at > view.byteLength) break;
		if (view.getUint8(ip) >> 4 !== 4 || view.getUint8(ip + 9) !== 6) continue;
		const tcp = ip + (view.getUint8(ip) & 15) * 4;
		const bytes = view.getUint16(ip + 2);
		const payload = bytes - (tcp - ip) - (view.getUint8(tcp + 12) >> 4) * 4;
		frames.push({
			at: time,
			from: view.getUint16(tcp),
			to: view.getUint16(tcp + 2),
			bytes,
			payload,
		});
	}
	return frames;
}

/**
 * Round trips of one connection until `until`: one for TCP's handshake, one for each time that the server has answered what the client had sent.
 * To be asked of a network that is slow: on a fast one, an unasked answer (TLS session tickets) may come between two packets of the client.
 */
export function roundTrips(frames: readonly Frame[], port: number, until: number): number {
	let trips = 1;
	let asked = false;
	for (const { payload, to, from, at } of frames) {
		if (payload === 0 || at > until) continue;
		if (to === port) asked = true;
		else if (from === port && asked) {
			trips += 1;
			asked = false;
		}
	}
	return trips;
}

export class Capture {
	readonly #child: ChildProcess;
	readonly #file: string;

	private constructor(child: ChildProcess, file: string) {
		this.#child = child;
		this.#file = file;
	}

	/** Of these ports on loopback. Rejects with dumpcap's own words. */
	static start(file: string, ports: readonly number[]): Promise<Capture> {
		const filter = ports.map((port) => `port ${port}`).join(" or ");
		const child = spawn("dumpcap", ["-q", "-P", "-i", "lo", "-s", String(snap_bytes), "-B", "64", "-w", file, "-f", `tcp and (${filter})`]);
		const end = () => void child.kill();
		process.once("exit", end);
		child.once("exit", () => process.off("exit", end));
		let said = "";
		return new Promise((resolve, reject) => {
			child.on("error", reject);
			child.on("exit", (code) => reject(new Error(`dumpcap ended with ${code}: ${said}`)));
			child.stderr?.on("data", (data: Buffer) => {
				said += data;
				// said once the capture runs
				if (/^File: /m.test(said)) resolve(new Capture(child, file));
			});
		});
	}

	/** Ends it. Throws when frames were lost. */
	async stop(): Promise<Frame[]> {
		// the last frames are still in the kernel's buffer
		await pause(flush_ms);
		let said = "";
		this.#child.stderr?.on("data", (data: Buffer) => {
			said += data;
		});
		const ended = new Promise((resolve) => this.#child.once("close", resolve));
		this.#child.kill("SIGINT");
		await ended;
		const [, lost = "0"] = /dropped on interface[^:]*: \d+\/(\d+)/.exec(said) ?? [];
		if (lost !== "0") throw new Error(`dumpcap lost ${lost} frames: ${said}`);
		return readFrames(readFileSync(this.#file));
	}
}
