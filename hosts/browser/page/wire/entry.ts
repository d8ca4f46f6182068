// What the wire view keeps of what it sees: one entry a packet, or a thing that happened to a connection.
import type { Packet } from "../../../../src/wire/fields.js";

/** A connection between a client and the broker, as the view has it. */
export interface Connection {
	/** Counts from 1. */
	readonly number: number;
	/** `you`, `guest`, or a client's id as the desk tells it. */
	readonly who: string;
	/** The client's id. */
	client: string;
	/** Made by this page: yours, or its guest's. */
	readonly own: boolean;
	/** Drawn between you and the broker; all others between the broker and the others. */
	readonly yours: boolean;
	/** Packets that take part in a handshake, by id: the QoS of its PUBLISH, and which way that went. */
	readonly exchanges: Map<string, Exchange>;
}

/** A PUBLISH at QoS 1 or 2 with what belongs to it. */
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
	/** To the broker. */
	readonly out: boolean;
	/** `undefined`: no packet; `note` says what has happened. */
	readonly packet: Packet | undefined;
	readonly bytes: Uint8Array;
	readonly note: string;
	/** Of which it is the `step`th packet of `exchange.QoS * 2`. */
	readonly exchange: Exchange | undefined;
	readonly step: number;
	/** PUBLISH from the broker: the client that has sent it, where the desk tells it. */
	by: string | undefined;
}
