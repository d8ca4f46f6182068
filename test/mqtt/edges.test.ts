// The corners that no other test goes into: every branch of bytes, packets and session is taken somewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resolver, Socket } from "../../src/host.js";
import { utf8Length, writeUtf8 } from "../../src/mqtt/bytes/utf8.js";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../src/mqtt/client/types.js";
import { Link } from "../../src/mqtt/link/link.js";
import { Outbox } from "../../src/mqtt/link/outbox.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { AwaitPuback, AwaitSuback, FREE, Session } from "../../src/mqtt/session/session.js";
import { LOOK, Timers } from "../../src/mqtt/session/timers.js";
import { connected } from "../world/connected.js";
import { publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

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

test("options that are of the wrong kind are refused by name", () => {
	const wrong: [Partial<ClientOptions>, RegExp][] = [
		[{ id: 7 as never }, /^RangeError: id: must be a string, is number/],
		[{ id: "x".repeat(65_536) }, /^RangeError: id: has 65536 bytes/],
		[{ user: "\ud800" }, /^RangeError: user: has U\+0000 or half/],
		[{ user: "u", password: "a\0" }, /^RangeError: password: .*give it as bytes/],
		[{ user: "u", password: "p".repeat(65_536) }, /^RangeError: password: has more than 65,535/],
		[{ user: "u", password: 5 as never }, /^RangeError: password: must be a string or a Byte Buffer/],
		[{ user: "u", password: null as never }, /^RangeError: password: must be/],
		[{ will: { topic: "w", message: new Uint8Array(65_536) } }, /^RangeError: will.message: has more/],
		[{ will: { topic: 1 as never } }, /^RangeError: will.topic: must be a string/],
		[{ will: { topic: "w", QoS: 3 as never } }, /^RangeError: will.QoS: /],
		[{ port: "1883" as never }, /^RangeError: port: /],
		[{ limits: { inflight: 70_000 } }, /^RangeError: limits.inflight: there are 65,535 packet ids/],
	];
	for (const [options, message] of wrong) assert.throws(() => connected(options), message);
});

test("UTF-8: half a pair at the end, and a pair in the wrong order", () => {
	assert.deepEqual(["a\ud83d", "\udca1\ud83d", "\ud83dx", "💡"].map(utf8Length), [-1, -1, -1, 4]);
});

test("UTF-8: an engine that counts code points, as the SDK's XS does, writes the same bytes", () => {
	const points = [..."a💡ü"].map((character) => character.codePointAt(0) as number);
	const text = { length: points.length, charCodeAt: (at: number) => points[at] } as unknown as string;
	const bytes = new Uint8Array(utf8Length(text));
	assert.equal(writeUtf8(text, bytes, 0), bytes.length);
	assert.deepEqual([...bytes], [...new TextEncoder().encode("a💡ü")]);
});

test("SUBSCRIBE without QoS asks for 0; one that is too long or finds no room is refused whole", () => {
	const { network, client } = connected({ limits: { transmit: 200 } });
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] });
	assert.equal(toHex(network.socket.take()), "82 06 00 01 00 01 61 00");
	const long = { operation: Client.SUBSCRIBE, items: [{ topic: "x".repeat(191) }] };
	assert.throws(() => client.write(null, long), /^RangeError: items: the packet needs 201 bytes; limits.transmit allows 200/);
	assert.throws(
		() => client.write(null, { operation: Client.SUBSCRIBE, items: Array(17).fill({ topic: "a" }) }),
		/items: 17 filters; limits.filters allows 16/,
	);
	network.socket.room(12);
	assert.throws(() => client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "abc" }] }), /overflow/);
	assert.equal(client.session.inflight, 1);
});

test("acknowledgements and pings refuse what has no room", () => {
	const { network, client } = connected();
	network.socket.room(3);
	assert.throws(() => client.write(null, { operation: Client.PUBACK, id: 1 }), /overflow: 4 bytes, 3 can be written/);
	client.write(null, { operation: Client.PINGREQ });
	assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /overflow/);
	assert.equal(toHex(network.socket.take()), "c0 00");
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

test("a publish that is streamed takes empty fragments, and no byte too many", () => {
	const { network, client } = connected();
	client.write(null, { topic: "t", byteLength: 2 });
	client.write(null);
	assert.throws(() => client.write(new Uint8Array(3)), /data: has 3 bytes, 2 are missing/);
	client.write(Uint8Array.of(1, 2).buffer);
	assert.equal(toHex(network.socket.take()), "30 05 00 01 74 01 02");
});

test("topics of every length from 1 to 60 are told apart by any one byte", () => {
	const heard: string[] = [];
	const { network } = connected({ limits: { topic: 60, topics: 2 }, onReadable: (_, { topic }) => heard.push(topic as string) });
	for (let length = 1; length <= 60; length++) {
		const base = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26)));
		for (let i = 0; i < length; i++) {
			const other = base.with(i, "Z").join("");
			for (const topic of [base.join(""), base.join(""), other, other, base.join("")]) {
				network.socket.deliver(publish(topic, ""));
				assert.equal(heard.pop(), topic);
			}
		}
	}
});

