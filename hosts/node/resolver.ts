// ECMA-419 §24 domain name resolver over the system's own (so that /etc/hosts and mDNS names work).
import dns from "node:dns";
import net from "node:net";
import type { Resolver as HostResolver } from "../../src/host.js";

type Request = Parameters<HostResolver["resolve"]>[0];

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
		// IPv4 first: a broker on "localhost" or a home network seldom listens on IPv6, and there is no second try here.
		dns.lookup(host, { verbatim: false }, (error, address) => {
			if (this.#closed) return;
			if (error) onError.call(this, host);
			else onResolved.call(this, host, address);
		});
	}

	close(): void {
		this.#closed = true;
	}
}
