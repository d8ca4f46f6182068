// The beginning and the end of a connection: from the name of a broker to a socket, each step with its deadline; and giving all back.
import type { Alarm, Socket, SocketOptions } from "../../host.js";
import { writeConnect } from "../packets/outbound.js";
import * as reason from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { Incoming } from "../session/incoming.js";
import { Outgoing } from "../session/outgoing.js";
import { Session } from "../session/session.js";
import { Timers } from "../session/timers.js";
import { type Candidate, Candidates } from "./candidates.js";
import type { Settings } from "./options.js";
import { Question } from "./question.js";
import type { ControlMessage, ReadableInfo } from "./types.js";

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

export abstract class Opening {
	/** The protocol state: what is in flight, what was ignored. Not in ECMA-419. */
	readonly session: Session;
	protected state = RESOLVING;
	protected socket: Socket | undefined;
	/** Bytes that the socket has for us. */
	protected readable = 0;
	/** Bytes that the socket takes from us. */
	protected writable = 0;
	/**
	 * Longest packet that may go through a shortcut: `quickest` while nothing is left over from what was received and nothing is owed, else 0.
	 */
	protected quick = 0;
	/** The head of such a packet can be read whole, and its remaining length takes one byte. */
	protected readonly quickest: number;
	/** The application has a fragment to take; when it has, we go on from the event loop. */
	protected resume = false;
	/** A drain has stopped, and goes on when the event loop has turned: what comes meanwhile is not taken, and silence proves nothing. */
	protected behind = false;
	/** Packets that were not as the standard has them, and were taken all the same. Not in ECMA-419. */
	tolerated = 0;
	/** A bit for each reason that was told. */
	#told = 0;
	/** Lent to the application's callbacks. */
	protected readonly info: ReadableInfo = { more: false, topic: "", QoS: 0, byteLength: 0, retain: false, duplicate: false, id: 0 };
	protected readonly message: ControlMessage = { operation: 0, id: 0, payload: undefined, sessionPresent: false, returnCode: 0 };
	/** Length of the packet for which `info` says already what it must: one on the topic of the last; -1: there is none. */
	protected repeat = -1;
	protected readonly settings: Settings;
	protected readonly incoming: Incoming;
	protected readonly outgoing: Outgoing;
	protected readonly timers = new Timers();
	/** Rings at once: does from the event loop what a public method has left to do. */
	protected readonly soon: Alarm;
	/** When CONNECT was sent. */
	#since = 0;
	/** Rings at the next deadline. */
	readonly #alarm: Alarm;
	readonly #socketOptions: SocketOptions;
	readonly #question = new Question();
	/** The socket has failed within a write. */
	#lost = false;
	/** Where the broker may be; and until when they are tried, all together. */
	readonly #candidates = new Candidates();
	#until = 0;
	/** Why those before the last one were of no use. */
	#tried = "";

	constructor(settings: Settings) {
		this.settings = settings;
		this.session = new Session(settings.limits, settings.firstId, settings.defer);
		this.session.lasting = !settings.connect.clean;
		this.incoming = new Incoming(this.session, settings.limits);
		// CONNECT must fit, and how long it is is known
		const connect = -writeConnect(settings.connect, new Uint8Array(0));
		this.outgoing = new Outgoing(this.session, Math.max(settings.limits.transmit, connect), settings.limits.topic);
		const longest = this.incoming.longest;
		this.quickest = settings.defer || longest < wire.answer_bytes ? 0 : Math.min(longest, 2 + 127);
		this.#socketOptions = {
			...settings.socket,
			address: "",
			host: settings.host,
			port: settings.port,
			// called as it is, so that no other function stands between the socket and what is done most
			onReadable: this.hear(),
			onWritable: (count) => {
				this.writable = count;
				if (this.state === CONNECTING) this.#greet();
				else this.room();
			},
			onError: (error) => this.lost(error),
		};
		this.#alarm = settings.time.alarm(() => this.expire());
		this.soon = settings.time.alarm(() => this.#wake());
		this.open();
	}

	/** What is called with the count of bytes that can be read. */
	protected abstract hear(): (count: number) => void;
	/** There is room to write, `writable` says how much. */
	protected abstract room(): void;
	/** Takes what has come, and does what follows. */
	protected abstract pump(): void;
	/** The socket has reported its end. */
	protected abstract lost(error: unknown): void;
	/** A deadline has passed. */
	protected abstract expire(): void;
	/** The broker has erred, in a way in which it had not before. */
	protected abstract erred(code: number): void;
	/** The connection has ended. */
	protected abstract ended(code: number, returnCode: number, detail: string, state: number): void;

	protected open(): void {
		this.enter(RESOLVING, this.settings.limits.resolveTimeout, reason.RESOLVE_TIMEOUT);
		this.soon.set(0);
	}