test("DEL before a character of four bytes is not a number to JavaScript, and still a topic", () => {
	const heard: string[] = [];
	const { network } = connected({ onReadable: (_, { topic }) => heard.push(topic as string) });
	const topic = "\x7f\u{1f4a1}abcdef";
	for (let i = 0; i < 3; i++) network.socket.deliver(publish(topic, ""));
	assert.deepEqual(heard, [topic, topic, topic]);
});

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

test("nobody listens: messages are taken and acknowledged all the same", () => {
	const { network } = connected();
	network.socket.deliver([...publish("a", "1", { QoS: 1, id: 1 }), ...publish("a", "2", { QoS: 1, id: 2 })]);
	network.socket.deliver(publish("a", "3", { QoS: 1, id: 3 }));
	assert.equal(toHex(network.socket.take()), "40 02 00 01 40 02 00 02 40 02 00 03");
});

test("session: an id that is in use is skipped; removal keeps the others", () => {
	const session = new Session({ inflight: 4, received: 2, due: 2 });
	for (const id of [1, 2, 3]) session.expect(id, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 4);
	session.acknowledge(4, 1);
	assert.deepEqual([session.state(1), session.state(2), session.state(3), session.inflight], [FREE, AwaitPuback, AwaitPuback, 2]);
	session.expect(9, AwaitSuback, 3);
	assert.deepEqual([session.filters(9), session.filters(8), session.requests], [3, 0, 1]);
	session.forgetRequests();
	assert.deepEqual([session.inflight, session.requests], [2, 0]);
	session.release(77);
	assert.equal(session.ignored, 1);
	session.remember(5);
	assert.ok(session.canRemember && session.isDuplicate(5));
});

test("session: packet ids run round past 65,535 and past those in use; none when the table is full", () => {
	const session = new Session({ inflight: 4, received: 1, due: 1 });
	for (const id of [1, 65_535, 65_534]) session.expect(id, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 2);
	session.expect(2, AwaitPuback, 0);
	assert.equal(session.nextId(AwaitPuback), 0);
});

test("timers: a SUBACK that waits while nothing can be read is given more time; one deadline at a time", () => {
	const timers = new Timers();
	assert.equal(timers.deadline(), Infinity);
	timers.start(0, 0, 0, 1000);
	assert.equal(timers.deadline(), Infinity, "no keep-alive, no tick");
	timers.requested(0, 500);
	timers.requested(0, 900);
	assert.equal(timers.deadline(), 500, "the first one counts");
	assert.equal(timers.expire(500, true), 0);
	assert.equal(timers.deadline(), 1000);
	timers.heard = true;
	assert.equal(timers.expire(1000, false), 0, "any byte renews it");
	assert.equal(timers.expire(1500, false), LOOK, "the answer may wait unread");
	assert.equal(timers.expire(1500, false), reason.SUBACK_TIMEOUT);
	timers.settled();
	timers.requested(1600, 500);
	let renewals = 0;
	for (let now = 2100; renewals < 100; now += 500) {
		timers.heard = true;
		if (timers.expire(now, false) !== 0) break;
		renewals += 1;
	}
	timers.settled();
	assert.ok(renewals > 1 && renewals < 10, `renewed ${renewals} times, and not for ever`);
	timers.settled();
	timers.pinged(2000);
	timers.pinged(2900);
	assert.equal(timers.deadline(), 3000, "the first PINGREQ counts");
	timers.stop();
	assert.equal(timers.deadline(), Infinity);
});

test("a half-open line is found although we keep sending", () => {
	const { network, client, errors } = connected({ keepAlive: 3000 });
	for (let i = 0; i < 40 && errors.length === 0; i++) {
		network.time.pass(500);
		if (errors.length > 0) break;
		network.socket.room();
		client.write(null, { topic: "t" });
	}
	assert.equal(errors[0]?.reason, reason.PINGRESP_TIMEOUT);
});

