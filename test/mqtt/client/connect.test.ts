// From the name to CONNACK: no call waits, each step has its deadline, and CONNACK is the first packet that counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { hex, VirtualNetwork } from "../../world/virtual.js";

test("the protocol's order: CONNACK first and once, no session for a clean one, SUBACK for what was asked", () => {
	for (const [bytes, expected, options] of [
		["30 03 00 01 61", reason.NOT_FIRST, {}],
		["d0 00", reason.NOT_FIRST, {}],
		["20 02 00 00 20 02 00 00", reason.SECOND_CONNACK, {}],
	] as const) {
		const network = new VirtualNetwork();
		const errors: MqttError[] = [];
		new Client({ ...network.provider, host: "b", id: "x", ...options, onError: (error) => errors.push(error) });
		network.connect();
		network.socket.deliver(hex(bytes));
		assert.deepEqual(
			errors.map((error) => error.reason),
			[expected],
			bytes,
		);
	}
	const { network, client, errors } = connected();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }, { topic: "b" }] });
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	assert.equal(errors[0].reason, reason.BAD_SUBACK);
});
