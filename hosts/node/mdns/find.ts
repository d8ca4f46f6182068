// Brokers of this network that tell of themselves by mDNS (RFC 6762): what `--broker auto` chooses from.
import multicastDns from "multicast-dns";
import { type DnsRecord, type Service, servicesIn } from "./records.js";

/** Names of service by scheme; those of MQTT are registered with IANA, that over WebSocket is what brokers use. */
const types = { mqtt: "_mqtt._tcp.local", ws: "_mqtt-ws._tcp.local" };
/** Whoever sleeps, or has not heard the first question, answers to the second. */
const again_ms = 1_000;
/** Until nobody is taken to be there. */
export const deadline_ms = 5_000;
/** After the first answer: a responder may wait for as long as 120 ms (RFC 6762 §6), and twice that when it has several records. */
const others_ms = 500;

/** Those that answer, in the order of their answers: half a second after the first, or after five seconds without one. */
export function findBrokers(scheme: keyof typeof types, socket: multicastDns.Options = {}): Promise<Service[]> {
	const type = types[scheme];
	const mdns = multicastDns(socket);
	const records: DnsRecord[] = [];
	const ask = () => mdns.query([{ name: type, type: "PTR" }]);
	return new Promise((resolve) => {
		const repeat = setInterval(ask, again_ms);
		let closing = setTimeout(end, deadline_ms);
		let answered = false;
		function end(): void {
			clearInterval(repeat);
			clearTimeout(closing);
			mdns.destroy();
			resolve(servicesIn(records, type));
		}
		// no network at all is nobody there
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
