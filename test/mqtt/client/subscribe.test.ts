// SUBSCRIBE and UNSUBSCRIBE, and their answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import { Client } from "../../../src/mqtt/client/client.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { hex, one, toHex } from "../../world/virtual.js";

test("SUBSCRIBE and UNSUBSCRIBE: the bytes, and the codes that come back", () => {
	const seen: unknown[] = [];
	const { network, client } = connected({ onControl: (operation, { id, payload }) => seen.push([operation, id, payload]) });
	network.socket.take();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a/+", QoS: 2 }, { topic: new TextEncoder().encode("b") }] });
	client.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "c" }] });
	assert.equal(toHex(network.socket.take()), "82 0c 00 01 00 03 61 2f 2b 02 00 01 62 00 a2 05 00 02 00 01 63");
	network.socket.deliver(hex("90 04 00 01 01 80 b0 02 00 02"));
	assert.deepEqual(seen.slice(1), [
		[Client.SUBACK, 1, [1, 0x80]],
		[Client.UNSUBACK, 2, undefined],
	]);
});

test("SUBSCRIBE without QoS asks for 0; one that is too long or finds no room is refused whole", () => {
	const { network, client } = connected({ limits: { transmit: 200 } });
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	assert.equal(toHex(network.socket.take()), "82 06 00 01 00 01 61 00");
	const long = { operation: Client.SUBSCRIBE, items: [{ topic: "x".repeat(191) }] };
	assert.throws(() => client.write(null, long), /^RangeError: items: the packet needs 201 bytes; limits.transmit allows 200/);
	assert.throws(
		() => client.write(null, { operation: Client.SUBSCRIBE, items: Array(17).fill({ topic: "a" }) }),
		/items: 17 filters; limits.filters allows 16/,
	);
	network.socket.room(12);
	assert.throws(() => client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "abc" }] }), /overflow/);
	assert.equal(client.session.inflight, 1);
});

test("a SUBACK that is longer than any SUBSCRIBE of ours ends the connection", () => {
	const { network, errors } = connected({ limits: { topic: 20 } });
	network.socket.deliver([0x90, 102, 0, 1, ...Array(100).fill(0)].slice(0, 20));
	assert.equal(errors[0].reason, reason.SUBACK_TOO_LONG);
});

test("a SUBACK without a body does not make later connections of the session time out", () => {
	const { network, client, errors, time } = connected({ clean: false });
	const subscribe = { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] };
	client.write(null, subscribe);
	network.socket.deliver([0x90, 0, 0, 1]);
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	errors.length = 0;
	client.write(null, subscribe);
	network.socket.deliver([0x90, 3, 0, client.session.lastId, 0]);
	time.pass(60_000);
	assert.deepEqual([errors.map((error) => error.message), client.session.requests], [[], 0]);
});

const puback = (id: number) => [0x40, 2, 0, id];

for (const [what, packet] of [
	["messages", [0x30, 3, 0, 1, 0x61]],
	["PUBACK", [0x40, 2, 0, 9]],
	["PUBCOMP", [0x70, 2, 0, 9]],
	["PINGRESP", [0xd0, 0]],
] as const)
	test(`a SUBACK that never comes ends the connection, though ${what} come each second`, () => {
		const { client, errors, network, time } = connected();
		client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
		const since = time.now();
		while (errors.length === 0 && time.now() - since < 20 * limits.suback_timeout_ms) {
			time.pass(1000);
			network.socket.deliver([...packet]);
			network.socket.deliver([...packet, ...packet]); // two in one read take the general way
		}
		assert.match(errors[0]?.message ?? "", /no SUBACK/);
		// the first wait, and six more because something came in (timers.ts)
		assert.ok(time.now() - since <= 7 * limits.suback_timeout_ms + 1000, `${time.now() - since} ms`);
	});

test("the payload of a SUBACK is told with that SUBACK only", () => {
	for (const throwing of [false, true]) {
		let fail = throwing;
		const payloads: unknown[] = [];
		const { network, client, time } = connected({
			onControl(operation, { payload }) {
				if (operation === Client.PUBACK) payloads.push(payload);
				if (operation === Client.SUBACK && fail) {
					fail = false;
					throw new Error("the listener's");
				}
			},
		});
		if (throwing) client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
		client.write(one, { topic: "t", QoS: 1 });
		const suback = () => network.socket.deliver([0x90, 3, 0, throwing ? 1 : 9, 0x80]);
		if (throwing) assert.throws(suback, /the listener's/);
		else suback(); // answers nothing that was asked: ignored
		time.pass(0);
		network.socket.deliver(puback(client.session.lastId));
		assert.deepEqual(payloads, [undefined], `${throwing}`);
	}
});
