// The entries of the wire view: one for each packet, or for another event of a connection.
import type { Packet } from "../../../../src/wire/fields.js";

/** A connection between a client and the broker, in the view. */
export interface Connection {
	/** Counts from 1. */
	readonly number: number;
	/** `you`, `guest`, or a client's id from the desk. */
	readonly who: string;
	/** The client's id. */
	client: string;
	/** This page has made the connection: yours, or its guest's. */
	readonly own: boolean;
	/** The connection is drawn between you and the broker; all others are drawn between the broker and the others. */
	readonly yours: boolean;
	/** The handshakes under way, by packet id and by the direction of the PUBLISH. */
	readonly exchanges: Map<string, Exchange>;
}

/** A PUBLISH at QoS 1 or 2 with its acknowledgements. */
export interface Exchange {
	readonly number: number;
	readonly QoS: number;
}

export interface Entry {
	/** Counts from 1. */
	readonly number: number;
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly connection: Connection;
	/** The packet goes to the broker. */
	readonly out: boolean;
	/** `undefined`: the entry is another event; `note` describes it. */
	readonly packet: Packet | undefined;
	readonly bytes: Uint8Array;
	readonly note: string;
	/** The handshake of the packet, whose `step`th of `exchange.QoS * 2` packets it is. */
	readonly exchange: Exchange | undefined;
	readonly step: number;
	/** For a PUBLISH from the broker: the client that has sent it, where the desk has named it. */
	by: string | undefined;
}
