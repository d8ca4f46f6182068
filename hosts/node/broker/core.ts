// aedes with limits: no client waits for a slow client, and the resources of each client are bounded.
//
// aedes 1.2, not 2.0.0-beta.1 with MQTT 5: that beta is older, and lacks security fixes of 1.2.0 (names such as `constructor` as topics
// and ids, GHSA-52qw-whmv-87c5; the limit of QoS 2 messages in flight; the end of those of a clean session). To be checked again at 2.0.0.
import { Aedes, type AedesPublishPacket, type Client } from "aedes";
import type { Door } from "./door.js";
import type { Limits } from "./limits.js";
import type { Notices } from "./notices.js";
import { Sessions } from "./sessions.js";
import { Tally } from "./tally.js";

/** The longest timer of Node: the door has a deadline of its own, for progress. */
const never_ms = 2_147_483_647;
const expiry_look_ms = 60_000;

/** The part of aedes that distributes messages (`mqemitter`): `done` is called when all receivers have taken the message. */
interface Emitter {
	emit(packet: unknown, done: () => void): unknown;
}

export interface Core {
	aedes: Aedes;
	sessions: Sessions;
	/** Reads the CONNECT of the client behind `door`. */
	enter(door: Door): void;
	close(): Promise<void>;
}

/** Decisions that the door cannot make, because there is no packet there, or the broker sends the answer. */
export interface CoreRules {
	/** Whether the will of the client behind `door` is held. */
	holds(topic: string, door: Door): boolean;
	/** Whether the client may subscribe to `filter`. */
	subscribes(filter: string, door: Door): boolean;
}

export async function createCore(
	limits: Readonly<Limits>,
	notices: Notices,
	{ holds, subscribes }: CoreRules = { holds: () => false, subscribes: () => true },
	tally = new Tally(),
): Promise<Core> {
	const sessions = new Sessions(limits, notices, tally);
	const aedes = new Aedes({
		// Not limited here: with a limit, as many messages that wait for one client would stop all other clients.
		concurrency: 0,
		persistence: sessions,
		connectTimeout: limits.connect_timeout_ms,
		drainTimeout: never_ms,
		maxInflightInbound: limits.half_sent_max,
		authorizeForward: (client, packet) => (doorOf(client).hasRoom(packet.payload.length, packet.qos) ? packet : null),
		authorizePublish: (client, { topic }, answer) => {
			const will = client?.closed === true;
			if (topic.startsWith("$SYS/")) answer(new Error("$SYS/ is the broker's own"));
			else answer(will && client && holds(topic, doorOf(client)) ? new Error("held") : null);
		},
		authorizeSubscribe: (client, subscription, answer) => {
			// [MQTT-3.9.3-2] a filter that is refused gets 0x80.
			if (!subscribes(subscription.topic, doorOf(client))) {
				tally.subscriptions.denied += 1;
				return answer(null, null);
			}
			const { subscriptions } = client as unknown as { subscriptions: Record<string, unknown> };
			if (subscription.topic in subscriptions || Object.keys(subscriptions).length < limits.subscriptions_max)
				return answer(null, subscription);
			tally.subscriptions.limit += 1;
			notices.tell(
				`filters ${client.id}`,
				`${client.id} has ${limits.subscriptions_max} subscriptions, the most there are: others are refused; let it use wildcards`,
			);
			answer(null, null);
		},
		published: (_packet, client, done) => {
			if (client) doorOf(client).distributed();
			done();
		},
	});
	sessions.onRepeated = (client) => doorOf(client as Client).distributed();
	nobodyWaits((aedes as unknown as { mq: Emitter }).mq);
	aedes.on("clientReady", (client: Client) => sessions.back(client.id));
	aedes.on("clientDisconnect", (client: Client) => {
		if (!client.clean) sessions.left(client.id, doorOf(client).rights?.user);
	});
	await aedes.listen();
	const expiry = setInterval(() => sessions.expire(), Math.min(expiry_look_ms, limits.session_expiry_ms)).unref();
	const close = () => {
		clearInterval(expiry);
		return new Promise<void>((resolve) => aedes.close(resolve));
	};
	const enter = (door: Door) => {
		(aedes.handle(door) as unknown as { _nextId: number })._nextId = sessions.firstId(door.name);
	};
	return { aedes, sessions, enter, close };
}

export function doorOf(client: Client): Door {
	return client.conn as unknown as Door;
}

/**
 * aedes reads a sender's next message when all receivers have taken the last one. Here the sender goes on once the message has been
 * passed to their doors; a door bounds the bytes that wait. The price: a sender is not slowed down by its slowest receiver.
 */
function nobodyWaits(mq: Emitter): void {
	const emit = mq.emit.bind(mq);
	mq.emit = (packet, done) => {
		emit(packet, () => {});
		// After the work that the receivers have put off to this turn of the event loop.
		setImmediate(done);
		return mq;
	};
}

export type { AedesPublishPacket, Client };
