// Where the broker may be: every address of its name, and the order in which they are tried.

export interface Candidate {
	host: string;
	port: number;
	address: string;
}

/** An IPv6 address has colons, where an IPv4 address has dots. */
function isIPv6(address: string): boolean {
	return address.includes(":");
}

export class Candidates {
	readonly #all: Candidate[] = [];
	#next = 0;

	/** How many have not been tried. */
	get left(): number {
		return this.#all.length - this.#next;
	}

	clear(): void {
		this.#all.length = this.#next = 0;
	}

	/**
	 * Adds the addresses of `host`: the first one first, then in the order of the system, but the two families in turn (RFC 8305 §4): where one
	 * of them leads nowhere, as IPv6 in many a home, the other comes second at the latest.
	 */
	add(host: string, port: number, addresses: readonly string[]): void {
		const first = isIPv6(addresses[0]);
		const same = addresses.filter((address) => isIPv6(address) === first);
		const other = addresses.filter((address) => isIPv6(address) !== first);
		for (let i = 0; i < same.length || i < other.length; i++) {
			if (i < same.length) this.#all.push({ host, port, address: same[i] });
			if (i < other.length) this.#all.push({ host, port, address: other[i] });
		}
	}

	/** The next one to try. */
	next(): Candidate | undefined {
		return this.#all[this.#next++];
	}
}
