// Who may publish and subscribe to what, where the broker asks for credentials. The role is the user's name, and what is a device's own
// follows from its client id: a lamp cannot set the light, nobody speaks in another's name, and who is nobody may nothing. docs/security.md
// has the same table in words.
import { discoveryTopics } from "../../../src/light/discovery.js";

/** Users, one for each role; each has a password of its own. */
export const users = ["controller", "dimmer", "lamp", "hue", "hue-follow", "recorder", "bridge"] as const;
export type User = (typeof users)[number];

/** A client, by the user's name that it has proved and its client id. */
export interface Identity {
	readonly user: User;
	readonly id: string;
}

/** `base`: the intensity topic; `id`: the client's, or `undefined` when it cannot be one level of a topic. */
type Rule = (base: string, id: string | undefined, prefix: string) => readonly string[];

interface Role {
	readonly publish: Rule;
	readonly subscribe: Rule;
}

const level: Rule = (base) => [base];
const own: Rule = (base, id) => (id === undefined ? [] : [`${base}/${id}/status`, `${base}/${id}/info`]);
/** Where lessons are held, on the page's wire view. */
const lesson: Rule = (base) => [`${base}/lesson/#`];
const everything: Rule = (base) => [`${base}/#`];
const discovered =
	(shape: "light" | "sensor"): Rule =>
	(_base, id, prefix) =>
		id === undefined ? [] : Object.values(discoveryTopics(prefix, shape, id));
const birth: Rule = (_base, _id, prefix) => [`${prefix}/status`];
const all =
	(...rules: Rule[]): Rule =>
	(base, id, prefix) =>
		rules.flatMap((rule) => rule(base, id, prefix));

const roles: Readonly<Record<User, Role>> = {
	controller: { publish: all(level, own, lesson), subscribe: everything },
	dimmer: { publish: all(level, own, discovered("sensor")), subscribe: all(level, birth) },
	lamp: { publish: all(own, discovered("light")), subscribe: all(level, birth) },
	hue: { publish: all(own, discovered("light")), subscribe: all(level, birth) },
	"hue-follow": { publish: all(level, own, discovered("light")), subscribe: all(level, birth) },
	recorder: { publish: own, subscribe: all(level, (base) => [`${base}/+/status`]) },
	bridge: { publish: all(everything, birth), subscribe: all(everything, (_base, _id, prefix) => [`${prefix}/#`]) },
};

export class Permissions {
	readonly #base: string;
	readonly #prefix: string;

	/** `prefix`: that of Home Assistant's discovery. */
	constructor(topic: string, prefix: string) {
		this.#base = topic;
		this.#prefix = prefix;
	}

	publish({ user, id }: Identity, topic: string): boolean {
		return this.#covers(roles[user].publish, id, topic);
	}

	/** Whether all that `filter` can match may be heard. */
	subscribe({ user, id }: Identity, filter: string): boolean {
		return this.#covers(roles[user].subscribe, id, filter);
	}

	#covers(rule: Rule, id: string, asked: string): boolean {
		// An id with a wildcard or a slash would name the topics of others.
		const level = id === "" || /[+#/]/.test(id) ? undefined : id;
		return rule(this.#base, level, this.#prefix).some((allowed) => covers(allowed, asked));
	}
}

/** Whether every topic that `asked` matches is matched by `allowed`, too. Both are filters; a topic is one without wildcards. */
export function covers(allowed: string, asked: string): boolean {
	const [outer, inner] = [allowed.split("/"), asked.split("/")];
	for (const [at, level] of outer.entries()) {
		// [MQTT-4.7.1-2] "a/#" matches "a" as well
		if (level === "#") return true;
		if (inner[at] === undefined || inner[at] === "#") return false;
		if (level !== "+" && level !== inner[at]) return false;
	}
	return inner.length === outer.length;
}
