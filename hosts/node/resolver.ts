// ECMA-419 §24 domain name resolver over the system's own (so that /etc/hosts works); a name such as `box.local` is first asked for by mDNS.
import dns from "node:dns";
import net from "node:net";
import type { Resolver as HostResolver } from "../../src/host.js";

type Request = Parameters<HostResolver["resolve"]>[0];
type Answered = (addresses: readonly string[]) => void;

/** A host's own name on its link (RFC 6762 §3). Longer names, such as those of a cluster, are a name server's. */
const local = /^[^.]+\.local\.?$/i;
/** A responder answers within a fifth of a second; after this time the system is asked, which may ask a name server without such names. */
const system_ms = 1_000;

/** Questions to the system that are not answered. They cannot be cancelled: Node ends only when they are answered. */
let pending = 0;

export function asking(): boolean {
	return pending > 0;
}

/** Addresses in the system's order (RFC 6724, and the settings of its administrator); the caller tries them all. */
function askSystem(host: string, answered: Answered): void {
	pending += 1;
	dns.lookup(host, { all: true, verbatim: true }, (error, addresses = []) => {
		pending -= 1;
		answered(error ? [] : addresses.map(({ address }) => address));
	});
}

export default class Resolver implements HostResolver {
	#closed = false;
	/** Functions that end the questions that are under way. */
	readonly #stops = new Set<() => void>();

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
		let left = 1;
		const answered: Answered = (addresses) => {
			left -= 1;
			const [first, ...others] = new Set(addresses);
			if (this.#closed || left < 0 || (first === undefined && left > 0)) return;
			// the answer of the slower way is not needed
			left = 0;
			if (first === undefined) onError.call(this, host);
			else onResolved.call(this, host, first, others);
		};
		if (!local.test(host)) return askSystem(host, answered);
		left = 2;
		this.#askNetwork(host, answered);
		// the system may have the name in /etc/hosts, or from a name server of its own
		const later = setTimeout(() => left > 0 && askSystem(host, answered), system_ms);
		this.#stops.add(() => clearTimeout(later));
	}

	/** Loads the module when it is needed: most names are not `.local`. */
	#askNetwork(host: string, answered: Answered): void {
		import("./mdns/lookup.js").then(
			({ lookupByMdns }) => {
				if (this.#closed) return;
				const stop = lookupByMdns(host, (addresses) => {
					this.#stops.delete(stop);
					answered(addresses);
				});
				this.#stops.add(stop);
			},
			() => answered([]),
		);
	}

	close(): void {
		this.#closed = true;
		for (const stop of this.#stops) stop();
		this.#stops.clear();
	}
}
