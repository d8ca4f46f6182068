// The options of the MQTT client: ECMA-419 §25, checked by name before any memory is taken.
import type { ByteBuffer, MqttProvider, ResolverProvider, SocketProvider, Time } from "../../host.js";
import {
	connack_timeout_ms,
	connect_timeout_ms,
	filters_max,
	inflight_max,
	keep_alive_max_ms,
	login_max_bytes,
	pending_acks_max,
	pingresp_timeout_ms,
	receive_chunk_bytes,
	received_max,
	resolve_timeout_ms,
	suback_timeout_ms,
	topic_cache_max,
	topic_max_bytes,
	transmit_buffer_bytes,
	unacknowledged_max,
} from "../../limits.js";
import { utf8Length } from "../bytes/utf8.js";
import { bytesOf, type ConnectFields, fieldLength } from "../packets/outbound.js";
import { topicFault } from "../packets/topic.js";
import type { QoS } from "../packets/wire.js";

export type { QoS };

export interface Will {
	topic: string;
	/** Default: empty. */
	message?: string | ByteBuffer;
	/** Default 0. */
	QoS?: QoS;
	/** Default false. */
	retain?: boolean;
}

/** Capacities and timeouts of one client, each with its default in `limits.ts`. */
export interface ClientLimits {
	/** Longest topic received whole, bytes. */
	topic: number;
	/** Longest read of the socket, bytes. */
	receive: number;
	/** The buffer in which packets are composed, bytes: CONNECT, SUBSCRIBE, and a PUBLISH's header and topic must fit. */
	transmit: number;
	/** Packets that wait for an acknowledgement, at once. */
	inflight: number;
	/** QoS 2 messages received and not released, at once. */
	received: number;
	/** Acknowledgements that wait for room in the socket, at once. */
	pendingAcks: number;
	/** Messages at QoS 1 that wait for `acknowledge`, at once. */
	unacknowledged: number;
	/** Filters in one SUBSCRIBE. */
	filters: number;
	/** Topics whose strings are kept. */
	topics: number;
	/** User name and password together, bytes. */
	login: number;
	/** Milliseconds for the resolver, TCP, CONNACK, SUBACK and for anything received after PINGREQ. */
	resolveTimeout: number;
	connectTimeout: number;
	connackTimeout: number;
	subackTimeout: number;
	pingrespTimeout: number;
}

const defaultLimits: Readonly<ClientLimits> = Object.freeze({
	topic: topic_max_bytes,
	receive: receive_chunk_bytes,
	transmit: transmit_buffer_bytes,
	inflight: inflight_max,
	received: received_max,
	pendingAcks: pending_acks_max,
	unacknowledged: unacknowledged_max,
	filters: filters_max,
	topics: topic_cache_max,
	login: login_max_bytes,
	resolveTimeout: resolve_timeout_ms,
	connectTimeout: connect_timeout_ms,
	connackTimeout: connack_timeout_ms,
	subackTimeout: suback_timeout_ms,
	pingrespTimeout: pingresp_timeout_ms,
});

export interface ConnectOptions {
	/** Name or address of the broker. */
	host: string;
	/** TCP port. Default 1883. */
	port?: number;
	/** Client identifier. Default "": the broker assigns one (clean session only). */
	id?: string;
	user?: string;
	/** Needs `user` [MQTT-3.1.2-22]. */
	password?: string | ByteBuffer;
	/** Milliseconds, rounded up to whole seconds; 0: none. Up to 65,535,000. Default 0. */
	keepAlive?: number;
	/** Clean session. Default true. */
	clean?: boolean;
	will?: Will;
	/** A message at QoS 1 is acknowledged when the application calls `acknowledge`. Default false: when its payload has been read. */
	deferAcknowledge?: boolean;
	/** Packet id to begin with, 1 to 65,535. Default: at random, where `random` is given; else 1. */
	firstId?: number;
	/** 0 ≤ random < 1. The host's function. */
	random?(): number;
	limits?: Partial<ClientLimits>;
}

export interface Settings {
	host: string;
	port: number;
	/** Milliseconds. */
	keepAlive: number;
	connect: ConnectFields;
	firstId: number;
	/** The application acknowledges QoS 1. */
	defer: boolean;
	limits: ClientLimits;
	socket: SocketProvider;
	dns: ResolverProvider;
	time: Time;
}

function fail(option: string, fault: string): never {
	throw new RangeError(`${option}: ${fault}`);
}

function text(option: string, value: unknown, fallback: string): string {
	if (value === undefined) return fallback;
	if (typeof value !== "string") fail(option, `must be a string, is ${typeof value}`);
	const length = utf8Length(value as string);
	if (length < 0) fail(option, "has U+0000 or half a surrogate pair [MQTT-1.5.3-1] [MQTT-1.5.3-2]");
	if (length > 65_535) fail(option, `has ${length} bytes; MQTT allows 65,535 [§1.5.3]`);
	return value as string;
}

