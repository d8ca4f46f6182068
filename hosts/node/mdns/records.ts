// The records of services in an mDNS answer (DNS-SD, RFC 6763): a PTR names an instance, its SRV a host and a port; its TXT has further keys,
// A and AAAA have the host's addresses.

export interface DnsRecord {
	type: string;
	name: string;
	data?: unknown;
}

export interface Service {
	/** The instance as people read it. */
	name: string;
	/** The name of the host, with `.local`. */
	target: string;
	port: number;
	/** In the order of the records; addresses of the loopback come last. */
	addresses: string[];
	texts: Readonly<Record<string, string>>;
}

/** Every instance of `type`, such as `_mqtt._tcp.local`, whose host and port are in the records, in their order. */
export function servicesIn(records: readonly DnsRecord[], type: string): Service[] {
	const all = (kind: string, name: string) =>
		records.filter((record) => record.type === kind && same(record.name, name)).map(({ data }) => data);
	const instances = new Set(all("PTR", type).map(String));
	return [...instances].flatMap((instance) => {
		const [service] = all("SRV", instance) as { target?: string; port?: number }[];
		if (service?.target === undefined) return [];
		const { target, port = 0 } = service;
		const addresses = [...new Set([...all("A", target), ...all("AAAA", target)].map(String))];
		const name = instance.slice(0, instance.length - type.length - 1);
		return [{ name, target, port, addresses: addresses.sort(loopbackLast), texts: textsOf(all("TXT", instance)[0]) }];
	});
}

/** Names of DNS are the same in either case (RFC 1035 §2.3.3). */
function same(one: string, other: string): boolean {
	return one.toLowerCase() === other.toLowerCase();
}

function loopbackLast(one: string, other: string): number {
	const isLoopback = (address: string) => Number(address === "::1" || address.startsWith("127."));
	return isLoopback(one) - isLoopback(other);
}

/** `key=value` of a TXT record (RFC 6763 §6). */
function textsOf(data: unknown): Record<string, string> {
	const list = Array.isArray(data) ? data : data === undefined ? [] : [data];
	return Object.fromEntries(list.map((each) => String(each)).map((text) => [text.split("=")[0], text.slice(text.indexOf("=") + 1)]));
}