	/** The broker errs, where nothing is lost by going on: counted, and told once for each `code`. */
	protected tolerate(code: number): void {
		this.tolerated += 1;
		const bit = 1 << -code;
		if (this.#told & bit) return;
		this.#told |= bit;
		this.erred(code);
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
		const why = cause === undefined ? "" : cause instanceof Error ? cause.message : String(cause);
		if (this.#another(code)) {
			this.#tried += `${why === "" ? "no connection" : why}; `;
			return;
		}
		const detail = this.#tried + why;
		const { state } = this;
		this.release();
		this.state = ENDED;
		this.ended(code, returnCode, detail, state);
	}

	/** Before CONNACK: is there another address, and time? Then it is tried, from the event loop. */
	#another(code: number): boolean {
		const opening = this.state === CONNECTING || this.state === ACCEPTING;
		if (!opening || (code !== reason.CONNECTION_LOST && code !== reason.CONNECT_TIMEOUT)) return false;
		if (this.#candidates.left === 0 || this.settings.time.now() >= this.#until) return false;
		this.#drop();
		this.state = CONNECTING;
		this.soon.set(0);
		return true;
	}

	/** Gives the socket back, and what was received by it. */
	#drop(): void {
		this.socket?.close();
		this.socket = undefined;
		this.readable = this.writable = 0;
		this.#lost = false;
		this.quick = 0;
		this.resume = this.behind = false;
		this.incoming.clear();
		this.session.forgetDeferred();
		this.outgoing.clear();
		this.timers.stop();
		this.#alarm.clear();
		this.soon.clear();
	}

	protected release(): void {
		this.#question.giveUp();
		this.#candidates.clear();
		this.#tried = "";
		this.#drop();
	}

	protected dispose(): void {
		this.release();
		this.state = CLOSED;
		this.#alarm.close();
		this.soon.close();
	}

	/** The socket has failed within a write: told from the event loop, for a public method must not call back. */
	protected giveUp(): void {
		this.writable = 0;
		this.#lost = true;
		this.soon.set(0);
	}

	/** Goes on to the next step of connecting, which must be done in time. */
	protected enter(state: number, timeout: number, late: number): void {
		this.state = state;
		this.timers.phase(this.settings.time.now() + timeout, late);
		this.arm();
	}

	/** Sends, or notes that the socket has failed: on ESP32 a write after the peer's FIN throws. Returns what can be written then. */
	protected trySend(bytes: Uint8Array): number {
		try {
			return (this.socket as Socket).write(bytes);
		} catch {
			this.giveUp();
			return 0;
		}
	}

	/** CONNECT, as soon as there is room for it [MQTT-3.1.0-1]; with the same id each time [MQTT-3.1.3-2]. */
	#greet(): void {
		const { outgoing, settings } = this;
		const connect = outgoing.connect(settings.connect);
		const fits = connect.length <= this.writable;
		if (fits) this.writable = this.trySend(connect);
		outgoing.lent();
		this.#since = settings.time.now();
		if (fits) this.enter(ACCEPTING, settings.limits.connackTimeout, reason.CONNACK_TIMEOUT);
	}

	/** Connected: keep-alive runs from CONNECT on [MQTT-3.1.2-23]. */
	protected ready(): void {
		const { limits, keepAlive, time } = this.settings;
		this.state = READY;
		this.timers.start(time.now(), this.#since, keepAlive, limits.pingrespTimeout);
		this.arm();
	}

	#wake(): void {
		const { dns, host, port } = this.settings;
		if (this.#lost) this.fail(reason.CONNECTION_LOST);
		else if (this.state >= ACCEPTING) this.pump();
		else if (this.state === CONNECTING && this.socket === undefined) this.#connect();
		else if (this.state === RESOLVING && !this.#question.open)
			this.#question.ask(
				dns,
				host,
				(addresses) => {
					this.#until = this.settings.time.now() + this.settings.limits.connectTimeout;
					this.#candidates.add(host, port, addresses);
					this.#connect();
				},
				(why) => this.fail(reason.NOT_FOUND, 0, why),
			);
	}

	/** Dials the next candidate, for its share of the time that is left. */
	#connect(): void {
		const share = (this.#until - this.settings.time.now()) / this.#candidates.left;
		const candidate = this.#candidates.next() as Candidate;
		this.enter(CONNECTING, Math.max(0, share), reason.CONNECT_TIMEOUT);
		Object.assign(this.#socketOptions, candidate);
		try {
			this.socket = new this.settings.socket.io(this.#socketOptions);
		} catch (error) {
			this.fail(reason.CONNECTION_LOST, 0, error);
		}
	}
}
