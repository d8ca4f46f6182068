// The link from its first try to being up, and the waits between tries.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import type { LinkOptions } from "../../../src/mqtt/link/link.js";
import { linked as linkedAtOnce } from "../../world/linked.js";
import { hex, toHex } from "../../world/virtual.js";

const birth = "33 0b 00 01 73 00 01 6f 6e 6c 69 6e 65";

/** It waits for the longest wait before the next try, and tells whether the session is present. */
function linked(options: Partial<LinkOptions> = {}) {
	const made = linkedAtOnce({
		random: () => 0.999,
		onUp: (present) => made.events.push(`up ${present}`),
		onGranted: undefined,
		...options,
	});
	return made;
}

test("connects, subscribes, and announces itself only when the broker has answered", () => {
	const { network, link, events } = linked({ status: "s" });
	link.subscribe("light", 1, () => {});
	const connect = network.connect();
	assert.equal(
		toHex(connect),
		toHex(hex("10 19 00 04 4d 51 54 54 04 2e 00 0f 00 01 78 00 01 73 00 07 6f 66 66 6c 69 6e 65")),
		"will: offline, QoS 1, retained",
	);
	network.socket.deliver([0x20, 2, 0, 0]);
	assert.equal(toHex(network.socket.take()), "82 0a 00 01 00 05 6c 69 67 68 74 01");
	assert.equal(link.up, false);
	network.socket.deliver([0x90, 3, 0, 1, 1]);
	assert.deepEqual(events, ["up false"]);
	assert.equal(toHex(network.socket.take()), birth.replace("00 01 6f", "00 02 6f"));
	assert.ok(link.up);
});

test("a refused subscription is an error that is told; the link lives", () => {
	const { network, link, events } = linked();
	link.subscribe("secret/#", 0, () => {});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0x80]);
	assert.deepEqual(events, ["refused secret/#", "up false"]);
	assert.equal(link.counters.refused, 1);
});

test("waits longer each time, with jitter, up to a minute; a connection that is kicked at once does not reset it, one that lasts does", () => {
	const { network, retries, reconnect } = linked();
	network.connect();
	for (let i = 0; i < 4; i++) {
		network.time.pass(limits.refused_ms);
		network.socket.fail("away");
		network.time.pass(retries.at(-1) as number);
		network.connect();
	}
	assert.deepEqual(retries, [999, 1998, 3996, 7992]);
	network.time.pass(limits.refused_ms);
	for (let i = 0; i < 5; i++) reconnect();
	assert.deepEqual(retries.slice(4), [15_984, 31_968, 59_940, 59_940, 59_940], "accepted and kicked: the storm goes on being damped");
	for (let i = 0; i < 30; i++) {
		network.time.pass(1000);
		network.socket.deliver([0xd0, 0]);
	}
	network.socket.fail();
	assert.equal(retries.at(-1), 999, "30 s were stable");
});

test("full jitter: the wait is anywhere between nothing and its ceiling", () => {
	for (const random of [0, 0.25, 0.5]) {
		const { network, retries } = linked({ random: () => random });
		network.connect();
		network.socket.fail();
		assert.deepEqual(retries, [1000 * random]);
	}
});
