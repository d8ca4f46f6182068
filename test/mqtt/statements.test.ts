// Normative statements of MQTT 3.1.1 that bind a client and that no vector shows, by their ids.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../src/mqtt/client/types.js";
import { Link } from "../../src/mqtt/link/link.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

function made(options: Partial<ClientOptions> = {}) {
	const network = new VirtualNetwork();
	const heard: string[] = [];
	const errors: MqttError[] = [];
	const client = new Client({
		...network.provider,
		host: "broker",
		id: "x",
		onReadable() {
			heard.push(text(new Uint8Array(this.read() ?? [])));
		},
		onError: (error) => errors.push(error),
		...options,
	});
	return { network, client, heard, errors, sent: () => toHex(network.socket.take()) };
}

function connected(options: Partial<ClientOptions> = {}) {
	const all = made(options);
	all.network.accept();
	all.network.socket.take();
	return all;
}

test("[MQTT-3.1.0-1] [MQTT-3.1.0-2] CONNECT is sent first, and once", () => {
	const { network, client, sent } = made();
	assert.throws(() => client.write(null, { topic: "t" }), /not connected/);
	assert.equal(network.connect()[0], 0x10);
	assert.throws(() => client.write(null, { topic: "t" }), /not connected/, "nor anything before CONNACK");
	network.socket.deliver([0x20, 2, 0, 0]);
	assert.throws(() => client.write(null, { operation: Client.CONNECT }), RangeError);
	assert.equal(sent(), "");
});

// [MQTT-3.1.2-9] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] the will
// [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20] [MQTT-3.1.2-21] user name and password
// [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-2.2.2-1] order, id, reserved flag
test("CONNECT: flags and fields say the same, in every combination", () => {
	const text = (value: string) => [0, value.length, ...new TextEncoder().encode(value)];
	for (const QoS of [undefined, 0, 1, 2] as const)
		for (const retain of [false, true])
			for (const user of [undefined, "user"])
				for (const password of user === undefined ? [undefined] : [undefined, "password"])
					for (const clean of [true, false]) {
						const will = QoS === undefined ? undefined : { topic: "will", message: "last", QoS, retain };
						let flags = clean ? 2 : 0;
						const body = text("x");
						if (will !== undefined) {
							flags |= 4 | ((QoS as number) << 3) | (retain ? 32 : 0);
							body.push(...text("will"), ...text("last"));
						}
						if (user !== undefined) body.push(...text(user));
						if (password !== undefined) body.push(...text(password));
						flags |= (user === undefined ? 0 : 128) | (password === undefined ? 0 : 64);
						const { network } = made({ will, user, password, clean });
						assert.deepEqual(network.connect(), [0x10, 10 + body.length, ...text("MQTT"), 4, flags, 0, 0, ...body]);
					}
});

// [MQTT-1.5.3-1] [MQTT-1.5.3-2] as text
// [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11] id, will topic, user name
// [MQTT-3.1.2-14] [MQTT-3.1.2-22] [MQTT-3.1.3-7] will QoS 3, a password alone, no id without clean session
test("CONNECT: what may not be sent is refused at construction, by the name of its option", () => {
	for (const wrong of ["a\0", "\ud800", "\udc00a", "a".repeat(65_536)]) {
		assert.throws(() => made({ id: wrong }), /^RangeError: id: /);
		assert.throws(() => made({ user: wrong }), /^RangeError: user: /);
		assert.throws(() => made({ will: { topic: wrong } }), /^RangeError: will\.topic: /);
	}
	assert.throws(() => made({ will: { topic: "w", QoS: 3 as never } }), /^RangeError: will\.QoS: /);
	assert.throws(() => made({ password: "p" }), /^RangeError: user: /);
	assert.throws(() => made({ id: "", clean: false }), /^RangeError: id: /);
	assert.equal(made({ id: "", clean: true }).network.connect()[9], 2);
});

// [MQTT-3.1.2-4] [MQTT-3.1.3-2] [MQTT-4.1.0-1] [MQTT-4.1.0-2] kept, under the same id
// [MQTT-3.1.2-6] [MQTT-3.2.2-3] dropped where the server has none
test("session state outlives the connection, and ends where the server says so", () => {
	const { network, client, heard } = made({ clean: false });
	const connect = network.connect();
	network.socket.deliver([0x20, 2, 0, 0]);
	client.write(null, { topic: "t", QoS: 1 });
	network.socket.deliver(publish("a", "1", { QoS: 2, id: 5 }));
	const reopen = (present: boolean) => {
		network.socket.fail();
		client.reopen();
		assert.deepEqual(network.connect(), connect);
		network.socket.deliver([0x20, 2, present ? 1 : 0, 0]);
		network.socket.deliver(publish("a", "1", { QoS: 2, id: 5 }));
		return [client.session.inflight, heard.length];
	};
	assert.deepEqual(reopen(true), [1, 1]);
	assert.deepEqual(reopen(false), [0, 2]);
});

