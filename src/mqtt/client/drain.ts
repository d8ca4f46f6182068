// The general way of receiving: takes packets until the socket has no more bytes, or the application or the socket must go first.
//
// Drain contract: one event comes (bytes, room, a call, a tick), then all its consequences are processed until none is left. Public methods
// only take or give bytes; their consequences are processed from the event loop, so no callback ever comes from inside a public method.
import type { Socket } from "../../host.js";
import * as reason from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { CONTROL, MESSAGE, NOTHING, OVERSIZE } from "../session/incoming.js";
import { AwaitSuback, IGNORED } from "../session/session.js";
import type { Connection } from "./connection.js";
import { ACCEPTING, READY } from "./state.js";

/** A drain that lasts longer lets the event loop turn, so that PINGREQ and acknowledgements go out however slow the application is. */
const drain_max_ms = 100;

export function makeDrain(connection: Connection): () => void {
	const { incoming, info, message, session, timers, transport } = connection;
	const { packet } = incoming;
	const { connect, defer } = connection.settings;
	const { clean } = connect;

	/**
	 * The next packet of `incoming`, after as many reads and acknowledgements as that needs; `NOTHING` when the socket has no more bytes, the
	 * application must first take a fragment or approve messages, or acknowledgements cannot be sent now; a negative reason to close.
	 */
	function next(): number {
		for (;;) {
			if (connection.ending) session.forgetAcks(); // the socket has ended: they cannot be sent
			// [MQTT-3.2.0-1] CONNACK is the first packet
			if (connection.state === ACCEPTING && incoming.start !== incoming.end && incoming.bytes[incoming.start] >> 4 !== wire.CONNACK)
				return reason.NOT_FIRST;
			const what = incoming.next();
			if (what === NOTHING) {
				if ((session.pendingAcks !== 0 || defer) && connection.sendAcks()) continue;
				if (transport.readable !== 0 && !connection.lost && fill()) continue;
				return NOTHING;
			}
			if (packet.odd !== 0 && what > NOTHING) {
				// cleared before the call: a listener that throws is not called again for the same packet
				const { odd } = packet;
				packet.odd = 0;
				connection.tolerate(odd);
				if (connection.state < ACCEPTING) return NOTHING; // closed by `onTolerated`
			}
			return what;
		}
	}

	/** Reads the socket once. False when a fragment must be taken first, or acknowledgements must be sent or approved first. */
	function fill(): boolean {
		const { readable } = transport;
		if (incoming.fragment !== 0 || session.pendingAcks >= session.pendingAcks_max) return false;
		const count = readable < incoming.longest ? readable : incoming.longest;
		let filled = 0;
		transport.readable = readable - count;
		try {
			(transport.socket as Socket).read(incoming.lend(count));
			filled = count;
		} catch (error) {
			if (!connection.ending) throw error;
			transport.readable = 0; // the socket has no more bytes
		} finally {
			incoming.lent(filled);
		}
		return filled !== 0;
	}

	/** Fills `info` for the fragment that stands in `incoming`. */
	function describe(first: boolean): void {
		const { flags } = packet;
		connection.repeat = -1;
		info.more = incoming.rest !== 0;
		info.retain = (flags & wire.RETAIN) !== 0;
		info.duplicate = (flags & wire.DUP) !== 0;
		if (defer) info.id = flags & 2 ? packet.id : 0;
		if (first) {
			info.topic = incoming.topic;
			info.QoS = ((flags >> 1) & 3) as wire.QoS;
			info.byteLength = incoming.fragment + incoming.rest;
		} else info.topic = info.QoS = info.byteLength = undefined;
	}

	/** Processes the packet without payload in `packet`, and fills `message`. False when `onControl` is not to be called. */
	function handleControl(): boolean {
		const { operation, id } = packet;
		message.operation = operation;
		message.id = id;
		message.sessionPresent = false;
		message.payload = undefined;
		if (operation === wire.CONNACK) return handleConnack();
		if (operation > wire.PUBCOMP) return handleAnswer();
		const outcome = session.acknowledge(operation, id);
		if (session.odd) connection.tolerate(reason.OTHER_ACK);
		return outcome !== IGNORED && connection.state >= ACCEPTING;
	}

	/** Processes SUBACK, UNSUBACK or PINGRESP. False when `onControl` is not to be called. */
	function handleAnswer(): boolean {
		const { operation, id, codesStart, codesLength } = packet;
		if (operation === wire.PINGRESP) {
			timers.answered();
			return true;
		}
		if (operation === wire.SUBACK && session.state(id) === AwaitSuback && session.filters(id) !== codesLength) {
			connection.fail(reason.BAD_SUBACK);
			return false;
		}
		const outcome = session.acknowledge(operation, id);
		connection.deadlines.settled();
		if (outcome === IGNORED) return false;
		if (operation === wire.SUBACK) {
			const codes = incoming.bytes.subarray(codesStart, codesStart + codesLength);
			// codes that 3.1.1 does not have are refusals of MQTT 5
			message.payload = Array.from(codes, (code) => (code > 2 ? wire.SUBACK_FAILURE : code));
		}
		return true;
	}

	/** Processes CONNACK. False when the connection ends with it. */
	function handleConnack(): boolean {
		if (connection.state !== ACCEPTING || packet.returnCode !== 0) {
			if (connection.state !== ACCEPTING) connection.fail(reason.SECOND_CONNACK);
			else connection.fail(reason.REFUSED, packet.returnCode);
			return false;
		}
		// [MQTT-3.2.2-1] a clean session was asked for: the client's state begins anew, although CONNACK has session present
		if (clean && packet.sessionPresent) {
			packet.sessionPresent = false;
			connection.tolerate(reason.SESSION_KEPT);
			if (connection.state < ACCEPTING) return false;
		}
		// [MQTT-3.1.2-6] [MQTT-3.2.2-3] the server has no session: its state here is discarded too
		if (!packet.sessionPresent) session.clear();
		message.sessionPresent = packet.sessionPresent;
		connection.setState(READY);
		connection.deadlines.start();
		connection.outgoing.inflightFull = true; // should `onControl` throw, `onWritable` comes from the event loop
		return true;
	}

	// Few variables: XS puts each one on its stack, and the application's callbacks stand on top of them.
	return () => {
		let done = false;
		let since = -1;
		connection.fastBytes = 0;
		connection.resume = connection.behind = false;
		try {
			if (connection.outgoing.inflightFull && connection.state >= READY) connection.onInflightFreed();
			while (connection.state >= ACCEPTING) {
				const what = next();
				if (what === NOTHING) break;
				if (what < 0) {
					connection.fail(what); // [MQTT-4.8.0-1] [MQTT-4.8.0-2] the peer breaks the protocol, or the session has no room: closed
					break;
				}
				if (what === CONTROL) {
					if (!handleControl()) continue;
					connection.events.onControl(packet.operation, connection.message);
					if (connection.outgoing.inflightFull) connection.onControlled(packet.operation);
				} else if (what === OVERSIZE) connection.onOversize();
				else {
					if (since < 0) since = connection.settings.time.now();
					describe(what === MESSAGE);
					connection.events.onReadable(incoming.fragment, connection.info);
					// without further bytes the drain ends by itself, and acknowledgements go out first
					if (incoming.start === incoming.end && transport.readable === 0) continue;
					if (connection.settings.time.now() - since < drain_max_ms) continue;
					connection.behind = connection.state >= READY;
					if (connection.behind) connection.soon.set(0);
					break;
				}
			}
			done = true;
		} finally {
			// as the fast path needs it
			message.sessionPresent = false;
			message.payload = undefined;
			// after a callback that threw, the drain goes on from the event loop
			if (!done && connection.state >= ACCEPTING) connection.soon.set(0);
			if (incoming.start === incoming.end && !incoming.inMessage && incoming.fragment === 0 && transport.readable === 0)
				if (session.pendingAcks === 0 && connection.state === READY) connection.fastBytes = connection.fastMaxBytes;
			connection.resume = incoming.fragment !== 0;
		}
		if (connection.ending) connection.endIfTaken();
	};
}
