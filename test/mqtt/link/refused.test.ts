// What the link refuses, by name: options when it is made, topics, filters and payloads at the door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link } from "../../../src/mqtt/link/link.js";
import { linked } from "../../world/linked.js";
import { bytes, VirtualNetwork } from "../../world/virtual.js";

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
