// Admits clients and holds messages, besides the limits of the broker: for a teacher, in a class room.

/** The facts about a client before its CONNECT. */
export interface Visitor {
	/** Address of the other end. */
	readonly address: string;
	/** The mark of a tab of the page, the same under every name: random, kept as long as the tab; "": none. */
	readonly mark: string;
}

/**
 * The end of a dismissed client: code and reason of a WebSocket's close frame (RFC 6455 §7.4.2: 4000 to 4999 are for applications), before its
 * CONNACK. Over TCP it gets CONNACK 5, at which the page would ask for a password.
 */
export interface Dismissal {
	readonly code: number;
	readonly reason: string;
}

/** A client that is admitted. */
export interface Guest extends Visitor {
	/** The client's id. */
	readonly name: string;
	/** Closes its connection. */
	dismiss(how: Dismissal): void;
}

export interface Doorkeeper {
	/** Judges a WebSocket, before any byte of it is read. `undefined`: admitted. */
	meets(visitor: Visitor): Dismissal | undefined;
	/** Judges a client at its CONNECT. */
	judges(id: string, visitor: Visitor): Dismissal | undefined;
	/** Whether a message of `client` is held. The sender is answered all the same: MQTT 3.1.1 has no answer that refuses. */
	holds(topic: string, client: string): boolean;
	came(guest: Guest): void;
	left(guest: Guest): void;
}
