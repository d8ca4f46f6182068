// Finds bridges: by mDNS on this network (RFC 6762, `_hue._tcp.local`), and by the vendor's page only with an option.
import type multicastDns from "multicast-dns";
import { parsed, textOf } from "../../../src/hue/dialect.js";
import { browse } from "../mdns/browse.js";
import type { Service } from "../mdns/records.js";

const service = "_hue._tcp.local";
/** A bridge answers within a second; a bridge that sleeps, within three. */
const listen_ms = 3_000;
const vendorPage = "https://discovery.meethue.com/";

export interface Found {
	/** 16 hexadecimal digits, lower case. */
	bridge: string;
	host: string;
	port: number;
	/** `BSB002` and others; empty where the answer has none. */
	model: string;
}

/** Every bridge that answers within three seconds. `socket` is for tests. */
export async function findByMdns(socket?: multicastDns.Options): Promise<Found[]> {
	return (await browse(service, { deadline_ms: listen_ms, socket })).map(bridgeOf);
}

/** The bridge that announces itself as `service`. */
export function bridgeOf({ target, port, addresses, texts }: Service): Found {
	return {
		bridge: (texts.bridgeid ?? "").toLowerCase(),
		host: addresses[0] ?? target,
		port: port === 0 ? 443 : port,
		model: texts.modelid ?? "",
	};
}

/** The bridges of this machine's network by the vendor's page, which limits the number of requests. Throws in words. */
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
