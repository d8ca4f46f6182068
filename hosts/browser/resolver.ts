// ECMA-419 §24 domain name resolver. A page cannot look up an address: the browser does that when it opens a socket, so each possible
// name is passed on as it is.
import type { Resolver as HostResolver } from "../../src/host.js";
import { soon } from "./time.js";

type Request = Parameters<HostResolver["resolve"]>[0];

/** RFC 1035 §2.3.4. */
const label_max = 63;
const name_max = 253;

export default class Resolver implements HostResolver {
	#closed = false;

	resolve(request: Request): void {
		if (this.#closed) throw new Error("Resolver: resolve after close");
		const { host, onResolved, onError } = request;
		if (typeof host !== "string" || host === "") throw new TypeError("Resolver: host must be a name or an address");
		const possible = host.length <= name_max && host.split(".").every((label) => label.length <= label_max);
		soon(() => {
			if (this.#closed) return;
			// "Let localhost be localhost": browsers do not look it up.
			if (possible) onResolved.call(this, host, host === "localhost" ? "127.0.0.1" : host);
			else onError.call(this, host);
		});
	}

	close(): void {
		this.#closed = true;
	}
}
