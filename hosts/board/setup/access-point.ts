// The board as an access point. The SDK's ECMA-419 class of Wi-Fi is a station and nothing else; its older `wifi` module can be both.
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's "net", not Node's
import Net from "net";
import WiFi from "wifi";
import type { Time } from "../../../src/host.js";
import { cleanSsid, looksLike } from "../ssid.js";

export interface AccessPointOptions {
	/** WPA2 (and WPA: the SDK's class offers both). */
	password: string;
	time: Time;
	log(line: string): void;
	restart(): void;
	/**
	 * The access point is up: opens the page and DNS in it. Throws, and leaves nothing open, while the network is not ready; then it is called again.
	 * `id`: the last three bytes of the MAC, the same as when the board has its role; `networks`: names in reach, the strongest first.
	 */
	onOpen(at: { id: string; address: string; networks: readonly string[] }): void;
}

/** A scan of 13 channels takes two to three seconds. The page must open also when the scan never ends. */
const scan_max_ms = 8_000;
/** The page lists these networks, and has to hold them in memory. */
const networks_max = 12;

/**
 * `WiFi.accessPoint` returns before ESP-IDF's event task has made the interface the default one, and until then the SDK's sockets throw "no network".
 * That takes up to some 10 ms.
 */
const retry_ms = 10;
/** A page that has not opened by then does not open at all, and a board without a page is lost: it restarts and tries again. */
const give_up_ms = 5_000;

interface Found {
	name: string;
	rssi: number;
}

/** Names, the strongest network first. The page cannot tell a user which is which of two names that look alike: the log says so. */
function listed(found: Found[], log: (line: string) => void): string[] {
	found.sort((a, b) => b.rssi - a.rssi);
	const names = found.slice(0, networks_max).map(({ name }) => name);
	names.forEach((name, index) => {
		const other = names.find((one, before) => before < index && looksLike(one, name));
		if (other !== undefined) log(`setup: two Wi-Fi in sight look alike: "${other}" and "${name}"`);
	});
	return names;
}

/** Scans first, for the page's list: an access point cannot scan. */
export function openAccessPoint({ password, time, log, restart, onOpen }: AccessPointOptions): void {
	const found: Found[] = [];
	let opened = false;
	const attempt = (id: string, ssid: string, networks: readonly string[]) => {
		const address = Net.get("IP");
		if (!address || address === "0.0.0.0") throw new Error("no address yet");
		onOpen({ id, address, networks });
		log(`setup: join the Wi-Fi "${ssid}" with setup_password, then open http://${address}/`);
	};
	const open = () => {
		if (opened) return;
		opened = true;
		alarm.close();
		const until = time.now() + give_up_ms;
		// Known while the radio is a station.
		const id = (Net.get("MAC") ?? "").replaceAll(":", "").slice(-6).toLowerCase();
		const ssid = `Lampwire-${id}`;
		const networks = listed(found, log);
		let there = false;
		// An exception that left an alarm would restart the board at once, again and again.
		const again = time.alarm(() => {
			try {
				if (!there) WiFi.accessPoint({ ssid, password, max: 2 });
				there = true;
				attempt(id, ssid, networks);
				again.close();
			} catch (error) {
				if (time.now() < until) {
					again.set(retry_ms);
					return;
				}
				again.close();
				log(`setup: the page does not open: ${error instanceof Error ? error.message : error}; restarting`);
				restart();
			}
		});
		again.set(0);
	};
	const alarm = time.alarm(open);
	alarm.set(scan_max_ms);
	try {
		WiFi.mode = WiFi.Mode.station;
		WiFi.scan({}, (item) => {
			if (item === null) return open();
			// A network of several access points is found several times, a hidden network has no name, a hostile one bytes that are no text.
			const name = cleanSsid(item.ssid);
			if (name !== undefined && !found.some((one) => one.name === name)) found.push({ name, rssi: item.rssi });
		});
	} catch (error) {
		log(`setup: ${error}`);
		open();
	}
}
