// The fast paths (src/mqtt/client/fast-receive.ts, fast-publish.ts): they do, and tell, what the general way does and tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../../../src/mqtt/client/client.js";
import { connected } from "../../world/connected.js";
import { toHex } from "../../world/virtual.js";

test("the same frozen options again: only the payload differs, and nothing else slips through", () => {
	const { network, client } = connected();
	network.socket.take();
	const options = Object.freeze({ topic: "light", retain: true });
	const say = (payload: Parameters<Client["write"]>[0]) => {
		client.write(payload, options);
		return toHex(network.socket.take());
	};
	const head = "31 0a 00 05 6c 69 67 68 74";
	assert.equal(say(Uint8Array.of(1, 2, 3)), `${head} 01 02 03`);
	assert.equal(say(Uint8Array.of(4, 5, 6)), `${head} 04 05 06`);
	assert.equal(say(Uint8Array.of(7)), "31 08 00 05 6c 69 67 68 74 07");
	assert.equal(say(Uint8Array.of(8)), "31 08 00 05 6c 69 67 68 74 08");
	assert.equal(say(Uint8Array.of(9).buffer), "31 08 00 05 6c 69 67 68 74 09");
	assert.equal(say(new DataView(Uint8Array.of(10).buffer)), "31 08 00 05 6c 69 67 68 74 0a");
	assert.equal(say(null), "31 07 00 05 6c 69 67 68 74");
	client.write(null, { topic: "other" });
	network.socket.take();
	assert.equal(say(Uint8Array.of(11)), "31 08 00 05 6c 69 67 68 74 0b");
	network.socket.room(17);
	assert.throws(() => say(Uint8Array.of(12)), /overflow: 10 bytes, 9 can be written/);
	network.socket.room(18);
	assert.equal(say(Uint8Array.of(13)), "31 08 00 05 6c 69 67 68 74 0d");
	const mutable = { topic: "light", QoS: 0 as 0 | 1 };
	client.close();
	const second = connected();
	second.network.socket.take();
	second.client.write(Uint8Array.of(1), mutable);
	mutable.QoS = 1;
	second.client.write(Uint8Array.of(1), mutable);
	assert.equal(toHex(second.network.socket.take()), "30 08 00 05 6c 69 67 68 74 01 32 0a 00 05 6c 69 67 68 74 00 01 01");
});
