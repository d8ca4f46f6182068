// The door between a connection and the broker: it lets in whole, well-formed packets, and lets out as much as the client takes.
// The broker never waits for a door: packets that a client does not take wait here, and a client that takes none is cut.
import { Duplex } from "node:stream";
import { accepted, bad_protocol, identifier_rejected, not_authorized, server_unavailable } from "./connack.js";
import type { Dismissal, Guest } from "./doorkeeper.js";
import { Inlet, Malformed } from "./inlet.js";
import { inBytes, type Limits } from "./limits.js";
import type { Notices } from "./notices.js";
import { type Look, Onlooker } from "./onlooker.js";
import { Order } from "./order.js";
import { type Hello, PUBLISH, readConnect, readPublish, typeOf } from "./packets.js";
import type { Rights } from "./permissions.js";
import { FlowMeter, type Tally } from "./tally.js";
import type { Wire } from "./wires.js";

/** Bytes written at once: the deadline is for progress, in units of this size. */
const slice_bytes = 16 * 1024;
const puback = 0x40;
const pubrec = 0x50;
/** CONNACK return code → its counter. */
const reasons: Readonly<Record<number, keyof Tally["refused"]>> = {
	[bad_protocol]: "protocol",
	[identifier_rejected]: "identifier",
	[server_unavailable]: "full",
};

export interface House {
	readonly limits: Readonly<Limits>;
	readonly notices: Notices;
	readonly tally: Tally;
	/** A CONNACK return code, other than 0 when `hello` is refused; or the dismissal of the client. */
	judge(hello: Hello, door: Door): number | Dismissal;
	/** Whether a message is held, though its sender is answered. */
	holds(topic: string, door: Door): boolean;
	/** Whether `door` may publish to `topic`; else the message is left out, though it is answered. */
	permits(topic: string, door: Door): boolean;
	/** The door is open: the broker reads its CONNECT first. */
	enter(door: Door): void;
	closed(door: Door): void;
	/** Gets all packets that pass. */
	readonly look?: Look | undefined;
}

export class Door extends Duplex implements Guest {
	/** The client's name in log lines: its id, or its address. */
	name: string;
	/** The CONNECT has come, and the client was admitted. */
	entered = false;
	/** The client's rights, where the broker checks credentials. */
	rights: Rights | undefined;
	/** The log already has the reason of its end. */
	told = false;
	readonly #wire: Wire;
	readonly #house: House;
	readonly #inlet: Inlet;
	readonly #order = new Order((packets) => this.#pass(packets));
	readonly #onlooker: Onlooker | undefined;
	readonly #sent: FlowMeter;
	readonly #connectTimer: NodeJS.Timeout;
	readonly #stallTimer: NodeJS.Timeout;
	/** The operating system has a slice. */
	#writing = false;
	/** Messages that were left out because the client was behind, not logged yet. */
	#leftOut = 0;
	/** The client has ended its half of the connection. */
	#over = false;