// [MQTT-2.2.2-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]
test("the first byte of every packet that a client sends", () => {
	const { network, client, sent } = connected();
	const items = [{ topic: "a" }];
	for (const [operation, options, expected] of [
		[Client.SUBSCRIBE, { items }, "82 06 00 01 00 01 61 00"],
		[Client.UNSUBSCRIBE, { items }, "a2 05 00 02 00 01 61"],
		[Client.PINGREQ, {}, "c0 00"],
		[Client.DISCONNECT, {}, "e0 00"],
	] as const) {
		if (operation === Client.DISCONNECT) {
			network.socket.deliver([...publish("a", "", { QoS: 1, id: 1 }), ...publish("a", "", { QoS: 2, id: 2 }), 0x62, 2, 0, 2]);
			assert.equal(sent(), "40 02 00 01 50 02 00 02 70 02 00 02");
			client.write(null, { topic: "a", QoS: 2 });
			sent();
			network.socket.deliver([0x50, 2, 0, 3]);
			assert.equal(sent(), "62 02 00 03");
		}
		client.write(null, { operation, ...options });
		assert.equal(sent(), expected);
	}
});

// [MQTT-2.3.1-1] [MQTT-2.3.1-2] ids
// [MQTT-2.3.1-5] [MQTT-3.3.1-2] [MQTT-4.3.1-1] and none at QoS 0, nor DUP
test("packet ids: one for each packet that is answered, none at QoS 0", () => {
	const { client, sent } = connected();
	const ids = new Set<string>();
	for (let i = 0; i < 4; i++) {
		const request = { operation: i < 2 ? Client.SUBSCRIBE : Client.UNSUBSCRIBE, items: [{ topic: "a" }] };
		client.write(null, request);
		ids.add(sent().slice(6, 11));
		client.write(null, { topic: "t", QoS: i < 2 ? 1 : 2 });
		ids.add(sent().slice(15, 20));
	}
	assert.deepEqual([...ids], ["00 01", "00 02", "00 03", "00 04", "00 05", "00 06", "00 07", "00 08"]);
	client.write(null, { topic: "t", QoS: 0, id: 9, duplicate: true });
	assert.equal(sent(), "30 03 00 01 74");
});

// [MQTT-2.3.1-3] [MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT-4.6.0-1]
test("sent again in a resumed session: same ids, DUP, the same order, PUBREL where PUBREC has come", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", clean: false, random: () => 0 });
	network.accept();
	for (const QoS of [1, 2, 1, 2] as const) link.publish(`t${QoS}`, Uint8Array.of(65), QoS);
	assert.equal(toHex(network.socket.take()).match(/^32 .* 34 .* 32 .* 34 /) !== null, true);
	network.socket.deliver([0x50, 2, 0, 2]);
	assert.equal(toHex(network.socket.take()), "62 02 00 02");
	network.socket.fail();
	network.time.pass(0);
	network.accept(65_536, true);
	const [one, three, four] = [1, 3, 4].map((id) => `${id === 4 ? "3c" : "3a"} 07 00 02 74 ${id === 4 ? 32 : 31} 00 0${id} 41`);
	assert.equal(toHex(network.socket.take()), `${one} 62 02 00 02 ${three} ${four}`);
});

test("[MQTT-4.3.2-1] QoS 1 out: a free id, DUP 0, unacknowledged until PUBACK", () => {
	const { network, client, sent } = connected();
	client.write(null, { topic: "t", QoS: 1 });
	assert.equal(sent(), "32 05 00 01 74 00 01");
	assert.throws(() => client.write(null, { topic: "t", QoS: 1, id: 1 }), /id: 1 is in use/);
	for (const wrong of ["50 02 00 01", "70 02 00 01", "40 02 00 02"]) network.socket.deliver(hex(wrong));
	assert.deepEqual([client.session.inflight, client.session.ignored], [1, 3]);
	network.socket.deliver(hex("40 02 00 01"));
	assert.equal(client.session.inflight, 0);
	client.write(null, { topic: "t", QoS: 1, id: 1 });
});

// [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.2-2]
test("QoS 1 in: PUBACK with the id; then the same id is a new message, whatever its DUP", () => {
	const { network, heard, sent } = connected();
	for (const flags of [0, 0, 8]) network.socket.deliver(publish("a", "1", { QoS: 1, id: 7, flags }));
	assert.deepEqual([heard, sent()], [["1", "1", "1"], "40 02 00 07 40 02 00 07 40 02 00 07"]);
	network.socket.deliver(publish("a", "0"));
	assert.equal(sent(), "");
});

test("[MQTT-4.3.3-1] QoS 2 out: PUBREC is answered by PUBREL with the id, and PUBCOMP ends it", () => {
	const { network, client, sent } = connected();
	client.write(null, { topic: "t", QoS: 2 });
	assert.equal(sent(), "34 05 00 01 74 00 01");
	network.socket.deliver(hex("50 02 00 01"));
	assert.equal(sent(), "62 02 00 01");
	assert.throws(() => client.write(null, { topic: "t", QoS: 2, id: 1 }), /id: 1 is in use/);
	network.socket.deliver(hex("70 02 00 01"));
	assert.equal(client.session.inflight, 0);
});

