// The time of day, from a server of NTP (RFC 4330, SNTP), for boards, which have no clock that runs without power.
// Without an answer there is no connection: where dates are not checked, each certificate whose key ever leaked is valid for ever.
import type { Alarm, Resolver, ResolverProvider, Time } from "../../../src/host.js";
import type { Clockwork } from "./socket.js";

/** ECMA-419 §10 UDP, as the SDK has it. */
interface Datagrams {
	read(): (ArrayBuffer & { address: string; port: number }) | undefined;
	write(bytes: Uint8Array, address: string, port: number): void;
	close(): void;
}

export interface SntpOptions {
	/** Name or address of the server. */
	host: string;
	/** Default 123. */
	port?: number;
	udp: { io: new (options: { onReadable(packets: number): void }) => Datagrams };
	dns: ResolverProvider;
	time: Time;
	/** Bytes that no other device can guess. */
	random(count: number): ArrayBuffer;
	/** Sets the clock: seconds since 1970. */
	setTime(seconds: number): void;
	log(line: string): void;
}

const packet_bytes = 48;
const ask_max = 3;
const answer_timeout_ms = 2_000;
/** The clock of a board drifts by some seconds a day. */
const fresh_ms = 86_400_000;
/** Seconds from 1900 to 1970. */
const epoch_s = 2_208_988_800;
/** 2026-01-01: this program was not written before that date. */
const earliest_s = 1_767_225_600;

/** The first byte of a request: version 4, client. */
const request_head = 0x23;

export class Sntp implements Clockwork {
	readonly #options: SntpOptions;
	#since: number | undefined;

	constructor(options: SntpOptions) {
		this.#options = options;
	}

	get known(): boolean {
		return this.#since !== undefined && this.#options.time.now() - this.#since < fresh_ms;
	}

	set(then: (fault?: string) => void): () => void {
		const { host, log, time } = this.#options;
		const question = new Question(this.#options, (seconds, fault) => {
			if (seconds !== undefined) {
				this.#options.setTime(seconds);
				this.#since = time.now();
				log(`sntp: it is ${new Date(seconds * 1_000).toISOString()}, says ${host}`);
				then();
			}
			// the clock was right once, and a day later it is still right enough for certificates
			else if (this.#since !== undefined) then();
			else then(fault);
		});
		return () => question.close();
	}
}

class Question {
	readonly #options: SntpOptions;
	readonly #then: (seconds: number | undefined, fault: string) => void;
	readonly #resolver: Resolver;
	readonly #alarm: Alarm;
	#socket: Datagrams | undefined;
	#address = "";
	#asked = 0;
	/** A random number in the place of our time: the server sends it back. */
	#nonce = new Uint8Array(8);

	constructor(options: SntpOptions, then: (seconds: number | undefined, fault: string) => void) {
		const { host, dns, time } = options;
		this.#options = options;
		this.#then = then;
		this.#alarm = time.alarm(() => this.#ask());
		this.#resolver = new dns.io({ ...dns });
		this.#resolver.resolve({
			host,
			onResolved: (_name, address) => {
				this.#address = address;
				this.#ask();
			},
			onError: () => this.#end(undefined, `the name of the time server ${host} (sntp) is not known`),
		});
	}

	close(): void {
		this.#resolver.close();
		this.#alarm.close();
		this.#socket?.close();
		this.#socket = undefined;
	}

	#end(seconds: number | undefined, fault = ""): void {
		this.close();
		this.#then(seconds, fault);
	}

	#ask(): void {
		const { host, port = 123, udp, random } = this.#options;
		if (this.#asked === ask_max) return this.#end(undefined, `the time server ${host} (sntp) does not answer`);
		this.#asked++;
		this.#nonce = new Uint8Array(random(8));
		const packet = new Uint8Array(packet_bytes);
		packet[0] = request_head;
		packet.set(this.#nonce, 40);
		this.#alarm.set(answer_timeout_ms);
		try {
			this.#socket ??= new udp.io({ onReadable: (packets) => this.#hear(packets) });
			this.#socket.write(packet, this.#address, port);
		} catch {
			// no network: the alarm asks again
		}
	}

	#hear(packets: number): void {
		for (let i = 0; i < packets && this.#socket; i++) {
			const packet = this.#socket.read();
			const seconds = packet && this.#read(new Uint8Array(packet));
			if (seconds !== undefined) return this.#end(seconds);
		}
	}

	/** The seconds since 1970 in an answer; undefined where `packet` is no answer to this question: the wait goes on. */
	#read(packet: Uint8Array): number | undefined {
		if (packet.length < packet_bytes) return undefined;
		const [head, stratum] = packet as unknown as [number, number];
		// a server (4) that has the time itself (leap indicator 3: it has not; stratum 0: it refuses)
		if ((head & 7) !== 4 || head >> 6 === 3 || stratum === 0 || stratum > 15) return undefined;
		for (let i = 0; i < 8; i++) if (packet[24 + i] !== this.#nonce[i]) return undefined;
		const view = new DataView(packet.buffer, packet.byteOffset);
		const stamp = view.getUint32(40);
		// the count begins again in 2036 (RFC 4330 §3)
		const seconds = stamp - epoch_s + (stamp < 0x80000000 ? 2 ** 32 : 0);
		return seconds < earliest_s ? undefined : seconds;
	}
}
