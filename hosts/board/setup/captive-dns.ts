// DNS on the access point: the answer to every name is the page's address.
import { answerDns } from "./dns-answer.js";

/** ECMA-419 §10 UDP, as the SDK has it: a packet is its bytes, with the address of its sender. */
interface Socket {
	read(): (ArrayBuffer & { address: string; port: number }) | undefined;
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}

export interface CaptiveDnsOptions {
	io: new (options: { port: number; onReadable(packets: number): void }) => Socket;
	port: number;
	/** The board's address: four numbers and three dots. */
	address: string;
	log(line: string): void;
}

/** Answers until it is closed, or the board restarts. Throws when `io` does. */
export function openCaptiveDns({ io, port, address, log }: CaptiveDnsOptions): { close(): void } {
	const bytes = address.split(".").map(Number);
	const socket = new io({
		port,
		onReadable(packets) {
			for (let i = 0; i < packets; i++) {
				const packet = socket.read();
				const answer = packet && answerDns(new Uint8Array(packet), bytes);
				if (packet === undefined || answer === undefined) continue;
				try {
					socket.write(answer, packet.address, packet.port);
				} catch (error) {
					// The phone asks again.
					log(`setup: DNS: ${error}`);
				}
			}
		},
	});
	return socket;
}
