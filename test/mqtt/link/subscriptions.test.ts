// The link's subscriptions: what the broker is asked for, when, and what it has granted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../../../src/mqtt/link/link.js";
import { linked } from "../../world/linked.js";
import { toHex, VirtualNetwork } from "../../world/virtual.js";

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
