// Keep-alive, and the other deadlines of a connection: when PINGREQ goes out, which bytes count as a sign of life, when a dead line is found.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import { Client } from "../../../src/mqtt/client/client.js";
import type { MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { LOOK, Timers } from "../../../src/mqtt/session/timers.js";
import { connected } from "../../world/connected.js";
import { linked as linkedWith } from "../../world/linked.js";
import { publish, toHex, VirtualNetwork } from "../../world/virtual.js";

test("only what is sent puts a PINGREQ off [MQTT-3.1.2-23]", () => {
	const { network, errors, time } = connected({
		keepAlive: 3000,
		onReadable() {
			this.read();
		},
	});
	let silence = 0;
	for (let passed = 0; passed < 60_000; passed += 100) {
		network.socket.deliver(publish("a", "1"));
		time.pass(100);
		silence = network.socket.take().length === 0 ? silence + 100 : 0;
		assert.ok(silence < 3000, `nothing was sent for ${silence} ms, though much was received`);
	}
	assert.deepEqual(errors, []);
});

test("no PINGREQ while the client publishes and is answered", () => {
	const { network, client, time } = connected({ keepAlive: 3000 });
	network.socket.take();
	for (let i = 0; i < 100; i++) {
		time.pass(500);
		network.socket.room();
		client.write(null, { topic: "t", QoS: 1 });
		const bytes = network.socket.take();
		assert.equal(bytes.length, 7, toHex(bytes));
		network.socket.deliver([0x40, 2, bytes[5], bytes[6]]);
	}
	time.pass(2999);
	assert.equal(toHex(network.socket.take()), "c0 00", "and one within the keep-alive once it is silent [MQTT-3.1.2-23]");
});

test("keep-alive counts from CONNECT, not from a late CONNACK", () => {
	const network = new VirtualNetwork();
	new Client({ ...network.provider, host: "b", id: "x", keepAlive: 3000 });
	network.connect();
	network.time.pass(2500);
	network.socket.deliver([0x20, 2, 0, 0]);
	network.time.pass(499);
	assert.equal(toHex(network.socket.take()), "c0 00");
});

test("a fragmented publish lives on the bytes that flow", () => {
	const { network, client, errors, time } = connected({ keepAlive: 3000 });
	network.socket.take();
	client.write(Uint8Array.of(0), { topic: "t", byteLength: 101 });
	for (let i = 1; i <= 100; i++) {
		time.pass(900);
		network.socket.room();
		client.write(Uint8Array.of(i));
	}
	assert.deepEqual(errors, []);
	assert.equal(toHex(network.socket.take().slice(0, 6)), "30 68 00 01 74 00", "nothing stands between the fragments");
	time.pass(3000);
	assert.match(toHex(network.socket.take()), /^c0 00/, "and PINGREQ comes when they are all sent");
});

test("any byte is life: an application that reads late, or a long payload before PINGRESP, is not cut off", () => {
	const { network, client, errors, time } = connected({ keepAlive: 3000, limits: { pingrespTimeout: 2000 }, onReadable() {} });
	network.socket.deliver(publish("t", "unread"));
	network.socket.deliver([0xd0, 0]);
	time.pass(60_000);
	assert.deepEqual(errors, [], "what waits in the socket may be the answer");
	client.read();
	time.pass(1);
	network.socket.deliver(publish("t", new Uint8Array(300)).subarray(0, 10));
	for (let i = 0; i < 100; i++) {
		time.pass(1500);
		network.socket.deliver([0]);
		while (client.read() !== undefined);
	}
	assert.deepEqual(errors, []);
	time.pass(20_000);
	assert.deepEqual(
		errors.map((error: MqttError) => error.reason),
		[reason.PINGRESP_TIMEOUT],
		"but silence ends it",
	);
});

/** A link that waits for half a second before it tries again. */
const linked = () => linkedWith({ random: () => 0.5 });

test("a half-open connection is found out, whether we are silent or keep sending", () => {
	const silent = connected({ keepAlive: 6000, limits: { pingrespTimeout: 2000 } });
	silent.time.pass(6000 + 2000);
	assert.deepEqual(
		silent.errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
	const busy = connected({ keepAlive: 6000, limits: { pingrespTimeout: 2000 } });
	for (let i = 0; i < 140 && busy.errors.length === 0; i++) {
		busy.client.write(null, { topic: "t" });
		busy.network.socket.room();
		busy.time.pass(100);
	}
	assert.equal(busy.errors[0]?.reason, reason.PINGRESP_TIMEOUT, "within 14 s, though QoS 0 went out ten times a second");
	const asked = connected({ keepAlive: 0 });
	asked.client.write(null, { operation: Client.PINGREQ });
	asked.time.pass(limits.pingresp_timeout_ms);
	assert.equal(asked.errors[0]?.reason, reason.PINGRESP_TIMEOUT, "the deadline holds for a PINGREQ of the application's too");
	const link = linked();
	link.network.accept();
	link.time.pass(limits.keep_alive_ms + limits.pingresp_timeout_ms);
	assert.match(link.events.at(-1) ?? "", /nothing received after PINGREQ/, "the link has a keep-alive unless told otherwise");
});

test("a half-open line is found although we keep sending", () => {
	const { network, client, errors } = connected({ keepAlive: 3000 });
	for (let i = 0; i < 40 && errors.length === 0; i++) {
		network.time.pass(500);
		if (errors.length > 0) break;
		network.socket.room();
		client.write(null, { topic: "t" });
	}
	assert.equal(errors[0]?.reason, reason.PINGRESP_TIMEOUT);
});

test("a socket that takes nothing any more is a dead line too", () => {
	const { network, errors } = connected({ keepAlive: 3000 });
	network.socket.room(1);
	network.time.pass(3000 + 10_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
});

test("while a PUBLISH is being sent, a socket that takes nothing any more is found out by keep-alive", () => {
	const { client, network, errors, time } = connected({ keepAlive: 3_000 });
	network.socket.room(100);
	let room = client.write(new Uint8Array(10), { topic: "t", byteLength: 1_000 });
	while (room > 0) room = client.write(new Uint8Array(room));
	time.pass(600_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
});

test("an upload that flows is not cut off by a silent server", () => {
	const { network, client, errors } = connected({ keepAlive: 3000 }, 1024);
	client.write(null, { topic: "t", byteLength: 1 << 20 });
	for (let i = 0; i < 1000; i++) {
		network.time.pass(100);
		network.socket.room(208);
		client.write(new Uint8Array(200));
	}
	assert.deepEqual(errors, []);
});

test("life that was heard before a second PINGREQ counts", () => {
	const { network, errors } = connected({ keepAlive: 1000, limits: { pingrespTimeout: 10_000 }, onReadable() {} });
	network.socket.deliver(publish("t", new Uint8Array(300)).subarray(0, 10));
	for (let i = 0; i < 100; i++) {
		network.time.pass(900);
		network.socket.deliver([0x20, 2]);
	}
	assert.deepEqual(errors, []);
});

test("a dead line is found although acknowledgements are stuck in front of it", () => {
	const { network, errors } = connected({ keepAlive: 3000, limits: { pendingAcks: 2 }, onReadable() {} });
	network.socket.room(1);
	const flood = Array.from({ length: 300 }, (_, i) => [...publish("f", "", { QoS: 1, id: i + 1 })]).flat();
	network.socket.deliver(flood);
	network.time.pass(60_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
});

test("a listener that takes its time starves neither PINGREQ nor acknowledgements", () => {
	let heard = 0;
	const { network, errors, time } = connected({
		keepAlive: 3000,
		limits: { pendingAcks: 4 },
		onReadable() {
			this.read();
			heard += 1;
			time.stand(60); // its work
		},
	});
	network.socket.deliver(Array.from({ length: 200 }, (_, i) => [...publish("t", "1", { QoS: i & 1, id: 1 + i })]).flat());
	assert.ok(heard < 10, `the drain took ${heard} before the event loop turned`);
	for (let turn = 0; turn < 1000 && heard < 200; turn++) time.pass(0);
	time.pass(0);
	assert.equal(heard, 200);
	assert.equal(errors.length, 0, "12 s of work, 3 s of keep-alive");
	assert.equal(network.socket.writes.filter((write) => write[0] === 0x40).length, 100);
});

test("with nothing to acknowledge, PINGREQ goes out all the same, and silence behind our own work proves nothing", () => {
	let heard = 0;
	const { network, errors, time } = connected({
		keepAlive: 3000,
		onReadable() {
			this.read();
			heard += 1;
			time.stand(60);
		},
	});
	network.socket.deliver(Array.from({ length: 500 }, () => [...publish("t", "1")]).flat());
	for (let turn = 0; turn < 1000 && heard < 500; turn++) time.pass(0);
	assert.deepEqual([heard, errors.length], [500, 0]);
	assert.ok(network.socket.writes.some((write) => write[0] === 0xc0));
});

test("SUBACK behind a long message that trickles in is waited for, and no longer than a bound", () => {
	const { network, client, errors, time } = connected();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	const bytes = publish("big", new Uint8Array(30_000));
	for (let at = 0; at < bytes.length; at += 1000) {
		network.socket.deliver(bytes.subarray(at, at + 1000));
		time.pass(1000);
	}
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	assert.equal(errors.length + client.session.requests, 0);
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	for (let second = 0; second < 600 && errors.length === 0; second++) {
		network.socket.deliver(publish("other", "1"));
		time.pass(1000);
	}
	assert.equal(errors[0]?.reason, reason.SUBACK_TIMEOUT);
});

test("an event loop that stood still is no reason to give up: what has come meanwhile is looked at first", () => {
	for (const [what, answer] of [
		["PINGREQ", [0xd0, 0]],
		["SUBSCRIBE", [0x90, 3, 0, 1, 0]],
	] as const) {
		const { network, client, errors, time } = connected({ keepAlive: 6000 });
		if (what === "PINGREQ") client.write(null, { operation: Client.PINGREQ });
		else client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
		// the answer waits in the kernel; the alarm is what the event loop sees first
		time.late(12_000, () => network.socket.deliver(answer));
		assert.equal(errors.length, 0, what);
		time.pass(100);
		assert.equal(errors.length, 0, what);
	}
	const { network, client, errors, time } = connected({ keepAlive: 6000 });
	client.write(null, { operation: Client.PINGREQ });
	time.late(12_000, () => {});
	assert.deepEqual([errors[0]?.reason, network.socket.closed], [reason.PINGRESP_TIMEOUT, true], "and where nothing has come, it ends");
});

test("two SUBSCRIBEs, one answer: the other one is waited for, and no longer than its time", () => {
	const { client, network, errors, time } = connected();
	for (const topic of ["a", "b"]) client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic }] });
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	time.pass(600_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.SUBACK_TIMEOUT],
	);
});

