// The types of the link.
import type { MqttProvider } from "../../host.js";
import type { ClientLimits, ConnectOptions, QoS } from "../client/options.js";
import type { LastSent } from "./ending.js";
import type { LinkLimits } from "./limits.js";
import type { Policy } from "./outbox.js";

export interface LinkOptions extends Omit<MqttProvider, "io" | "limits" | "random">, Omit<ConnectOptions, "will" | "limits"> {
	/** 0 ≤ random < 1, for the jitter of the back-off, and for the first packet id. */
	random(): number;
	limits?: Partial<ClientLimits & LinkLimits>;
	/** Status topic: retained "online" after every connect (once subscribed), retained "offline" as will and before a clean goodbye. */
	status?: string;
	/** Which message gives way when the outbox is full. Default `latest`: of levels, only the newest counts. */
	policy?: Policy;
	/** Connected, subscribed and announced. */
	onUp?(sessionPresent: boolean): void;
	/**
	 * The connection ended or could not be made; the next try comes in `retry` milliseconds. `last`: the last packet sent, if the broker closed
	 * without an answer to it, so that it is the likely cause; `reason` has it in words.
	 */
	onDown?(reason: string, retry: number, last?: LastSent): void;
	/** A message was drained because its topic is longer than `limits.topic`; lengths in bytes. */
	onOversize?(topicLength: number, byteLength: number): void;
	/** The broker refused a subscription. */
	onRefused?(filter: string): void;
	/** The broker granted a subscription, at this QoS, which may be less than was asked for. */
	onGranted?(filter: string, QoS: QoS): void;
	/** A publish found no room, or made another message give way; now there is room again. */
	onWritable?(): void;
	/**
	 * Three connections in a row (of the link's own status: two) ended upon this message: it is given up, so that those behind it arrive.
	 * `payload` is lent.
	 */
	onGivenUp?(topic: string, payload: Uint8Array, QoS: QoS): void;
	/** A message came on a topic without a listener. Called once. */
	onUnheard?(topic: string): void;
	/** The broker broke the standard, and its packet was taken all the same. Called once for each kind of fault. */
	onTolerated?(what: string): void;
}
