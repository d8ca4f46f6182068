// One connection, from the resolver to the last byte, without an application: resolve, connect, read, drain, keep alive, end.
//
// Drain contract: one thing happens (bytes come, room comes, time passes), then everything that follows from it is done until nothing is
// left. Public methods only take or give bytes; what follows from them is done from the event loop, so no callback ever comes from inside
// one. All memory is taken in the constructor: nothing is allocated per message.
import type { Alarm, Socket, SocketOptions } from "../host.js";
import { transmit_reserve_bytes } from "../limits.js";
import type { Settings } from "./client-options.js";
import { writeConnect } from "./packets/outbound.js";
import * as reason from "./packets/reason.js";
import * as wire from "./packets/wire.js";
import { Question } from "./question.js";
import { CONTROL, Incoming, MESSAGE, NOTHING, OVERSIZE } from "./session/incoming.js";
import { Outgoing } from "./session/outgoing.js";
import { Session } from "./session/session.js";
import { PING, Timers } from "./session/timers.js";

/** What a connection can be, in the order of its life; from `ACCEPTING` on there is a socket to read. */
export const CLOSED = 0;
export const ENDED = 1;
export const RESOLVING = 2;
export const CONNECTING = 3;
/** CONNECT was sent. */
export const ACCEPTING = 4;
export const READY = 5;
/** Within a PUBLISH. */
export const STREAMING = 6;
/** DISCONNECT was sent. */
export const LEAVING = 7;

export abstract class Connection {
	/** The protocol state: what is in flight, what was ignored. Not in ECMA-419. */
	readonly session: Session;
	protected state = RESOLVING;
	protected socket: Socket | undefined;
	/** Bytes that the socket has for us. */
	protected readable = 0;
	/** Bytes that the socket takes from us. */
	protected writable = 0;
	/** Nothing is left over from what was received. */
	protected idle = false;
	/** The application has a fragment to take; when it has, we go on from the event loop. */
	protected resume = false;
	protected readonly settings: Settings;
	protected readonly incoming: Incoming;
	protected readonly outgoing: Outgoing;
	protected readonly timers = new Timers();
	/** Rings at once: does from the event loop what a public method has left to do. */
	protected readonly soon: Alarm;
	/** Rings at the next deadline. */
	readonly #alarm: Alarm;
	readonly #socketOptions: SocketOptions;
	readonly #question = new Question();

	constructor(settings: Settings) {
		this.settings = settings;
		this.session = new Session(settings.limits);
		this.incoming = new Incoming(this.session, settings.limits);
		this.outgoing = new Outgoing(this.session, settings.limits.transmit);
		const needed = -writeConnect(settings.connect, this.outgoing.bytes);
		if (needed > 0) throw new RangeError(`limits.transmit: CONNECT with this id, user, password and will needs ${needed} bytes`);
		this.#socketOptions = {
			...settings.socket,
			address: "",
			host: settings.host,
			port: settings.port,
			onReadable: this.#socketReadable,
			onWritable: (count) => this.#socketWritable(count),
			onError: (error) => this.fail(reason.CONNECTION_LOST, 0, error),
		};
		this.#alarm = settings.time.alarm(() => this.#expire());
		this.soon = settings.time.alarm(() => this.#wake());
		this.open();
	}

	/** A message stands in `incoming`, whole, on the topic of the last one. */
	protected abstract glanced(count: number): void;
	/** A fragment stands in `incoming`. */
	protected abstract announce(what: number): void;
	/** A packet without payload stands in `incoming.packet`. */
	protected abstract control(): void;
	/** A message is being drained. */
	protected abstract oversized(): void;
	/** There is room to write. */
	protected abstract roomy(): void;
	/** The connection has ended. */
	protected abstract ended(code: number, returnCode: number, detail: string): void;

	protected open(): void {
		this.#enter(RESOLVING, this.settings.limits.resolveTimeout, reason.RESOLVE_TIMEOUT);
		this.soon.set(0);
	}

	/** Sets the alarm to the next deadline. */
	protected arm(): void {
		const deadline = this.timers.deadline();
		if (deadline === Infinity) this.#alarm.clear();
		else this.#alarm.set(Math.max(0, deadline - this.settings.time.now()));
	}

	/** The connection has ended: everything is given back but the memory, then the application is told, once. */
	protected fail(code: number, returnCode = 0, cause?: unknown): void {
		if (this.state < RESOLVING) return;
		this.release();
		this.state = ENDED;
		this.ended(code, returnCode, cause === undefined ? "" : cause instanceof Error ? cause.message : String(cause));
	}

	protected release(): void {
		this.#question.giveUp();
		this.socket?.close();
		this.socket = undefined;
		this.readable = this.writable = 0;
		this.idle = this.resume = false;
		this.incoming.clear();
		this.outgoing.clear();
		this.timers.stop();
		this.#alarm.clear();
		this.soon.clear();
	}

	protected dispose(): void {
		this.release();
		this.state = CLOSED;
		this.#alarm.close();
		this.soon.close();
	}

	/** CONNACK. False when the connection ends with it. */
	protected accepted(): boolean {
		const { limits, keepAlive, connect, time } = this.settings;
		const packet = this.incoming.packet;
		let fault = 0;
		if (this.state !== ACCEPTING) fault = reason.SECOND_CONNACK;
		else if (packet.returnCode !== 0) fault = reason.REFUSED;
		else if (connect.clean && packet.sessionPresent) fault = reason.BAD_CONNACK; // [MQTT-3.2.2-1]
		if (fault !== 0) {
			this.fail(fault, fault === reason.REFUSED ? packet.returnCode : 0);
			return false;
		}
		// [MQTT-3.1.2-6] [MQTT-3.2.2-2] what the server has forgotten is forgotten here too
		if (!packet.sessionPresent) this.session.clear();
		this.state = READY;
		this.timers.start(time.now(), keepAlive, limits.pingrespTimeout);
		this.arm();
		return true;
	}

