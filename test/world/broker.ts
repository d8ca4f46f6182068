// A broker as the standard has it (MQTT 3.1.1 §4), over pipes that delay, split, and break at any byte. Its wire format is that of
// `mqtt-packet`, so that ours is held against another's.
import * as mqtt from "mqtt-packet";
import type { SocketOptions } from "../../src/host.js";
import { matches } from "../../src/mqtt/packets/topic.js";
import type { Random } from "./random.js";
import { VirtualNetwork, VirtualSocket, type VirtualTime } from "./virtual.js";

interface Outgoing {
	topic: string;
	payload: Buffer;
	qos: 0 | 1 | 2;
	id: number;
	/** PUBREC has come: only PUBREL is left. */
	released: boolean;
}

interface Session {
	filters: Map<string, number>;
	queue: Outgoing[];
	received: Set<number>;
	nextId: number;
	connection: Connection | undefined;
}

/** The broker's end of one connection. */
class Connection {
	readonly socket: WorldSocket;
	readonly broker: Broker;
	readonly parser = mqtt.parser({ protocolVersion: 4 });
	session: Session | undefined;

	constructor(broker: Broker, socket: WorldSocket) {
		this.broker = broker;
		this.socket = socket;
		this.parser.on("packet", (packet: mqtt.Packet) => broker.received(this, packet));
		this.parser.on("error", (error: Error) => {
			throw new Error(`the broker cannot read: ${error.message}`);
		});
	}

	send(packet: mqtt.Packet): void {
		this.socket.toClient(mqtt.generate(packet));
	}
}

/** The client's end: what it writes arrives later, in pieces; what the broker sends too. */
export class WorldSocket extends VirtualSocket {
	connection: Connection | undefined;
	/** When the last bytes under way arrive, of either direction. */
	lastArrival = 0;
	readonly #world: Broker;
	readonly address: string;

	constructor(options: SocketOptions, world: Broker) {
		super(options);
		this.address = options.address;
		this.#world = world;
		world.dialled(this);
	}

	override write(buffer: Parameters<VirtualSocket["write"]>[0]): number {
		const left = super.write(buffer);
		const bytes = this.writes.pop() as Uint8Array;
		this.#world.travel(this, bytes, (piece) => {
			this.connection?.parser.parse(Buffer.from(piece));
			// what has arrived makes room again
			if (!this.closed) this.room(Math.min(1000, this.writable + piece.length));
		});
		return left;
	}

	toClient(bytes: Uint8Array): void {
		this.#world.travel(this, bytes, (piece) => this.deliver(piece));
	}

	/** The connection breaks: what is still on its way is lost, at whatever byte. */
	cut(): void {
		if (this.connection?.session?.connection === this.connection && this.connection?.session)
			this.connection.session.connection = undefined;
		this.connection = undefined;
		this.fail();
	}
}

export class Broker {
	readonly network = new VirtualNetwork();
	readonly time: VirtualTime = this.network.time;
	readonly random: Random;
	/** Everything that reached the broker, in order, each QoS 2 message once. */
	readonly log: string[] = [];
	readonly sockets = new Set<WorldSocket>();
	/** Accepts connections. */
	listening = true;
	/** Nobody listens at this address; `silent`: nor says so. */
	dead = "";
	silent = false;
	/** Sends a copy for each filter that stands for a topic. */
	copies = false;
	/** Closes upon a message on this topic. */
	poison = "";
	readonly provider;
	readonly #sessions = new Map<string, Session>();

	constructor(random: Random) {
		this.random = random;
		const broker = this;
		class TCP extends WorldSocket {
			constructor(options: SocketOptions) {
				super(options, broker);
			}
		}
		this.provider = { ...this.network.provider, socket: { io: TCP } };
	}

	/** Forgets every session, as a broker without persistence does when it restarts. */
	forget(): void {
		this.#sessions.clear();
	}

	cutAll(): void {
		for (const socket of [...this.sockets]) {
			this.sockets.delete(socket);
			socket.cut();
		}
	}

	after(milliseconds: number, what: () => void): void {
		const alarm = this.time.alarm(() => {
			alarm.close();
			what();
		});
		alarm.set(milliseconds);
	}

