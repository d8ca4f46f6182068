// Sends questions of multicast DNS (RFC 6762 §5.1) into this network, and waits for the answers. A question goes out from a port of its own, so that
// an answer comes to this board alone (§6.7): the board joins no group, which mcsim's UDP cannot do.
import UDP from "embedded:io/socket/udp";
import type { Time } from "../../src/host.js";
import { mdns_group, mdns_port } from "./dns.js";

/** As long as `lampwire --broker auto` waits (hosts/node/mdns/auto.ts). */
export const deadline_ms = 5_000;
/** A multicast packet is lost easily over Wi-Fi, and a device that sleeps receives the second question. */
const again_ms = 1_000;
/** Questions in one search, with those that follow from incomplete answers: so no other device can make a board ask without end. */
const questions_max = 10;

/** ECMA-419 §10 UDP, as the SDK has it; its typings say less. A packet is its bytes. */
interface Socket {
	read(): ArrayBuffer | undefined;
	/** Throws where there is no network. */
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}
const NativeUDP = UDP as unknown as new (options: { onReadable(packets: number): void }) => Socket;

/** The records that are asked for, and those that have come. */
export interface Inquiry {
	/** A question for the records that have not come. Newly allocated. */
	question(): Uint8Array;
	/** Takes a packet of any bytes. */
	take(packet: Uint8Array): void;
	/** Enough records have come. */
	readonly answered: boolean;
	/** Some records have come, but not all. */
	readonly lacks: boolean;
}

/**
 * `done` is called once, from the event loop: `others_ms` after `inquiry` is answered, or after five seconds. Returns a function that ends the
 * search; then `done` is not called.
 */
export function ask(inquiry: Inquiry, others_ms: number, time: Time, done: () => void): () => void {
	const begun = time.now();
	let socket: Socket | undefined;
	let asked = 0;
	let answered = false;

	/** Sends the next question, or ends the search. */
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
				// An exception in a callback would restart the board. There may be no memory for this answer, but for another.
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
