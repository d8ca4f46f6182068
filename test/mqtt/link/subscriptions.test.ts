// The link's subscriptions: what the broker is asked for, when, and what it has granted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked } from "../../world/linked.js";
import { toHex } from "../../world/virtual.js";

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
