// From the name to CONNACK: no call waits, each step has its deadline, and CONNACK is the first packet that counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resolver, Socket } from "../../../src/host.js";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions, ControlMessage, MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { WouldBlock } from "../../../src/mqtt/session/outgoing.js";
import { connected } from "../../world/connected.js";
import { linked } from "../../world/linked.js";
import { bytes, hex, publish, VirtualNetwork } from "../../world/virtual.js";

test("neither connecting nor publishing waits", () => {
	const network = new VirtualNetwork();
	const began = network.time.now();
	const client = new Client({ ...network.provider, host: "broker", limits: { inflight: 1 } });
	assert.deepEqual([network.questions.length, network.sockets.length], [0, 0], "the constructor only begins");
	assert.throws(() => client.write(null, { topic: "t" }), /not connected/);
	network.accept();
	client.write(null, { topic: "t", QoS: 1 });
	assert.throws(() => client.write(null, { topic: "t", QoS: 1 }), WouldBlock, "no entry in flight");
	network.socket.room(9);
	assert.throws(() => client.write(null, { topic: "t" }), WouldBlock, "no room in the socket");
	const away = linked();
	assert.deepEqual([away.link.publish("t", bytes("1")), away.link.publish("t", bytes("1"), 1)], [false, true]);
	assert.equal(away.network.questions.length, 0);
	assert.deepEqual([network.time.now(), away.time.now()], [began, began], "no time has passed in any of it");
});

test("a resolver or a socket that cannot be made is a fault of transport, told from the event loop", () => {
	class NoResolver implements Resolver {
		constructor() {
			throw new Error("no memory for UDP");
		}
		resolve(): void {}
		close(): void {}
	}
	class NoSocket implements Socket {
		constructor() {
			throw new Error("no route");
		}
		read(): number {
			return 0;
		}
		write(): number {
			return 0;
		}
		close(): void {}
	}
	for (const [provider, code, message] of [
		[{ dns: { io: NoResolver } }, reason.NOT_FOUND, /no memory for UDP/],
		[{ socket: { io: NoSocket } }, reason.CONNECTION_LOST, /no route/],
	] as const) {
		const network = new VirtualNetwork();
		const errors: MqttError[] = [];
		new Client({ ...network.provider, ...provider, host: "b", onError: (error) => errors.push(error) } as ClientOptions);
		assert.equal(errors.length, 0);
		network.time.pass(0);
		assert.deepEqual([errors.length, errors[0].reason], [1, code]);
		assert.match(errors[0].message, message);
	}
});

test("CONNECT waits for a socket that has too little room for it", () => {
	const network = new VirtualNetwork();
	new Client({ ...network.provider, host: "b", id: "a-long-client-id" });
	assert.deepEqual(network.connect(10), []);
	network.socket.room(100);
	assert.equal(network.socket.take().length, 30);
});

test("session present and the return code reach the application", () => {
	const messages: ControlMessage[] = [];
	const network = new VirtualNetwork();
	new Client({ ...network.provider, host: "broker", id: "x", clean: false, onControl: (_, message) => messages.push({ ...message }) });
	network.connect();
	network.socket.deliver([0x20, 2, 1, 0]);
	assert.deepEqual(messages, [{ operation: Client.CONNACK, id: 0, payload: undefined, sessionPresent: true, returnCode: 0 }]);

	for (const returnCode of [1, 2, 3, 4, 5, 6]) {
		const refused = new VirtualNetwork();
		const errors: MqttError[] = [];
		new Client({ ...refused.provider, host: "broker", onError: (ended) => errors.push(ended) });
		refused.connect();
		refused.socket.deliver([0x20, 2, 0, returnCode]);
		assert.deepEqual([errors[0].returnCode, errors[0].reason], [returnCode, reason.REFUSED]);
		assert.match(errors[0].message, /^configuration: the broker refused/);
	}
});

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

test("nothing is acknowledged before CONNACK", () => {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const client = new Client({ ...network.provider, host: "b", id: "x", clean: false, onError: (error) => errors.push(error) });
	network.accept();
	network.socket.deliver(publish("a", "", { QoS: 2, id: 1 }));
	network.socket.fail();
	client.reopen();
	network.connect();
	network.socket.deliver(publish("a", "", { QoS: 2, id: 1, flags: 8 }));
	assert.equal(errors.at(-1)?.reason, reason.NOT_FIRST);
	assert.deepEqual(network.socket.take(), []);
});

test("the resolver, TCP, CONNACK and SUBACK all have a deadline", () => {
	const limits = { resolveTimeout: 1000, connectTimeout: 2000, connackTimeout: 3000, subackTimeout: 4000 };
	const seen: number[] = [];
	const make = (prepare: (network: VirtualNetwork) => void) => {
		const network = new VirtualNetwork();
		const client = new Client({ ...network.provider, host: "broker", limits, onError: (error) => seen.push(error.reason) });
		prepare(network);
		return { network, client };
	};
	const unresolved = make((network) => {
		network.resolves = false;
	});
	unresolved.network.time.pass(999);
	assert.deepEqual(seen, []);
	unresolved.network.time.pass(1);
	const unconnected = make(() => {});
	unconnected.network.time.pass(2000);
	const unaccepted = make((network) => network.connect());
	unaccepted.network.time.pass(3000);
	const unanswered = make((network) => network.accept());
	unanswered.client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	unanswered.network.time.pass(4000);
	assert.deepEqual(seen, [reason.RESOLVE_TIMEOUT, reason.CONNECT_TIMEOUT, reason.CONNACK_TIMEOUT, reason.SUBACK_TIMEOUT]);
});

test("the name, TCP and CONNACK are looked at, too, before they are given up", () => {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	new Client({ ...network.provider, host: "b", id: "x", onError: (error) => errors.push(error) });
	network.resolves = false;
	network.time.pass(0);
	network.time.late(20_000, () => network.questions[0].onResolved("b", "192.0.2.1"));
	network.time.late(20_000, () => network.socket.room());
	network.time.late(20_000, () => network.socket.deliver([0x20, 2, 0, 0]));
	assert.equal(errors.length, 0);
});
