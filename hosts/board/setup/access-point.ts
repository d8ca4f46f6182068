// The board as an access point. ECMA-419's Wi-Fi class of the SDK is a station and nothing else; its older `wifi` module can be both.
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's "net", not Node's
import Net from "net";
import WiFi from "wifi";
import type { Time } from "../../../src/host.js";

export interface AccessPointOptions {
	/** WPA2 (and WPA: the SDK's class offers both). */
	password: string;
	time: Time;
	log(line: string): void;
	/** `id`: the last three bytes of the MAC, as while the board is at work; `networks`: names in reach, the strongest first. */
	onOpen(at: { id: string; address: string; networks: readonly string[] }): void;
}

/** A scan of 13 channels takes two to three seconds. The page must open also when it never ends. */
const scan_max_ms = 8_000;
/** The page lists these, and has to hold them in memory. */
const networks_max = 12;

/** Looks round first, for the page's list: an access point cannot do both at once. */
export function openAccessPoint({ password, time, log, onOpen }: AccessPointOptions): void {
	const found: { name: string; rssi: number }[] = [];
	let opened = false;
	const open = () => {
		if (opened) return;
		opened = true;
		alarm.close();
		try {
			// Known while the radio is a station.
			const id = (Net.get("MAC") ?? "").replaceAll(":", "").slice(-6).toLowerCase();
			const ssid = `Lampwire-${id}`;
			WiFi.accessPoint({ ssid, password, max: 2 });
			const address = Net.get("IP");
			log(`setup: join the Wi-Fi "${ssid}" with setup_password, then open http://${address}/`);
			found.sort((a, b) => b.rssi - a.rssi);
			onOpen({ id, address, networks: found.slice(0, networks_max).map(({ name }) => name) });
		} catch (error) {
			// Uncaught, it would restart the board, again and again.
			log(`setup: ${error}`);
		}
	};
	const alarm = time.alarm(open);
	alarm.set(scan_max_ms);
	try {
		WiFi.mode = WiFi.Mode.station;
		WiFi.scan({}, (item) => {
			if (item === null) return open();
			// A network of several access points comes several times, a hidden one without a name.
			const name = item.ssid;
			if (name !== "" && !found.some((one) => one.name === name)) found.push({ name, rssi: item.rssi });
		});
	} catch (error) {
		log(`setup: ${error}`);
		open();
	}
}
