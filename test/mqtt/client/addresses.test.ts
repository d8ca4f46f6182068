// A name with several addresses: the order in which they are tried, and the time that each of them has.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketOptions } from "../../../src/host.js";
import { Candidates } from "../../../src/mqtt/client/candidates.js";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { VirtualNetwork } from "../../world/virtual.js";

/** A name with these addresses; `dial` says how the connection to each ends. */
function named(addresses: string[], options: Partial<ClientOptions> = {}) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	network.resolves = false;
	const dials: string[] = [];
	class TCP extends network.provider.socket.io {
		constructor(given: SocketOptions) {
			super(given);
			dials.push(given.address);
		}
	}
	const socket = { io: TCP };
	const client = new Client({ ...network.provider, socket, host: "pair", id: "x", onError: (error) => errors.push(error), ...options });
	network.time.pass(0);
	network.questions[0].onResolved("pair", addresses[0], addresses.slice(1));
	const dialled = () => dials;
	return { network, client, errors, dialled, time: network.time };
}

test("every address of a name is tried, in the system's order, the families in turn", () => {
	const { network, errors, dialled, time } = named(["::1", "fd00::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
	for (let i = 0; i < 5; i++) {
		assert.equal(errors.length, 0);
		network.socket.fail(new Error(`${dialled().at(-1)} refused`));
		time.pass(0);
	}
	assert.deepEqual(dialled(), ["::1", "192.0.2.1", "fd00::1", "192.0.2.2", "192.0.2.3"]);
	assert.equal(errors.length, 1);
	assert.match(errors[0].message, /::1 refused; .*192\.0\.2\.3 refused/);
	assert.ok(network.sockets.every(({ closed }) => closed));
});

test("the family of the first address begins, be it IPv4 or IPv6", () => {
	const order = (...addresses: string[]) => {
		const candidates = new Candidates();
		candidates.add("broker", 1883, addresses);
		return addresses.map(() => candidates.next()?.address);
	};
	assert.deepEqual(order("192.0.2.1", "192.0.2.2", "2001:db8::1"), ["192.0.2.1", "2001:db8::1", "192.0.2.2"]);
	assert.deepEqual(order("2001:db8::1", "2001:db8::2", "192.0.2.1"), ["2001:db8::1", "192.0.2.1", "2001:db8::2"]);
});

test("an address that swallows everything takes its share of one deadline, and no more", () => {
	const { network, errors, dialled, time } = named(["192.0.2.1", "192.0.2.2"], { limits: { connectTimeout: 10_000 } });
	time.pass(4_999);
	assert.deepEqual(dialled(), ["192.0.2.1"]);
	time.pass(1);
	assert.deepEqual(dialled(), ["192.0.2.1", "192.0.2.2"]);
	network.socket.room();
	network.socket.deliver([0x20, 2, 0, 0]);
	assert.equal(errors.length, 0);
	const dead = named(["192.0.2.1", "192.0.2.2"], { limits: { connectTimeout: 10_000 } });
	dead.time.pass(9_999);
	assert.equal(dead.errors.length, 0);
	dead.time.pass(1);
	assert.equal(dead.errors[0]?.reason, reason.CONNECT_TIMEOUT);
});

test("who closes before CONNACK is no broker; a refusal is an answer", () => {
	const { network, dialled, time, errors } = named(["192.0.2.1", "192.0.2.2"]);
	network.socket.room();
	network.socket.fail();
	time.pass(0);
	assert.equal(dialled().length - errors.length, 2);
	network.socket.room();
	assert.equal(network.socket.writes[0][0], 0x10, "CONNECT again");
	network.socket.deliver([0x20, 2, 0, 5]);
	assert.equal(errors[0]?.reason, reason.REFUSED);
	const refused = named(["192.0.2.1", "192.0.2.2"]);
	refused.network.socket.room();
	refused.network.socket.deliver([0x20, 2, 0, 4]);
	assert.deepEqual([refused.errors[0]?.returnCode, refused.dialled().length], [4, 1]);
});

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
