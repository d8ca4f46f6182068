// ECMA-419 §24 domain name resolver over the system's own (so that /etc/hosts and mDNS names work).
import dns from "node:dns";
import net from "node:net";
import type { Resolver as HostResolver } from "../../src/host.js";

type Request = Parameters<HostResolver["resolve"]>[0];

/** Questions to the system that are not answered. They can be neither taken back nor left: Node ends only when they are answered. */
let pending = 0;

export function asking(): boolean {
	return pending > 0;
}

export default class Resolver implements HostResolver {
	#closed = false;

	resolve(request: Request): void {
		if (this.#closed) throw new Error("Resolver: resolve after close");
		const { host, onResolved, onError } = request;
		if (typeof host !== "string" || host === "") throw new TypeError("Resolver: host must be a name or an address");
		if (net.isIP(host)) {
			setImmediate(() => {
				if (!this.#closed) onResolved.call(this, host, host);
			});
			return;
		}
		// In the system's order (RFC 6724, and what its administrator has set), each once; whoever asks tries them all.
		pending += 1;
		dns.lookup(host, { all: true, verbatim: true }, (error, addresses = []) => {
			pending -= 1;
			if (this.#closed) return;
			const [first, ...others] = new Set(addresses.map(({ address }) => address));
			if (error || first === undefined) onError.call(this, host);
			else onResolved.call(this, host, first, others);
		});
	}

	close(): void {
		this.#closed = true;
	}
}
