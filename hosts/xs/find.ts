// Asks this network for a service by multicast DNS (RFC 6762 §5.1), and waits for the answers. The question goes out from a port of its own, so that whoever
// answers sends it to this board alone (§6.7): no group is joined, which mcsim's UDP cannot do.
import UDP from "embedded:io/socket/udp";
import type { Time } from "../../src/host.js";
import { mdns_group, mdns_port } from "./dns.js";
import { type Service, Survey } from "./dns-sd.js";

/** ECMA-419 §10 UDP, as the SDK has it; its typings say less. A packet is its bytes. */
export interface Socket {
	read(): ArrayBuffer | undefined;
	/** Throws where there is no network. */
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}
const NativeUDP = UDP as unknown as new (options: { onReadable(packets: number): void }) => Socket;

/** As long as `lampwire --broker auto` waits (hosts/node/mdns/auto.ts). */
export const deadline_ms = 5_000;
/** Multicast over Wi-Fi is lost easily, and a sleeper hears the second question. */
const again_ms = 1_000;
/** A responder may wait for as long as 120 ms (RFC 6762 §6), and twice that when it has several records. */
const others_ms = 500;
/** Questions in one search, those among them that follow from an incomplete answer: nobody makes a board ask without end. */
const questions_max = 10;

/**
 * Who offers `type`, such as `_mqtt`. `done` is called once, from the event loop: half a second after the first answer, with all of them in their order;
 * or after five seconds with none. Returns what gives the search up; then `done` is not called.
 */
export function findServices(type: string, time: Time, done: (all: readonly Service[]) => void): () => void {
	const survey = new Survey(type);
	const begun = time.now();
	let socket: Socket | undefined;
	let asked = 0;
	let answered = false;

	/** The next question, or the end. */
	const alarm = time.alarm(() => {
		const left = deadline_ms - (time.now() - begun);
		if (answered || left <= 0) {
			close();
			return done(survey.services);
		}
		ask();
		alarm.set(Math.min(again_ms, left));
	});
	function close(): void {
		alarm.close();
		socket?.close();
		socket = undefined;
	}
	function ask(): void {
		if (asked === questions_max) return;
		asked += 1;
		try {
			socket ??= new NativeUDP({ onReadable: (packets) => take(packets) });
			socket.write(survey.question(), mdns_group, mdns_port);
		} catch {
			// no network at this moment, or no memory; the next question may go out
		}
	}
	function take(packets: number): void {
		try {
			for (let i = 0; i < packets; i++) {
				const packet = socket?.read();
				if (packet !== undefined) survey.take(new Uint8Array(packet));
			}
		} catch {
			// An exception of a callback's would restart the board; without memory for an answer there is another.
			return;
		}
		if (answered) return;
		if (survey.services.length === 0) {
			if (survey.lacks) ask();
			return;
		}
		answered = true;
		alarm.set(others_ms);
	}
	alarm.set(0);
	return close;
}
