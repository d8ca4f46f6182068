// The broker's store in memory, with limits: retained messages, and sessions of clients that are away (clean session 0) with their messages.
// The rest of aedes' store stays as it is. Its queues have no limit and are private: hence a subclass, an import of the package's
// inner path, and a pinned version of the package.
import { Readable } from "node:stream";
import type { Subscription } from "aedes";
import MemoryPersistence, { type Packet } from "aedes-persistence/asyncPersistence.js";
import { inBytes, type Limits } from "./limits.js";
import type { Notices } from "./notices.js";
import type { User } from "./permissions.js";
import { Tally } from "./tally.js";

interface Queue {
	packets: Packet[];
	bytes: number;
}

interface Client {
	id: string;
}

/** The highest packet id (MQTT 3.1.1 §2.3.1). */
const id_max = 65_535;
/** Bytes of a message beside its payload and topic: an object of 15 fields. */
const packet_overhead = 200;

export class Sessions extends MemoryPersistence {
	/** Called when `client` has sent a QoS 2 message again that was distributed before. */
	onRepeated?: (client: Client) => void;
	readonly #limits: Readonly<Limits>;
	readonly #notices: Notices;
	readonly #tally: Tally;
	readonly #now: () => number;
	readonly #queues = new Map<string, Queue>();
	/** For clients that are away, the longest away first: the time of leaving, and the user of the session. */
	readonly #away = new Map<string, { since: number; user: User | undefined }>();
	/** Bytes of the retained message of each topic, and of all retained messages. */
	readonly #retained = new Map<string, number>();
	#retainedBytes = 0;

	constructor(limits: Readonly<Limits>, notices: Notices, tally = new Tally(), now: () => number = Date.now) {
		super();
		this.#limits = limits;
		this.#notices = notices;
		this.#tally = tally;
		this.#now = now;
	}

