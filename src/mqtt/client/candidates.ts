// Every address of the broker's name, and the order in which the addresses are tried.

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

	/** How many addresses have not been tried. */
	get left(): number {
		return this.#all.length - this.#next;
	}

	clear(): void {
		this.#all.length = this.#next = 0;
	}

	/**
	 * Adds the addresses of `host`: the first one first, then in the order of the system, but the two families in turn (RFC 8305 §4): where one
	 * family does not work, as IPv6 in many homes, the other comes second at the latest.
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

	/** The next address to try. */
	next(): Candidate | undefined {
		return this.#all[this.#next++];
	}
}
