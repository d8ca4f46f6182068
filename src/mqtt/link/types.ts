// The types of the link.
import type { MqttProvider } from "../../host.js";
import type { ConnectOptions } from "../client/options.js";
import type { Policy } from "./outbox.js";

export interface LinkOptions extends Omit<MqttProvider, "io" | "limits">, Omit<ConnectOptions, "will"> {
	/** 0 ≤ random < 1, for the jitter of the back-off. */
	random(): number;
	/** Status topic: retained "online" after every connect (once subscribed), retained "offline" as will and before a clean goodbye. */
	status?: string;
	/** What gives way when the outbox is full. Default `latest`. */
	policy?: Policy;
	/** Connected, subscribed and announced. */
	onUp?(sessionPresent: boolean): void;
	/** The connection ended or could not be made; the next try comes in `retry` milliseconds. */
	onDown?(reason: string, retry: number): void;
	/** A message was drained because its topic is longer than `limits.topic`; lengths in bytes. */
	onOversize?(topicLength: number, byteLength: number): void;
	/** The broker refused a subscription. */
	onRefused?(filter: string): void;
}

/** What has happened since the start. */
export interface Counters {
	/** Connections that came up. */
	connects: number;
	/** Messages handed to the socket, and again after a reconnect. */
	published: number;
	resent: number;
	/** Messages received, of any size. */
	received: number;
	/** Messages drained because their topic was too long. */
	oversize: number;
	/** Messages given up: published while away or without room. */
	dropped: number;
	/** Subscriptions that the broker refused. */
	refused: number;
}
