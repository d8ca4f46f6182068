// Faults that a review found before anybody else did: each as a test that was red first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { MqttError } from "../../src/mqtt/client/types.js";
import { Link, type LinkOptions } from "../../src/mqtt/link/link.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { connected } from "../world/connected.js";
import { publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "broker", id: "x", random: () => 0, ...options });
	return { network, link };
}

const bytes = (payload: string) => new TextEncoder().encode(payload);

test("a publish that is refused leaves nothing behind for the next one", () => {
	const { network, client } = connected();
	const moving = Object.freeze({ topic: "light", retain: true });
	client.write(Uint8Array.of(1, 2, 3), moving);
	network.socket.take();
	network.socket.room(20);
	assert.throws(() => client.write(new Uint8Array(9), { topic: "light", QoS: 1, retain: true }), /overflow/);
	client.write(Uint8Array.of(4, 5, 6), moving);
	assert.equal(toHex(network.socket.take()), "31 0a 00 05 6c 69 67 68 74 04 05 06");
});

test("a socket that throws within a write costs one connection, not all that follow", () => {
	const { network, client } = connected();
	const { socket } = network;
	socket.write = () => {
		throw new Error("not ready");
	};
	assert.throws(() => client.write(Uint8Array.of(1), { topic: "t" }), /not ready/);
	assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /not ready/);
	socket.fail();
	client.reopen();
	network.accept();
	network.socket.take();
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 7 }));
	client.write(Uint8Array.of(2), { topic: "t" });
	assert.equal(toHex(network.socket.take()), "40 02 00 07 30 04 00 01 74 02");
});

