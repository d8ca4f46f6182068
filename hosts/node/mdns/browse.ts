// Services of this network that announce themselves by mDNS (RFC 6762, RFC 6763).
import multicastDns from "multicast-dns";
import { type DnsRecord, type Service, servicesIn } from "./records.js";

/** The time to the second question, for devices that sleep or have not received the first. */
const again_ms = 1_000;

export interface Browsing {
	/** The time after which no service counts as found. */
	deadline_ms: number;
	/** The wait for other answers after the first. Default: until the deadline. */
	others_ms?: number;
	/** A socket for tests. */
	socket?: multicastDns.Options;
}

/** The services of `type`, such as `_mqtt._tcp.local`, in the order of their answers. */
export function browse(type: string, { deadline_ms, others_ms, socket = {} }: Browsing): Promise<Service[]> {
	const mdns = multicastDns(socket);
	const records: DnsRecord[] = [];
	const ask = () => mdns.query([{ name: type, type: "PTR" }]);
	return new Promise((resolve) => {
		const repeat = setInterval(ask, again_ms);
		let closing = setTimeout(end, deadline_ms);
		let answered = others_ms === undefined;
		function end(): void {
			clearInterval(repeat);
			clearTimeout(closing);
			mdns.destroy();
			resolve(servicesIn(records, type));
		}
		// without a network there are no services
		mdns.on("error", end);
		mdns.on("response", (response) => {
			records.push(...(response.answers as DnsRecord[]), ...(response.additionals as DnsRecord[]));
			if (answered || servicesIn(records, type).length === 0) return;
			answered = true;
			clearTimeout(closing);
			closing = setTimeout(end, others_ms);
		});
		ask();
	});
}
