// The general way of receiving: takes packets until the socket has no more, or the application or the socket must go first.
//
// Drain contract: one thing happens (bytes come, room comes, a call, time passes), then everything that follows from it is done until nothing
// is left. Public methods only take or give bytes; what follows from them is done from the event loop, so no callback ever comes from inside
// one.
import type { Socket } from "../../host.js";
import * as reason from "../packets/reason.js";
import * as wire from "../packets/wire.js";
import { CONTROL, MESSAGE, NOTHING, OVERSIZE } from "../session/incoming.js";
import { AwaitSuback, COMPLETED, IGNORED } from "../session/session.js";
import type { Connection } from "./connection.js";
import { ACCEPTING, READY } from "./state.js";

/** A drain that lasts longer lets the event loop turn, so that PINGREQ and acknowledgements go out however slow the application is. */
const drain_max_ms = 100;

export function makeDrain(connection: Connection): () => void {
	const { events, incoming, info, message, outgoing, session, timers, transport } = connection;
	const { packet } = incoming;
	const { defer, time } = connection.settings;

	/** A packet without payload stands in `packet`. */
	function handleControl(): void {
		const { operation } = packet;
		message.operation = operation;
		message.id = packet.id;
		if (operation <= wire.PUBCOMP && operation >= wire.PUBACK) {
			const outcome = session.acknowledge(operation, packet.id);
			if (session.odd) connection.tolerate(reason.OTHER_ACK);
			if (outcome !== IGNORED) events.onControl(operation, message);
			if (outcome === COMPLETED) connection.onInflightFreed();
			return;
		}
		if (!handleOtherControl(operation)) return;
		if (operation === wire.CONNACK) outgoing.starved = true; // should the callback throw, onWritable comes from the event loop
		try {
			events.onControl(operation, message);
		} finally {
			message.sessionPresent = false;
			message.payload = undefined;
		}
		if (operation === wire.CONNACK) {
			outgoing.starved = false;
			connection.notifyWritable();
		} else connection.onInflightFreed();
	}

	/** CONNACK, SUBACK, UNSUBACK, PINGRESP. False when there is nothing to tell the application. */
	function handleOtherControl(operation: number): boolean {
		if (operation === wire.CONNACK) {
			if (!connection.handleConnack()) return false;
			message.sessionPresent = packet.sessionPresent;
			return true;
		}
		if (operation === wire.PINGRESP) {
			timers.answered();
			return true;
		}
		const { id, codesStart, codesLength } = packet;
		if (operation === wire.SUBACK && session.state(id) === AwaitSuback && session.filters(id) !== codesLength) {
			connection.fail(reason.BAD_SUBACK);
			return false;
		}
		const outcome = session.acknowledge(operation, id);
		connection.deadlines.settled();
		if (outcome === IGNORED) return false;
		if (operation === wire.SUBACK) {
			const codes = incoming.bytes.subarray(codesStart, codesStart + codesLength);
			// what is no code of 3.1.1 is one of MQTT 5 that refuses
			message.payload = Array.from(codes, (code) => (code > 2 ? wire.SUBACK_FAILURE : code));
		}
		return true;
	}

	/** Reads the socket once. False when what was read must be taken first: by the application, or as acknowledgements by the socket. */
	function fill(): boolean {
		const { readable } = transport;
		if (readable === 0 || incoming.fragment !== 0 || session.due >= session.due_max) return false;
		const count = readable < incoming.longest ? readable : incoming.longest;
		transport.readable = readable - count;
		try {
			(transport.socket as Socket).read(incoming.lend(count));
		} catch (error) {
			if (!connection.ending) throw error;
			transport.readable = 0; // it has nothing any more
			return false;
		}
		incoming.lent();
		return true;
	}

	return () => {
		let done = false;
		let since = -1;
		connection.fastBytes = 0;
		connection.resume = connection.behind = false;
		try {
			if (connection.state >= READY) connection.onInflightFreed();
			while (connection.state >= ACCEPTING) {
				if (connection.ending) session.forgetAcks(); // there is nobody to send them to
				// [MQTT-3.2.0-1] CONNACK comes first
				if (connection.state === ACCEPTING && incoming.start !== incoming.end && incoming.bytes[incoming.start] >> 4 !== wire.CONNACK) {
					connection.fail(reason.NOT_FIRST);
					break;
				}
				const what = incoming.next();
				if (what === NOTHING) {
					if (connection.sendAcks() || fill()) continue;
					break;
				}
				if (packet.odd !== 0 && what > NOTHING) {
					// a listener that throws leaves what it was told of to the next
					const { odd } = packet;
					packet.odd = 0;
					connection.tolerate(odd);
				}
				if (what < 0)
					connection.fail(what); // [MQTT-4.8.0-1] [MQTT-4.8.0-2] the peer errs, or we lack room: closed
				else if (what === CONTROL) handleControl();
				else if (what === OVERSIZE) {
					connection.oversize += 1;
					events.onOversize?.(packet.topicLength, packet.payloadLength);
				} else {
					if (since < 0) since = time.now();
					connection.repeat = -1;
					info.more = incoming.rest !== 0;
					info.topic = what === MESSAGE ? incoming.topic : undefined;
					info.QoS = what === MESSAGE ? (((packet.flags >> 1) & 3) as wire.QoS) : undefined;
					info.byteLength = what === MESSAGE ? incoming.fragment + incoming.rest : undefined;
					info.retain = (packet.flags & wire.RETAIN) !== 0;
					info.duplicate = (packet.flags & wire.DUP) !== 0;
					info.id = defer && (packet.flags & 2) !== 0 ? packet.id : 0;
					events.onReadable(incoming.fragment, info);
					if (time.now() - since < drain_max_ms) continue;
					connection.behind = connection.state >= READY;
					if (connection.behind) connection.soon.set(0);
					break;
				}
			}
			done = true;
		} finally {
			// a callback that threw must not keep what came after it from being looked at
			if (!done && connection.state >= ACCEPTING) connection.soon.set(0);
			const idle = incoming.start === incoming.end && !incoming.inMessage && incoming.fragment === 0;
			connection.fastBytes =
				idle && transport.readable === 0 && session.due === 0 && connection.state === READY ? connection.fastMaxBytes : 0;
			connection.resume = incoming.fragment !== 0;
		}
		if (connection.ending && incoming.fragment === 0 && transport.readable === 0 && !connection.behind)
			connection.fail(reason.CONNECTION_LOST, 0, connection.cause);
	};
}
