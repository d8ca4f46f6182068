// Every capacity and deadline of the desk's broker. A class room fits in well; no client can fill the memory, or make others wait.

export interface Limits {
	/** Bytes of one packet, its header included: enough for a picture of a camera. */
	packet_max: number;
	/** Clients at once: enough for three classes of thirty phones with two connections each. */
	clients_max: number;
	/** Messages kept for one client that is away (clean session 0). The oldest are dropped for newer ones. */
	queue_max: number;
	/** How long a session is kept for a client that is away. */
	session_expiry_ms: number;
	/** Bytes of a CONNECT: id, will, user, and a password that may be a token of 2 KiB. */
	connect_max: number;
	/** Time from the first byte of a connection to the last of its CONNECT. */
	connect_timeout_ms: number;
	/** Connections that have not sent their CONNECT yet: a class that joins in one second. */
	strangers_max: number;
	/**
	 * Bytes that wait for one client. With more, the client is cut, rather than left without small messages: retained messages bring it up to
	 * date when it is back. At 200 Mbit/s this is 40 ms, at 1 Mbit/s eight seconds.
	 */
	outgoing_max: number;
	/** From here on large QoS 0 messages are left out for this client, so that the small ones arrive: a quarter of `outgoing_max`. */
	outgoing_busy: number;
	/** A message with more bytes than this is large: no level, status or info is. */
	large_bytes: number;
	/** A client that takes none of the bytes that wait for it is cut after this time. */
	stall_timeout_ms: number;
	/** Bytes of the messages kept for one client that is away. */
	queue_bytes: number;
	/** Filters of one client. */
	subscriptions_max: number;
	/** Topics that hold a retained message, and bytes of those messages together. */
	retained_max: number;
	retained_bytes: number;
	/** QoS 2 messages of one client that wait for its PUBREL. */
	half_sent_max: number;
}

export const defaults: Readonly<Limits> = Object.freeze({
	packet_max: 256 * 1024,
	clients_max: 250,
	queue_max: 1_000,
	session_expiry_ms: 24 * 3_600_000,
	connect_max: 4_096,
	connect_timeout_ms: 10_000,
	strangers_max: 100,
	outgoing_max: 1024 * 1024,
	outgoing_busy: 256 * 1024,
	large_bytes: 4_096,
	stall_timeout_ms: 10_000,
	queue_bytes: 2 * 1024 * 1024,
	subscriptions_max: 100,
	retained_max: 10_000,
	retained_bytes: 32 * 1024 * 1024,
	half_sent_max: 100,
});

/** The limits of a broker. Four of the largest packets may always wait for a client; with a quarter of that, the client is not behind. */
export function limitsOf(given: Partial<Limits> = {}): Readonly<Limits> {
	const limits = { ...defaults, ...given };
	limits.outgoing_max = Math.max(limits.outgoing_max, 4 * (given.outgoing_max === undefined ? limits.packet_max : 0));
	limits.outgoing_busy = given.outgoing_busy ?? limits.outgoing_max / 4;
	return Object.freeze(limits);
}

/** A number of bytes as text: 4 KiB, 12 bytes. */
export function inBytes(bytes: number): string {
	if (bytes >= 1024 * 1024) return `${Math.round(bytes / 1024 / 1024)} MiB`;
	return bytes >= 1024 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} bytes`;
}
