// The deadlines of a connection: one alarm, set to the next deadline of `Timers`. When it has passed, PINGREQ is sent or the connection ends.
import type { Alarm } from "../../host.js";
import { transmit_reserve_bytes } from "../../limits.js";
import { pingreq } from "../packets/wire.js";
import { PING, Timers } from "../session/timers.js";
import type { Connection } from "./connection.js";
import { READY, RESOLVING, STREAMING } from "./state.js";

export class Deadlines {
	readonly timers = new Timers();
	readonly #connection: Connection;
	readonly #alarm: Alarm;
	#connectSentAt = 0;

	constructor(connection: Connection) {
		this.#connection = connection;
		this.#alarm = connection.settings.time.alarm(() => this.#expire());
	}

	/** The step that begins now must be done within `timeout` milliseconds, else the connection ends with `late`. */
	phase(timeout: number, late: number): void {
		this.timers.phase(this.#now() + timeout, late);
		this.#arm();
	}

	connectSent(): void {
		this.#connectSentAt = this.#now();
	}

	/** CONNACK has come: keep-alive runs from the time when CONNECT was sent [MQTT-3.1.2-23]. */
	start(): void {
		const { keepAlive, limits } = this.#connection.settings;
		this.timers.start(this.#now(), this.#connectSentAt, keepAlive, limits.pingrespTimeout);
		this.#arm();
	}

	/** SUBSCRIBE or UNSUBSCRIBE was sent. */
	requested(): void {
		this.timers.requested(this.#now(), this.#connection.settings.limits.subackTimeout);
		this.#arm();
	}

	/** SUBSCRIBE or UNSUBSCRIBE was answered: if the answer to another is awaited, a new timeout begins. */
	settled(): void {
		this.timers.settled();
		if (this.#connection.session.requests !== 0) this.requested();
		else this.#arm();
	}

	/** PINGREQ was sent. */
	pinged(): void {
		this.timers.pinged(this.#now());
		this.#arm();
	}

	stop(): void {
		this.timers.stop();
		this.#alarm.clear();
	}

	close(): void {
		this.#alarm.close();
	}

	#now(): number {
		return this.#connection.settings.time.now();
	}

	/** Sets the alarm to the next deadline. */
	#arm(): void {
		const deadline = this.timers.deadline();
		if (deadline === Infinity) this.#alarm.clear();
		else this.#alarm.set(Math.max(0, deadline - this.#now()));
	}

	#expire(): void {
		const connection = this.#connection;
		if (connection.state < RESOLVING) return;
		const due = this.timers.expire(this.#now(), connection.behind || this.#unread);
		if (due < 0) return connection.fail(due);
		if (due === PING) this.#ping();
		this.#arm(); // for `LOOK` too: its deadline has passed, so the alarm rings as soon as the event loop has turned
	}

	/** The application keeps the client from reading: the bytes that would prove a live connection may be unread. */
	get #unread(): boolean {
		const { incoming, session, transport } = this.#connection;
		if (session.pendingAcks_max === 0) return transport.readable !== 0 || incoming.start !== incoming.end;
		return transport.readable !== 0 && incoming.fragment !== 0;
	}

	#ping(): void {
		const connection = this.#connection;
		const { writable } = connection.transport;
		// no other packet can go out in the middle of a PUBLISH; its bytes keep the connection alive, if the application writes them
		if (connection.state === STREAMING && writable > transmit_reserve_bytes) return;
		if (connection.state === READY && writable >= pingreq.length) connection.send(pingreq);
		// a socket that takes nothing for so long counts as a PINGREQ without answer
		this.timers.pinged(this.#now());
	}
}
