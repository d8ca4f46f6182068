// How the link ends a connection (goodbye), and what it makes of one that the broker ends: the reason, and what is given up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked } from "../../world/linked.js";
import { bytes, publish, text } from "../../world/virtual.js";

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
