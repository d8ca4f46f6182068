// The part of aedes' own store in memory that `sessions.ts` builds on. The package's types declare it, but under another path.
declare module "aedes-persistence/asyncPersistence.js" {
	import type { Readable } from "node:stream";
	import type { Subscription } from "aedes";

	/** A PUBLISH as aedes distributes it, or the PUBREL that has taken its place, without topic and payload. */
	export interface Packet {
		cmd?: string;
		brokerId?: string;
		brokerCounter?: number;
		messageId?: number | undefined;
		topic?: string;
		payload?: Buffer | string;
	}

	export default class MemoryPersistence {
		storeRetained(packet: Packet): Promise<void>;
		addSubscriptions(client: { id: string }, subscriptions: Subscription[]): Promise<void>;
		subscriptionsByClient(client: { id: string }): Promise<Subscription[]>;
		cleanSubscriptions(client: { id: string }): Promise<void>;
		cleanIncoming(client: { id: string }): Promise<void>;
		incomingGetPacket(client: { id: string }, packet: Packet): Promise<Packet>;
		outgoingEnqueue(subscription: { clientId: string }, packet: Packet): Promise<void>;
		outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: Packet): Promise<void>;
		outgoingUpdate(client: { id: string }, packet: Packet): Promise<void>;
		outgoingClearMessageId(client: { id: string }, packet: Packet): Promise<Packet | undefined>;
		createRetainedStream(filter: string): Readable;
		outgoingStream(client: { id: string }): Readable;
	}
}
