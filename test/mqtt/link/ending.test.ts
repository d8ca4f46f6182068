// Goodbye, and connections that the broker ends: the reason that is told, and the message or status that is given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked } from "../../world/linked.js";
import { type Packet, packets } from "../../world/packets.js";
import { bytes, publish, text, toHex } from "../../world/virtual.js";

test("goodbye: offline, acknowledged, DISCONNECT, then told; once", () => {
	const { network, link } = linked({ status: "s" });
	network.accept();
	network.socket.deliver([0x40, 2, 0, 1]);
	network.socket.take();
	const told: string[] = [];
	link.close(() => told.push("first"));
	link.close(() => told.push("second"));
	assert.equal(toHex(network.socket.take()), "33 0c 00 01 73 00 02 6f 66 66 6c 69 6e 65");
	network.socket.deliver([0x40, 2, 0, 2]);
	assert.equal(toHex(network.socket.take()), "e0 00");
	assert.ok(network.socket.closed);
	assert.equal(told.length, 0, "not from inside");
	network.time.pass(0);
	assert.deepEqual(told, ["first", "second"]);
	link.close(() => told.push("third"));
	network.time.pass(0);
	assert.deepEqual(told, ["first", "second", "third"]);
	assert.equal(network.time.alarms, 0, "no timer is left");
});

test("goodbye to a broker that does not answer takes no longer than its limit; and one while away takes none", () => {
	const { network, link } = linked({ status: "s" });
	network.accept();
	let told = 0;
	link.close(() => told++);
	network.time.pass(1999);
	assert.equal(told, 0);
	network.time.pass(1);
	assert.equal(told, 1);
	const away = linked({ status: "s" });
	away.link.close(() => told++);
	away.network.time.pass(0);
	assert.equal(told, 2);
	assert.equal(away.network.sockets.length, 0);
});

test("link: a goodbye that is not acknowledged leaves the will in force", () => {
	const { network, link } = linked({ status: "s" });
	network.accept();
	network.socket.take();
	link.close();
	network.socket.take();
	network.time.pass(2000);
	assert.ok(network.socket.closed);
	assert.deepEqual(network.socket.take(), [], "no DISCONNECT: the broker says offline");
});

test("link: online and offline are said, however full the outbox is", () => {
	for (const policy of ["latest", "oldest", "refuse"] as const) {
		const { network, link } = linked({ status: "s", policy, clean: false });
		network.accept();
		network.socket.deliver([0x40, 2, 0, 1]);
		for (let i = 0; i < 8; i++) link.publish(`t${i}`, bytes("1"), 1);
		network.socket.fail();
		network.time.pass(0);
		network.accept(65_536, true);
		const again = text(network.socket.take());
		assert.ok(again.includes("online"), policy);
		link.close();
		assert.ok(text(network.socket.take()).includes("offline"), policy);
	}
});

test("link: close inside its own callbacks", () => {
	const up = linked({ onUp: () => up.link.close() });
	up.network.accept();
	assert.ok(up.network.socket.closed);

	const heard: string[] = [];
	const first = linked();
	first.link.subscribe("a/#", 0, () => {
		heard.push("first");
		first.link.close();
	});
	first.link.subscribe("a/+", 0, () => heard.push("second"));
	first.network.accept();
	first.network.socket.deliver([0x90, 3, 0, 1, 0, 0x90, 3, 0, 2, 0]);
	first.network.socket.deliver(publish("a/b", new Uint8Array(1000)));
	assert.deepEqual(heard, ["first"]);

	const refused: string[] = [];
	const third = linked({
		onRefused(filter) {
			refused.push(filter);
			third.link.close();
		},
	});
	third.link.subscribe("a", 0, () => {});
	third.link.subscribe("b", 0, () => {});
	third.network.accept();
	third.network.socket.deliver([0x90, 3, 0, 1, 0x80, 0x90, 3, 0, 2, 0x80]);
	assert.deepEqual(refused, ["a"]);
});

test("the reason says what was sent last without an answer, and the likely causes", () => {
	const { network, link, events, serve, again } = linked({ status: "x/status" });
	link.subscribe("a//b", 1, () => {});
	network.connect();
	network.socket.fail();
	assert.match(events.at(-1) ?? "", /closed after CONNECT: it may not allow the will, a retained message at QoS 1/);
	again();
	serve(({ operation }) => operation === 8);
	assert.match(events.at(-1) ?? "", /ended after SUBSCRIBE to "a\/\/b": the broker may not allow it/);
	again();
	serve();
	serve(({ topic }) => topic === "x/status");
	assert.match(events.at(-1) ?? "", /ended after PUBLISH to "x\/status": the broker may not allow that/);
	again();
	for (let turn = 0; turn < 3; turn++) serve();
	network.socket.fail();
	assert.equal(events.at(-1), "transport: the connection was lost or refused", "all was answered: nothing to blame");
});

test("a status that ended two connections in a row is given up until a restart", () => {
	const { network, events, serve, again, link } = linked({ status: "x/status" });
	network.accept();
	for (let connection = 0; connection < 2; connection++) {
		serve(({ topic }) => topic === "x/status");
		again();
	}
	assert.ok(events.includes("given up x/status=online QoS 1"));
	assert.ok(link.up);
	assert.deepEqual(serve(), []);
	let gone = false;
	link.close(() => {
		gone = true;
	});
	network.time.pass(0);
	assert.ok(gone, "nor is it said at the goodbye");
});

test("a message upon which three connections in a row ended is given up, counted and told; those behind it arrive", () => {
	const { network, link, events, serve, again } = linked();
	network.accept();
	for (const topic of ["good", "poison", "better", "best"]) link.publish(topic, bytes(topic), 1);
	const arrived = new Set<string>();
	const poisonous = ({ topic }: Packet) => topic === "poison";
	const sent: string[][] = [];
	for (let connection = 0; connection < 4; connection++) {
		const before = network.socket.writes.length;
		for (const topic of serve(poisonous)) arrived.add(topic);
		sent.push(packets(network.socket.writes.slice(Math.min(before, 1)).flatMap((write) => [...write])).map(({ topic }) => topic));
		if (connection < 3) again();
	}
	assert.deepEqual(sent[2], ["poison"], "at last alone, so that nothing else is blamed");
	assert.deepEqual([...arrived], ["good", "better", "best"]);
	assert.ok(events.includes("given up poison=poison QoS 1"));
	assert.equal(link.counters.givenUp, 1);
	assert.equal(events.filter((event) => event.startsWith("transport")).length, 3);
});

test("connections that end for other reasons give nothing up", () => {
	const { network, link, serve, again, time } = linked({ clean: false });
	network.accept();
	link.publish("slow", bytes("1"), 1);
	for (let connection = 0; connection < 10; connection++) {
		// the broker is busy, then the line breaks
		time.pass(6_000);
		network.socket.fail();
		again(true);
	}
	for (let connection = 0; connection < 10; connection++) {
		link.publish("other", bytes("1"), 1);
		// what comes later is acknowledged: the first one is not what it closes upon
		const later = packets(network.socket.take()).at(-1) as Packet;
		time.pass(5);
		network.socket.deliver([0x40, 2, later.id >> 8, later.id & 255]);
		time.pass(5);
		network.socket.fail();
		again(true);
	}
	assert.equal(link.counters.givenUp, 0);
	assert.ok(serve().includes("slow"));
});
