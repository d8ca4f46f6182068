// The topics at the broker. The intensity topic is configuration; next to it every device has its own status topic, so that "online" never
// arrives where a level is expected.
import { topic_max_bytes } from "../limits.js";
import { utf8Length } from "../mqtt/bytes/utf8.js";

/** Payloads of the status topic, both retained; `offline` is also the will. */
export const online = "online";
export const offline = "offline";

/** Half the limit of a topic, in bytes of UTF-8: the id is one level of the status topic. */
export const id_max_bytes = 64;

function check(option: string, text: unknown, max_bytes: number, forbidden: string): asserts text is string {
	if (typeof text !== "string") throw new Error(`${option}: a text is needed, not ${text === undefined ? "nothing" : typeof text}`);
	if (text.length === 0) throw new Error(`${option}: may not be empty`);
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		// [MQTT-1.5.3-2] NUL must not be there; the other control characters "should not", and some brokers close on them.
		if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) throw new Error(`${option}: may not hold a control character (code ${c} at ${i})`);
		if (forbidden.indexOf(text[i]) >= 0) throw new Error(`${option}: "${text}" may not hold "${text[i]}"`);
	}
	const bytes = utf8Length(text);
	if (bytes < 0) throw new Error(`${option}: holds half a surrogate pair, which UTF-8 cannot carry ([MQTT-1.5.3-1])`);
	if (bytes > max_bytes) throw new Error(`${option}: ${bytes} bytes are too long; ${max_bytes} is the most`);
}

/**
 * Throws, naming `topic`, unless it is a topic to publish to, without a wildcard ([MQTT-3.3.2-2]), and none of the broker's own. Up to 128
 * bytes: the link does not receive a longer topic whole.
 */
export function checkTopic(topic: unknown): asserts topic is string {
	check("topic", topic, topic_max_bytes, "+#");
	if (topic[0] === "$")
		throw new Error(`topic: "${topic}" starts with "$", which is the broker's own ([MQTT-4.7.2-1]); choose another name`);
}

/** Throws, naming `id`, unless it can be one level of a topic: 1 to 64 bytes without `+`, `#` and `/`. */
export function checkId(id: unknown): asserts id is string {
	check("id", id, id_max_bytes, "+#/");
}

/** A broker's name or address, as it is written where a port may follow: an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function bracketed(host: string): string {
	return host.includes(":") ? `[${host}]` : host;
}

/** The topic of the messages `online` and `offline` of the device `id`. Throws, naming the option, when either part is unfit. */
export function statusTopic(topic: string, id: string): string {
	checkTopic(topic);
	checkId(id);
	return `${topic}/${id}/status`;
}

/** The topic of the info of the device `id`. Its parts have passed `statusTopic`, which is longer. */
export function infoTopic(topic: string, id: string): string {
	return `${topic}/${id}/info`;
}
