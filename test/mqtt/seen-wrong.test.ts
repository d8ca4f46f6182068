// The fifteen faults that were seen in the Moddable SDK's own client (read in version 8.2.3), as regression tests of ours. The numbers are
// those of the list.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { ControlMessage, MqttError } from "../../src/mqtt/client/types.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { connected } from "../world/connected.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

test("1: an empty payload is reported, and what follows it too", () => {
	const heard: unknown[] = [];
	const { network } = connected({
		onReadable(count, { more, topic, byteLength }) {
			heard.push([count, more, topic, byteLength, text(new Uint8Array(this.read() ?? new ArrayBuffer(0)))]);
		},
	});
	network.socket.deliver([...publish("a", ""), ...publish("a", "x"), ...publish("a", "")]);
	assert.deepEqual(heard, [
		[0, false, "a", 0, ""],
		[1, false, "a", 1, "x"],
		[0, false, "a", 0, ""],
	]);
});

test("2: packet ids run from 65,535 to 1, and skip those in use", () => {
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

test("3: password and will message may be any Byte Buffer", () => {
	const bytes = Uint8Array.of(9, 1, 0, 255, 9);
	const views = [bytes.subarray(1, 4), new Int8Array(bytes.buffer, 1, 3), new DataView(bytes.buffer, 1, 3), bytes.slice(1, 4).buffer];
	for (const password of views) {
		const { connect } = connected({ user: "u", password, will: { topic: "w", message: password } });
		assert.equal(
			toHex(connect),
			toHex(hex("10 1d 00 04 4d 51 54 54 04 c6 00 00 00 01 78 00 01 77 00 03 01 00 ff 00 01 75 00 03 01 00 ff")),
		);
	}
});

test("4: a will without message is an empty will; a password without user is refused by name", () => {
	const { connect } = connected({ will: { topic: "w" } });
	assert.equal(toHex(connect), toHex(hex("10 12 00 04 4d 51 54 54 04 06 00 00 00 01 78 00 01 77 00 00")));
	assert.throws(() => connected({ password: "p" }), /^RangeError: user: is needed/);
});

test("5: close while the name resolves: a later answer does nothing", () => {
	const network = new VirtualNetwork();
	network.resolves = false;
	const client = new Client({ ...network.provider, host: "broker" });
	network.time.pass(0);
	client.close();
	network.questions[0].onResolved("broker", "192.0.2.1");
	network.questions[0].onError("broker");
	assert.equal(network.sockets.length, 0);
	assert.equal(network.resolversOpen, 0);
	assert.equal(network.time.alarms, 0, "no timer is left");
});

test("6: close inside every callback", () => {
	for (const name of ["onReadable", "onWritable", "onControl", "onError"] as const) {
		let calls = 0;
		const { network, client } = connected({
			[name](this: Client) {
				calls += 1;
				this.close();
			},
		});
		if (name === "onReadable") network.socket.deliver([...publish("a", "1"), ...publish("a", "2")]);
		if (name === "onError") network.socket.fail();
		assert.equal(calls, 1, name);
		assert.ok(network.socket.closed);
		client.close();
		assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /closed/);
		assert.throws(() => client.read(), /closed/);
		assert.equal(network.time.alarms, 0);
	}
});

test("7: session present and the return code reach the application", () => {
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

test("8: RETAIN and DUP reach the application; a QoS 2 duplicate is delivered once", () => {
	const heard: string[] = [];
	const { network } = connected({
		onReadable(_, { retain, duplicate, QoS }) {
			heard.push(`${text(new Uint8Array(this.read() as ArrayBuffer))} ${QoS} ${retain} ${duplicate}`);
		},
	});
	network.socket.take();
	network.socket.deliver([...publish("a", "1", { flags: 1 }), ...publish("a", "2", { QoS: 1, id: 5, flags: 8 })]);
	network.socket.deliver([...publish("a", "3", { QoS: 2, id: 6 }), ...publish("a", "3", { QoS: 2, id: 6, flags: 8 })]);
	assert.equal(toHex(network.socket.take()), "40 02 00 05 50 02 00 06 50 02 00 06");
	network.socket.deliver(hex("62 02 00 06"));
	network.socket.deliver(publish("a", "4", { QoS: 2, id: 6 }));
	assert.equal(toHex(network.socket.take()), "70 02 00 06 50 02 00 06");
	assert.deepEqual(heard, ["1 0 true false", "2 1 false true", "3 2 false false", "4 2 false false"]);
});

test("9: malformed input ends the connection (each in inbound.test.ts)", () => {
	for (const bytes of ["36 06 00 01 61 00 0a 31", "30 03 00 05 61", "40 01 00", "50 00"]) {
		const { network, errors } = connected();
		network.socket.deliver(hex(bytes));
		assert.equal(errors.length, 1, bytes);
		assert.match(errors[0].message, /^peer: /);
	}
});

test("10: bad output is refused by name, before its first byte, and nothing is changed by it", () => {
	const { network, client } = connected();
	network.socket.take();
	const data = Uint8Array.of(1, 2, 3);
	const refused: [unknown, RegExp][] = [
		[{ topic: "t", QoS: 3 }, /^RangeError: QoS: must be 0, 1 or 2, is 3/],
		[{ topic: "t", QoS: -1 }, /^RangeError: QoS: /],
		[{ topic: "t", QoS: "1" }, /^RangeError: QoS: /],
		[{ topic: "a/+/b" }, /^RangeError: topic: has a wildcard/],
		[{ topic: "#" }, /^RangeError: topic: has a wildcard/],
		[{ topic: "" }, /^RangeError: topic: is empty/],
		[{ topic: "a\0b" }, /^RangeError: topic: has U\+0000/],
		[{ topic: "a\ud800" }, /^RangeError: topic: has U\+0000 or half/],
		[{}, /^RangeError: topic: must be/],
		[{ topic: 7 }, /^RangeError: topic: must be/],
		[{ topic: "x".repeat(65_536) }, /^RangeError: topic: has more than 65,535/],
		[{ topic: "x".repeat(600) }, /^RangeError: topic: needs 609 bytes with its header; limits.transmit allows 512/],
		[{ topic: "t", byteLength: 2 }, /^RangeError: byteLength: must be a whole number of at least 3/],
		[{ topic: "t", byteLength: 3.5 }, /^RangeError: byteLength: /],
		[{ topic: "t", byteLength: 268_435_455 }, /^RangeError: byteLength: the packet would exceed/],
		[{ topic: "t", QoS: 1, id: 0 }, /^RangeError: id: must be 1 to 65,535/],
		[{ topic: "t", QoS: 1, id: 65_536 }, /^RangeError: id: /],
		[{ operation: Client.SUBSCRIBE, items: [] }, /^TypeError: items: /],
		[{ operation: Client.SUBSCRIBE }, /^TypeError: items: /],
		[{ operation: Client.SUBSCRIBE, items: [{ topic: "a", QoS: 3 }] }, /^RangeError: items: QoS/],
		[{ operation: Client.SUBSCRIBE, items: [{ topic: "a/#/b" }] }, /^RangeError: items: filter "a\/#\/b" has a "#"/],
		[{ operation: Client.SUBSCRIBE, items: [{ topic: "a+" }] }, /^RangeError: items: filter "a\+" has a "\+"/],
		[{ operation: Client.SUBSCRIBE, items: [{}] }, /^RangeError: items: filter undefined must be/],
		[{ operation: Client.UNSUBSCRIBE, items: [] }, /^TypeError: items: /],
		[{ operation: Client.CONNECT }, /^RangeError: operation: a client does not send 1/],
		[{ operation: Client.PINGRESP }, /^RangeError: operation: a client does not send 13/],
		[{ operation: Client.PUBACK }, /^RangeError: id: /],
		[undefined, /^TypeError: options: needed/],
	];
	for (const [options, message] of refused) {
		assert.throws(() => client.write(data, options as never), message, JSON.stringify(options)?.slice(0, 80));
		assert.deepEqual(network.socket.take(), []);
	}
	assert.equal(client.session.inflight, 0);
	client.write(data, { topic: "t" });
	assert.equal(toHex(network.socket.take()), "30 06 00 01 74 01 02 03");
});

test("11: a fragmented publish lives on the bytes that flow", () => {
	const { network, client, errors, time } = connected({ keepAlive: 3000 });
	network.socket.take();
	client.write(Uint8Array.of(0), { topic: "t", byteLength: 101 });
	for (let i = 1; i <= 100; i++) {
		time.pass(900);
		network.socket.room();
		client.write(Uint8Array.of(i));
	}
	assert.deepEqual(errors, []);
	assert.equal(toHex(network.socket.take().slice(0, 6)), "30 68 00 01 74 00", "nothing stands between the fragments");
	time.pass(3000);
	assert.match(toHex(network.socket.take()), /^c0 00/, "and PINGREQ comes when they are all sent");
});

test("12: any byte is life: an application that reads late, or a long payload before PINGRESP, is not cut off", () => {
	const { network, client, errors, time } = connected({ keepAlive: 3000, limits: { pingrespTimeout: 2000 }, onReadable() {} });
	network.socket.deliver(publish("t", "unread"));
	network.socket.deliver([0xd0, 0]);
	time.pass(60_000);
	assert.deepEqual(errors, [], "what waits in the socket may be the answer");
	client.read();
	time.pass(1);
	network.socket.deliver(publish("t", new Uint8Array(300)).subarray(0, 10));
	for (let i = 0; i < 100; i++) {
		time.pass(1500);
		network.socket.deliver([0]);
		while (client.read() !== undefined);
	}
	assert.deepEqual(errors, []);
	time.pass(20_000);
	assert.deepEqual(
		errors.map((error: MqttError) => error.reason),
		[reason.PINGRESP_TIMEOUT],
		"but silence ends it",
	);
});

test("13: no PINGREQ while the client publishes and is answered", () => {
	const { network, client, time } = connected({ keepAlive: 3000 });
	network.socket.take();
	for (let i = 0; i < 100; i++) {
		time.pass(500);
		network.socket.room();
		client.write(null, { topic: "t", QoS: 1 });
		const bytes = network.socket.take();
		assert.equal(bytes.length, 7, toHex(bytes));
		network.socket.deliver([0x40, 2, bytes[5], bytes[6]]);
	}
	time.pass(2999);
	assert.equal(toHex(network.socket.take()), "c0 00", "and one within the keep-alive once it is silent [MQTT-3.1.2-23]");
});

test("14: the resolver, TCP, CONNACK and SUBACK all have a deadline", () => {
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

test("15: one write of the socket a publish, one read for all that has come", () => {
	const { network, client } = connected({
		onReadable() {
			this.read();
		},
	});
	network.socket.take();
	const before = network.socket.writes.length;
	client.write(Uint8Array.of(1, 2, 3), { topic: "home/desk/light/abcdef1", QoS: 1 });
	assert.equal(network.socket.writes.length, before + 1);
	let reads = 0;
	const read = network.socket.read.bind(network.socket);
	network.socket.read = (buffer) => {
		reads += 1;
		return read(buffer);
	};
	network.socket.deliver([...publish("home/desk/light/abcdef1", "127"), ...publish("home/desk/light/abcdef1", "128")]);
	assert.equal(reads, 1);
});
