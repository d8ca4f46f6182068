// Who lets clients in, and what of theirs goes through, besides the limits of the broker: a teacher, in a class room.

/** What is known of a client before it says who it is. */
export interface Visitor {
	/** Address of the other end. */
	readonly address: string;
	/** What a tab of the page calls itself by, whatever its name: random, kept as long as the tab; "": none. */
	readonly mark: string;
}

/**
 * How a client is sent away: code and reason of a WebSocket's close frame (RFC 6455 §7.4.2: 4000 to 4999 are for applications), before its
 * CONNACK. Over TCP it gets CONNACK 5, at which the page would ask for a password.
 */
export interface Dismissal {
	readonly code: number;
	readonly reason: string;
}

/** A client that is in. */
export interface Guest extends Visitor {
	/** Its id. */
	readonly name: string;
	/** Sends it away. */
	dismiss(how: Dismissal): void;
}

export interface Doorkeeper {
	/** At a WebSocket, before anything is read of it. `undefined`: come in. */
	meets(visitor: Visitor): Dismissal | undefined;
	/** At its CONNECT. */
	judges(id: string, visitor: Visitor): Dismissal | undefined;
	/** Whether a message of `client` goes no farther. The sender is answered all the same: MQTT 3.1.1 has no way to say no. */
	holds(topic: string, client: string): boolean;
	came(guest: Guest): void;
	left(guest: Guest): void;
}
