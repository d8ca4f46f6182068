// Addresses of a name that ends with `.local`, by mDNS (RFC 6762): the system's resolver resolves such names on some machines only.
import multicastDns from "multicast-dns";
import type { DnsRecord } from "./records.js";

/** Without an answer for this time, no device has the name. */
const patience_ms = 3_000;
/** The question is sent again, because a multicast packet is lost easily over Wi-Fi. */
const again_ms = 1_000;

/** `answered` is called once: with the addresses, IPv4 first, or with none. Returns a function that ends the question, without that call. */
export function lookupByMdns(
	host: string,
	answered: (addresses: readonly string[]) => void,
	socket: multicastDns.Options = {},
): () => void {
	const name = host.replace(/\.$/, "").toLowerCase();
	const mdns = multicastDns(socket);
	const ask = () =>
		mdns.query([
			{ name, type: "A" },
			{ name, type: "AAAA" },
		]);
	const repeat = setInterval(ask, again_ms);
	const closing = setTimeout(() => end([]), patience_ms);
	function stop(): void {
		clearInterval(repeat);
		clearTimeout(closing);
		mdns.destroy();
	}
	function end(addresses: readonly string[]): void {
		stop();
		answered(addresses);
	}
	mdns.on("error", () => end([]));
	mdns.on("response", ({ answers, additionals }) => {
		const records = [...answers, ...additionals] as DnsRecord[];
		const of = (type: string) =>
			records.filter((record) => record.type === type && record.name.toLowerCase() === name).map(({ data }) => String(data));
		// a link-local address cannot be used without its interface
		const addresses = [...of("A"), ...of("AAAA").filter((address) => !/^fe80:/i.test(address))];
		if (addresses.length > 0) end(addresses);
	});
	ask();
	return stop;
}
