// The setup page on the air: the access point, the names that lead to it, and the server.
import Listener from "embedded:io/socket/listener";
import UDP from "embedded:io/socket/udp";
import type { Alarm, Time } from "../../../src/host.js";
import { openAccessPoint } from "./access-point.js";
import type { PageNeeds } from "./begin.js";
import { type CaptiveDnsOptions, openCaptiveDns } from "./captive-dns.js";
import { Portal, type PortalOptions } from "./portal.js";
import type { Saved } from "./saved.js";
import { Server, type ServerOptions } from "./server.js";

/** A working lamp whose page was opened and left works again after this time. */
const open_ms = 10 * 60_000;

export interface OpenOptions extends PageNeeds {
	saved: Saved;
	time: Time;
	log(line: string): void;
	restart(): void;
	update?: PortalOptions["update"];
	readCa?: PortalOptions["readCa"];
}

/** Opens the page, until settings are saved or no browser has come for ten minutes; then the board restarts. */
export function openPage({ password, presets, reason, fault, saved, time, log, restart, update, readCa }: OpenOptions): void {
	openAccessPoint({
		password,
		time,
		log,
		restart,
		onOpen({ id, address, networks }) {
			const dns = openCaptiveDns({ io: UDP as unknown as CaptiveDnsOptions["io"], port: 53, address, log });
			let closing: Alarm | undefined;
			const portal = new Portal({
				saved,
				host: address,
				id,
				presets,
				networks,
				reason,
				fault,
				update,
				readCa,
				onVisit: () => closing?.set(open_ms),
				onDone() {
					log("setup: done, restarting");
					restart();
				},
			});
			try {
				new Server({ io: Listener as unknown as ServerOptions["io"], port: 80, time, log, request: () => portal.request() });
			} catch (error) {
				dns.close();
				throw error;
			}
			if (reason === undefined) return;
			closing = time.alarm(restart);
			closing.set(open_ms);
		},
	});
}
