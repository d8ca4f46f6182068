// One connection, without an application: resolve, connect, read, drain, acknowledge, keep alive, end.
//
// Only this file assigns `state`. `drain.ts` reads the socket, `deadlines.ts` has the alarm. All memory is taken in the constructor: nothing is
// allocated per message.
import type { Alarm } from "../../host.js";
import { goodbye_timeout_ms, transmit_reserve_bytes } from "../../limits.js";
import { writeConnect } from "../packets/outbound.js";
import * as reason from "../packets/reason.js";
import { reasonText } from "../packets/sentences.js";
import * as wire from "../packets/wire.js";
import { Incoming } from "../session/incoming.js";
import { Outgoing } from "../session/outgoing.js";
import { Session } from "../session/session.js";
import type { Timers } from "../session/timers.js";
import { Deadlines } from "./deadlines.js";
import { makeDrain } from "./drain.js";
import { fastMaxBytes, makeFastReceive } from "./fast-receive.js";
import type { Settings } from "./options.js";
import { ACCEPTING, CLOSED, CONNECTING, ENDED, LEAVING, READY, RESOLVING, STREAMING } from "./state.js";
import { Transport, type TransportEvents } from "./transport.js";
import { type ConnectionEvents, type ControlMessage, MqttError, type ReadableInfo } from "./types.js";

export class Connection implements TransportEvents {
	/** One of `state.ts`. Assigned in this file only. */
	state = CLOSED;
	readonly settings: Settings;
	/** The application's callbacks, called with this object as `this`. */
	readonly events: ConnectionEvents;
	readonly session: Session;
	readonly incoming: Incoming;
	readonly outgoing: Outgoing;
	readonly deadlines: Deadlines;
	readonly timers: Timers;
	readonly transport: Transport;
	readonly onSocketReadable: (count: number) => void;
	/** Reads the socket and processes the packets: `drain.ts`. */
	readonly drain: () => void;
	/** Rings at once: public methods leave every callback to this alarm. */
	readonly soon: Alarm;
	/** Lent to the application's callbacks. */
	readonly info: ReadableInfo = { more: false, topic: "", QoS: 0, byteLength: 0, retain: false, duplicate: false, id: 0 };
	readonly message: ControlMessage = { operation: 0, id: 0, payload: undefined, sessionPresent: false, returnCode: 0 };
	/** Length of a packet for which `info` needs no change: a PUBLISH on the topic of the last one; -1: there is none. */
	repeat = -1;
	/**
	 * Longest packet that the fast path takes: `fastMaxBytes` while every byte received is taken, no acknowledgement is pending and the
	 * connection is READY; else 0.
	 */
	fastBytes = 0;
	/** 0: there is no fast path; nor with deferred acknowledgement: the fast path sends PUBACK at once, and a test in it would slow every client. */
	readonly fastMaxBytes: number;
	/** The application must take a fragment first; then the drain goes on from the event loop. */
	resume = false;
	/** Packets that broke the standard, and were taken all the same. */
	tolerated = 0;
	/** Messages drained because their topic was too long. */
	oversize = 0;
	/** A bit for each reason that `onTolerated` was called for. */
	#told = 0;
	/** A drain has stopped before the last byte, and goes on when the event loop has turned: until then silence proves nothing. */
	behind = false;
	/** The socket has reported its end; the bytes received before that are still being processed. */
	ending = false;
	/** The error that the socket reported with its end. */
	#cause: unknown;
	/** A write to the socket has thrown. */
	lost = false;
	/** Until when the addresses are tried: the time is for all of them together. */
	#until = 0;

