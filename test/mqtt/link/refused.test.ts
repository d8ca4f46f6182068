// Refusals of the link, by name: options when it is made, topics, filters and payloads at the door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link, type LinkOptions } from "../../../src/mqtt/link/link.js";
import { linked } from "../../world/linked.js";
import { bytes, publish, VirtualNetwork } from "../../world/virtual.js";

test("configuration is checked by name", () => {
	const wrong: [Partial<LinkOptions>, RegExp][] = [
		[{ status: "a/#" }, /^RangeError: status: "a\/#" has a wildcard/],
		[{ policy: "newest" as never }, /^RangeError: policy: must be latest, oldest or refuse, is newest/],
		[{ random: undefined as never }, /^TypeError: random: /],
		[{ host: "" }, /^RangeError: host: /],
		[{ port: 0 }, /^RangeError: port: must be a whole number from 1 to 65535, is 0/],
		[{ port: 70_000 }, /^RangeError: port: /],
		[{ keepAlive: 65_535_001 }, /^RangeError: keepAlive: /],
		[{ keepAlive: Number.NaN }, /^RangeError: keepAlive: /],
		[{ id: "", clean: false }, /^RangeError: id: must not be empty/],
		[{ id: "a\0" }, /^RangeError: id: has U\+0000/],
		[{ password: "p" }, /^RangeError: user: is needed/],
		[{ time: undefined as never }, /^TypeError: time: /],
		[{ socket: {} as never }, /^TypeError: socket: /],
		[{ dns: {} as never }, /^TypeError: dns: /],
		[{ limits: { inflight: 0 } }, /^RangeError: limits.inflight: /],
		[{ limits: { transmit: 20 } }, /^RangeError: limits.transmit: /],
		[{ user: "u".repeat(5_000) }, /^RangeError: password: has 5000 bytes, with the user name; limits.login of 4096 allows no more/],
	];
	for (const [options, message] of wrong) assert.throws(() => linked(options), message);
});

test("the link's limits are options: outbox, outboxBytes, message, subscriptions", () => {
	const { network, link, events, serve } = linked({
		limits: { outbox: 100, outboxBytes: 1000, message: 300, subscriptions: 40, inflight: 100 },
	});
	network.accept();
	for (let i = 0; i < 40; i++) link.subscribe(`t/${i}`, 0, (message) => events.push(`heard ${message.length}`));
	assert.throws(() => link.subscribe("more", 0, () => {}), /limits\.subscriptions of 40 allows no more/);
	serve();
	for (let i = 0; i < 100; i++) assert.ok(link.publish(`m/${i}`, bytes("1"), 1));
	assert.equal(new Set(serve()).size, 100);
	assert.ok(link.publish("big", new Uint8Array(1000), 1));
	network.socket.deliver(publish("t/39", new Uint8Array(300)));
	assert.ok(events.includes("heard 300"), "the 40th, in one piece");
	for (const name of ["outbox", "outboxBytes", "message", "subscriptions"])
		assert.throws(() => linked({ limits: { [name]: 0 } }), new RegExp(`^RangeError: limits\\.${name}: must be a whole number from 1`));
});

test("what no broker takes is refused at the door", () => {
	const { link } = linked();
	for (const wrong of ["a\tb", "a\x7f", "a\x85", "a\uffff", "a\ufdd0"])
		for (const call of [
			() => link.publish(wrong, bytes("1"), 1),
			() => link.publish(wrong, bytes("1")),
			() => link.subscribe(wrong, 0, () => {}),
			() => linked({ status: wrong }),
		])
			assert.throws(
				call,
				/^RangeError: (topic|filter|status): .* has the character U\+[0-9A-F]{4} at 1, upon which brokers end the connection/,
			);
	assert.ok(link.publish("a b/é/💡", bytes("1"), 1));
});

test("link: what could never be sent is refused at the door", () => {
	const { network, link } = linked({ limits: { transmit: 200 } });
	assert.throws(() => link.publish("x".repeat(195), bytes("1"), 1), /^RangeError: topic: .*limits.transmit/);
	assert.throws(() => link.subscribe("x".repeat(195), 0, () => {}), /^RangeError: filter: .*limits.transmit/);
	assert.throws(() => linked({ limits: { transmit: 200 }, status: "x".repeat(195) }), /^RangeError: (status|limits.transmit): /);
	network.accept();
	assert.ok(link.up);
});

test("link: a QoS or payload of the wrong kind is refused at the door", () => {
	const { link } = linked();
	assert.throws(() => link.publish("t", bytes("1"), 3 as never), /^RangeError: QoS: must be 0, 1 or 2, is 3/);
	for (const QoS of [0, 1] as const)
		assert.throws(() => link.publish("t", "abc" as never, QoS), /^TypeError: payload: must be a Uint8Array/);
});

test("link: the application's own errors are its own", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	network.accept();
	assert.throws(() => link.publish("a/+", new Uint8Array(1)), /^RangeError: topic: "a\/\+" has a wildcard/);
	assert.throws(() => link.subscribe("x".repeat(600), 0, () => {}), /^RangeError: filter: has 600 bytes/);
});
