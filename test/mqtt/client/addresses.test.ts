// A name with several addresses: the order in which they are tried, and the time that each of them has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { VirtualNetwork } from "../../world/virtual.js";

test("an address that is lost after the time for all of them is the last one that is tried", () => {
	const network = new VirtualNetwork();
	network.addresses = ["192.0.2.1", "192.0.2.2"];
	const errors: MqttError[] = [];
	const limits = { connectTimeout: 1_000, connackTimeout: 5_000 };
	new Client({ ...network.provider, host: "broker", limits, onError: (error) => errors.push(error) });
	network.connect();
	network.time.pass(2_000);
	network.socket.fail();
	network.time.pass(0);
	assert.deepEqual([network.sockets.length, errors.map((error) => error.reason)], [1, [reason.CONNECTION_LOST]]);
});
