// Acknowledgements at QoS 1 and 2, both ways; a QoS 2 message is heard once, also around a reconnect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions } from "../../../src/mqtt/client/types.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { connected } from "../../world/connected.js";
import { hex, one, publish, text, toHex, VirtualNetwork } from "../../world/virtual.js";

test("QoS 1 is acknowledged when its payload has been read, not before; QoS 2 by its handshake", () => {
	const { network, client, time } = connected({ onReadable() {} });
	network.socket.take();
	network.socket.deliver(publish("a", "one", { QoS: 1, id: 7 }));
	assert.deepEqual(network.socket.take(), []);
	client.read(2);
	time.pass(0);
	assert.deepEqual(network.socket.take(), []);
	client.read();
	time.pass(0);
	assert.equal(toHex(network.socket.take()), "40 02 00 07");
	// and so for the next on the same topic, which comes by the short way
	network.socket.deliver(publish("a", "two", { QoS: 1, id: 8 }));
	time.pass(0);
	assert.deepEqual(network.socket.take(), []);
	client.read();
	time.pass(0);
	assert.equal(toHex(network.socket.take()), "40 02 00 08");
});

test("a flood of QoS 1 is acknowledged in order, also where the socket has little room and acknowledgements little memory", () => {
	for (const room of [65_536, 4, 12]) {
		const got: string[] = [];
		const { network } = connected({
			limits: { pendingAcks: 3, receive: 50 },
			onReadable() {
				got.push(text(new Uint8Array(this.read() as ArrayBuffer)));
			},
		});
		network.socket.take();
		network.socket.writable = room;
		network.socket.room(room);
		const flood = Array.from({ length: 200 }, (_, i) => [...publish("flood", `${i}`, { QoS: 1, id: i + 1 })]).flat();
		network.socket.deliver(flood);
		const acknowledged: number[] = [];
		for (let round = 0; round < 300; round++) {
			const bytes = network.socket.take();
			for (let at = 0; at < bytes.length; at += 4) acknowledged.push((bytes[at + 2] << 8) | bytes[at + 3]);
			network.socket.room(room);
		}
		assert.deepEqual(
			acknowledged,
			Array.from({ length: 200 }, (_, i) => i + 1),
			`room ${room}`,
		);
		assert.equal(got.join(""), Array.from({ length: 200 }, (_, i) => `${i}`).join(""));
	}
});

