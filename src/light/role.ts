// The common part of dimmer and lamp: their options, and their presence at the broker.
import type { Device } from "../host.js";
import { backoff_max_ms, outbox_bytes } from "../limits.js";
import { Link, type LinkOptions } from "../mqtt/link/link.js";
import { Discovery, discoveryBytes, type Shape } from "./discovery.js";
import { Info, upon_max } from "./info.js";
import { bracketed, infoTopic, statusTopic } from "./topics.js";

/**
 * After so many connections in a row that were online for less than this time, a second device may have the same id: it reconnects, and the
 * broker then ends this device's connection, at the latest after the second device's longest wait.
 */
const thrownOut_ms = backoff_max_ms;
const thrownOut_times = 3;

/** The part of a link that a role needs; tests put their own in its place. */
export interface RoleLink extends Pick<Link, "up" | "kept" | "subscribe" | "unsubscribe" | "publish" | "prove"> {
	/** Numbers by name, which go out with the board's info; `published`: packets with a message, as in `Counters`. */
	readonly counters: Readonly<{ published: number }>;
	close(done?: () => void): void;
}

export interface RoleOptions {
	/** The board, process or page that the role runs on. */
	device: Device;
	/** Broker's name or address. */
	host: string;
	/** Default 1883. */
	port?: number;
	/** The broker's name in the log. Default: `host`. */
	where?(): string;
	user?: string;
	password?: string;
	/** The intensity topic, such as `home/desk/light`. */
	topic: string;
	/** One level of a topic, unlike that of any other device at the broker. Default: the device's own. */
	id?: string;
	/** Milliseconds, default 15,000. */
	keepAlive?: number;
	/**
	 * `<topic>/<id>/status` holds `online` or, published as will too, `offline`. Default true. False: for a broker that allows nothing but the
	 * level; then there is no info either.
	 */
	status?: boolean;
	/** Once a minute the board's state goes out on `<topic>/<id>/info`, as retained JSON. Default true. */
	info?: boolean;
	/** Announces this device to Home Assistant at this prefix of its discovery, mostly `homeassistant`. Default: no announcement. */
	discovery?: string;
	/** A value that the role's fields give has changed. Called from the event loop, never from inside a method; not after `close`. */
	onChange?(): void;
	/** Default `Link`. */
	link?: new (
		options: LinkOptions,
	) => RoleLink;
}

/** Checks the options that are the role's own, so that an error names them before any hardware is opened. */
export function checkRole(options: RoleOptions): void {
	if (options.discovery !== undefined && options.status === false)
		throw new Error("discovery: Home Assistant needs the device's status; leave out one of the two");
	statusTopic(options.topic, idOf(options));
}

function shapeOf(role: string): Shape {
	return role === "dimmer" ? "sensor" : "light";
}

/** A wait as people read it: milliseconds below ten seconds, seconds above. */
function duration(milliseconds: number): string {
	return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 1000)} s`;
}

function idOf(options: RoleOptions): string {
	return options.id ?? options.device.id;
}

/**
 * Goes online as `<role>-<id>` (up to 23 bytes, which every broker takes ([MQTT-3.1.3-5]), when the id has 16 or fewer), with
 * `<topic>/<id>/status` as status. Throws, naming the option, when the link refuses one. `counters` (numbers) go out with the board's info.
 */
export function openLink(role: string, options: RoleOptions, onUp: () => void, onDown: () => void, counters: object): RoleLink {
	const { device, host, port, where = () => bracketed(host), user, password, topic, keepAlive = 15_000 } = options;
	const id = idOf(options);
	// an id that names the role already, such as that of `lampwire dimmer`, need not name it twice
	const named = id.startsWith(`${role}-`);
	const name = named ? id : `${role} ${id}`;
	let complaint = "";
	/** When the connection came online; 0: it is not. */
	let since = 0;
	/** Connections in a row that were lost soon. */
	let thrownOut = 0;
	let info: Info | undefined;
	let discovery: Discovery | undefined;
	const Base: new (options: LinkOptions) => RoleLink = options.link ?? Link;
	/** The board's info and discovery end with the link. */
	class Telling extends Base {
		override close(done?: () => void): void {
			info?.close();
			discovery?.close();
			super.close(done);
		}
	}
	const topics = { status: statusTopic(topic, id), info: infoTopic(topic, id) };
	const { discovery: prefix } = options;
	const about = prefix === undefined ? undefined : { device, prefix, role, shape: shapeOf(role), topic, id };
	// a discovery message is longer than all levels together
	const limits = about && { ...device.network.mqtt.limits, outboxBytes: outbox_bytes + discoveryBytes(about) };
	/** The level goes on without the message upon which a broker closes the connection. */
	const giveUp = (what: string) =>
		device.log(`${name}: the broker closes upon ${what}: given up until a restart; allow it there, or do without (status off)`);
	const link = new Telling({
		...device.network.mqtt,
		...(limits && { limits }),
		host,
		port,
		id: named ? id : `${role}-${id}`,
		user,
		password,
		keepAlive,
		status: options.status === false ? undefined : topics.status,
		random: () => device.random(),
		onUp() {
			complaint = "";
			since = device.time.now();
			device.log(`${name}: online at ${where()}, topic ${topic}`);
			info?.up();
			discovery?.up();
			onUp();
		},
		onDown(reason, retry, last) {
			if (since) thrownOut = device.time.now() - since < thrownOut_ms ? thrownOut + 1 : 0;
			since = 0;
			const upon = info?.ended(device.time.now()) ?? 0;
			if (upon >= upon_max) {
				info?.close();
				info = undefined;
				giveUp(topics.info);
			}
			// Logged once for each reason, not for each try: a broker may be away for days.
			if (reason !== complaint) {
				complaint = reason;
				const hint = thrownOut < thrownOut_times || last !== undefined || upon !== 0 ? "" : `; does another device use the id ${id}?`;
				device.log(`${name}: offline: ${reason}; next try in ${duration(retry)}, and on until it works${hint}`);
			}
			onDown();
		},
		onRefused: (filter) =>
			device.log(`${name}: not allowed to hear ${filter}: the broker has refused the subscription; look at its permissions`),
		onGivenUp(given) {
			if (discovery?.owns(given)) {
				discovery.close();
				discovery = undefined;
			}
			giveUp(given);
		},
		onUnheard: (heard) => device.log(`${name}: a message came on ${heard}, which nothing here has asked for; its topic is ${topic}`),
		onTolerated: (what) => device.log(`${name}: the broker errs, and is taken all the same: ${what}`),
	});
	if (options.info !== false && options.status !== false) info = new Info({ role, device, link, topic: topics.info, counters });
	if (about) discovery = new Discovery({ ...about, link });
	return link;
}