	constructor(settings: Settings, events: ConnectionEvents, fast: boolean) {
		const { limits, time } = settings;
		this.settings = settings;
		this.events = events;
		this.session = new Session(limits, settings.firstId, settings.defer);
		this.session.lasting = !settings.connect.clean;
		this.incoming = new Incoming(this.session, limits);
		// CONNECT must fit, and its length is known
		const connect = -writeConnect(settings.connect, new Uint8Array(0));
		this.outgoing = new Outgoing(this.session, Math.max(limits.transmit, connect), limits.topic);
		this.fastMaxBytes = fast && !settings.defer ? fastMaxBytes(this.incoming.longest) : 0;
		this.deadlines = new Deadlines(this);
		this.timers = this.deadlines.timers;
		this.transport = new Transport(settings, this);
		this.drain = makeDrain(this);
		this.onSocketReadable = makeFastReceive(this, this.drain);
		this.soon = time.alarm(() => this.#wake());
	}

	/** The only place where `state` changes. The fast paths are for READY alone. */
	setState(state: number): void {
		this.state = state;
		if (state === READY) return;
		this.fastBytes = 0;
		this.outgoing.forget();
	}

	/** Begins a step that must be done within `timeout` milliseconds, else the connection ends with `late`. */
	#enter(state: number, timeout: number, late: number): void {
		this.setState(state);
		this.deadlines.phase(timeout, late);
	}

	/** Connects from the event loop: the client's constructor makes no callback, and has nothing to release when it throws. */
	open(): void {
		this.#enter(RESOLVING, this.settings.limits.resolveTimeout, reason.RESOLVE_TIMEOUT);
		this.soon.set(0);
	}