	constructor(wire: Wire, house: House) {
		super({ writableHighWaterMark: 64 * 1024 });
		const { limits } = house;
		this.#wire = wire;
		this.#house = house;
		this.#inlet = new Inlet(limits.connect_max);
		this.#sent = new FlowMeter(house.tally.sent);
		if (house.look) this.#onlooker = new Onlooker(house.look);
		this.name = `a connection from ${wire.from}`;
		this.#connectTimer = setTimeout(
			() => this.#refuse("no_connect", `sent no CONNECT within ${limits.connect_timeout_ms / 1_000} s: it was closed`),
			limits.connect_timeout_ms,
		).unref();
		this.#stallTimer = setTimeout(() => this.#stalled(), limits.stall_timeout_ms).unref();
		// The broker adds its own listener when the door opens; an error before that must not end the process.
		this.on("error", () => {});
		wire.listen({
			bytes: (chunk) => this.#received(chunk),
			end: () => this.#ended(),
			lost: (why) => this.#refuse("failed", why),
		});
	}

	/**
	 * Whether a message of so many bytes is to be sent to this client. False: the message is left out, because the client is behind; a client
	 * that is far behind is cut.
	 */
	hasRoom(bytes: number, QoS: number): boolean {
		const { limits, notices } = this.#house;
		if (this.destroyed) return false;
		if (this.writableLength > limits.outgoing_max) {
			const waiting = inBytes(this.writableLength);
			this.#refuse("slow", `reads too slowly, ${waiting} wait for it: it was cut; let it subscribe to less, or wake it`);
			return false;
		}
		if (QoS > 0 || bytes <= limits.large_bytes) return true;
		if (this.writableLength > limits.outgoing_busy) {
			this.#leftOut += 1;
			this.#house.tally.dropped.busy += 1;
			return false;
		}
		// Logged once the client has caught up: for one that never does, the line about its cut is enough.
		if (this.#leftOut > 0) {
			const what = `${this.#leftOut} messages of more than ${inBytes(limits.large_bytes)} at QoS 0`;
			notices.tell(`busy ${this.name}`, `${this.name} reads slowly: ${what} were left out for it; let it subscribe to less`);
			this.#leftOut = 0;
		}
		return true;
	}

	/** The address of the other end. */
	get address(): string {
		return this.#wire.from;
	}

	get mark(): string {
		return this.#wire.mark;
	}

	/** Closes the client's connection, with a code and a reason for the page. */
	dismiss(how: Dismissal): void {
		if (this.destroyed) return;
		this.told = true;
		this.#wire.dismiss?.(how);
		this.destroy();
	}

	/** The broker has distributed a message of this client, or has had it before. */
	distributed(): void {
		const waited = this.#order.waits;
		this.#order.distributed();
		if (!waited || this.#order.waits) return;
		if (this.#over) this.push(null);
		else if (this.readableLength < this.readableHighWaterMark) this.#wire.resume();
	}

	override _read(): void {
		if (!this.#order.waits) this.#wire.resume();
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
		this._writev([{ chunk, encoding }], done);
	}

	override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: () => void): void {
		const bytes = chunks.length === 1 ? (chunks[0] as { chunk: Buffer }).chunk : Buffer.concat(chunks.map(({ chunk }) => chunk));
		this.#onlooker?.to(bytes);
		this.#sent.take(bytes);
		let at = 0;
		const next = () => {
			this.#writing = at < bytes.length && !this.destroyed;
			if (!this.#writing) return done();
			this.#stallTimer.refresh();
			const slice = bytes.subarray(at, at + slice_bytes);
			at += slice.length;
			this.#wire.write(slice, next);
		};
		next();
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		clearTimeout(this.#connectTimer);
		clearTimeout(this.#stallTimer);
		if (error) this.#wire.cut();
		else this.#wire.end();
		this.#house.closed(this);
		this.#onlooker?.closed();
		done(error);
	}

	#received(chunk: Buffer): void {
		if (this.destroyed) return;
		const { received } = this.#house.tally;
		received.bytes += chunk.length;
		try {
			const passed: Buffer[] = [];
			this.#inlet.take(chunk, (packet) => {
				received.packet(packet[0] as number);
				this.#onlooker?.from(packet);
				if (this.#judge(packet)) passed.push(packet);
				return !this.destroyed;
			});
			if (this.destroyed || passed.length === 0) return;
			this.#order.take(passed);
			if (this.#order.waits) this.#wire.pause();
		} catch (error) {
			if (!(error instanceof Malformed)) throw error;
			this.#refuse("malformed", `${error.message}: it was closed`);
		}
	}

	/** Whether the broker is to get this packet. */
	#judge(packet: Buffer): boolean {
		if (!this.entered) return this.#enter(readConnect(packet));
		if (typeOf(packet) !== PUBLISH) return true;
		const { QoS, id, reserved, topic } = readPublish(packet);
		const permitted = reserved || this.#house.permits(topic, this);
		const held = !reserved && permitted && this.#house.holds(topic, this);
		if (!reserved && permitted && !held) return true;
		this.#house.tally.dropped[reserved ? "reserved" : held ? "held" : "denied"] += 1;
		// As in other brokers, the sender is answered, and no client gets the message. Mosquitto's bridges publish their state there.
		if (QoS > 0) this.write(Buffer.from([QoS === 1 ? puback : pubrec, 2, id >> 8, id & 255]));
		if (!reserved) return false;
		this.#house.notices.tell(
			`reserved ${this.name}`,
			`${this.name} published to $SYS/, which is the broker's own: that is left out (a Mosquitto bridge does it unless its configuration says "notifications false")`,
		);
		return false;
	}

	#enter(hello: Hello): boolean {
		if (hello.id !== "") this.name = hello.id;
		const judged = hello.level === 3 || hello.level === 4 ? this.#house.judge(hello, this) : this.#otherProtocol(hello.level);
		const code = typeof judged === "number" ? judged : not_authorized;
		this.#count(judged);
		if (typeof judged !== "number" && this.#wire.dismiss) {
			this.dismiss(judged);
			return false;
		}
		if (code !== accepted) {
			// [MQTT-3.2.2-5] a CONNACK that refuses is the last packet that is sent.
			const connack = Buffer.from([0x20, 2, 0, code]);
			this.#onlooker?.to(connack);
			this.#sent.take(connack);
			this.#wire.write(connack, () => {});
			this.destroy();
			return false;
		}
		clearTimeout(this.#connectTimer);
		this.entered = true;
		this.#inlet.max = this.#house.limits.packet_max;
		this.#inlet.advice = " (--max-packet)";
		this.#house.enter(this);
		return true;
	}

	#count(judged: number | Dismissal): void {
		const { tally } = this.#house;
		if (judged === accepted) tally.admitted += 1;
		else tally.refused[typeof judged === "number" ? (reasons[judged] ?? "credentials") : "dismissed"] += 1;
	}

	#otherProtocol(level: number): number {
		const version = level === 5 ? "5" : `of level ${level}`;
		this.#house.notices.tell(
			`protocol ${level}`,
			`${this.name} asked for the protocol MQTT ${version}; this broker speaks 3.1.1: choose 3.1.1 in that client; for Home Assistant take Mosquitto`,
		);
		return bad_protocol;
	}

	/** Hands whole packets to the broker. */
	#pass(packets: Buffer): void {
		if (!this.destroyed && !this.push(packets)) this.#wire.pause();
	}

	#ended(): void {
		if (!this.entered) this.destroy();
		else if (this.#order.waits) this.#over = true;
		else this.push(null);
	}

	#stalled(): void {
		if (!this.#writing) return;
		const seconds = this.#house.limits.stall_timeout_ms / 1_000;
		this.#refuse("stalled", `has taken nothing for ${seconds} s, asleep or out of reach: it was cut; when it is back it connects again`);
	}

	/** Ends the connection, with one line of the log that says why. */
	#refuse(reason: keyof Tally["cut"], why: string): void {
		if (this.destroyed) return;
		this.#house.tally.cut[reason] += 1;
		this.told = true;
		this.#house.notices.tell(`refused ${this.name}`, `${this.name} ${why}`);
		this.destroy(new Error(why));
	}
}
