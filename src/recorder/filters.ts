// The filters of a recorder. They must not overlap: brokers may send a message once for each filter that matches its topic, and such a copy
// could not be told from a message that was sent twice.
import { checkTopic } from "../light/topics.js";
import { filterFault } from "../mqtt/packets/topic.js";

/** Filters to which a recorder of `topic` always subscribes. */
const always = (topic: string) => [topic, `${topic}/+/status`];

/** The filters to subscribe to: those of `topic` and `more`, without those that another one covers. Throws in words. */
export function plan(topic: string, more: readonly string[]): string[] {
	checkTopic(topic);
	for (const filter of more) {
		const fault = filterFault(filter);
		if (fault !== undefined) throw new RangeError(`filter: ${JSON.stringify(filter)} ${fault}`);
		if (/^[+/]*#$/.test(filter))
			throw new RangeError(`filter: "${filter}" is everything that the broker has; name the first level: home/#`);
		if (filter.startsWith("$share/"))
			throw new RangeError(`filter: "${filter}" is a shared subscription, of which a recorder would hear a part only`);
	}
	const all = [...new Set([...always(topic), ...more])];
	const needed = all.filter((filter) => !all.some((other) => other !== filter && covers(other, filter)));
	for (const [at, one] of needed.entries()) {
		const other = needed.slice(at + 1).find((each) => overlap(one, each));
		if (other !== undefined)
			throw new RangeError(`filter: "${one}" and "${other}" stand for the same topics in part; give one that covers both`);
	}
	return needed;
}

/** Whether `wide` matches all topics that `narrow` matches. */
export function covers(wide: string, narrow: string): boolean {
	const [w, n] = [wide.split("/"), narrow.split("/")];
	for (let i = 0; ; i++) {
		if (w[i] === "#") return i > 0 || !dollar(narrow);
		if (i === w.length || i === n.length) return i === w.length && i === n.length;
		if (n[i] === "#") return false;
		if (w[i] !== n[i] && (w[i] !== "+" || (i === 0 && dollar(narrow)))) return false;
	}
}

/** Whether there is a topic that both match. */
export function overlap(one: string, other: string): boolean {
	const [a, b] = [one.split("/"), other.split("/")];
	if (dollar(one) !== dollar(other)) return false;
	for (let i = 0; ; i++) {
		// "a/#" matches "a" too
		if (a[i] === "#" || b[i] === "#") return true;
		if (i === a.length || i === b.length) return a.length === b.length || a[i] === "#" || b[i] === "#";
		if (a[i] !== b[i] && a[i] !== "+" && b[i] !== "+") return false;
	}
}

const dollar = (filter: string) => filter.startsWith("$");
