// Asks this network by multicast DNS (RFC 6762 §5.1), and waits for the answers. The question goes out from a port of its own, so that an answer comes to
// this board alone (§6.7): no group is joined, which mcsim's UDP cannot do.
import UDP from "embedded:io/socket/udp";
import type { Time } from "../../src/host.js";
import { mdns_group, mdns_port } from "./dns.js";

/** As long as `lampwire --broker auto` waits (hosts/node/mdns/auto.ts). */
export const deadline_ms = 5_000;
/** Multicast over Wi-Fi is lost easily, and a sleeper hears the second question. */
const again_ms = 1_000;
/** Questions in one search, those among them that follow from an incomplete answer: nobody makes a board ask without end. */
const questions_max = 10;

/** ECMA-419 §10 UDP, as the SDK has it; its typings say less. A packet is its bytes. */
interface Socket {
	read(): ArrayBuffer | undefined;
	/** Throws where there is no network. */
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}
const NativeUDP = UDP as unknown as new (options: { onReadable(packets: number): void }) => Socket;

/** What is asked for, and what has been told of it. */
export interface Inquiry {
	/** Newly allocated: what is still to be known. */
	question(): Uint8Array;
	/** Any bytes. */
	take(packet: Uint8Array): void;
	/** Enough has been told. */
	readonly answered: boolean;
	/** Something has been told, and not all of it. */
	readonly lacks: boolean;
}

/**
 * `done` is called once, from the event loop: `others_ms` after `inquiry` is answered, or after five seconds. Returns what gives the search up; then
 * `done` is not called.
 */
export function ask(inquiry: Inquiry, others_ms: number, time: Time, done: () => void): () => void {
	const begun = time.now();
	let socket: Socket | undefined;
	let asked = 0;
	let answered = false;

	/** The next question, or the end. */
	const alarm = time.alarm(() => {
		const left = deadline_ms - (time.now() - begun);
		if (answered || left <= 0) {
			close();
			return done();
		}
		question();
		alarm.set(Math.min(again_ms, left));
	});
	function close(): void {
		alarm.close();
		socket?.close();
		socket = undefined;
	}
	function question(): void {
		if (asked === questions_max) return;
		asked += 1;
		try {
			socket ??= new NativeUDP({ onReadable: take });
			socket.write(inquiry.question(), mdns_group, mdns_port);
		} catch {
			// no network at this moment, or no memory; the next question may go out
		}
	}
	function take(packets: number): void {
		for (let i = 0; i < packets; i++) {
			try {
				const packet = socket?.read();
				if (packet !== undefined) inquiry.take(new Uint8Array(packet));
			} catch {
				// An exception of a callback's would restart the board. Without memory for one answer there may be for another.
			}
		}
		if (answered) return;
		if (inquiry.answered) {
			answered = true;
			alarm.set(others_ms);
		} else if (inquiry.lacks) question();
	}
	alarm.set(0);
	return close;
}