	dialled(socket: WorldSocket): void {
		this.after(this.random.between(1, 50), () => {
			if (socket.closed) return;
			if (socket.address === this.dead) return this.silent ? undefined : socket.fail(new Error("refused"));
			if (!this.listening) return socket.fail(new Error("refused"));
			for (const old of this.sockets) if (old.closed) this.sockets.delete(old);
			this.sockets.add(socket);
			socket.connection = new Connection(this, socket);
			socket.room(1000);
		});
	}

	/** Carries bytes to the other end: late, in order, in pieces. */
	travel(socket: WorldSocket, bytes: Uint8Array, arrive: (piece: Uint8Array) => void): void {
		for (let at = 0; at < bytes.length; ) {
			const size = this.random.chance(0.7) ? bytes.length - at : this.random.between(1, bytes.length - at);
			const piece = bytes.slice(at, at + size);
			at += size;
			// bytes keep their order; alarms that ring at the same moment ring in the order in which they were made
			const when = Math.max(socket.lastArrival, this.time.now() + this.random.between(1, 30));
			socket.lastArrival = when;
			this.after(when - this.time.now(), () => {
				if (socket.connection !== undefined && !socket.closed) arrive(piece);
			});
		}
	}

	received(connection: Connection, packet: mqtt.Packet): void {
		const { session } = connection;
		if (packet.cmd === "connect") return this.#connect(connection, packet);
		if (session === undefined) throw new Error(`the broker got ${packet.cmd} before CONNECT`);
		const id = packet.messageId as number;
		switch (packet.cmd) {
			case "publish":
				return this.#publish(connection, session, packet);
			case "pubrel":
				session.received.delete(id);
				return connection.send({ cmd: "pubcomp", messageId: id });
			case "puback":
			case "pubcomp":
				session.queue = session.queue.filter((message) => message.id !== id);
				return;
			case "pubrec":
				for (const message of session.queue) if (message.id === id) message.released = true;
				return connection.send({ cmd: "pubrel", messageId: id });
			case "subscribe":
				for (const { topic, qos } of packet.subscriptions) session.filters.set(topic, qos);
				return connection.send({ cmd: "suback", messageId: id, granted: packet.subscriptions.map(({ qos }) => qos) });
			case "pingreq":
				return connection.send({ cmd: "pingresp" });
			case "disconnect":
				session.connection = undefined;
				return;
			default:
				throw new Error(`the broker got ${packet.cmd}`);
		}
	}

	#connect(connection: Connection, { clientId, clean }: mqtt.IConnectPacket): void {
		let session = this.#sessions.get(clientId);
		session?.connection?.socket.cut();
		const sessionPresent = !clean && session !== undefined;
		if (!sessionPresent) session = { filters: new Map(), queue: [], received: new Set(), nextId: 1, connection: undefined };
		const current = session as Session;
		this.#sessions.set(clientId, current);
		current.connection = connection;
		connection.session = current;
		connection.send({ cmd: "connack", returnCode: 0, sessionPresent });
		for (const message of current.queue) {
			if (message.released) connection.send({ cmd: "pubrel", messageId: message.id });
			else this.#deliver(connection, message, true);
		}
	}

	#publish(connection: Connection, session: Session, packet: mqtt.IPublishPacket): void {
		const { topic, qos } = packet;
		const payload = packet.payload as Buffer;
		const id = packet.messageId as number;
		if (topic === this.poison) return connection.socket.cut();
		if (qos === 2 && session.received.has(id)) return connection.send({ cmd: "pubrec", messageId: id });
		if (qos === 2) session.received.add(id);
		this.log.push(`${topic}=${payload}`);
		for (const other of this.#sessions.values()) {
			for (const [filter, granted] of other.filters) {
				if (!matches(filter, topic)) continue;
				const message: Outgoing = { topic, payload, qos: Math.min(qos, granted) as 0 | 1 | 2, id: 0, released: false };
				if (message.qos > 0) {
					do message.id = other.nextId = (other.nextId % 65_535) + 1;
					while (other.queue.some((queued) => queued.id === message.id));
					other.queue.push(message);
				}
				if (other.connection) this.#deliver(other.connection, message, false);
				if (!this.copies) break;
			}
		}
		if (qos === 1) connection.send({ cmd: "puback", messageId: id });
		else if (qos === 2) connection.send({ cmd: "pubrec", messageId: id });
	}

	#deliver(connection: Connection, { topic, payload, qos, id }: Outgoing, dup: boolean): void {
		connection.send({ cmd: "publish", topic, payload, qos, messageId: id, dup: dup && qos > 0, retain: false });
	}
}
