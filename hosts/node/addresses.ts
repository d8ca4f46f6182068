// The addresses of this machine, for servers that listen on it and for their clients.
import os from "node:os";
import { bracketed } from "../../src/light/topics.js";
import { isLoopback } from "./listen.js";

/** A wildcard address is for listening: a client of this machine takes the loopback. */
const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** The address by which a client on this machine reaches a server that listens on `host`. */
export function localAddress(host: string): string {
	return wildcards[host] ?? host;
}

/** The address by which the network can reach a server that listens on `host`; or undefined. */
export function lanAddress(host: string): string | undefined {
	if (isLoopback(host)) return undefined;
	if (!(host in wildcards)) return host;
	const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
	return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address;
}

/** `http://host:port/`; an IPv6 address is in brackets. */
export function pageUrl(address: string, port: number): string {
	return `http://${bracketed(address)}:${port}/`;
}

/** The suffix of the desk's announced name for each of its services: one name cannot be announced twice. */
export const announced = { mqtt: "", ws: "-ws", tls: "-tls", http: "-http" } as const;

/** This machine's name without its domain. */
export function shortName(): string {
	return os.hostname().replace(/\..*$/, "");
}

/** The name that is announced in the network, without `.local`; the machine's own name may be in use by its own responder. */
export function announcedName(): string {
	return `lampwire-${shortName().toLowerCase()}`;
}

/** Names of this machine, in lower case: its own, and those that are announced in the network. */
export function machineNames(): string[] {
	const machine = os.hostname().toLowerCase();
	const short = shortName().toLowerCase();
	return [machine, short, `${short}.local`, ...Object.values(announced).map((end) => `${announcedName()}${end}.local`)];
}
