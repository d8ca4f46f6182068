// Why a connection ended, in words that lead to the cause: in MQTT 3.1.1 a broker has no packet for the cause, it only closes. The most likely cause
// is the last packet sent, if it had no answer.
import { ACCEPTING, READY } from "../client/state.js";
import type { MqttError } from "../client/types.js";
import { CONNECTION_LOST, REFUSED } from "../packets/reason.js";
import { CONNECT, SUBSCRIBE } from "../packets/wire.js";

/** The last packet that the link sent before the connection ended. */
export interface LastSent {
	/** `CONNECT`, `SUBSCRIBE`, `UNSUBSCRIBE` or `PUBLISH`. */
	operation: number;
	/** Filter or topic; empty where there is none. */
	topic: string;
	/** The broker has answered every packet that needs an answer. */
	answered: boolean;
	/** A will was in CONNECT. */
	will: boolean;
}

/** `upon` is the topic of the message upon which the connection ended; `waits`: a SUBACK is outstanding. */
export function lastSent(sent: Pick<LastSent, "operation" | "topic">, upon: string | undefined, waits: boolean, will: boolean): LastSent {
	return { operation: sent.operation, topic: upon ?? sent.topic, answered: upon === undefined && !waits, will };
}

/** CONNACK's "server unavailable" (MQTT 3.1.1 §3.2.2.3): the only refusal that ends by itself. */
const unavailable = 3;

/** The broker has refused version, client id, user or password. */
export function denied({ reason, returnCode }: MqttError): boolean {
	return reason === REFUSED && returnCode !== unavailable;
}

/** Words that follow the error in a log; empty when there are none. */
export function explain(error: MqttError, last: LastSent): string {
	if (error.reason !== CONNECTION_LOST) return "";
	const topic = JSON.stringify(last.topic);
	if (error.state === ACCEPTING) {
		const will = last.will ? "it may not allow the will, a retained message at QoS 1 (do without status), or " : "it may ";
		return `; the broker closed after CONNECT: ${will}not know user, password or client id, or speak no MQTT on this port`;
	}
	if (error.state < READY || last.answered || last.operation === CONNECT) return "";
	if (last.operation === SUBSCRIBE) return `; it ended after SUBSCRIBE to ${topic}: the broker may not allow it, or not take such a filter`;
	return `; it ended after PUBLISH to ${topic}: the broker may not allow that, or not its QoS or retain`;
}