	/** Numbers of this moment: sessions of clients that are away, messages for clients that have a session, retained messages; bytes with `packet_overhead`. */
	get counts() {
		const queues = [...this.#queues.values()];
		return {
			away: this.#away.size,
			queued: queues.reduce((sum, { packets }) => sum + packets.length, 0),
			queuedBytes: queues.reduce((sum, { bytes }) => sum + bytes, 0),
			retained: this.#retained.size,
			retainedBytes: this.#retainedBytes,
		};
	}

	/** A client with a session that outlives its connection has left. */
	left(id: string, user?: User): void {
		this.#away.delete(id);
		this.#away.set(id, { since: this.#now(), user });
		if (this.#away.size <= this.#limits.clients_max) return;
		const [oldest = ""] = this.#away.keys();
		this.#notices.tell("sessions", `${this.#away.size} clients are away and want to be waited for: the session of ${oldest} was ended`);
		this.#end(oldest);
	}

	back(id: string): void {
		this.#away.delete(id);
	}

	/**
	 * The first packet id of a new connection of the client `id`. aedes begins anywhere; the messages that wait keep their ids, and if a new one
	 * had the id of one of them, the client would drop it as sent again, or acknowledge both at once (MQTT 3.1.1 §2.3.1).
	 */
	firstId(id: string): number {
		return farthestId((this.#queues.get(id)?.packets ?? []).flatMap(({ messageId }) => messageId ?? []));
	}

	/** The user of the session that waits for the client `id`. */
	userOf(id: string): User | undefined {
		return this.#away.get(id)?.user;
	}

	/** Ends the sessions of clients that have been away for too long. */
	expire(): void {
		const { session_expiry_ms } = this.#limits;
		for (const [id, { since }] of this.#away) {
			if (this.#now() - since < session_expiry_ms) return;
			this.#notices.tell(
				`expired ${id}`,
				`${id} has been away for ${session_expiry_ms / 1_000} s: what was kept for it is forgotten (--session-expiry)`,
			);
			this.#end(id);
		}
	}

	override async storeRetained(packet: Packet): Promise<void> {
		const { topic = "", payload = "" } = packet;
		const before = this.#retained.get(topic);
		const size = payload.length === 0 ? 0 : payload.length + topic.length + packet_overhead;
		const bytes = this.#retainedBytes - (before ?? 0) + size;
		const { retained_max, retained_bytes } = this.#limits;
		if (size > 0 && ((before === undefined && this.#retained.size >= retained_max) || bytes > retained_bytes)) {
			const full = `${this.#retained.size} topics, ${inBytes(this.#retainedBytes)}`;
			this.#notices.tell(
				"retained",
				`no more retained messages are kept, it is full (${full}): clear topics with an empty retained message`,
			);
			// The older retained message of the topic is not valid any more.
			return this.storeRetained({ ...packet, payload: Buffer.alloc(0) });
		}
		this.#retainedBytes = bytes;
		if (size === 0) this.#retained.delete(topic);
		else this.#retained.set(topic, size);
		await super.storeRetained(owned(packet));
	}

	/** aedes stores the refused filters of a SUBSCRIBE too: here, no more than a client may have are stored. */
	override async addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void> {
		const known = new Set((await this.subscriptionsByClient(client)).map(({ topic }) => topic));
		const kept = subscriptions.filter(({ topic }) => known.has(topic) || (known.size < this.#limits.subscriptions_max && known.add(topic)));
		await super.addSubscriptions(client, kept);
	}

	/** A session ends with its messages. */
	override async cleanSubscriptions(client: Client): Promise<void> {
		this.#queues.delete(client.id);
		this.#away.delete(client.id);
		await super.cleanSubscriptions(client);
	}

	/** Rejects when the QoS 2 message is not there. */
	override async incomingGetPacket(client: Client, packet: Packet): Promise<Packet> {
		const kept = await super.incomingGetPacket(client, packet);
		if (packet.cmd === "publish") this.onRepeated?.(client);
		return kept;
	}

	override async outgoingEnqueue({ clientId }: { clientId: string }, packet: Packet): Promise<void> {
		this.#enqueue(clientId, packet, owned(packet));
	}

	override async outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: Packet): Promise<void> {
		if (subscriptions.length === 0) return;
		const copy = owned(packet);
		for (const { clientId } of subscriptions) this.#enqueue(clientId, packet, copy);
	}

	override async outgoingUpdate({ id }: Client, packet: Packet): Promise<void> {
		const queue = this.#queues.get(id);
		if (!queue) return;
		const sent = queue.packets.find((other) => other.brokerId === packet.brokerId && other.brokerCounter === packet.brokerCounter);
		if (sent && packet.brokerId !== undefined) {
			sent.messageId = packet.messageId;
			return;
		}
		// PUBREL takes the place of its message. A message that was dropped for newer ones is not found: PUBREL is sent all the same.
		const at = queue.packets.findIndex(({ messageId }) => messageId !== undefined && messageId === packet.messageId);
		if (at < 0) return;
		queue.bytes += sizeOf(packet) - sizeOf(queue.packets[at] as Packet);
		queue.packets[at] = packet;
	}

	override async outgoingClearMessageId({ id }: Client, packet: Packet): Promise<Packet | undefined> {
		const queue = this.#queues.get(id);
		if (!queue) return undefined;
		const at = queue.packets.findIndex(({ messageId }) => messageId === packet.messageId);
		if (at < 0) return undefined;
		const [cleared] = queue.packets.splice(at, 1);
		queue.bytes -= sizeOf(cleared as Packet);
		return cleared;
	}

	override outgoingStream({ id }: Client): Readable {
		return Readable.from([...(this.#queues.get(id)?.packets ?? [])]);
	}

	#enqueue(id: string, packet: Packet, copy: Packet): void {
		let queue = this.#queues.get(id);
		if (!queue) this.#queues.set(id, (queue = { packets: [], bytes: 0 }));
		// The packet id of the sender has no meaning for the receiver.
		const entry: Packet = { ...packet, payload: copy.payload ?? "", messageId: undefined };
		queue.packets.push(entry);
		queue.bytes += sizeOf(entry);
		const { queue_max, queue_bytes } = this.#limits;
		while (queue.packets.length > queue_max || (queue.bytes > queue_bytes && queue.packets.length > 1)) {
			queue.bytes -= sizeOf(queue.packets.shift() as Packet);
			this.#tally.dropped.queue += 1;
			this.#notices.tell(
				`queue ${id}`,
				`${id} is away, or does not acknowledge: of its messages only the newest are kept, ${queue_max} and ${inBytes(queue_bytes)} at most (--max-queue)`,
			);
		}
	}

	#end(id: string): void {
		void this.cleanSubscriptions({ id });
		void this.cleanIncoming({ id });
	}
}

/** The packet id, 1 to 65,535, in the middle of the widest gap between `used`. After the highest id comes 1. */
export function farthestId(used: number[]): number {
	const sorted = [...used].sort((one, other) => one - other);
	let [first, widest] = [1, 0];
	sorted.forEach((id, i) => {
		const gap = (sorted[i + 1] ?? (sorted[0] as number) + id_max) - id;
		if (gap <= widest) return;
		widest = gap;
		first = ((id + (gap >> 1) - 1) % id_max) + 1;
	});
	return first;
}

function sizeOf({ payload = "", topic = "" }: Packet): number {
	return payload.length + topic.length + packet_overhead;
}

/** A copy with a payload of its own: a view would keep the whole received chunk in memory. */
function owned(packet: Packet): Packet {
	const { payload = "" } = packet;
	const copy = Buffer.allocUnsafeSlow(Buffer.byteLength(payload));
	if (typeof payload === "string") copy.write(payload);
	else copy.set(payload);
	return { ...packet, payload: copy };
}
