// One connection at work, without an application: read, drain, acknowledge, keep alive.
//
// Drain contract: one thing happens (bytes come, room comes, time passes), then everything that follows from it is done until nothing is
// left. Public methods only take or give bytes; what follows from them is done from the event loop, so no callback ever comes from inside
// one. All memory is taken in the constructor: nothing is allocated per message.
import type { Socket } from "../../host.js";
import { goodbye_timeout_ms, transmit_reserve_bytes } from "../../limits.js";
import type { Inbound } from "../packets/inbound.js";
import * as reason from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import type { Deferred } from "../session/deferred.js";
import { CONTROL, NOTHING, OVERSIZE } from "../session/incoming.js";
import { AwaitSuback, COMPLETED, IGNORED } from "../session/session.js";
import { PING } from "../session/timers.js";
import { ACCEPTING, LEAVING, READY, RESOLVING, STREAMING } from "./opening.js";
import { Shortcut } from "./shortcut.js";

/** A drain that lasts longer lets the event loop turn, so that PINGREQ and acknowledgements go out however slow the application is. */
const drain_max_ms = 100;

export abstract class Connection extends Shortcut {
	/** A fragment stands in `incoming`. */
	protected abstract announce(what: number): void;
	/** A message is being drained. */
	protected abstract oversized(): void;
	/** There is room to write. */
	protected abstract roomy(): void;
	/** The socket has reported its end, and what it brought before that is still being taken. */
	#ending = false;
	#why: unknown;

	/** What was received before the end is taken first: announced and not yet read, left over from a drain, or still in the socket. */
	protected override lost(error: unknown): void {
		const { fragment, start, end } = this.incoming;
		if (this.state < READY || (fragment === 0 && start === end && this.readable === 0)) return this.fail(reason.CONNECTION_LOST, 0, error);
		this.#ending = true;
		this.#why = error;
		this.writable = 0;
		this.soon.set(0);
	}

	protected override release(): void {
		this.#ending = false;
		this.#why = undefined;
		super.release();
	}

	/** A packet without payload stands in `incoming.packet`. */
	protected control(): void {
		const packet = this.incoming.packet;
		const operation = packet.operation;
		const session = this.session;
		const message = this.message;
		message.operation = operation;
		message.id = packet.id;
		if (operation <= wire.PUBCOMP && operation >= wire.PUBACK) {
			const outcome = session.acknowledge(operation, packet.id);
			if (session.odd) this.tolerate(reason.OTHER_ACK);
			if (outcome !== IGNORED) this.onControl(operation, message);
			if (outcome === COMPLETED) this.fed();
			return;
		} else if (!this.#seldom(operation)) return;
		if (operation === wire.CONNACK) this.outgoing.starved = true; // should the callback throw, onWritable comes from the event loop
		try {
			this.onControl(operation, message);
		} finally {
			message.sessionPresent = false;
			message.payload = undefined;
		}
		if (operation === wire.CONNACK) {
			this.outgoing.starved = false;
			this.roomy();
		} else this.fed();
	}

	protected override fed(): void {
		if (!this.outgoing.starved || !this.session.room) return;
		this.outgoing.starved = false;
		this.roomy();
	}

	/** CONNACK, SUBACK, UNSUBACK, PINGRESP. False when there is nothing to tell the application. */
	#seldom(operation: number): boolean {
		const message = this.message;
		const session = this.session;
		const { id, codesStart, codesLength } = this.incoming.packet;
		if (operation === wire.CONNACK) {
			if (!this.accepted()) return false;
			message.sessionPresent = this.incoming.packet.sessionPresent;
			return true;
		}
		if (operation === wire.PINGRESP) {
			this.timers.answered();
			return true;
		}
		if (operation === wire.SUBACK) {
			if (session.state(id) === AwaitSuback && session.filters(id) !== codesLength) {
				this.fail(reason.BAD_SUBACK);
				return false;
			}
		}
		const outcome = session.acknowledge(operation, id);
		this.settle();
		if (outcome === IGNORED) return false;
		if (operation === wire.SUBACK) {
			const codes = this.incoming.bytes.subarray(codesStart, codesStart + codesLength);
			// what is no code of 3.1.1 is one of MQTT 5 that refuses
			message.payload = Array.from(codes, (code) => (code > 2 ? wire.SUBACK_FAILURE : code));
		}
		return true;
	}

	/** CONNACK. False when the connection ends with it. */
	protected accepted(): boolean {
		const { connect } = this.settings;
		const packet = this.incoming.packet;
		if (this.state !== ACCEPTING || packet.returnCode !== 0) {
			if (this.state !== ACCEPTING) this.fail(reason.SECOND_CONNACK);
			else this.fail(reason.REFUSED, packet.returnCode);
			return false;
		}
		// [MQTT-3.2.2-1] whatever the broker says, here everything begins anew
		if (connect.clean && packet.sessionPresent) {
			packet.sessionPresent = false;
			this.tolerate(reason.SESSION_KEPT);
		}
		// [MQTT-3.1.2-6] [MQTT-3.2.2-3] what the server has forgotten is forgotten here too
		if (!packet.sessionPresent) this.session.clear();
		this.ready();
		return true;
	}

	/** An answer to SUBSCRIBE or UNSUBSCRIBE: the next one, if another is awaited, has its own time. */
	protected settle(): void {
		this.timers.settled();
		if (this.session.requests !== 0) this.timers.requested(this.settings.time.now(), this.settings.limits.subackTimeout);
		this.arm();
	}

	/** DISCONNECT was sent: the broker closes; if it does not, we do [MQTT-3.14.4-1]. */
	protected leave(): void {
		this.outgoing.forget();
		this.enter(LEAVING, goodbye_timeout_ms, reason.CONNECTION_LOST);
	}

