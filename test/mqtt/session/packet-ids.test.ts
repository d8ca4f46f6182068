// Packet ids: where they begin, in which order they come, and which are free.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AwaitPuback, AwaitSuback, FREE, Session } from "../../../src/mqtt/session/session.js";
import { connected } from "../../world/connected.js";
import { one } from "../../world/virtual.js";

test("packet ids begin where the host's randomness says", () => {
	for (const [random, first] of [
		[0, 1],
		[0.5, 32_768],
		[0.999_999, 65_535],
	]) {
		const { client } = connected({ firstId: undefined, random: () => random });
		client.write(null, { topic: "t", QoS: 1 });
		assert.equal(client.session.lastId, first);
		client.write(null, { topic: "t", QoS: 1 });
		assert.equal(client.session.lastId, first === 65_535 ? 1 : first + 1);
	}
	assert.throws(() => connected({ firstId: 0 }), /^RangeError: firstId: must be a whole number from 1 to 65535/);
	assert.throws(() => connected({ random: 1 as never }), /^TypeError: random: must be a function/);
});

test("packet ids run from 65,535 to 1, and skip those in use", () => {
	const { network, client } = connected();
	const used = new Set<number>();
	client.write(null, { topic: "t", QoS: 1, id: 3 });
	network.socket.take();
	for (let i = 0; i < 70_000; i++) {
		client.write(null, { topic: "t", QoS: 1 });
		const bytes = network.socket.take();
		const id = (bytes[5] << 8) | bytes[6];
		assert.ok(id !== 0 && id !== 3, `id ${id} at ${i}`);
		used.add(id);
		network.socket.writable = 65_536;
		network.socket.deliver([0x40, 2, id >> 8, id & 255]);
	}
	assert.equal(used.size, 65_534);
	assert.throws(() => client.write(null, { topic: "t", QoS: 1, id: 3 }), /id: 3 is in use/);
});

test("session: packet ids run round past 65,535 and past those in use; none when the table is full", () => {
	const session = new Session({ inflight: 4, received: 1, pendingAcks: 1 });
	for (const id of [1, 65_535, 65_534]) session.expect(id, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 2);
	session.expect(2, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 0);
});

test("session: an id that is in use is skipped; removal keeps the others", () => {
	const session = new Session({ inflight: 4, received: 2, pendingAcks: 2 });
	for (const id of [1, 2, 3]) session.expect(id, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 4);
	session.acknowledge(4, 1);
	assert.deepEqual([session.state(1), session.state(2), session.state(3), session.inflight], [FREE, AwaitPuback, AwaitPuback, 2]);
	session.expect(9, AwaitSuback, 3);
	assert.deepEqual([session.filters(9), session.filters(8), session.requests], [3, 0, 1]);
	session.forgetRequests();
	assert.deepEqual([session.inflight, session.requests], [2, 0]);
	session.release(77);
	assert.equal(session.ignored, 1);
	session.remember(5);
	assert.ok(session.canRemember && session.isDuplicate(5));
});

test("a table of every packet id finds a free one at once, and its entry", () => {
	const session = new Session({ inflight: 65_535, received: 1, pendingAcks: 1 }, 60_000);
	for (let i = 0; i < 65_535; i++) {
		const id = session.nextId(AwaitPuback);
		session.expect(id, AwaitPuback, 0);
	}
	assert.equal(session.nextId(AwaitPuback), 0);
	assert.ok(session.inflight === 65_535 && !session.room);
	let steps = 0;
	for (let id = 65_535; id > 0; id -= 2) {
		steps += 1;
		session.acknowledge(4, id);
		assert.equal(session.state(id), 0);
	}
	assert.equal(session.inflight, 65_535 - steps);
	for (let i = 0; i < steps; i++) {
		const id = session.nextId(AwaitPuback);
		assert.equal(id % 2, 1);
		session.expect(id, AwaitPuback, 0);
	}
	assert.equal(session.inflight, 65_535);
});

test("session.lastId is the id of the packet sent last, not of one that was refused", () => {
	const { network, client } = connected();
	client.write(one, { topic: "t", QoS: 1 });
	network.socket.room(10);
	assert.throws(() => client.write(one, { topic: "t", QoS: 1 }), /overflow/);
	assert.equal(client.session.lastId, 1);
});
