// A sign of life that was asked for: given, or the connection is made anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../../../src/mqtt/link/link.js";
import { toHex, VirtualNetwork } from "../../world/virtual.js";

function start() {
	const network = new VirtualNetwork();
	const events: string[] = [];
	const link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: () => 0.5,
		firstId: 1,
		keepAlive: 120_000,
		onUp: () => events.push("up"),
		onDown: () => events.push("down"),
	});
	return { network, link, events };
}

test("the broker answers: told once, and the connection stands", () => {
	const { network, link, events } = start();
	network.accept();
	let proved = 0;
	link.prove(2_000, () => proved++);
	assert.equal(toHex(network.socket.take()), "c0 00");
	network.time.pass(1_999);
	network.socket.deliver([0xd0, 0]);
	network.socket.deliver([0xd0, 0]);
	network.time.pass(20_000);
	assert.deepEqual([proved, events, network.sockets.length], [1, ["up"], 1]);
});

test("it does not: the connection is cut, and made anew", () => {
	const { network, link, events } = start();
	network.accept();
	link.prove(2_000, () => assert.fail("proved"));
	network.time.pass(1_999);
	assert.deepEqual(events, ["up"]);
	network.time.pass(1);
	assert.deepEqual([events, network.sockets[0].closed], [["up", "down"], true]);
	network.time.pass(1_000);
	network.accept();
	assert.deepEqual([events, network.sockets.length, link.up], [["up", "down", "up"], 2, true]);
	network.time.pass(20_000);
	assert.equal(link.up, true, "the question was that of the old connection");
});

test("while it waits for the next try, that begins now; closed, nothing happens", () => {
	const { network, link } = start();
	network.accept();
	network.socket.fail();
	link.prove(2_000, () => assert.fail("proved"));
	network.time.pass(0);
	network.accept();
	assert.deepEqual([network.sockets.length, link.up], [2, true]);
	link.prove(2_000, () => assert.fail("proved"));
	link.close();
	link.prove(2_000, () => assert.fail("proved"));
	network.socket.deliver([0xd0, 0]);
	network.time.pass(60_000);
	assert.equal(network.sockets.length, 2);
});

test("what waits to be acknowledged is counted", () => {
	const { network, link } = start();
	network.accept();
	link.publish("light", Uint8Array.of(0x37), 1, true);
	assert.equal(link.kept, 1);
	network.socket.deliver([0x40, 2, 0, 1]);
	assert.equal(link.kept, 0);
});
