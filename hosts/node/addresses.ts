// Under which addresses what listens here is found.
import os from "node:os";
import { bracketed } from "../../src/light/topics.js";
import { isLoopback } from "./listen.js";

/** A wildcard address is for listening: a client of this machine takes the loopback. */
const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Where a client of this machine finds what listens on `host`. */
export function localAddress(host: string): string {
	return wildcards[host] ?? host;
}

/** The address under which `host` can be reached from the network, if it can. */
export function lanAddress(host: string): string | undefined {
	if (isLoopback(host)) return undefined;
	if (!(host in wildcards)) return host;
	const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
	return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address;
}

/** `http://host:port/`; an IPv6 address stands in brackets. */
export function pageUrl(address: string, port: number): string {
	return `http://${bracketed(address)}:${port}/`;
}
