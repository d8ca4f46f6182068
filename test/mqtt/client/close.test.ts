// The end of a connection: DISCONNECT, close, and an end that comes from the other side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import { connected } from "../../world/connected.js";
import { toHex, VirtualNetwork } from "../../world/virtual.js";

test("after DISCONNECT nothing may be sent, and after close nothing happens", () => {
	const { network, client, errors } = connected();
	network.socket.take();
	client.write(null, { operation: Client.DISCONNECT });
	assert.equal(toHex(network.socket.take()), "e0 00");
	assert.throws(() => client.write(null, { topic: "t" }), /DISCONNECT was sent/);
	client.close();
	client.close();
	assert.throws(() => client.reopen(), /closed/);
	assert.throws(() => client.write(null, { topic: "t" }), /closed/);
	assert.deepEqual(errors, []);
});

test("after DISCONNECT the connection ends by itself if the broker does not end it", () => {
	const { network, client, errors } = connected();
	client.write(null, { operation: Client.DISCONNECT });
	network.time.pass(10_000);
	assert.ok(network.socket.closed);
	assert.equal(errors.length, 1);
});

test("close while the name resolves: a later answer does nothing", () => {
	const network = new VirtualNetwork();
	network.resolves = false;
	const client = new Client({ ...network.provider, host: "broker" });
	network.time.pass(0);
	client.close();
	network.questions[0].onResolved("broker", "192.0.2.1");
	network.questions[0].onError("broker");
	assert.equal(network.sockets.length, 0);
	assert.equal(network.resolversOpen, 0);
	assert.equal(network.time.alarms, 0, "no timer is left");
});

test("the connection's end is told once, with the transport's own words", () => {
	const { network, errors } = connected();
	network.socket.fail(new Error("ECONNRESET"));
	network.socket.fail(new Error("again"));
	assert.deepEqual(
		errors.map(({ message }) => message),
		["transport: the connection was lost or refused (ECONNRESET)"],
	);
	const unresolved = new VirtualNetwork();
	unresolved.resolves = false;
	const told: string[] = [];
	new Client({ ...unresolved.provider, host: "nowhere", onError: ({ message }) => told.push(message) });
	unresolved.time.pass(0);
	unresolved.questions[0].onError("nowhere");
	assert.deepEqual(told, ["transport: the host name could not be resolved (nowhere)"]);
});
