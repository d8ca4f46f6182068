// What every host must keep, whatever it is made of: the MUSTs of src/host.ts as tests. A host hands its pieces over and
// says how a peer is had; nothing here knows which host it is.
import type { Analog, Http, Provider, PWM, ResolverProvider, SocketProvider, Time } from "../../src/host.js";
import { resolverContract, timeContract } from "./contract/clock.js";
import { deviceContract } from "./contract/device.js";
import { httpContract } from "./contract/http.js";
import { tcpContract } from "./contract/tcp.js";
import { tcpEndContract } from "./contract/tcp-end.js";

/** The far end of one TCP connection. */
export interface Peer {
	/** Takes exactly `count` bytes, once they have arrived. */
	take(count: number): Promise<Uint8Array>;
	send(bytes: Uint8Array): void;
	/** Stops and goes on taking bytes from the network. */
	pause(): void;
	resume(): void;
	/** FIN. */
	end(): void;
	/** RST. */
	reset(): void;
	/** Resolves when the host's end has closed or cut the connection. */
	readonly ended: Promise<void>;
}

export interface Listener {
	readonly address: string;
	readonly port: number;
	/** The next connection. */
	accept(): Promise<Peer>;
	close(): Promise<void>;
}

export interface HostPieces {
	readonly name: string;
	readonly socket: SocketProvider;
	readonly dns: ResolverProvider;
	readonly time: Time;
	readonly knob: Provider<Analog>;
	readonly led: Provider<PWM>;
	readonly http: Provider<Http>;
	/** The host has no HTTP: what its constructor throws. */
	readonly lacksHttp?: RegExp;
	/** Puts the knob at 0 to 1 of its travel, where the host can. */
	turn?(position: number): void;
	/** The LED's duty as the outside sees it, where the host can tell. */
	duty?(): number;
	/** What is written goes out in frames, whose heads take room too; what is received is told of by the frame. */
	readonly framed?: boolean;
	/** Unread bytes that it may hold for a reader that does not read. Default 1 MiB. */
	readonly unread_max_bytes?: number;
	listen(): Promise<Listener>;
	/** A name with several addresses, in the system's order, where the host's resolver gives more than one. */
	readonly several?: readonly [name: string, ...addresses: string[]];
}

export function contract(host: HostPieces): void {
	tcpContract(host);
	tcpEndContract(host);
	resolverContract(host);
	timeContract(host);
	deviceContract(host);
	httpContract(host);
}
