// What the dimmer and the lamp have in common: their options, and how they are on the broker.
import type { Device } from "../host.js";
import { Link, type LinkOptions } from "../mqtt/link.js";
import { statusTopic } from "./topics.js";

/** What a role needs of a link; tests put their own in its place. */
export type RoleLink = Pick<Link, "up" | "counters" | "subscribe" | "publish" | "close">;

export interface RoleOptions {
	/** The board, process or page that the role runs on. */
	device: Device;
	/** Broker's name or address. */
	host: string;
	/** Default 1883. */
	port?: number;
	user?: string;
	password?: string;
	/** The intensity topic, such as `home/desk/light`. */
	topic: string;
	/** One level of a topic, unlike that of any other device at the broker. Default: the device's own. */
	id?: string;
	/** Milliseconds, default 15,000. */
	keepAlive?: number;
	/** Something that the role's fields tell has changed. Called from the event loop, never from inside a method; not after `close`. */
	onChange?(): void;
	/** Default `Link`. */
	link?: new (
		options: LinkOptions,
	) => RoleLink;
}

/** Checks the options that are the role's own, so that an error names them before any hardware is opened. */
export function checkRole(options: RoleOptions): void {
	statusTopic(options.topic, idOf(options));
}

function idOf(options: RoleOptions): string {
	return options.id ?? options.device.id;
}

/**
 * Goes online as `<role>-<id>` (up to 23 bytes, which every broker takes ([MQTT-3.1.3-5]), when the id has 16 or fewer), with
 * `<topic>/<id>/status` as status. Throws, naming the option, when the link refuses one.
 */
export function openLink(role: string, options: RoleOptions, onUp: () => void, onDown: () => void): RoleLink {
	const { device, host, port, user, password, topic, keepAlive = 15_000 } = options;
	const id = idOf(options);
	// an id that names the role already, such as that of `lampwire dimmer`, need not do so twice
	const named = id.startsWith(`${role}-`);
	const name = named ? id : `${role} ${id}`;
	let complaint = "";
	return new (options.link ?? Link)({
		...device.network.mqtt,
		host,
		port,
		id: named ? id : `${role}-${id}`,
		user,
		password,
		keepAlive,
		status: statusTopic(topic, id),
		random: () => device.random(),
		onUp() {
			complaint = "";
			device.log(`${name}: online at ${host}, topic ${topic}`);
			onUp();
		},
		onDown(reason, retry) {
			// Once a reason, not once a try: a broker may be away for days.
			if (reason !== complaint) {
				complaint = reason;
				device.log(`${name}: offline: ${reason}; next try in ${Math.round(retry)} ms, and on until it works`);
			}
			onDown();
		},
	});
}
