// What the link keeps until it is acknowledged, what gives way where there is no room, and what is sent again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked } from "../../world/linked.js";
import { bytes, text } from "../../world/virtual.js";

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
