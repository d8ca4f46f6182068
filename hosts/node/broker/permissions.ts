// The topics to which a client may publish and subscribe, where the broker checks credentials. The role is the user's name, and a device's own
// topics follow from its client id: a lamp cannot set the light, no client publishes in another's name, and one without a user may do neither.
// docs/security.md has the same table in words.
import { discoveryTopics } from "../../../src/light/discovery.js";
import { matches } from "../../../src/mqtt/packets/topic.js";
import { covers } from "../../../src/recorder/filters.js";

/** Users, one for each role; each has a password of its own. */
export const users = ["controller", "dimmer", "lamp", "hue", "hue-follow", "recorder", "bridge"] as const;
export type User = (typeof users)[number];

/** `base`: the intensity topic; `ids`: the possible ids of the device, one level of a topic each. */
type Rule = (base: string, ids: readonly string[], prefix: string) => readonly string[];

interface Role {
	/** Possible prefixes of a device's id in its client id: `lamp-ab12` is the lamp ab12 (`src/light/role.ts`). */
	readonly names: readonly string[];
	readonly publish: Rule;
	readonly subscribe: Rule;
}

const level: Rule = (base) => [base];
const own: Rule = (base, ids) => ids.flatMap((id) => [`${base}/${id}/status`, `${base}/${id}/info`]);
/** The topics for lessons on the page's wire view. */
const lesson: Rule = (base) => [`${base}/lesson/#`];
const everything: Rule = (base) => [`${base}/#`];
const discovered =
	(shape: "light" | "sensor"): Rule =>
	(_base, ids, prefix) =>
		ids.flatMap((id) => Object.values(discoveryTopics(prefix, shape, id)));
const birth: Rule = (_base, _ids, prefix) => [`${prefix}/status`];
const all =
	(...rules: Rule[]): Rule =>
	(base, ids, prefix) =>
		rules.flatMap((rule) => rule(base, ids, prefix));

const roles: Readonly<Record<User, Role>> = {
	controller: { names: ["controller", "lamp", "dimmer"], publish: all(level, own, lesson), subscribe: everything },
	dimmer: { names: ["dimmer"], publish: all(level, own, discovered("sensor")), subscribe: all(level, birth) },
	lamp: { names: ["lamp"], publish: all(own, discovered("light")), subscribe: all(level, birth) },
	hue: { names: ["hue"], publish: all(own, discovered("light")), subscribe: all(level, birth) },
	"hue-follow": { names: ["hue"], publish: all(level, own, discovered("light")), subscribe: all(level, birth) },
	recorder: { names: ["recorder"], publish: own, subscribe: all(level, (base) => [`${base}/+/status`]) },
	bridge: { names: [], publish: all(everything, birth), subscribe: all(everything, (_base, _id, prefix) => [`${prefix}/#`]) },
};

export class Permissions {
	readonly #base: string;
	readonly #prefix: string;
	readonly #recorded: readonly string[];

	/** `prefix`: the prefix of Home Assistant's discovery; `recorded`: further filters of the recorder. */
	constructor(topic: string, prefix: string, recorded: readonly string[] = []) {
		this.#base = topic;
		this.#prefix = prefix;
		this.#recorded = recorded;
	}

	/** The rights of a client, by its user, whose password it has given, and by its client id; `""`: it has no id, and no topics of its own. */
	of(user: User, id: string): Rights {
		const { names, publish, subscribe } = roles[user];
		const ids = [id, ...names.filter((name) => id.startsWith(`${name}-`)).map((name) => id.slice(name.length + 1))];
		// An id with a wildcard or a slash would name the topics of others.
		const levels = ids.filter((one) => one !== "" && !/[+#/]/.test(one));
		const heard = subscribe(this.#base, levels, this.#prefix);
		return new Rights(user, publish(this.#base, levels, this.#prefix), user === "recorder" ? [...heard, ...this.#recorded] : heard);
	}
}

/** The rights of one client. Made once, at its CONNECT. */
export class Rights {
	readonly user: User;
	readonly #publish: readonly string[];
	readonly #subscribe: readonly string[];

	/** `publish` and `subscribe` are filters of the allowed topics. */
	constructor(user: User, publish: readonly string[], subscribe: readonly string[]) {
		this.user = user;
		this.#publish = publish;
		this.#subscribe = subscribe;
	}

	mayPublish(topic: string): boolean {
		return this.#publish.some((filter) => matches(filter, topic));
	}

	/** Whether the client may subscribe to all topics of `filter`. */
	maySubscribe(filter: string): boolean {
		return this.#subscribe.some((wide) => covers(wide, filter));
	}
}