	protected override room(): void {
		// while a PUBLISH is sent no PINGREQ may be: that its bytes are taken is the life that there is
		if (this.state === STREAMING) this.timers.heard = true;
		if (this.session.due !== 0 || this.session.deferred?.ready) this.pump();
		this.roomy();
	}

	/** Drains: takes packets until the socket has no more, or the application or the socket must go first. */
	protected override pump(): void {
		const incoming = this.incoming;
		const { time } = this.settings;
		let done = false;
		let since = -1;
		this.quick = 0;
		this.resume = this.behind = false;
		try {
			if (this.state >= READY) this.fed();
			while (this.state >= ACCEPTING) {
				if (this.#ending) this.#forgive();
				// [MQTT-3.2.0-1] CONNACK comes first
				if (this.state === ACCEPTING && incoming.start !== incoming.end && incoming.bytes[incoming.start] >> 4 !== wire.CONNACK) {
					this.fail(reason.NOT_FIRST);
					break;
				}
				const what = incoming.next();
				if (what === NOTHING) {
					if (this.session.due !== 0 && this.flush()) continue;
					if (this.session.deferred !== undefined && this.#flushDeferred()) continue;
					if (this.readable !== 0 && this.#fill()) continue;
					break;
				}
				if (incoming.packet.odd !== 0 && what > NOTHING) this.#odd(incoming.packet);
				if (what < 0)
					this.fail(what); // [MQTT-4.8.0-1] [MQTT-4.8.0-2] the peer errs, or we lack room: closed
				else if (what === CONTROL) this.control();
				else if (what === OVERSIZE) this.oversized();
				else {
					if (since < 0) since = time.now();
					this.announce(what);
					if (time.now() - since < drain_max_ms) continue;
					this.behind = this.state >= READY;
					if (this.behind) this.soon.set(0);
					break;
				}
			}
			done = true;
		} finally {
			// a callback that threw must not keep what came after it from being looked at
			if (!done && this.state >= ACCEPTING) this.soon.set(0);
			const idle = incoming.start === incoming.end && !incoming.inMessage && incoming.fragment === 0;
			this.quick = idle && this.readable === 0 && this.session.due === 0 && this.state === READY ? this.quickest : 0;
			this.resume = incoming.fragment !== 0;
		}
		if (this.#ending && incoming.fragment === 0 && this.readable === 0 && !this.behind) this.fail(reason.CONNECTION_LOST, 0, this.#why);
	}

	/** Sends the acknowledgements that are due, as far as there is room. False when none could be sent. */
	protected override flush(): boolean {
		const session = this.session;
		if (this.state !== READY || this.writable < wire.answer_bytes) return false;
		try {
			do {
				const oldest = session.pay();
				this.writable = (this.socket as Socket).write(this.outgoing.acknowledge(oldest >> 16, oldest & 0xffff));
			} while (session.due !== 0 && this.writable >= wire.answer_bytes);
		} catch {
			this.giveUp();
			return false;
		}
		this.timers.sent = true;
		return true;
	}

	/** Sends the acknowledgements that the application has given the word for. False when none could be sent. */
	#flushDeferred(): boolean {
		const session = this.session;
		const deferred = session.deferred as Deferred;
		if (deferred.ready === 0 || this.state !== READY || this.writable < wire.answer_bytes) return false;
		try {
			do this.writable = (this.socket as Socket).write(this.outgoing.acknowledge(wire.PUBACK, session.payDeferred()));
			while (deferred.ready !== 0 && this.writable >= wire.answer_bytes);
		} catch {
			this.giveUp();
			return false;
		}
		this.timers.sent = true;
		return true;
	}

	/** Nobody can be sent what is owed any more. */
	#forgive(): void {
		this.session.due = 0;
		this.session.forgetDeferred();
	}

	/** Called from the drain: a listener that throws leaves what it was told of to the next. */
	#odd(packet: Inbound): void {
		const code = packet.odd;
		packet.odd = 0;
		this.tolerate(code);
	}

	/** Reads the socket once. False when what was read must be taken first: by the application, or as acknowledgements by the socket. */
	#fill(): boolean {
		const { incoming, readable, session } = this;
		if (incoming.fragment !== 0 || session.due >= session.due_max) return false;
		const count = readable < incoming.longest ? readable : incoming.longest;
		this.readable = readable - count;
		try {
			(this.socket as Socket).read(incoming.lend(count));
			incoming.lent();
		} catch (error) {
			if (!this.#ending) throw error;
			this.readable = 0; // it has nothing any more
			return false;
		}
		return true;
	}

	protected override expire(): void {
		if (this.state < RESOLVING) return;
		const now = this.settings.time.now();
		const due = this.timers.expire(now, this.behind || this.#deaf);
		if (due < 0) return this.fail(due);
		if (due === PING) this.#ping(now);
		this.arm(); // for `LOOK` too: its deadline has passed, so the alarm rings as soon as the event loop has turned
	}

	/** The application keeps us from reading: what would prove that the peer lives may wait unread. */
	get #deaf(): boolean {
		const { incoming, readable, session } = this;
		if (session.due_max === 0) return readable !== 0 || incoming.start !== incoming.end;
		return readable !== 0 && incoming.fragment !== 0;
	}

	#ping(now: number): void {
		// while a PUBLISH is being sent no other packet may go out; its bytes keep the connection alive, if the application gives them
		if (this.state === STREAMING && this.writable > transmit_reserve_bytes) return;
		if (this.state === READY && this.writable >= 2) {
			this.writable = this.trySend(wire.pingreq);
			this.timers.sent = true;
		}
		// a socket that takes nothing for so long is as good as a PINGREQ without answer
		this.timers.pinged(now);
	}
}