	/** An answer to SUBSCRIBE or UNSUBSCRIBE: the next one, if another is awaited, has its own time. */
	protected settle(): void {
		this.timers.settled();
		if (this.session.requests !== 0) this.timers.requested(this.settings.time.now() + this.settings.limits.subackTimeout);
		this.arm();
	}

	/** Goes on to the next step of connecting, which must be done in time. */
	#enter(state: number, timeout: number, late: number): void {
		this.state = state;
		this.timers.phase(this.settings.time.now() + timeout, late);
		this.arm();
	}

	#wake(): void {
		const { dns, host } = this.settings;
		if (this.state >= ACCEPTING) this.#pump();
		else if (this.state === RESOLVING && !this.#question.open)
			this.#question.ask(
				dns,
				host,
				(address) => this.#connect(address),
				(why) => this.fail(reason.NOT_FOUND, 0, why),
			);
	}

	#connect(address: string): void {
		this.#enter(CONNECTING, this.settings.limits.connectTimeout, reason.CONNECT_TIMEOUT);
		this.#socketOptions.address = address;
		try {
			this.socket = new this.settings.socket.io(this.#socketOptions);
		} catch (error) {
			this.fail(reason.CONNECTION_LOST, 0, error);
		}
	}

	/** A field, not a method, so that the socket can call it without another function between. */
	readonly #socketReadable = (count: number): void => {
		const incoming = this.incoming;
		this.timers.heard = true;
		this.readable = count;
		if (this.idle && incoming.fragment === 0 && !incoming.inMessage && count <= incoming.longest && this.session.due === 0) {
			// what comes while a knob turns, for a fraction of what the general way costs
			this.readable = 0;
			const what = incoming.glance(this.socket as Socket, count);
			if (what !== NOTHING) {
				if (what === MESSAGE) this.glanced(incoming.fragment);
				else this.control();
				if (incoming.fragment !== 0) this.resume = true;
				else if (incoming.inMessage) incoming.finish();
				if (this.session.due !== 0) this.#flush();
				return;
			}
		}
		this.#pump();
	};

	#socketWritable(count: number): void {
		this.writable = count;
		if (this.state === CONNECTING) {
			const outgoing = this.outgoing;
			const connect = outgoing.connect(this.settings.connect);
			const fits = connect.length <= count;
			if (fits) this.writable = (this.socket as Socket).write(connect);
			outgoing.lent();
			if (fits) this.#enter(ACCEPTING, this.settings.limits.connackTimeout, reason.CONNACK_TIMEOUT);
			return;
		}
		if (this.session.due !== 0) this.#pump();
		this.roomy();
	}

	/** Drains: takes packets until the socket has no more, or the application or the socket must go first. */
	#pump(): void {
		const incoming = this.incoming;
		let done = false;
		this.idle = this.resume = false;
		try {
			while (this.state >= ACCEPTING) {
				const what = incoming.next();
				if (what === NOTHING) {
					if (this.session.due !== 0 && this.#flush()) continue;
					if (this.readable !== 0 && this.#fill()) continue;
					break;
				}
				// [MQTT-3.2.0-1] CONNACK comes first
				if (this.state === ACCEPTING && what > 0 && incoming.packet.operation !== wire.CONNACK) this.fail(reason.NOT_FIRST);
				else if (what < 0) this.fail(what);
				else if (what === CONTROL) this.control();
				else if (what === OVERSIZE) this.oversized();
				else this.announce(what);
			}
			done = true;
		} finally {
			// a callback that threw must not keep what came after it from being looked at
			if (!done && this.state >= ACCEPTING) this.soon.set(0);
			this.idle = this.state === READY && incoming.start === incoming.end && !incoming.inMessage && incoming.fragment === 0;
			this.resume = incoming.fragment !== 0;
		}
	}

	/** Sends the acknowledgements that are due, as far as there is room. False when none could be sent. */
	#flush(): boolean {
		const session = this.session;
		if (this.state !== READY || this.writable < 4) return false;
		do {
			const oldest = session.pay();
			this.writable = this.outgoing.short(this.socket as Socket, this.writable, oldest >> 16, oldest & 0xffff);
		} while (session.due !== 0 && this.writable >= 4);
		this.timers.sent = true;
		return true;
	}

	/** Reads the socket once. False when what was read must be taken first: by the application, or as acknowledgements by the socket. */
	#fill(): boolean {
		const { incoming, readable, session } = this;
		if (incoming.fragment !== 0 || session.due === session.due_max) return false;
		const count = readable < incoming.longest ? readable : incoming.longest;
		this.readable = readable - count;
		incoming.fill(this.socket as Socket, count);
		return true;
	}

	#expire(): void {
		if (this.state < RESOLVING) return;
		const now = this.settings.time.now();
		const due = this.timers.expire(now, this.readable !== 0);
		if (due < 0) return this.fail(due);
		if (due === PING) this.#ping(now);
		this.arm();
	}

	#ping(now: number): void {
		// while a PUBLISH is being sent no other packet may go out; its bytes keep the connection alive, if the application gives them
		if (this.state === STREAMING && this.writable > transmit_reserve_bytes) return;
		if (this.state === READY && this.writable >= 2) {
			this.writable = this.outgoing.short(this.socket as Socket, this.writable, wire.PINGREQ, 0);
			this.timers.sent = true;
		}
		// a socket that takes nothing for so long is as good as a PINGREQ without answer
		this.timers.pinged(now);
	}
}
