// The link's subscriptions: when the broker is asked for them, and its answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../../../src/mqtt/link/link.js";
import { linked, said } from "../../world/linked.js";
import { packets } from "../../world/packets.js";
import { bytes, publish, toHex, VirtualNetwork } from "../../world/virtual.js";

test("resubscribes after each connect, also where the broker has the session: one that was restored may lack the filter", () => {
	const { network, link, events, reconnect } = linked({ clean: false });
	link.subscribe("a", 0, () => {});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	network.socket.take();
	for (const [id, present] of [true, false].entries()) {
		reconnect(present);
		assert.equal(toHex(network.socket.take()), `82 06 00 0${id + 2} 00 01 61 00`);
		assert.equal(link.up, false, "not up before the broker has answered");
		network.socket.deliver([0x90, 3, 0, id + 2, 0]);
		assert.ok(link.up);
	}
	assert.equal(events.filter((event) => event === "granted a 0").length, 3);
});

test("messages in flight that fill the table go out again in a session that is kept, and make room for SUBSCRIBE", () => {
	for (const QoS of [1, 2] as const) {
		const { network, link, reconnect } = linked({ clean: false, limits: { inflight: 2 } });
		network.accept();
		for (const topic of ["x", "y", "z"]) link.publish(topic, bytes("1"), QoS);
		network.socket.take();
		if (QoS === 2) network.socket.deliver([0x50, 2, 0, 1]); // of the first, PUBREL is to be sent again
		network.socket.take();
		link.subscribe("a", 1, () => {});
		reconnect(true);
		assert.deepEqual(
			packets(network.socket.take()).map(({ operation, id }) => [operation, id]),
			[
				[QoS === 1 ? 3 : 6, 1],
				[3, 2],
			],
			"no entry for SUBSCRIBE; and z, which was not sent yet, waits behind it",
		);
		network.socket.deliver([QoS === 1 ? 0x40 : 0x70, 2, 0, 1]);
		const [subscribe, ...others] = packets(network.socket.take());
		assert.deepEqual([subscribe?.operation, others], [8, []]);
		network.socket.deliver([0x90, 3, 0, subscribe?.id ?? 0, 1]);
		assert.ok(link.up);
	}
});

test("link: subscriptions are replaced, limited and forgotten; a socket without room is tried again", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	link.subscribe("a", 0, () => {});
	link.subscribe("a", 1, () => {});
	assert.throws(() => link.subscribe("a/#/b", 0, () => {}), /^RangeError: filter: /);
	assert.throws(() => link.subscribe("a", 3 as never, () => {}), /^RangeError: QoS: /);
	for (let i = 0; i < 7; i++) link.subscribe(`t${i}`, 0, () => {});
	assert.throws(() => link.subscribe("one too many", 0, () => {}), /there are 8 subscriptions already/);
	link.unsubscribe("never");
	link.unsubscribe("t6");
	network.accept(40);
	assert.equal(toHex(network.socket.take()), "82 06 00 01 00 01 61 01 82 07 00 02 00 02 74 30 00");
	network.socket.room(200);
	assert.equal(network.socket.take().length, 5 * 9);
	link.unsubscribe("t5");
	assert.equal(toHex(network.socket.take()).slice(0, 2), "a2");
	network.socket.room(9);
	link.unsubscribe("t4");
	assert.deepEqual(network.socket.take(), [], "no room: the next connect forgets it");
	assert.throws(() => link.publish("a/+", new Uint8Array(1), 1), /^RangeError: topic: /);
});

test("link: unsubscribe while away is done when the session comes back", () => {
	const { network, link } = linked({ clean: false });
	link.subscribe("a", 0, () => {});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	network.socket.fail();
	link.unsubscribe("a");
	network.time.pass(0);
	network.accept(65_536, true);
	assert.equal(toHex(network.socket.take()), "a2 05 00 02 00 01 61");
	assert.ok(link.up);
	network.socket.deliver([0xb0, 2, 0, 2]);
	network.socket.fail();
	network.time.pass(0);
	network.accept(65_536, true);
	assert.deepEqual(network.socket.take(), [], "once");
});

test("UNSUBSCRIBE that was lost with its connection is sent again where the session is present", () => {
	const { network, link, serve, again } = linked({ clean: false });
	link.subscribe("a", 1, () => {});
	network.accept();
	serve();
	link.unsubscribe("a");
	network.socket.take();
	network.socket.fail();
	again(true);
	assert.deepEqual(
		packets(network.socket.take()).map(({ operation, topic }) => [operation, topic]),
		[[10, "a"]],
	);
	network.socket.fail();
	again(false);
	assert.deepEqual(network.socket.take(), [], "a new session never had it");
});

test("subscribed again before the broker was told: it keeps it, and its listener hears", () => {
	const { network, link, serve, again } = linked({ clean: false });
	const heard: string[] = [];
	link.subscribe("a", 1, () => {});
	network.accept();
	serve();
	network.socket.fail();
	link.unsubscribe("a");
	link.subscribe("a", 1, (message) => heard.push(said(message)));
	again(true);
	assert.deepEqual(
		packets(network.socket.take()).map(({ operation }) => operation),
		[8],
	);
	network.socket.deliver(publish("a", "1"));
	assert.deepEqual(heard, ["1"]);
});

test("what was granted, and what was refused, is told", () => {
	const { network, link, events, serve } = linked();
	link.subscribe("light", 2, () => {});
	link.subscribe("secret", 1, () => {});
	network.accept();
	network.socket.take();
	network.socket.deliver([0x90, 3, 0, 1, 0, 0x90, 3, 0, 2, 0x80]);
	assert.deepEqual(events, ["granted light 0", "refused secret", "up"]);
	serve();
});

test("eight filters added and given up again while away do not forbid the ninth", () => {
	for (const clean of [true, false]) {
		const { network, link, serve } = linked({ clean });
		const heard: string[] = [];
		for (let i = 0; i < 8; i++) link.subscribe(`a/${i}`, 1, () => {});
		for (let i = 0; i < 8; i++) link.unsubscribe(`a/${i}`);
		link.subscribe("b", 1, (message) => heard.push(said(message)));
		network.accept();
		assert.deepEqual(
			packets(network.socket.take()).map(({ topic }) => topic),
			["b"],
		);
		network.socket.deliver([0x90, 3, 0, 1, 1, ...publish("b", "1")]);
		assert.deepEqual(heard, ["1"]);
		serve();
	}
});
