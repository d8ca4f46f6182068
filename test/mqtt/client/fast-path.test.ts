// The fast paths (src/mqtt/client/fast-receive.ts, fast-publish.ts): they do, and tell, what the general way does and tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../../../src/mqtt/client/client.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { publish, text, toHex } from "../../world/virtual.js";

test("what looks like a repeated message but is not goes the general way", () => {
	const heard: string[] = [];
	const { network, errors } = connected({
		onReadable(_, { topic, QoS }) {
			heard.push(`${topic} ${QoS} ${text(new Uint8Array(this.read() ?? new ArrayBuffer(0)))}`);
		},
	});
	network.socket.deliver(publish("abc", "1"));
	// QoS 1 with too little left for its id, then with id 0
	network.socket.deliver(publish("abc", "1", { QoS: 1, id: 5 }));
	network.socket.deliver(publish("abd", "2"));
	network.socket.deliver(publish("abd", "2", { QoS: 1, id: 6 }));
	assert.deepEqual(heard, ["abc 0 1", "abc 1 1", "abd 0 2", "abd 1 2"]);
	network.socket.deliver([0x32, 5, 0, 3, 0x61, 0x62, 0x64]);
	assert.equal(errors[0].reason, reason.BAD_PACKET_LENGTH);
	for (const [bytes, expected] of [
		[[0x32, 7, 0, 3, 0x61, 0x62, 0x63, 0, 0], reason.BAD_ID],
		[[0x30, 3, 0, 3, 0x61], reason.BAD_PACKET_LENGTH],
		[[0x40, 2, 0, 0], reason.BAD_ID],
		[[0x41, 2, 0, 1], reason.BAD_FLAGS],
	] as const) {
		const other = connected();
		other.network.socket.deliver(publish("abc", "1"));
		other.network.socket.deliver(bytes);
		assert.equal(other.errors[0]?.reason, expected, toHex(bytes));
	}
});

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

test("a frozen QoS 1 publish again: a new id each time, refused when none is free", () => {
	const { network, client } = connected({ limits: { inflight: 2 } });
	const options = Object.freeze({ topic: "t", QoS: 1 as const });
	for (const id of [1, 2]) {
		client.write(Uint8Array.of(7), options);
		assert.equal(toHex(network.socket.take()), `32 06 00 01 74 00 0${id} 07`);
	}
	assert.throws(() => client.write(Uint8Array.of(7), options), /inflight/);
	network.socket.deliver([0x40, 2, 0, 1]);
	client.write(Uint8Array.of(8), options);
	assert.equal(toHex(network.socket.take()), "32 06 00 01 74 00 03 08");
});
