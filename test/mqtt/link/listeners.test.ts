// Which listener hears which message, in which pieces, and what is legal inside one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked } from "../../world/linked.js";
import { publish } from "../../world/virtual.js";

test("link: an overlong topic is counted and told", () => {
	const told: number[][] = [];
	const { network, link } = linked({ onOversize: (...lengths) => told.push(lengths) });
	network.accept();
	network.socket.deliver(publish("t".repeat(200), "four"));
	assert.deepEqual([link.counters.oversize, told], [1, [[200, 4]]]);
});
