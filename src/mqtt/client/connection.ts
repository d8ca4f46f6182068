// One connection at work, without an application: read, drain, acknowledge, keep alive.
//
// Drain contract: one thing happens (bytes come, room comes, time passes), then everything that follows from it is done until nothing is
// left. Public methods only take or give bytes; what follows from them is done from the event loop, so no callback ever comes from inside
// one. All memory is taken in the constructor: nothing is allocated per message.
import type { Socket } from "../../host.js";
import { goodbye_timeout_ms, transmit_reserve_bytes } from "../../limits.js";
import * as reason from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { CONTROL, NOTHING, OVERSIZE } from "../session/incoming.js";
import { nothing } from "../session/outgoing.js";
import { PING } from "../session/timers.js";
import { ACCEPTING, LEAVING, READY, RESOLVING, STREAMING } from "./opening.js";
import { Shortcut } from "./shortcut.js";

export abstract class Connection extends Shortcut {
	/** A fragment stands in `incoming`. */
	protected abstract announce(what: number): void;
	/** A packet without payload stands in `incoming.packet`. */
	protected abstract control(): void;
	/** A message is being drained. */
	protected abstract oversized(): void;
	/** There is room to write. */
	protected abstract roomy(): void;

	/** CONNACK. False when the connection ends with it. */
	protected accepted(): boolean {
		const { connect } = this.settings;
		const packet = this.incoming.packet;
		let fault = 0;
		if (this.state !== ACCEPTING) fault = reason.SECOND_CONNACK;
		else if (packet.returnCode !== 0) fault = reason.REFUSED;
		else if (connect.clean && packet.sessionPresent) fault = reason.BAD_CONNACK; // [MQTT-3.2.2-1]
		if (fault !== 0) {
			this.fail(fault, fault === reason.REFUSED ? packet.returnCode : 0);
			return false;
		}
		// [MQTT-3.1.2-6] [MQTT-3.2.2-3] what the server has forgotten is forgotten here too
		if (!packet.sessionPresent) this.session.clear();
		this.ready();
		return true;
	}

	/** An answer to SUBSCRIBE or UNSUBSCRIBE: the next one, if another is awaited, has its own time. */
	protected settle(): void {
		this.timers.settled();
		if (this.session.requests !== 0) this.timers.requested(this.settings.time.now() + this.settings.limits.subackTimeout);
		this.arm();
	}

	/** DISCONNECT was sent: the broker closes; if it does not, we do [MQTT-3.14.4-1]. */
	protected leave(): void {
		this.outgoing.repeats = nothing;
		this.enter(LEAVING, goodbye_timeout_ms, reason.CONNECTION_LOST);
	}

	protected override room(): void {
		// while a PUBLISH is sent no PINGREQ may be: that its bytes are taken is the life that there is
		if (this.state === STREAMING) this.timers.heard = true;
		if (this.session.due !== 0) this.pump();
		this.roomy();
	}

	/** Drains: takes packets until the socket has no more, or the application or the socket must go first. */
	protected override pump(): void {
		const incoming = this.incoming;
		let done = false;
		this.quick = 0;
		this.resume = false;
		try {
			if (this.state >= READY) this.fed();
			while (this.state >= ACCEPTING) {
				// [MQTT-3.2.0-1] CONNACK comes first
				if (this.state === ACCEPTING && incoming.start !== incoming.end && incoming.bytes[incoming.start] >> 4 !== wire.CONNACK) {
					this.fail(reason.NOT_FIRST);
					break;
				}
				const what = incoming.next();
				if (what === NOTHING) {
					if (this.session.due !== 0 && this.flush()) continue;
					if (this.readable !== 0 && this.#fill()) continue;
					break;
				}
				if (what < 0)
					this.fail(what); // [MQTT-4.8.0-1] [MQTT-4.8.0-2] the peer errs, or we lack room: closed
				else if (what === CONTROL) this.control();
				else if (what === OVERSIZE) this.oversized();
				else this.announce(what);
			}
			done = true;
		} finally {
			// a callback that threw must not keep what came after it from being looked at
			if (!done && this.state >= ACCEPTING) this.soon.set(0);
			const idle = incoming.start === incoming.end && !incoming.inMessage && incoming.fragment === 0;
			this.quick = idle && this.readable === 0 && this.session.due === 0 && this.state === READY ? this.quickest : 0;
			this.resume = incoming.fragment !== 0;
		}
	}

	/** Sends the acknowledgements that are due, as far as there is room. False when none could be sent. */
	protected override flush(): boolean {
		const session = this.session;
		if (this.state !== READY || this.writable < wire.answer_bytes) return false;
		try {
			do {
				const oldest = session.pay();
				this.writable = this.outgoing.acknowledge(this.socket as Socket, oldest >> 16, oldest & 0xffff);
			} while (session.due !== 0 && this.writable >= wire.answer_bytes);
		} catch {
			this.giveUp();
			return false;
		}
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

	protected override expire(): void {
		if (this.state < RESOLVING) return;
		const now = this.settings.time.now();
		const due = this.timers.expire(now, this.readable !== 0 && this.incoming.fragment !== 0);
		if (due < 0) return this.fail(due);
		if (due === PING) this.#ping(now);
		this.arm();
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
