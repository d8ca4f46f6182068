// One seeded run of a small world: a publisher and a subscriber, each a link with a session, a broker between them, and a network that
// fails. What was accepted at QoS 1 must arrive, at QoS 2 arrive once, both in order for each topic.
import assert from "node:assert/strict";
import { Link } from "../../src/mqtt/link/link.js";
import { Broker } from "./broker.js";
import { Random } from "./random.js";

const encoder = new TextEncoder();

export interface Outcome {
	/** Messages upon which connections ended, and those that cuts in a row have hit. */
	poisons: number;
	innocents: number;
	accepted: number;
	connects: number;
	resent: number;
}

/** `sessions`: the broker keeps them over its restarts. Without, only what reaches the broker is held against what was accepted. */
export function run(seed: number, sessions: boolean): Outcome {
	const random = new Random(seed);
	const broker = new Broker(random);
	const heard: string[] = [];
	// what the field has: a name of two addresses, copies for each filter, a message upon which the broker closes
	if (random.chance(0.3)) broker.network.addresses = random.chance(0.5) ? ["192.0.2.9", "192.0.2.1"] : ["192.0.2.1", "192.0.2.9"];
	broker.dead = "192.0.2.9";
	broker.silent = random.chance(0.3);
	broker.copies = random.chance(0.3);
	const poisonous = random.chance(0.2);
	broker.poison = "w/poison";
	const givenUp: string[] = [];
	const common = { ...broker.provider, host: "broker", clean: false, keepAlive: 5000, random: random.next };
	const subscriber = new Link({ ...common, id: "subscriber" });
	subscriber.subscribe("w/#", 2, ({ topic, bytes, length }) =>
		heard.push(`${topic}=${new TextDecoder().decode(bytes.subarray(0, length))}`),
	);
	const other: string[] = [];
	if (random.chance(0.5))
		subscriber.subscribe("w/+/+", 2, ({ topic, bytes, length }) =>
			other.push(`${topic}=${new TextDecoder().decode(bytes.subarray(0, length))}`),
		);
	const publisher = new Link({
		...common,
		id: "publisher",
		policy: "refuse",
		onGivenUp: (topic, payload) => givenUp.push(`${topic}=${new TextDecoder().decode(payload)}`),
	});
	const accepted: Record<1 | 2, string[]> = { 1: [], 2: [] };
	let refused = 0;

	// the subscriber's session must be there before the first message, or nothing can be promised
	while (!subscriber.up) broker.time.pass(100);
	for (let step = 0, steps = random.between(10, 60); step < steps; step++) {
		broker.time.pass(random.between(0, 400));
		if (random.chance(0.6)) {
			const QoS = random.pick([1, 2] as const);
			const topic = `w/${QoS}/${random.between(0, 2)}`;
			const payload = `${step}${"x".repeat(random.chance(0.1) ? 40 : 0)}`;
			if (publisher.publish(topic, encoder.encode(payload), QoS)) accepted[QoS].push(`${topic}=${payload}`);
			else refused += 1;
		}
		if (poisonous && step === 5) publisher.publish("w/poison", encoder.encode("x"), 1) || (refused += 1);
		if (random.chance(0.02)) broker.time.late(random.between(1000, 20_000), () => {});
		if (random.chance(0.08)) random.pick([...broker.sockets])?.cut();
		if (random.chance(0.03)) restart(broker, random, sessions);
		if (random.chance(0.02)) broker.time.jump(random.between(1000, 100_000));
	}
	// the network heals; everything that was accepted must come through
	for (let round = 0; round < 2_000 && !done(); round++) broker.time.pass(1000);
	const where = `SEED=${seed} sessions=${sessions}`;
	// what three cuts in a row happened to hit is given up as well, but never in silence
	const innocent = givenUp.filter((message) => !message.startsWith("w/poison="));
	assert.equal(publisher.counters.givenUp, givenUp.length, `${where}: what was given up was told`);
	for (const QoS of [1, 2] as const) accepted[QoS] = accepted[QoS].filter((message) => !innocent.includes(message));
	// and may have arrived all the same
	const kept = (messages: string[]) => messages.filter((message) => !innocent.includes(message));
	check(accepted, kept(sessions ? heard : broker.log), sessions && !broker.copies, where);
	if (sessions && other.length > 0) check(accepted, kept(other), sessions && !broker.copies, where);
	const outcome = {
		poisons: givenUp.length - innocent.length,
		innocents: innocent.length,
		accepted: accepted[1].length + accepted[2].length,
		connects: publisher.counters.connects,
		resent: publisher.counters.resent,
	};
	assert.equal(publisher.counters.dropped, refused, `${where}: what was accepted was not given up`);
	close(broker, publisher, subscriber, where);
	return outcome;

	function done(): boolean {
		if (poisonous && publisher.counters.givenUp === 0 && publisher.counters.dropped === 0) return false;
		return [...accepted[1], ...accepted[2]]
			.filter((message) => !givenUp.includes(message))
			.every((message) => (sessions ? heard : broker.log).includes(message));
	}
}

function restart(broker: Broker, random: Random, sessions: boolean): void {
	broker.listening = false;
	broker.cutAll();
	if (!sessions) broker.forget();
	broker.after(random.between(0, 20_000), () => {
		broker.listening = true;
	});
}

function check(accepted: Record<1 | 2, string[]>, arrived: string[], sessions: boolean, where: string): void {
	const once = [...new Set(arrived)];
	for (const QoS of [1, 2] as const) {
		const missing = accepted[QoS].filter((message) => !arrived.includes(message));
		assert.deepEqual(missing, [], `${where}: lost at QoS ${QoS}`);
		for (const topic of new Set(accepted[QoS].map((message) => message.split("=")[0]))) {
			const of = (messages: string[]) => messages.filter((message) => message.startsWith(`${topic}=`));
			// a message may come again, but never for the first time after a later one
			assert.deepEqual(of(once), of(accepted[QoS]), `${where}: order of ${topic}`);
		}
	}
	if (!sessions) return;
	const doubled = accepted[2].filter((message) => arrived.indexOf(message) !== arrived.lastIndexOf(message));
	assert.deepEqual(doubled, [], `${where}: doubled at QoS 2`);
}

function close(broker: Broker, publisher: Link, subscriber: Link, where: string): void {
	let closed = 0;
	publisher.close(() => closed++);
	subscriber.close(() => closed++);
	broker.time.pass(10_000);
	assert.equal(closed, 2, `${where}: both say goodbye`);
	broker.listening = true;
	broker.time.pass(60_000);
	assert.equal(broker.time.alarms, 0, `${where}: an alarm is left`);
}