test("an acknowledgement that the socket refuses ends the connection, and throws at nobody", () => {
	const { network, errors } = connected();
	network.socket.write = () => {
		throw new Error("not ready");
	};
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 7 }));
	network.time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("link: what could never be sent is refused at the door", () => {
	const { network, link } = linked({ limits: { transmit: 200 } });
	assert.throws(() => link.publish("x".repeat(195), bytes("1"), 1), /^RangeError: topic: .*limits.transmit/);
	assert.throws(() => link.subscribe("x".repeat(195), 0, () => {}), /^RangeError: filter: .*limits.transmit/);
	assert.throws(() => linked({ limits: { transmit: 200 }, status: "x".repeat(195) }), /^RangeError: (status|limits.transmit): /);
	network.accept();
	assert.ok(link.up);
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

test("data of the wrong kind is refused by name", () => {
	const { network, client } = connected();
	const options = Object.freeze({ topic: "t" });
	client.write(Uint8Array.of(1, 2), options);
	network.socket.take();
	for (const data of ["abc", 7, true, {}, new Uint16Array(2), [1, 2]])
		assert.throws(() => client.write(data as never, options), /^TypeError: data: must be a Byte Buffer/, String(data));
	client.write(null, { topic: "t", byteLength: 2 });
	assert.throws(() => client.write("ab" as never), /^TypeError: data: /);
	assert.equal(toHex(network.socket.take()), "30 05 00 01 74");
});

test("a payload that is no Uint8Array goes out in one write with its header when it fits", () => {
	const { network, client } = connected();
	for (const data of [Uint8Array.of(1, 2).buffer, new DataView(Uint8Array.of(1, 2).buffer)]) {
		client.write(data, { topic: "t" });
		assert.equal(network.socket.writes.length - network.socket.taken, 1);
		assert.equal(toHex(network.socket.take()), "30 05 00 01 74 01 02");
	}
});

test("a socket whose room shrinks by more than it was given does not tear a packet and go on", () => {
	const { network, client, errors } = connected({}, 2000);
	const { socket } = network;
	const write = socket.write.bind(socket);
	socket.write = (data) => Math.max(0, write(data) - 1500);
	client.write(new Uint8Array(900), { topic: "t" });
	network.time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
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

test("a dead line is found although acknowledgements are stuck in front of it", () => {
	const { network, errors } = connected({ keepAlive: 3000, limits: { due: 2 }, onReadable() {} });
	network.socket.room(1);
	const flood = Array.from({ length: 300 }, (_, i) => [...publish("f", "", { QoS: 1, id: i + 1 })]).flat();
	network.socket.deliver(flood);
	network.time.pass(60_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
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

test("an empty fragment costs no room", () => {
	const { network, client } = connected({}, 1000);
	network.socket.room(1000);
	client.write(null, { topic: "t", byteLength: 2 });
	const rooms = [client.write(null), client.write(null), client.write(null)];
	assert.equal(new Set(rooms).size, 1, rooms.join());
});

test("topics and filters that come as bytes are held to the same rules", () => {
	const { network, client } = connected();
	for (const topic of ["a/+/#", "#", "a\0"])
		assert.throws(() => client.write(null, { topic: bytes(topic) }), /^RangeError: topic: /, topic);
	assert.throws(() => client.write(null, { topic: Uint8Array.of(0xff, 0) }), /^RangeError: topic: /);
	assert.throws(() => client.write(null, { topic: new Uint8Array(70_000) }), /^RangeError: topic: /);
	for (const filter of ["a/#/b", "a+", ""])
		assert.throws(
			() => client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: bytes(filter) }] }),
			/^RangeError: items: /,
			filter,
		);
	client.write(null, { topic: bytes("ü").buffer as ArrayBuffer });
	assert.equal(toHex(network.socket.take()), "30 04 00 02 c3 bc");
});

test("an oversize QoS 2 message does not run over the table of those received", () => {
	const { network, errors } = connected({ clean: false, limits: { topic: 20, received: 1 } });
	const long = (id: number) => publish("t".repeat(40), "x", { QoS: 2, id });
	for (const byte of [...long(1), 0x62, 2, 0, 1, ...long(2), 0x62, 2, 0, 2, ...publish("a", "", { QoS: 2, id: 3 })])
		network.socket.deliver([byte]);
	assert.equal(errors.length, 0);
	for (const byte of long(4)) network.socket.deliver([byte]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.TOO_MANY_RECEIVED],
	);
});

test("an id that waits for something else is not taken for a resend or a release", () => {
	const { network, client } = connected();
	client.write(null, { topic: "t", QoS: 2 });
	network.socket.deliver([0x50, 2, 0, 1]);
	assert.throws(() => client.write(null, { topic: "t", QoS: 2, id: 1, duplicate: true }), /id: 1 is in use/);
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	assert.throws(() => client.write(null, { operation: Client.PUBREL, id: 2 }), /id: 2 is in use/);
	assert.throws(() => client.write(null, { topic: "t", QoS: 1, id: 2, duplicate: true }), /id: 2 is in use/);
	network.socket.take();
	client.write(null, { operation: Client.PUBREL, id: 1 });
	assert.equal(toHex(network.socket.take()), "62 02 00 01");
});

test("PUBREL for an id of an earlier connection is followed by its PUBCOMP", () => {
	const seen: number[] = [];
	const { network, client } = connected({ onControl: (operation) => seen.push(operation) });
	client.write(null, { operation: Client.PUBREL, id: 9 });
	network.socket.deliver([0x70, 2, 0, 9]);
	assert.deepEqual([seen.at(-1), client.session.inflight, client.session.ignored], [Client.PUBCOMP, 0, 0]);
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

test("nothing is acknowledged before CONNACK", () => {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const client = new Client({ ...network.provider, host: "b", id: "x", clean: false, onError: (error) => errors.push(error) });
	network.accept();
	network.socket.deliver(publish("a", "", { QoS: 2, id: 1 }));
	network.socket.fail();
	client.reopen();
	network.connect();
	network.socket.deliver(publish("a", "", { QoS: 2, id: 1, flags: 8 }));
	assert.equal(errors.at(-1)?.reason, reason.NOT_FIRST);
	assert.deepEqual(network.socket.take(), []);
});

test("after DISCONNECT the connection ends by itself if the broker does not end it", () => {
	const { network, client, errors } = connected();
	client.write(null, { operation: Client.DISCONNECT });
	network.time.pass(10_000);
	assert.ok(network.socket.closed);
	assert.equal(errors.length, 1);
});

test("a format other than buffer is refused, and a closed link takes nothing", () => {
	const network = new VirtualNetwork();
	assert.throws(() => new Client({ ...network.provider, host: "b", format: "number" } as never), /^RangeError: format: /);
	const { link } = linked();
	link.close();
	assert.equal(link.publish("t", bytes("1"), 1), false);
});

test("link: an overlong topic is counted and told", () => {
	const told: number[][] = [];
	const { network, link } = linked({ onOversize: (...lengths) => told.push(lengths) });
	network.accept();
	network.socket.deliver(publish("t".repeat(200), "four"));
	assert.deepEqual([link.counters.oversize, told], [1, [[200, 4]]]);
});

test("link: a QoS or payload of the wrong kind is refused at the door", () => {
	const { link } = linked();
	assert.throws(() => link.publish("t", bytes("1"), 3 as never), /^RangeError: QoS: must be 0, 1 or 2, is 3/);
	for (const QoS of [0, 1] as const)
		assert.throws(() => link.publish("t", "abc" as never, QoS), /^TypeError: payload: must be a Uint8Array/);
});

test("limits.filters is at most 255", () => {
	assert.throws(() => connected({ limits: { filters: 256 } }), /^RangeError: limits.filters: /);
});