// [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.3-2]
test("QoS 2 in: PUBREC each time, delivered once, PUBCOMP; then the same id is a new message", () => {
	const { network, heard, sent } = connected();
	const message = publish("a", "1", { QoS: 2, id: 7 });
	for (const bytes of [message, message, hex("62 02 00 07"), message]) network.socket.deliver(bytes);
	assert.deepEqual([heard, sent()], [["1", "1"], "50 02 00 07 50 02 00 07 70 02 00 07 50 02 00 07"]);
});

// [MQTT-4.5.0-2] acknowledged, wanted or not
// [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.6.0-4] in order
test("acknowledgements: for every message, in the order of what they acknowledge", () => {
	const { network, client, sent } = connected({ onReadable: undefined });
	for (let id = 1; id < 4; id++) {
		network.socket.deliver(publish(id === 2 ? "t".repeat(200) : "a", "x", { QoS: 1, id }));
		network.socket.deliver(publish(id === 2 ? "t".repeat(200) : "a", "x", { QoS: 2, id: id + 8 }));
	}
	assert.equal(sent(), "40 02 00 01 50 02 00 09 40 02 00 02 50 02 00 0a 40 02 00 03 50 02 00 0b");
	for (let i = 0; i < 3; i++) client.write(null, { topic: "t", QoS: 2 });
	sent();
	network.socket.deliver(hex("50 02 00 01 50 02 00 02 50 02 00 03"));
	assert.equal(sent(), "62 02 00 01 62 02 00 02 62 02 00 03");
});

// [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.3.1-4] [MQTT-3.3.2-1] [MQTT-3.3.2-2] PUBLISH
// [MQTT-3.8.3-1] [MQTT-3.8.3-3] [MQTT-3.10.3-1] [MQTT-3.10.3-2] SUBSCRIBE, UNSUBSCRIBE
// [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3] topics and filters
test("topics, filters and QoS that are not valid are refused before their first byte", () => {
	const { client, sent } = connected();
	for (const topic of ["", "a\0", "\ud800", "a".repeat(65_536), "a/+", "#"])
		assert.throws(() => client.write(null, { topic }), RangeError, topic.slice(0, 9));
	assert.throws(() => client.write(null, { topic: "t", QoS: 3 as never }), RangeError);
	for (const operation of [Client.SUBSCRIBE, Client.UNSUBSCRIBE]) {
		for (const topic of ["", "a\0", "\ud800", "a".repeat(65_536), "a#", "#/a", "a/+b"])
			assert.throws(() => client.write(null, { operation, items: [{ topic }] }), RangeError, topic.slice(0, 9));
		assert.throws(() => client.write(null, { operation, items: [] }), TypeError);
	}
	assert.equal(sent(), "");
	client.write(null, { topic: "\ufeffa" });
	assert.equal(sent(), "30 06 00 04 ef bb bf 61", "a byte order mark stays [MQTT-1.5.3-3]");
});

// [MQTT-3.14.4-1] [MQTT-3.14.4-2]
test("after DISCONNECT nothing is sent, no acknowledgement either; the link closes", () => {
	const { network, client, sent } = connected();
	client.write(null, { operation: Client.DISCONNECT });
	sent();
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 7 }));
	assert.throws(() => client.write(null, { topic: "t" }), /DISCONNECT was sent/);
	network.time.pass(100_000);
	assert.equal(sent(), "");
	const other = new VirtualNetwork();
	const link = new Link({ ...other.provider, host: "b", id: "x", random: () => 0 });
	other.accept();
	link.close();
	assert.deepEqual([toHex(other.socket.take()), other.socket.closed], ["e0 00", true]);
});

// [MQTT-4.8.0-1] [MQTT-3.2.0-1] [MQTT-3.2.2-1] [MQTT-3.8.4-5] [MQTT-2.3.1-7] a server that errs
// [MQTT-4.8.0-2] a lack of our own
test("what cannot be processed ends the connection, and says whose fault it was", () => {
	for (const [bytes, code, fault] of [
		["d0 00", reason.NOT_FIRST, /^peer/],
		["20 02 00 00 20 02 00 00", reason.SECOND_CONNACK, /^peer/],
		["20 02 00 00 36 03 00 01 61", reason.BAD_QOS, /^peer/],
		["20 02 00 00 34 05 00 01 61 00 01 34 05 00 01 61 00 02", reason.TOO_MANY_RECEIVED, /^resource/],
	] as const) {
		const { network, errors } = made({ clean: false, limits: { received: 1 } });
		network.connect();
		network.socket.deliver(hex(bytes));
		assert.deepEqual([errors.map((error) => error.reason), network.socket.closed], [[code], true]);
		assert.match(errors[0].message, fault);
	}
	const { network, client, errors } = connected();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }, { topic: "b" }] });
	network.socket.deliver(hex("90 03 00 02 00"));
	assert.equal(client.session.ignored, 1, "a SUBACK for nothing that we asked");
	network.socket.deliver(hex("90 03 00 01 00"));
	assert.equal(errors[0]?.reason, reason.BAD_SUBACK);
});
