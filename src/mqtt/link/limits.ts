// The capacities of the link: its part of the option `limits`, beside the client's part.
import * as defaults from "../../limits.js";

export interface LinkLimits {
	/** Messages at QoS 1 and 2 that wait for their acknowledgement or for the broker. */
	outbox: number;
	/** Payload bytes of those messages, together: the longest message at QoS 1 and 2 has as many. */
	outboxBytes: number;
	/** QoS 2 messages between PUBLISH and PUBCOMP, at once; the others wait. */
	inflightQoS2: number;
	/** Payload bytes that a listener gets in one piece. */
	message: number;
	/** Subscriptions at once. */
	subscriptions: number;
}

const standard: Readonly<LinkLimits> = Object.freeze({
	outbox: defaults.outbox_max,
	outboxBytes: defaults.outbox_bytes,
	inflightQoS2: defaults.inflight_qos2_max,
	message: defaults.message_bytes,
	subscriptions: defaults.subscriptions_max,
});

/** The link's limits, those given and the defaults, checked; throws a `RangeError` that names the limit. */
export function linkLimits(given: Partial<LinkLimits> | undefined): LinkLimits {
	const all = { ...standard };
	for (const name of Object.keys(standard) as (keyof LinkLimits)[]) {
		const value = given?.[name];
		if (value === undefined) continue;
		if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff)
			throw new RangeError(`limits.${name}: must be a whole number from 1 to ${0x7fffffff}, is ${String(value)}`);
		all[name] = value;
	}
	return all;
}

/** Throws, naming the option, when one of these two is unfit. */
export function checkOptions(random: unknown, policy: string): void {
	if (typeof random !== "function") throw new TypeError("random: must be a function");
	if (!["latest", "oldest", "refuse"].includes(policy)) throw new RangeError(`policy: must be latest, oldest or refuse, is ${policy}`);
}