/** Text stays text; bytes are copied, so that the caller may use its buffer again. */
function field(option: string, value: string | ByteBuffer): string | Uint8Array {
	if (typeof value === "string") {
		// a password or message is binary (§3.1.3.5, §3.1.3.3), so only a text without UTF-8 is refused, and a U+0000 is sent as bytes
		if (utf8Length(value) < 0) fail(option, "has U+0000 or half a surrogate pair; give it as bytes");
		if (utf8Length(value) > 65_535) fail(option, "has more than 65,535 bytes");
		return value;
	}
	if (!ArrayBuffer.isView(value) && (typeof value !== "object" || value === null || typeof (value as ByteBuffer).byteLength !== "number"))
		fail(option, "must be a string or a Byte Buffer");
	if (value.byteLength > 65_535) fail(option, "has more than 65,535 bytes");
	return bytesOf(value).slice();
}

function whole(option: string, value: unknown, low: number, high: number): number {
	if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high)
		fail(option, `must be a whole number from ${low} to ${high}, is ${String(value)}`);
	return value as number;
}

function will(value: Will): ConnectFields["will"] {
	const { topic, message, QoS, retain } = value;
	// [MQTT-3.1.3-10] the will topic is text, and a topic name
	const fault = typeof topic === "string" ? topicFault(topic) : "must be a string";
	if (fault !== undefined) fail("will.topic", fault);
	return {
		topic,
		message: message === undefined ? "" : field("will.message", message),
		QoS: QoS === undefined ? 0 : whole("will.QoS", QoS, 0, 2), // [MQTT-3.1.2-14]
		retain: Boolean(retain),
	};
}

function limits(given: Partial<ClientLimits> | undefined): ClientLimits {
	const all = { ...defaultLimits };
	if (given === undefined) return all;
	for (const name of Object.keys(defaultLimits) as (keyof ClientLimits)[]) {
		const value = given[name];
		if (value !== undefined) all[name] = whole(`limits.${name}`, value, 1, 0x7fffffff);
	}
	if (all.transmit < all.topic + 9)
		fail("limits.transmit", `must hold a topic and its header: at least limits.topic + 9 = ${all.topic + 9}`);
	// the session counts filters in a byte
	if (all.filters > 255) fail("limits.filters", `must be at most 255, is ${all.filters}`);
	if (all.inflight > 65_535) fail("limits.inflight", "there are 65,535 packet ids");
	return all;
}

/** Reads each option once and checks it; throws a `RangeError` or `TypeError` whose message begins with the option's name. */
export function readOptions(options: ConnectOptions & Omit<MqttProvider, "io" | "limits">): Settings {
	const { host, port, id, user, password, keepAlive, clean, will: last, socket, dns, time, firstId, random, deferAcknowledge } = options;
	if (typeof host !== "string" || host === "") fail("host", "must be the name or address of a broker");
	if (typeof socket?.io !== "function") throw new TypeError("socket: must be an object whose io is the TCP class");
	if (typeof dns?.io !== "function") throw new TypeError("dns: must be an object whose io is the resolver class");
	const { format } = options as { format?: unknown };
	if (format !== undefined && format !== "buffer") fail("format", 'must be "buffer"');
	if (typeof time?.now !== "function" || typeof time?.alarm !== "function") throw new TypeError("time: must be the host's Time");
	if (keepAlive !== undefined && !(keepAlive >= 0 && keepAlive <= keep_alive_max_ms))
		fail("keepAlive", `must be 0 to ${keep_alive_max_ms} milliseconds, is ${keepAlive}`);
	const seconds = Math.ceil((keepAlive ?? 0) / 1000);
	const connect: ConnectFields = {
		id: text("id", id, ""),
		clean: clean === undefined ? true : Boolean(clean),
		keepAlive: seconds,
		user: user === undefined ? undefined : text("user", user, ""),
		password: password === undefined ? undefined : field("password", password),
		will: last === undefined ? undefined : will(last),
	};
	// [MQTT-3.1.3-4] [MQTT-3.1.3-11] id and user name are text, checked above
	// [MQTT-3.1.3-7] [MQTT-3.1.3-8] without an id there is no session to resume
	if (connect.id === "" && !connect.clean) fail("id", "must not be empty when clean is false [MQTT-3.1.3-7]");
	if (connect.password !== undefined && connect.user === undefined) fail("user", "is needed where there is a password [MQTT-3.1.2-22]");
	const all = limits(options.limits);
	const login = fieldLength(connect.user ?? "") + fieldLength(connect.password ?? "");
	if (login > all.login) fail("password", `has ${login} bytes, with the user name; limits.login of ${all.login} allows no more`);
	if (random !== undefined && typeof random !== "function") throw new TypeError("random: must be a function");
	return {
		host,
		port: port === undefined ? 1883 : whole("port", port, 1, 65_535),
		keepAlive: seconds * 1000,
		connect,
		// a broker that has kept the session takes packet ids that begin alike after each restart for those of before
		firstId: firstId === undefined ? 1 + Math.floor((random?.() ?? 0) * 65_535) : whole("firstId", firstId, 1, 65_535),
		defer: Boolean(deferAcknowledge),
		limits: all,
		socket,
		dns,
		time,
	};
}
