// Errors of a broker where nothing is at risk: the packet is taken, counted, and told once a kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { reasonText } from "../../../src/mqtt/packets/sentences.js";
import { hex, toHex, VirtualNetwork } from "../../world/virtual.js";

function connected(options: Partial<ClientOptions> = {}, sessionPresent = false) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const told: string[] = [];
	const client = new Client({
		...network.provider,
		host: "broker",
		id: "x",
		firstId: 1,
		onError: (error) => errors.push(error),
		onTolerated: (what) => told.push(what),
		...options,
	});
	network.accept(65_536, sessionPresent);
	network.socket.take();
	return { network, client, errors, told, time: network.time, sent: () => toHex(network.socket.take()) };
}

test("PUBACK in answer to a QoS 2 PUBLISH completes it; told once, counted each time", () => {
	const operations: number[] = [];
	const { network, client, errors, told } = connected({ onControl: (operation) => operations.push(operation) });
	operations.length = 0;
	for (let i = 1; i <= 40; i++) {
		client.write(null, { topic: "t", QoS: 2 });
		network.socket.deliver([0x40, 2, 0, i]);
	}
	assert.deepEqual(operations, Array(40).fill(4));
	assert.deepEqual([client.session.inflight, client.session.ignored, client.tolerated], [0, 0, 40]);
	assert.deepEqual(told, [reasonText(reason.OTHER_ACK)]);
	assert.equal(errors.length, 0);
});

test("PUBACK after PUBREC ends a QoS 2 message too; for a request, and in place of nothing, it is ignored", () => {
	const { network, client, sent } = connected();
	client.write(null, { topic: "t", QoS: 2 });
	network.socket.deliver([0x50, 2, 0, 1, 0x40, 2, 0, 1]);
	assert.deepEqual([client.session.inflight, client.tolerated], [0, 1]);
	sent();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	network.socket.deliver([0x40, 2, 0, 2, 0x40, 2, 0, 9]);
	assert.deepEqual([client.session.inflight, client.session.ignored, client.tolerated], [1, 2, 1]);
});

test("where nothing is at risk a broker that errs is taken all the same: counted, told once a kind", () => {
	const codes: unknown[] = [];
	const { network, client, errors, told } = connected({ onControl: (_, { payload }) => payload && codes.push(payload) });
	for (let id = 1; id < 3; id++) {
		client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }, { topic: "b" }] });
		network.socket.deliver([0x90, 4, 0, id, 0x87, 1]);
		network.socket.deliver(hex("38 03 00 01 61"));
	}
	assert.deepEqual(codes, [
		[0x80, 1],
		[0x80, 1],
	]);
	assert.deepEqual(
		told,
		[reason.BAD_SUBACK, reason.BAD_DUP].map((code) => reasonText(code)),
	);
	assert.deepEqual([client.tolerated, errors.length], [4, 0]);
});

test("session present for a clean session is not believed, and ends nothing", () => {
	const presents: boolean[] = [];
	const { client, errors, told } = connected({ onControl: (_, { sessionPresent }) => presents.push(sessionPresent) }, true);
	assert.deepEqual([presents, errors.length, client.tolerated], [[false], 0, 1]);
	assert.deepEqual(told, [reasonText(reason.SESSION_KEPT)]);
});

for (const [what, came, before] of [
	["a message of QoS 0 with DUP", hex("38 04 00 01 61 31"), undefined],
	["the same, and another behind it", [...hex("38 04 00 01 61 31"), ...hex("30 04 00 01 61 32")], undefined],
	["PUBACK for a QoS 2 message", [0x40, 2, 0, 1], { topic: "t", QoS: 2 }],
	["the same twice in one read", [0x40, 2, 0, 1, 0x40, 2, 0, 2], { topic: "t", QoS: 2 }],
	["CONNACK with a session that was not asked for", [0x20, 2, 1, 0], undefined],
] as const)
	test(`close() in onTolerated is the last of it: ${what}`, () => {
		const network = new VirtualNetwork();
		const seen: string[] = [];
		const client = new Client({
			...network.provider,
			host: "broker",
			id: "x",
			firstId: 1,
			onTolerated() {
				seen.push("tolerated");
				client.close();
			},
			onReadable: () => seen.push("readable"),
			onControl: (operation) => seen.push(`control ${operation}`),
			onWritable: () => seen.push("writable"),
			onError: () => seen.push("error"),
		});
		if (came[0] === 0x20) network.connect();
		else network.accept();
		if (before) {
			client.write(null, before);
			client.write(null, before);
		}
		seen.length = 0;
		network.socket.deliver([...came]);
		network.time.pass(600_000);
		assert.deepEqual(seen, ["tolerated"]);
	});
