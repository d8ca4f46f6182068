// Finding bridges: by mDNS on this network (RFC 6762, `_hue._tcp.local`), and by the vendor's page only when asked.
import multicastDns from "multicast-dns";
import { parsed, textOf } from "../../../src/hue/dialect.js";
import { type DnsRecord, servicesIn } from "../mdns/records.js";

const service = "_hue._tcp.local";
/** A bridge answers within a second; one that sleeps, within three. */
const listen_ms = 3_000;
const vendorPage = "https://discovery.meethue.com/";

export interface Found {
	/** 16 hexadecimal digits, lower case. */
	bridge: string;
	host: string;
	port: number;
	/** `BSB002` and others; empty where it is not told. */
	model: string;
}

/** Every bridge that answers within three seconds. `socket` is for tests: options of multicast-dns. */
export function findByMdns(socket: multicastDns.Options = {}): Promise<Found[]> {
	const mdns = multicastDns(socket);
	const records: DnsRecord[] = [];
	return new Promise((resolve) => {
		const end = () => {
			mdns.destroy();
			resolve(foundIn(records));
		};
		// no network at all is nobody there
		mdns.on("error", end);
		mdns.on("response", (response) => {
			records.push(...(response.answers as DnsRecord[]), ...(response.additionals as DnsRecord[]));
		});
		mdns.query([{ name: service, type: "PTR" }]);
		setTimeout(end, listen_ms);
	});
}

/** The bridges that a set of DNS records tells of. */
export function foundIn(records: readonly DnsRecord[]): Found[] {
	return servicesIn(records, service).map(({ target, port, addresses, texts }) => ({
		bridge: (texts.bridgeid ?? "").toLowerCase(),
		host: addresses[0] ?? target,
		port: port === 0 ? 443 : port,
		model: texts.modelid ?? "",
	}));
}

/** What the vendor's page says of the network that this machine is on. It limits how often one may ask; throws in words. */
export async function findByVendor(page = vendorPage): Promise<Found[]> {
	const response = await fetch(page, { signal: AbortSignal.timeout(5_000) });
	if (response.status === 429) throw new Error("the vendor's page has been asked too often; wait a quarter of an hour");
	if (!response.ok) throw new Error(`the vendor's page answers HTTP ${response.status}`);
	const list = parsed(await response.text());
	if (!Array.isArray(list)) throw new Error("the vendor's page answers something else than a list");
	return list.flatMap((each) => {
		const host = textOf(each, "internalipaddress");
		if (host === undefined) return [];
		const port = (each as { port?: unknown }).port;
		return [{ bridge: (textOf(each, "id") ?? "").toLowerCase(), host, port: typeof port === "number" ? port : 443, model: "" }];
	});
}