test("timers: a SUBACK that waits while nothing can be read is given more time; one deadline at a time", () => {
	const timers = new Timers();
	assert.equal(timers.deadline(), Infinity);
	timers.start(0, 0, 0, 1000);
	assert.equal(timers.deadline(), Infinity, "no keep-alive, no tick");
	timers.requested(0, 500);
	timers.requested(0, 900);
	assert.equal(timers.deadline(), 500, "the first one counts");
	assert.equal(timers.expire(500, true), 0);
	assert.equal(timers.deadline(), 1000);
	timers.heard = true;
	assert.equal(timers.expire(1000, false), 0, "any byte renews it");
	assert.equal(timers.expire(1500, false), LOOK, "the answer may wait unread");
	assert.equal(timers.expire(1500, false), reason.SUBACK_TIMEOUT);
	timers.settled();
	timers.requested(1600, 500);
	let renewals = 0;
	for (let now = 2100; renewals < 100; now += 500) {
		timers.heard = true;
		if (timers.expire(now, false) !== 0) break;
		renewals += 1;
	}
	timers.settled();
	assert.ok(renewals > 1 && renewals < 10, `renewed ${renewals} times, and not for ever`);
	timers.settled();
	timers.pinged(2000);
	timers.pinged(2900);
	assert.equal(timers.deadline(), 3000, "the first PINGREQ counts");
	timers.stop();
	assert.equal(timers.deadline(), Infinity);
});