test("a socket that takes nothing any more is a dead line too", () => {
	const { network, errors } = connected({ keepAlive: 3000 });
	network.socket.room(1);
	network.time.pass(3000 + 10_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
});

test("outbox: an entry that is not there, and payloads that move up", () => {
	const counters = { dropped: 0 };
	const outbox = new Outbox(3, 10, "oldest", counters);
	const a = outbox.put("a", Uint8Array.of(1, 2, 3), 1, false);
	const b = outbox.put("b", Uint8Array.of(4, 5), 2, true);
	const c = outbox.put("c", Uint8Array.of(6), 1, false);
	assert.ok(a && b && c);
	outbox.remove(a);
	outbox.remove(a);
	assert.deepEqual([outbox.count, b.start, c.start], [2, 0, 2]);
	assert.deepEqual([...outbox.bytes.subarray(0, 3)], [4, 5, 6]);
	assert.equal(outbox.find(0)?.topic, "b");
	assert.equal(outbox.find(99), undefined);
});

test("link: subscriptions are replaced, limited and forgotten; a socket without room is tried again", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	link.subscribe("a", 0, () => {});
	link.subscribe("a", 1, () => {});
	assert.throws(() => link.subscribe("a/#/b", 0, () => {}), /^RangeError: filter: /);
	assert.throws(() => link.subscribe("a", 3 as never, () => {}), /^RangeError: QoS: /);
	for (let i = 0; i < 7; i++) link.subscribe(`t${i}`, 0, () => {});
	assert.throws(() => link.subscribe("one too many", 0, () => {}), /there are 8 subscriptions already/);
	link.unsubscribe("never");
	link.unsubscribe("t6");
	network.accept(40);
	assert.equal(toHex(network.socket.take()), "82 06 00 01 00 01 61 01 82 07 00 02 00 02 74 30 00");
	network.socket.room(200);
	assert.equal(network.socket.take().length, 5 * 9);
	link.unsubscribe("t5");
	assert.equal(toHex(network.socket.take()).slice(0, 2), "a2");
	network.socket.room(9);
	link.unsubscribe("t4");
	assert.deepEqual(network.socket.take(), [], "no room: the next connect forgets it");
	assert.throws(() => link.publish("a/+", new Uint8Array(1), 1), /^RangeError: topic: /);
});

test("link: the application's own errors are its own", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	network.accept();
	assert.throws(() => link.publish("a/+", new Uint8Array(1)), /^RangeError: topic: "a\/\+" has a wildcard/);
	assert.throws(() => link.subscribe("x".repeat(600), 0, () => {}), /^RangeError: filter: has 600 bytes/);
});

test("link: without room QoS 0 is dropped and QoS 1 waits", () => {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", random: () => 0 });
	network.accept();
	network.socket.take();
	network.socket.room(10);
	assert.equal(link.publish("t", new Uint8Array(3)), false);
	assert.equal(link.publish("t", new Uint8Array(3), 1), true);
	assert.deepEqual(network.socket.take(), []);
	network.socket.room(100);
	const sent = network.socket.take();
	assert.equal(sent.length, 10);
	link.close();
	network.socket.room(1);
	network.socket.deliver([0x40, 2, sent[5], sent[6]]);
	assert.ok(network.socket.closed, "no room for DISCONNECT: the will says the same");
	assert.deepEqual(network.socket.take(), []);
});

test("the connection ends while a slow application still takes what came in one read: every message is delivered, then the end is told", () => {
	const heard: string[] = [];
	const { network, errors, time } = connected({
		onReadable(this: Client, count: number) {
			heard.push(text(new Uint8Array(this.read(count) as ArrayBuffer)));
			time.stand(200); // longer than a drain may last
		},
	});
	network.socket.deliver([...publish("a", "1"), ...publish("a", "2"), ...publish("a", "3")]);
	assert.deepEqual(heard, ["1"]);
	network.socket.fail();
	assert.deepEqual([heard.length, errors.length], [1, 0]);
	time.pass(0);
	time.pass(0);
	assert.deepEqual(heard, ["1", "2", "3"]);
	time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
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

test("a socket that has ended and whose read throws has nothing any more: no message is delivered twice", () => {
	const heard: number[] = [];
	const { client, network, errors, time } = connected({ onReadable: (count) => heard.push(count) });
	network.socket.deliver(publish("a", "12"));
	network.socket.deliver(publish("a", "34"));
	network.socket.fail();
	network.socket.read = () => {
		throw new Error("not open");
	};
	client.read();
	time.pass(0);
	assert.deepEqual(heard, [2]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("a socket whose read throws while it lives has a fault of its own: it is not hidden", () => {
	const { network, errors, time } = connected();
	network.socket.read = () => {
		throw new Error("the socket's");
	};
	assert.throws(() => network.socket.deliver(publish("a", "1".repeat(200))), /the socket's/);
	time.pass(0);
	assert.deepEqual(errors, []);
});

test("while a PUBLISH is being sent, a socket that takes nothing any more is found out by keep-alive", () => {
	const { client, network, errors, time } = connected({ keepAlive: 3_000 });
	network.socket.room(100);
	let room = client.write(new Uint8Array(10), { topic: "t", byteLength: 1_000 });
	while (room > 0) room = client.write(new Uint8Array(room));
	time.pass(600_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
});

test("two SUBSCRIBEs, one answer: the other one is waited for, and no longer than its time", () => {
	const { client, network, errors, time } = connected();
	for (const topic of ["a", "b"]) client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic }] });
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	time.pass(600_000);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.SUBACK_TIMEOUT],
	);
});
