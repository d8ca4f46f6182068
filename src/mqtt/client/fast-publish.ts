// A PUBLISH that differs from the last one in payload and id alone, as while a knob turns. All other bytes stand in the outlet already.
//
// Invariant: for every input accepted here, the bytes sent, the callbacks, the session and the timers afterwards equal those of the general way
// (`makeWrite` in `client.ts`). test/mqtt/twins.test.ts takes a client with fast paths and one without through the same events. Accepted:
// `Outgoing.length` is the payload's, and the options are those of the last PUBLISH, frozen, or have the same values. `Outgoing.publish` and
// `Outgoing.forget` maintain that; `Connection.setState` calls `forget` in every state but READY.
//
// On XS a call costs as much as three comparisons, and `if` after `if` less than `&&`: `session.lastId` and the newest entry of `session.awaits`
// are written here, as `Session.nextId` does where nothing else is in flight.
import { transmit_reserve_bytes } from "../../limits.js";
import { overflow } from "../session/outgoing.js";
import type { Connection } from "./connection.js";
import type { Write } from "./types.js";

export function makeFastPublish(connection: Connection, general: Write): Write {
	const { outgoing, session, timers, transport } = connection;
	const { buffer, bytes, size } = outgoing;
	return (data, options) => {
		if ((data as Uint8Array | undefined)?.length !== outgoing.length) return general(data, options);
		if ((data as Uint8Array).BYTES_PER_ELEMENT !== 1) return general(data, options);
		if (options !== outgoing.repeats) if (options === undefined || !outgoing.alike(options)) return general(data, options);
		if (outgoing.needs > transport.writable)
			throw overflow(outgoing.needs - transmit_reserve_bytes, transport.writable - transmit_reserve_bytes);
		if (outgoing.waits) {
			if (session.inflight === 0 && session.lastId !== 65_535) {
				session.lastId += 1;
				session.awaits[1] = outgoing.waits | session.lastId;
			} else if (session.nextId(outgoing.waits) === 0) outgoing.refuseInflight();
			outgoing.fields.setUint16(outgoing.payload - 2, session.lastId);
		}
		timers.sent = true;
		bytes.set(data as Uint8Array, outgoing.payload);
		buffer.resize(outgoing.end);
		const writable = transport.write(outgoing.view);
		buffer.resize(size);
		if (outgoing.waits) session.inflight += 1; // [MQTT-4.3.2-1] [MQTT-4.3.3-1] unacknowledged from now on
		return writable > transmit_reserve_bytes ? writable - transmit_reserve_bytes : 0;
	};
}
