// What the link keeps until it is acknowledged, what gives way where there is no room, and what is sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import { Link } from "../../../src/mqtt/link/link.js";
import { Outbox } from "../../../src/mqtt/link/outbox.js";
import { buffersMade } from "../../world/buffers.js";
import { linked } from "../../world/linked.js";
import { packets } from "../../world/packets.js";
import { bytes, text, VirtualNetwork } from "../../world/virtual.js";

test("nothing at QoS 1 or 2 is lost or doubled around a reconnect [MQTT-4.4.0-1]", () => {
	for (const present of [true, false]) {
		const { network, link, reconnect } = linked({ clean: false });
		network.accept();
		for (const payload of ["1", "2", "3"]) link.publish(payload, bytes(payload), 1);
		link.publish("4", bytes("4"), 2);
		const first = packets(network.socket.take());
		assert.deepEqual(
			first.map(({ flags }) => flags),
			[2, 2, 2, 4],
			"no DUP the first time",
		);
		network.socket.deliver([0x40, 2, 0, first[1].id]);
		network.socket.deliver([0x50, 2, 0, first[3].id]);
		assert.deepEqual(
			packets(network.socket.take()).map(({ operation, id }) => [operation, id]),
			[[6, first[3].id]],
		);
		for (let round = 0; round < 3; round++) {
			reconnect(present);
			const again = packets(network.socket.take());
			const messages = again.filter(({ operation }) => operation === 3);
			assert.deepEqual(
				messages.map(({ topic }) => topic),
				["1", "3"],
				"what was acknowledged or released does not come again; the rest does, once and in order",
			);
			assert.deepEqual(
				messages.map(({ flags }) => flags),
				present ? [10, 10] : [2, 2],
			);
			if (present) assert.deepEqual([messages[0].id, messages[1].id, again.at(-1)?.id], [first[0].id, first[2].id, first[3].id]);
		}
	}
});

test("what is published while away takes no more than the outbox, and what gives way is counted", () => {
	const count = 10_000;
	for (const policy of ["latest", "oldest", "refuse"] as const) {
		const { network, link } = linked({ policy });
		let made: number[] = [];
		let kept = 0;
		const payload = bytes("0123456789".repeat(4));
		made = buffersMade(() => {
			for (let i = 0; i < count; i++) if (link.publish(`t${i}`, payload, 1)) kept += 1;
		});
		assert.deepEqual(made, []);
		network.accept();
		const sent = packets(network.socket.take());
		assert.equal(sent.length, Math.min(limits.outbox_max, Math.floor(limits.outbox_bytes / 40)), policy);
		assert.equal(sent.length + link.counters.dropped, count, `${policy}: each is sent or counted`);
		assert.equal(sent[0].topic, policy === "refuse" ? "t0" : `t${count - sent.length}`);
		assert.equal(kept, policy === "refuse" ? sent.length : count);
	}
	const { network, link } = linked({ policy: "latest" });
	for (let i = 0; i < count; i++) link.publish("light", bytes(`${i}`), 1);
	network.accept();
	assert.deepEqual(
		packets(network.socket.take()).map(({ payload }) => payload),
		[`${count - 1}`],
		"of one topic, the newest",
	);
});

test("link: a level that is kept is not given up for one that does not go out", () => {
	const { network, link } = linked();
	network.accept(100);
	network.socket.take();
	network.socket.room(9);
	assert.equal(link.publish("light", bytes("100"), 1), true);
	assert.equal(link.publish("light", bytes("101"), 0), false);
	assert.equal(link.publish("light", new Uint8Array(1000), 1), false);
	network.socket.room(100);
	assert.ok(text(network.socket.take()).endsWith("100"));
});

test("link: without room QoS 0 is dropped and QoS 1 waits", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	network.accept();
	network.socket.take();
	network.socket.room(10);
	assert.equal(link.publish("t", new Uint8Array(3)), false);
	assert.equal(link.publish("t", new Uint8Array(3), 1), true);
	assert.deepEqual(network.socket.take(), []);
	network.socket.room(100);
	const sent = network.socket.take();
	assert.equal(sent.length, 10);
	link.close();
	network.socket.room(1);
	network.socket.deliver([0x40, 2, sent[5], sent[6]]);
	assert.ok(network.socket.closed, "no room for DISCONNECT: the will says the same");
	assert.deepEqual(network.socket.take(), []);
});

test("outbox: an entry that is not there, and payloads that move up", () => {
	const counters = { dropped: 0 };
	const outbox = new Outbox(3, 10, "oldest", counters);
	const a = outbox.put("a", Uint8Array.of(1, 2, 3), 1, false);
	const b = outbox.put("b", Uint8Array.of(4, 5), 2, true);
	const c = outbox.put("c", Uint8Array.of(6), 1, false);
	assert.ok(a && b && c);
	outbox.remove(a);
	outbox.remove(a);
	assert.deepEqual([outbox.count, b.start, c.start], [2, 0, 2]);
	assert.deepEqual([...outbox.bytes.subarray(0, 3)], [4, 5, 6]);
	assert.equal(outbox.find(0)?.topic, "b");
	assert.equal(outbox.find(99), undefined);
});