	#wake(): void {
		if (this.lost) this.fail(reason.CONNECTION_LOST);
		else if (this.state >= ACCEPTING) this.drain();
		else if (this.state === RESOLVING) this.transport.resolve();
		else if (this.state === CONNECTING && this.transport.socket === undefined) this.#connect();
	}

	onResolved(): void {
		this.#until = this.settings.time.now() + this.settings.limits.connectTimeout;
		this.#connect();
	}

	onNotFound(why: unknown): void {
		this.fail(reason.NOT_FOUND, 0, why);
	}

	/** Tries the next address, for its share of the time that is left. */
	#connect(): void {
		const share = (this.#until - this.settings.time.now()) / this.transport.left;
		this.#enter(CONNECTING, Math.max(0, share), reason.CONNECT_TIMEOUT);
		try {
			this.transport.connect();
		} catch (error) {
			this.fail(reason.CONNECTION_LOST, 0, error);
		}
	}

	/** Sends CONNECT as soon as there is room for it [MQTT-3.1.0-1]; with the same client id each time [MQTT-3.1.3-2]. */
	#sendConnect(): void {
		const { outgoing, settings } = this;
		const connect = outgoing.connect(settings.connect);
		const fits = connect.length <= this.transport.writable;
		if (fits) this.send(connect);
		outgoing.lent();
		this.deadlines.connectSent();
		if (fits) this.#enter(ACCEPTING, settings.limits.connackTimeout, reason.CONNACK_TIMEOUT);
	}

	/** Sends `bytes`. A socket that throws has failed: the connection ends from the event loop. */
	send(bytes: Uint8Array): void {
		try {
			this.transport.write(bytes);
			this.timers.sent = true;
		} catch {
			this.deferConnectionLost();
		}
	}

	/** The socket has failed within a write: the end comes from the event loop, for a public method must not call back. */
	deferConnectionLost(): void {
		this.transport.stopWriting();
		this.lost = true;
		this.soon.set(0);
	}

	/** Bytes received before the end are processed first: announced and not yet read, left over from a drain, or still in the socket. */
	onSocketError(error: unknown): void {
		const { fragment, start, end } = this.incoming;
		if (this.state < READY || (fragment === 0 && start === end && this.transport.readable === 0))
			return this.fail(reason.CONNECTION_LOST, 0, error);
		this.ending = true;
		this.#cause = error;
		this.transport.stopWriting();
		this.soon.set(0);
	}

	/** The socket is `ending`: ends the connection if every byte received before that is taken. */
	endIfTaken(): void {
		if (this.incoming.fragment === 0 && this.transport.readable === 0 && !this.behind) this.fail(reason.CONNECTION_LOST, 0, this.#cause);
	}

	/** The connection has ended: everything but the memory is released, then `onError` is called, once. */
	fail(code: number, returnCode = 0, cause?: unknown): void {
		const { state, transport } = this;
		if (state < RESOLVING) return;
		const why = cause === undefined ? "" : cause instanceof Error ? cause.message : String(cause);
		// before CONNACK, if another address and time are left, that address is tried, from the event loop
		const addressFailed = code === reason.CONNECTION_LOST || code === reason.CONNECT_TIMEOUT;
		const opening = state === CONNECTING || state === ACCEPTING;
		if (opening && addressFailed && transport.left !== 0 && this.settings.time.now() < this.#until) {
			transport.drop();
			this.#clear(CONNECTING);
			transport.tried += `${why === "" ? "no connection" : why}; `;
			this.soon.set(0);
			return;
		}
		const detail = transport.tried + why;
		transport.release();
		this.#clear(ENDED);
		this.events.onError?.(new MqttError(code, returnCode, detail, state));
	}

	/** Resets the state that belonged to the socket alone. */
	#clear(state: number): void {
		this.setState(state);
		this.lost = this.ending = this.resume = this.behind = false;
		this.#cause = undefined;
		this.incoming.clear();
		this.session.forgetDeferred();
		this.outgoing.clear();
		this.deadlines.stop();
		this.soon.clear();
	}

	close(): void {
		if (this.state === CLOSED) return;
		this.transport.release();
		this.#clear(CLOSED);
		this.deadlines.close();
		this.soon.close();
	}

	/** The broker breaks the standard, but nothing is lost by going on: the fault is counted, and reported once for each `code`. */
	tolerate(code: number): void {
		this.tolerated += 1;
		const bit = 1 << -code;
		if (this.#told & bit) return;
		this.#told |= bit;
		this.events.onTolerated?.(reasonText(code));
	}

	/** A message is being drained, for its topic is too long. */
	onOversize(): void {
		const { topicLength, payloadLength } = this.incoming.packet;
		this.oversize += 1;
		this.events.onOversize?.(topicLength, payloadLength);
	}

	onSocketWritable(): void {
		if (this.state === CONNECTING) return this.#sendConnect();
		// no PINGREQ can go out in the middle of a PUBLISH; as long as the socket takes its bytes, the connection counts as alive
		if (this.state === STREAMING) this.timers.heard = true;
		if (this.session.hasAck) this.drain();
		this.#notifyWritable();
	}

	#notifyWritable(): void {
		const count = this.transport.writable - transmit_reserve_bytes;
		if (count > 0 && (this.state === READY || this.state === STREAMING)) this.events.onWritable?.(count);
	}

	/** `onControl` was called for a control packet. */
	onControlled(operation: number): void {
		if (operation !== wire.CONNACK) return this.onInflightFreed();
		this.outgoing.inflightFull = false;
		this.#notifyWritable();
	}

	/** An entry of the in-flight table is free: `onWritable` is called if a write was refused because there was none. */
	onInflightFreed(): void {
		if (!this.outgoing.inflightFull || !this.session.room) return;
		this.outgoing.inflightFull = false;
		this.#notifyWritable();
	}

	/** The application has taken `count` bytes of the fragment. */
	taken(count: number): void {
		const incoming = this.incoming;
		incoming.start += count;
		incoming.fragment -= count;
		if (this.resume && incoming.fragment === 0) {
			this.resume = false;
			this.soon.set(0);
		}
	}

	/** Sends the pending acknowledgements, as far as there is room. False when none was sent, or the socket has failed. */
	sendAcks(): boolean {
		const { outgoing, session, transport } = this;
		if (this.state !== READY) return false;
		let sent = false;
		try {
			while (transport.writable >= wire.answer_bytes && (session.pendingAcks !== 0 || (session.deferred !== undefined && session.hasAck))) {
				transport.write(outgoing.acknowledge(session.takeAck()));
				sent = true;
			}
			if (sent) this.timers.sent = true;
			return sent;
		} catch {
			this.deferConnectionLost();
			return false;
		}
	}

	/** DISCONNECT was sent: the broker closes the connection; if it does not in time, the client does [MQTT-3.14.4-1]. */
	startDisconnect(): void {
		this.#enter(LEAVING, goodbye_timeout_ms, reason.CONNECTION_LOST);
	}
}
