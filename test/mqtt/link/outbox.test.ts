// The link's outbox: messages are kept until they are acknowledged, give way where there is no room, and are sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import { Link } from "../../../src/mqtt/link/link.js";
import { Outbox } from "../../../src/mqtt/link/outbox.js";
import { buffersMade } from "../../world/buffers.js";
import { linked } from "../../world/linked.js";
import { packets, published } from "../../world/packets.js";
import { bytes, text, toHex, VirtualNetwork } from "../../world/virtual.js";

test("QoS 0 while away is dropped and counted; QoS 1 is kept, the newest of each topic", () => {
	const { network, link } = linked();
	assert.equal(link.publish("a", bytes("0")), false);
	assert.equal(link.counters.dropped, 1);
	for (const level of ["1", "2", "3"]) assert.equal(link.publish("a", bytes(level), 1, true), true);
	assert.equal(link.publish("b", bytes("4"), 2), true);
	network.accept();
	assert.deepEqual(published(network.socket.take()), ["a=3 q1#1 retain", "b=4 q2#2"]);
	assert.equal(link.counters.dropped, 1, "what a newer one replaces is not lost");
});

test("what is not acknowledged goes out again: with DUP and its id in the same session, anew in a new one, in order", () => {
	for (const present of [true, false]) {
		const { network, link, reconnect } = linked({ clean: false });
		network.accept();
		for (const level of ["1", "2", "3"]) link.publish(`t${level}`, bytes(level), 1);
		link.publish("x", bytes("x"), 2);
		network.socket.deliver([0x40, 2, 0, 2]);
		network.socket.deliver([0x50, 2, 0, 4]);
		network.socket.take();
		reconnect(present);
		const sent = network.socket.take();
		assert.deepEqual(published(sent), present ? ["t1=1 q1#1 dup", "t3=3 q1#3 dup"] : ["t1=1 q1#5", "t3=3 q1#6"]);
		assert.equal(toHex(sent).includes("62 02 00 04"), present, "PUBREL again for what the broker has");
		assert.equal(link.counters.resent, present ? 2 : 0);
	}
});

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

test("an older level never comes after a newer one, whatever the session", () => {
	const { network, link, reconnect } = linked();
	network.accept();
	link.publish("light", bytes("100"), 1, true);
	link.publish("light", bytes("101"), 0, true);
	network.socket.take();
	reconnect();
	assert.deepEqual(published(network.socket.take()), [], "100 was outdated by 101");
});

test("a heartbeat into a dead connection does not outdate the level that it repeats", () => {
	const { network, link, reconnect } = linked();
	network.accept();
	link.publish("light", bytes("150"), 1, true);
	link.publish("light", bytes("150"), 0, true);
	network.socket.take();
	reconnect();
	assert.deepEqual(published(network.socket.take()), ["light=150 q1#2 retain"]);
});

test("policies: oldest and refuse count what they give up", () => {
	const oldest = linked({ policy: "oldest" });
	for (let i = 0; i < 10; i++) assert.equal(oldest.link.publish("a", bytes(`${i}`), 1), true);
	assert.equal(oldest.link.counters.dropped, 2);
	oldest.network.accept();
	assert.equal(published(oldest.network.socket.take())[0], "a=2 q1#1");
	const refuse = linked({ policy: "refuse" });
	const taken = Array.from({ length: 10 }, (_, i) => refuse.link.publish("a", bytes(`${i}`), 1));
	assert.deepEqual(taken, [...Array(8).fill(true), false, false]);
	assert.equal(refuse.link.counters.dropped, 2);
	assert.equal(refuse.link.publish("a", new Uint8Array(1000), 1), false, "larger than the outbox");
	assert.equal(oldest.link.publish("a", new Uint8Array(1000), 1), false, "and nothing gives way for it");
	assert.equal(oldest.link.counters.dropped, 3);
});

test("a full outbox clears by itself", () => {
	const { network, link } = linked({ policy: "refuse" });
	network.accept();
	for (let round = 0; round < 50; round++) {
		for (let i = 0; i < 8; i++) assert.ok(link.publish("a", bytes(`${i}`), 1), `round ${round}, message ${i}`);
		assert.equal(link.publish("a", bytes("8"), 1), false);
		const sent = published(network.socket.take()).map((line) => Number(/#(\d+)/.exec(line)?.[1]));
		for (const id of sent) network.socket.deliver([0x40, 2, id >> 8, id & 255]);
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

test("of QoS 2 no more are on their way than Mosquitto and aedes take at once; the rest follow, in order", () => {
	const { network, link, events } = linked({ clean: false, limits: { outbox: 100, outboxBytes: 1000, inflight: 100 } });
	network.accept();
	/** Ids of the packets with this first byte, of which all that are awaited have four bytes but PUBLISH, which has eight. */
	const idsOf = (head: number) => {
		const sent = network.socket.take();
		const found: number[] = [];
		for (let at = 0; at < sent.length; at += sent[at + 1] + 2) {
			const id = sent[at] === 0x34 ? at + 2 + 2 + 1 : at + 2;
			if (sent[at] === head) found.push((sent[id] << 8) | sent[id + 1]);
		}
		return found;
	};
	for (let i = 0; i < 50; i++) assert.ok(link.publish("q", bytes(`${i}`), 2), "kept");
	link.publish("last", bytes("1"), 1);
	const first = idsOf(0x34);
	assert.equal(first.length, 20);
	for (const id of first) network.socket.deliver([0x50, 2, id >> 8, id & 255]);
	assert.deepEqual(idsOf(0x62), first, "PUBREL; with PUBREC alone nothing has made room");
	network.socket.deliver([0x70, 2, first[0] >> 8, first[0] & 255]);
	assert.equal(idsOf(0x34).length, 1);
	// a new connection to the same session: those that wait are sent again, and no others
	network.socket.fail();
	network.time.pass(1000);
	network.accept(65_536, true);
	const again = toHex(network.socket.take());
	assert.deepEqual([again.match(/62 02 /g)?.length, again.match(/3c \w\w 00 01 71/g)?.length], [19, 1], "PUBREL, and what has no PUBREC");
	assert.equal(again.match(/34 \w\w 00 01 71/g), null);
	assert.deepEqual(events.slice(-1), ["up"]);
	const few = linked({ limits: { inflightQoS2: 3 } });
	few.network.accept();
	for (let i = 0; i < 5; i++) few.link.publish("q", bytes("1"), 2);
	assert.equal(toHex(few.network.socket.take()).match(/34 /g)?.length, 3);
});

test("room is told, once, when there is some again", () => {
	const { network, link, events, serve } = linked({ policy: "refuse" });
	network.accept();
	const taken = Array.from({ length: 20 }, (_, i) => link.publish(`m/${i}`, bytes("1"), 1)).filter(Boolean).length;
	assert.equal(taken, 8);
	assert.equal(events.includes("writable"), false);
	serve();
	assert.equal(events.filter((event) => event === "writable").length, 1);
	link.publish("m", bytes("1"), 1);
	serve();
	assert.equal(events.filter((event) => event === "writable").length, 1, "nobody was waiting");
	network.socket.fail();
	link.publish("away", bytes("1"));
	network.time.pass(1000);
	network.accept();
	assert.equal(events.filter((event) => event === "writable").length, 2);
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
