// Packet ids: where they begin, in which order they come, and which are free.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected } from "../../world/connected.js";

test("packet ids run from 65,535 to 1, and skip those in use", () => {
	const { network, client } = connected();
	const used = new Set<number>();
	client.write(null, { topic: "t", QoS: 1, id: 3 });
	network.socket.take();
	for (let i = 0; i < 70_000; i++) {
		client.write(null, { topic: "t", QoS: 1 });
		const bytes = network.socket.take();
		const id = (bytes[5] << 8) | bytes[6];
		assert.ok(id !== 0 && id !== 3, `id ${id} at ${i}`);
		used.add(id);
		network.socket.writable = 65_536;
		network.socket.deliver([0x40, 2, id >> 8, id & 255]);
	}
	assert.equal(used.size, 65_534);
	assert.throws(() => client.write(null, { topic: "t", QoS: 1, id: 3 }), /id: 3 is in use/);
});
