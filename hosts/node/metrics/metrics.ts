// `/metrics` of a desk or a broker: numbers of its broker, its recorder, its own roles' links and its process. No topic, payload,
// id, address or user is in it: labels have values that are fixed in the code.
import type { Counters } from "../../../src/mqtt/link/link.js";
import type { Recorder } from "../../../src/recorder/recorder.js";
import { version } from "../../../src/version.js";
import type { Broker } from "../broker/broker.js";
import type { Flow } from "../broker/tally.js";
import { by, Exposition } from "./exposition.js";
import type { Links } from "./links.js";

export interface Sources {
	broker: Pick<Broker, "tally" | "counts">;
	/** `undefined`: there is no recorder, or not yet. */
	recorder?: Pick<Recorder, "up" | "trouble" | "counters" | "gaps" | "waiting"> | undefined;
	links?: Links;
}

/** The body of `/metrics`, without its last end of line. */
export function metrics({ broker, recorder, links }: Sources): string {
	const to = new Exposition();
	to.gauge("lampwire_build_info", "The program's version; the value is always 1.", [[{ version }, 1]]);
	tellProcess(to);
	tellBroker(to, broker);
	if (recorder) tellRecorder(to, recorder);
	if (links) tellLinks(to, links);
	return to.text;
}

/** Metrics of the process, under the names that Prometheus's own client libraries have. */
function tellProcess(to: Exposition): void {
	const { user, system } = process.cpuUsage();
	to.counter("process_cpu_seconds_total", "Processor time of the process, user and system, in seconds.", (user + system) / 1e6);
	to.gauge("process_resident_memory_bytes", "Resident memory of the process, in bytes.", process.memoryUsage.rss());
	to.gauge("process_start_time_seconds", "When the process began, in seconds since 1970, UTC.", Date.now() / 1e3 - process.uptime());
}

function tellBroker(to: Exposition, { tally, counts }: Sources["broker"]): void {
	const name = (rest: string) => `lampwire_broker_${rest}`;
	to.gauge(name("clients"), "Clients that are connected.", counts.clients);
	to.gauge(name("clients_limit"), "Clients at once, at most (--max-clients).", counts.clientsMax);
	to.gauge(
		name("connections"),
		"Connections that are open: those of clients, and those that have sent no CONNECT yet.",
		counts.connections,
	);
	to.gauge(name("sessions_away"), "Sessions kept for clients that are away.", counts.away);
	to.gauge(name("queued_messages"), "Messages kept for clients with a session until they have them.", counts.queued);
	to.gauge(name("queued_bytes"), "Memory of these messages, in bytes.", counts.queuedBytes);
	to.gauge(name("retained_messages"), "Topics that hold a retained message.", counts.retained);
	to.gauge(name("retained_bytes"), "Memory of the retained messages, in bytes.", counts.retainedBytes);
	to.counter(name("connections_total"), "Connections that were opened, by transport.", by("transport", tally.connections));
	to.counter(name("connections_cut_total"), "Connections that the broker has ended, by reason.", by("reason", tally.cut));
	to.counter(name("clients_admitted_total"), "Clients whose CONNECT was accepted.", tally.admitted);
	to.counter(name("clients_refused_total"), "Clients whose CONNECT was refused, by reason.", by("reason", tally.refused));
	tellFlow(to, name("received"), "from clients", tally.received);
	tellFlow(to, name("sent"), "to clients", tally.sent);
	to.counter(
		name("messages_dropped_total"),
		"Messages that went no farther, or not to one receiver, by reason.",
		by("reason", tally.dropped),
	);
	to.counter(name("subscriptions_refused_total"), "Filters of SUBSCRIBE that were refused, by reason.", by("reason", tally.subscriptions));
	to.counter("lampwire_http_requests_total", "HTTP requests and upgrades, by what Host and Origin say.", by("access", tally.requests));
}

function tellFlow(to: Exposition, name: string, where: string, { bytes, packets, messages }: Flow): void {
	to.counter(`${name}_bytes_total`, `Bytes of MQTT ${where}, without those of TCP, TLS and WebSocket.`, bytes);
	to.counter(`${name}_packets_total`, `Packets of MQTT ${where}.`, packets);
	to.counter(`${name}_messages_total`, `PUBLISH packets ${where}, by QoS.`, by("qos", messages));
}

function tellRecorder(to: Exposition, { up, trouble, counters, gaps, waiting }: NonNullable<Sources["recorder"]>): void {
	const name = (rest: string) => `lampwire_recorder_${rest}`;
	to.gauge(name("up"), "1: the recorder hears the broker.", Number(up));
	to.gauge(name("store_available"), "1: the store takes what it is given.", Number(trouble === undefined));
	to.gauge(name("waiting_messages"), "Messages that wait for the store.", waiting);
	to.counter(name("rows_stored_total"), "Rows that are safe in the store.", counters.stored);
	to.counter(name("messages_known_total"), "Retained messages that were known, and not stored again.", counters.known);
	to.counter(name("messages_resent_total"), "Messages that came twice, and were not stored again.", counters.resent);
	to.counter(name("messages_lost_total"), "Messages that were given up for want of room.", counters.lost);
	to.counter(name("gaps_total"), "Stretches of time of which something is not known, that have begun.", gaps);
}

/** Field of `Counters` → name and help. */
const ofLinks: Readonly<Record<keyof Counters, readonly [string, string]>> = {
	connects: ["connects_total", "Connections that came up."],
	published: ["messages_published_total", "Messages handed to the socket, those that were sent again included."],
	resent: ["messages_resent_total", "Messages sent again after a reconnect."],
	received: ["messages_received_total", "Messages received."],
	oversize: ["messages_oversize_total", "Messages received and drained, because their topic was too long."],
	dropped: ["messages_dropped_total", "Messages to publish that were given up, while away or without room."],
	refused: ["subscriptions_refused_total", "Subscriptions that the broker refused."],
	givenUp: ["messages_given_up_total", "Messages given up because connections ended upon them."],
	unheard: ["messages_unheard_total", "Messages received that nobody has asked for."],
	copies: ["messages_copied_total", "Copies of messages that came for each filter of their topic, not handed on again."],
	tolerated: ["faults_tolerated_total", "Faults of the broker that were taken all the same."],
};

function tellLinks(to: Exposition, { all }: Links): void {
	to.gauge(
		"lampwire_link_up",
		"1: the role is connected, subscribed and announced.",
		all.map(([role, up]) => [{ role }, Number(up)]),
	);
	for (const [field, [name, help]] of Object.entries(ofLinks))
		to.counter(
			`lampwire_link_${name}`,
			help,
			all.map(([role, , counters]) => [{ role }, counters[field as keyof Counters]]),
		);
}
