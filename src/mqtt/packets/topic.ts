// Topic names and topic filters: MQTT 3.1.1 §4.7.
import { utf8Length } from "../bytes/utf8.js";

const field_max_bytes = 65_535;

/** Why `topic` may not be published to, or `undefined` when it may. */
export function topicFault(topic: string): string | undefined {
	if (topic === "") return "is empty [MQTT-4.7.3-1]";
	const length = utf8Length(topic);
	if (length < 0) return "has U+0000 or half a surrogate pair [MQTT-4.7.3-2] [MQTT-1.5.3-1]";
	if (length > field_max_bytes) return "has more than 65,535 bytes [MQTT-4.7.3-3]";
	// [MQTT-4.7.1-1] wildcards stand in filters only
	if (topic.includes("+") || topic.includes("#")) return "has a wildcard; only a filter may [MQTT-3.3.2-2]";
	return undefined;
}

/** Why `filter` may not be subscribed to, or `undefined` when it may. */
export function filterFault(filter: string): string | undefined {
	if (filter === "") return "is empty [MQTT-4.7.3-1]";
	const length = utf8Length(filter);
	if (length < 0) return "has U+0000 or half a surrogate pair [MQTT-4.7.3-2] [MQTT-1.5.3-1]";
	if (length > field_max_bytes) return "has more than 65,535 bytes [MQTT-4.7.3-3]";
	for (let i = 0; i < filter.length; i++) {
		const character = filter[i];
		const alone = (i === 0 || filter[i - 1] === "/") && (i === filter.length - 1 || filter[i + 1] === "/");
		if (character === "#" && !(alone && i === filter.length - 1)) return 'has a "#" that is not the whole last level [MQTT-4.7.1-2]';
		if (character === "+" && !alone) return 'has a "+" that is not a whole level [MQTT-4.7.1-3]';
	}
	return undefined;
}

const slash = 0x2f;
const plus = 0x2b;
const hash = 0x23;
const dollar = 0x24;

/** Whether `topic` is one of those that `filter` stands for. Both must be valid. Makes no string. */
export function matches(filter: string, topic: string): boolean {
	// [MQTT-4.7.2-1] a filter that begins with a wildcard has no part in topics that begin with $
	const wild = filter.charCodeAt(0);
	if (topic.charCodeAt(0) === dollar && (wild === plus || wild === hash)) return false;
	let t = 0;
	for (let f = 0; f < filter.length; f++) {
		const character = filter.charCodeAt(f);
		if (character === hash) return true;
		if (character === plus) {
			while (t < topic.length && topic.charCodeAt(t) !== slash) t++;
			continue;
		}
		if (t < topic.length) {
			if (topic.charCodeAt(t) !== character) return false;
			t++;
			continue;
		}
		// §4.7.1.2: "sport/#" also stands for the parent level "sport"
		return character === slash && f === filter.length - 2 && filter.charCodeAt(f + 1) === hash;
	}
	return t === topic.length;
}
