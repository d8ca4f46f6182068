// The end of a connection: DISCONNECT, close, and an end that comes from the other side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { publish, text, toHex, VirtualNetwork } from "../../world/virtual.js";

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

test("what was announced and not read when the peer closes is delivered before the end is told", () => {
	const heard: string[] = [];
	const { network, client, errors, time } = connected({ onReadable: (count) => heard.push(`${count}`) });
	network.socket.deliver([...publish("t", "first"), ...publish("t", "second")]);
	assert.deepEqual(heard, ["5"], "the application takes its time");
	network.socket.fail();
	time.pass(0);
	assert.equal(errors.length, 0);
	assert.equal(text(new Uint8Array(client.read() as ArrayBuffer)), "first");
	time.pass(0);
	assert.deepEqual(heard, ["5", "6"]);
	assert.equal(text(new Uint8Array(client.read() as ArrayBuffer)), "second");
	assert.equal(errors.length, 0, "not from inside read");
	time.pass(0);
	assert.equal(errors[0]?.reason, reason.CONNECTION_LOST);
});

test("the connection ends while a slow application still takes what came in one read: every message is delivered, then the end is told", () => {
	const heard: string[] = [];
	const { network, errors, time } = connected({
		onReadable(this: Client, count: number) {
			heard.push(text(new Uint8Array(this.read(count) as ArrayBuffer)));
			time.stand(200); // longer than a drain may last
		},
	});
	network.socket.deliver([...publish("a", "1"), ...publish("a", "2"), ...publish("a", "3")]);
	assert.deepEqual(heard, ["1"]);
	network.socket.fail();
	assert.deepEqual([heard.length, errors.length], [1, 0]);
	time.pass(0);
	time.pass(0);
	assert.deepEqual(heard, ["1", "2", "3"]);
	time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("a socket that has ended and whose read throws has nothing any more: no message is delivered twice", () => {
	const heard: number[] = [];
	const { client, network, errors, time } = connected({ onReadable: (count) => heard.push(count) });
	network.socket.deliver(publish("a", "12"));
	network.socket.deliver(publish("a", "34"));
	network.socket.fail();
	network.socket.read = () => {
		throw new Error("not open");
	};
	client.read();
	time.pass(0);
	assert.deepEqual(heard, [2]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("an application that never reads keeps a dead connection no longer than its keep-alive", () => {
	const { network, errors, time } = connected({ keepAlive: 3000, onReadable() {} });
	network.socket.deliver(publish("t", "first"));
	network.socket.fail();
	for (let second = 0; second < 60; second++) time.pass(1000);
	assert.equal(errors.length, 1);
});
