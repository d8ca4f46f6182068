// Announces the desk in this network by mDNS (RFC 6762, RFC 6763): `--broker auto` finds it, and so do phones that search for web pages.
import { announced as announcedEnds, announcedName, shortName } from "../addresses.js";
import type { Emit } from "../events.js";
import { isLoopback } from "../listen.js";
import type { Settings } from "../options.js";

/** An announcement that is in force. */
export interface Announcement {
	/** Sends the goodbye, so that other devices drop the records (RFC 6762 §10.1). */
	stop(): Promise<void>;
}

/**
 * Announces a broker and its page in the network, unless only this machine can connect, or `noAnnounce` is set. Logs the name, or the fault:
 * the desk goes on without an announcement.
 */
export async function announce(
	{ host, topic, noAnnounce }: Pick<Settings, "host" | "topic" | "noAnnounce">,
	{ mqttPort, wsPort, tlsPort }: { mqttPort: number; wsPort: number; tlsPort: number },
	emit: Emit,
): Promise<Announcement | undefined> {
	if (noAnnounce || isLoopback(host)) return undefined;
	// loaded only when needed: most desks are for one machine
	const { getResponder } = await import("@homebridge/ciao");
	const everywhere = host === "0.0.0.0" || host === "::";
	const responder = getResponder(everywhere ? {} : { interface: host });
	const name = `Lampwire on ${shortName()}`;
	const service = (type: string, end: string, port: number, txt: Record<string, string>) => {
		const one = responder.createService({ name, hostname: `${announcedName()}${end}`, type, port, txt });
		// another desk has the name: the new name is logged below
		one.on("name-change", () => {});
		one.on("hostname-change", () => {});
		return one;
	};
	const services = [
		service("mqtt", announcedEnds.mqtt, mqttPort, { topic }),
		service("mqtt-ws", announcedEnds.ws, wsPort, { topic, path: "/mqtt" }),
		...(tlsPort === 0 ? [] : [service("secure-mqtt", announcedEnds.tls, tlsPort, { topic })]),
		service("http", announcedEnds.http, wsPort, { path: "/" }),
	];
	Promise.all(services.map((service) => service.advertise())).then(
		() =>
			emit(
				"log",
				`this network is told of it (mDNS), as ${services[0]?.getHostname()}: --broker auto finds it; --no-announce leaves that out`,
			),
		(error: Error) => emit("log", `this network is not told of it (mDNS): ${error.message}; give devices its address`),
	);
	return { stop: () => responder.shutdown() };
}