test("an acknowledgement that the socket refuses ends the connection, and throws at nobody", () => {
	const { network, errors } = connected();
	network.socket.write = () => {
		throw new Error("not ready");
	};
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 7 }));
	network.time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("RETAIN and DUP reach the application; a QoS 2 duplicate is delivered once", () => {
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

test("QoS 2 in: what came before the connection was lost is not delivered again in the same session", () => {
	const heard: string[] = [];
	const network = new VirtualNetwork();
	const client = new Client({
		...network.provider,
		host: "b",
		id: "x",
		clean: false,
		limits: { received: 2 },
		onReadable() {
			heard.push(text(new Uint8Array(this.read() as ArrayBuffer)));
		},
		onError: (error) => heard.push(`error ${error.reason}`),
	});
	network.accept();
	network.socket.deliver(publish("a", "1", { QoS: 2, id: 1 }));
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	network.socket.deliver(publish("a", "1", { QoS: 2, id: 1, flags: 8 }));
	assert.deepEqual(heard, ["1", `error ${reason.CONNECTION_LOST}`]);
	network.socket.deliver([...publish("a", "2", { QoS: 2, id: 2 }), ...publish("a", "3", { QoS: 2, id: 3 })]);
	assert.deepEqual(heard.slice(2), ["2", `error ${reason.TOO_MANY_RECEIVED}`], "a third cannot be remembered");
	client.reopen();
	network.accept(65_536, false);
	network.socket.deliver(publish("a", "3", { QoS: 2, id: 1 }));
	assert.equal(heard.at(-1), "3", "in a new session an id means a new message");
});

test("QoS 2 in: a message that was cut off in its payload counts as not received (found by the seeded world)", () => {
	const heard: string[] = [];
	const network = new VirtualNetwork();
	const client = new Client({
		...network.provider,
		host: "b",
		id: "x",
		clean: false,
		onReadable(_, { more }) {
			heard.push(text(new Uint8Array(this.read() as ArrayBuffer)) + (more ? "…" : ""));
		},
	});
	network.accept();
	network.socket.deliver(publish("a", "whole", { QoS: 2, id: 1 }).subarray(0, -2));
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	network.socket.take();
	network.socket.deliver(publish("a", "whole", { QoS: 2, id: 1, flags: 8 }));
	assert.deepEqual(heard, ["who…", "whole"]);
	assert.equal(toHex(network.socket.take()), "50 02 00 01");
});

test("an oversize QoS 2 message does not run over the table of those received", () => {
	const { network, errors } = connected({ clean: false, limits: { topic: 20, received: 1 } });
	const long = (id: number) => publish("t".repeat(40), "x", { QoS: 2, id });
	for (const byte of [...long(1), 0x62, 2, 0, 1, ...long(2), 0x62, 2, 0, 2, ...publish("a", "", { QoS: 2, id: 3 })])
		network.socket.deliver([byte]);
	assert.equal(errors.length, 0);
	for (const byte of long(4)) network.socket.deliver([byte]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.TOO_MANY_RECEIVED],
	);
});

/** QoS 2 messages with these ids. */
const burst = (first: number, count: number) =>
	Array.from({ length: count }, (_, i) => [...publish("t", "1", { QoS: 2, id: first + i })]).flat();

test("where every id has a place the table is never full; where not, a full one is told by the name of its limit", () => {
	const all = connected({ limits: { received: 65_535 } });
	for (let first = 1; first < 60_000; first += 1000) {
		all.network.socket.deliver(burst(first, 1000));
		all.network.socket.room();
	}
	assert.deepEqual([all.errors.length, all.client.session.receivedMost], [0, 60_000]);
	all.network.socket.deliver(publish("t", "1", { QoS: 2, id: 7 }));
	assert.equal(all.client.session.receivedMost, 60_000, "a duplicate takes none");
	all.network.socket.deliver([0x62, 2, 0, 7]);
	assert.deepEqual([all.client.session.isDuplicate(7), all.client.session.isDuplicate(8)], [false, true]);
	all.network.socket.deliver([0x62, 2, 0, 7]);
	assert.equal(all.client.session.ignored, 1, "a second PUBREL releases nothing");
	const few = connected({ clean: false, limits: { received: 64 } });
	few.network.socket.deliver(burst(1, 65));
	assert.equal(few.errors[0]?.reason, reason.TOO_MANY_RECEIVED);
	assert.match(few.errors[0]?.message ?? "", /limits\.received/);
});

test("in a clean session nothing comes again, so that a full table on a board ends nothing: each is heard once", () => {
	let heard = 0;
	const onReadable: ClientOptions["onReadable"] = function (this: Client, _count, { topic }) {
		if (topic !== undefined) heard += 1;
		this.read();
	};
	const { network, client, errors, sent } = connected({ onReadable, limits: { received: 4, receive: 16, topic: 3 } });
	const oversize = publish("long", "1", { QoS: 2, id: 500 });
	for (let first = 1; first <= 300; first += 100) {
		network.socket.deliver([...burst(first, 100), ...oversize]);
		for (let turn = 0; turn < 200; turn++) network.time.pass(0);
		const PUBREC = sent().match(/50 02 \w\w \w\w/g) ?? [];
		assert.deepEqual([PUBREC.length, new Set(PUBREC).size], [101, 101], "PUBREC for each");
		const PUBREL = Array.from({ length: 100 }, (_, i) => [0x62, 2, (first + i) >> 8, (first + i) & 255]).flat();
		network.socket.deliver([...PUBREL, 0x62, 2, 500 >> 8, 500 & 255]);
		for (let turn = 0; turn < 200; turn++) network.time.pass(0);
		assert.equal(sent().match(/70 02 \w\w \w\w/g)?.length, 101, "PUBCOMP for each");
	}
	assert.deepEqual([heard, errors.length], [300, 0]);
	assert.deepEqual([client.session.receivedMost, client.session.ignored], [101, 0]);
	network.socket.deliver([0x62, 2, 0, 1]);
	assert.equal(client.session.ignored, 1, "one PUBREL more than there were messages");
	network.socket.deliver(burst(1, 5));
	network.socket.fail();
	client.reopen();
	network.accept();
	network.socket.deliver([...burst(1, 1), 0x62, 2, 0, 1, 0x62, 2, 0, 1]);
	assert.deepEqual([heard, client.session.ignored], [306, 2], "the next connection begins with an empty table");
});

test("QoS 2 out: PUBREL answers PUBREC, also a repeated or a forgotten one; ids survive a reconnect of the session", () => {
	const operations: number[] = [];
	const network = new VirtualNetwork();
	const client = new Client({
		...network.provider,
		host: "b",
		id: "x",
		clean: false,
		onControl: (operation) => operations.push(operation),
	});
	network.accept();
	network.socket.take();
	client.write(null, { topic: "t", QoS: 2 });
	network.socket.deliver([0x50, 2, 0, 1]);
	network.socket.deliver([0x50, 2, 0, 1]);
	network.socket.deliver([0x50, 2, 0, 9]);
	assert.equal(toHex(network.socket.take()), "34 05 00 01 74 00 01 62 02 00 01 62 02 00 01 62 02 00 09");
	network.socket.fail();
	client.reopen();
	network.accept(65_536, true);
	network.socket.take();
	assert.equal(client.session.inflight, 1);
	client.write(null, { operation: Client.PUBREL, id: 1 });
	network.socket.deliver([0x70, 2, 0, 1]);
	assert.equal(client.session.inflight, 0);
	assert.deepEqual(operations, [2, 5, 5, 2, 7]);
	network.socket.fail();
	client.reopen();
	network.accept(65_536, false);
	assert.equal(client.session.inflight, 0);
});

test("an id that waits for something else is not taken for a resend or a release", () => {
	const { network, client } = connected();
	client.write(null, { topic: "t", QoS: 2 });
	network.socket.deliver([0x50, 2, 0, 1]);
	assert.throws(() => client.write(null, { topic: "t", QoS: 2, id: 1, duplicate: true }), /id: 1 is in use/);
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	assert.throws(() => client.write(null, { operation: Client.PUBREL, id: 2 }), /id: 2 is in use/);
	assert.throws(() => client.write(null, { topic: "t", QoS: 1, id: 2, duplicate: true }), /id: 2 is in use/);
	network.socket.take();
	client.write(null, { operation: Client.PUBREL, id: 1 });
	assert.equal(toHex(network.socket.take()), "62 02 00 01");
});

test("PUBREL for an id of an earlier connection is followed by its PUBCOMP", () => {
	const seen: number[] = [];
	const { network, client } = connected({ onControl: (operation) => seen.push(operation) });
	client.write(null, { operation: Client.PUBREL, id: 9 });
	network.socket.deliver([0x70, 2, 0, 9]);
	assert.deepEqual([seen.at(-1), client.session.inflight, client.session.ignored], [Client.PUBCOMP, 0, 0]);
});

test("a PUBREL that is refused for its id leaves nothing behind; packet id 0 is never sent [MQTT-2.3.1-1]", () => {
	for (const id of [Number.NaN, 0, -1, 1.5, 70_000, undefined]) {
		const { network, client } = connected();
		assert.throws(() => client.write(null, { operation: Client.PUBREL, id }), /^RangeError: id: /, String(id));
		assert.deepEqual([client.session.inflight, client.session.requests, client.session.lastId], [0, 0, 0], String(id));
		network.socket.take();
		client.write(one, { topic: "t", QoS: 1 });
		assert.equal(toHex(network.socket.take()), "32 06 00 01 74 00 01 01", String(id));
	}
});

test("a PUBREL that finds no room changes nothing: the message can be sent again", () => {
	const { network, client } = connected();
	client.write(one, { topic: "t", QoS: 2 });
	network.socket.room(2);
	assert.throws(() => client.write(null, { operation: Client.PUBREL, id: 1 }), /overflow/);
	network.socket.room(100);
	network.socket.take();
	client.write(one, { topic: "t", QoS: 2, id: 1, duplicate: true });
	assert.equal(toHex(network.socket.take()), "3c 06 00 01 74 00 01 01");
});
