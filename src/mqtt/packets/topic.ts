// Topic names and topic filters: MQTT 3.1.1 §4.7. They belong to the wire format: the session needs them as well as the link.
import { utf8Length } from "../bytes/utf8.js";

const field_max_bytes = 65_535;

/** The faults that a topic and a filter have in common. */
function textFault(text: string): string | undefined {
	if (text === "") return "is empty [MQTT-4.7.3-1]";
	const length = utf8Length(text);
	if (length < 0) return "has U+0000 or half a surrogate pair [MQTT-4.7.3-2] [MQTT-1.5.3-1]";
	return length > field_max_bytes ? "has more than 65,535 bytes [MQTT-4.7.3-3]" : undefined;
}

/** Why `topic` may not be published to, or `undefined` when it may. */
export function topicFault(topic: string): string | undefined {
	const fault = textFault(topic);
	if (fault !== undefined) return fault;
	// [MQTT-4.7.1-1] wildcards stand in filters only
	if (topic.includes("+") || topic.includes("#")) return "has a wildcard; only a filter may [MQTT-3.3.2-2]";
	return undefined;
}

/** Why `filter` may not be subscribed to, or `undefined` when it may. */
export function filterFault(filter: string): string | undefined {
	const fault = textFault(filter);
	if (fault !== undefined) return fault;
	for (let i = 0; i < filter.length; i++) {
		const character = filter[i];
		const alone = (i === 0 || filter[i - 1] === "/") && (i === filter.length - 1 || filter[i + 1] === "/");
		if (character === "#" && !(alone && i === filter.length - 1)) return 'has a "#" that is not the whole last level [MQTT-4.7.1-2]';
		if (character === "+" && !alone) return 'has a "+" that is not a whole level [MQTT-4.7.1-3]';
	}
	return undefined;
}

/** Characters that the link refuses beside `topicFault` and `filterFault`: a broker may end the connection upon them (§1.5.3), and many do. */
export function controlFault(text: string): string | undefined {
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const nonCharacter = (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
		if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || nonCharacter)
			return `has the character U+${code.toString(16).toUpperCase().padStart(4, "0")} at ${i}, upon which brokers end the connection [§1.5.3]`;
	}
	return undefined;
}

const shared = "$share/";

/** The FILTER of a shared subscription, `$share/GROUP/FILTER`; any other filter as it is. MQTT 5 §4.8.2; brokers offer it to 3.1.1 too. */
export function sharedFilter(filter: string): string {
	const end = filter.startsWith(shared) ? filter.indexOf("/", shared.length) : -1;
	return end > shared.length && end < filter.length - 1 ? filter.slice(end + 1) : filter;
}

const slash = 0x2f;
const plus = 0x2b;
const hash = 0x23;
const dollar = 0x24;

/** As `matches`, but "." and "/" count as the same character. */
export function matchesWithDots(filter: string, topic: string): boolean {
	return matches(filter.replaceAll(".", "/"), topic.replaceAll(".", "/"));
}

/** Whether `filter` matches `topic`. Both must be valid. Makes no string. */
export function matches(filter: string, topic: string): boolean {
	// [MQTT-4.7.2-1] a filter that begins with a wildcard does not match topics that begin with $
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
		// §4.7.1.2: "sport/#" also matches the parent level "sport"
		return character === slash && f === filter.length - 2 && filter.charCodeAt(f + 1) === hash;
	}
	return t === topic.length;
}
