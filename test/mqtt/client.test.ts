// The client as ECMA-419 §25 describes it, and what an application may do to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../src/mqtt/client/client.js";
import type { MqttError } from "../../src/mqtt/client/types.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { connected } from "../world/connected.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

test("options: frozen ones are taken, unknown ones ignored, each is read once", () => {
	const network = new VirtualNetwork();
	const reads = new Map<PropertyKey, number>();
	const options = Object.freeze({ ...network.provider, host: "broker", id: "x", unheardOf: 1, onControl() {}, will: { topic: "w" } });
	const watched = new Proxy(options, {
		get(target, name) {
			reads.set(name, (reads.get(name) ?? 0) + 1);
			return target[name as keyof typeof target];
		},
	});
	new Client(watched);
	for (const [name, count] of reads) assert.equal(count, 1, String(name));
	assert.ok(reads.size >= 10 && !reads.has("unheardOf"));
});

test("options: a callback that cannot be called is refused by name, and nothing is taken", () => {
	for (const name of ["onReadable", "onWritable", "onControl", "onError", "onOversize"]) {
		const network = new VirtualNetwork();
		assert.throws(() => new Client({ ...network.provider, host: "b", [name]: 7 }), new RegExp(`^TypeError: ${name}: `));
		assert.equal(network.time.alarms, 0);
	}
});

test("keepAlive is rounded up to whole seconds", () => {
	for (const [milliseconds, seconds] of [
		[0, 0],
		[1, 1],
		[1000, 1],
		[1001, 2],
		[65_535_000, 65_535],
	]) {
		const { connect } = connected({ keepAlive: milliseconds });
		assert.equal((connect[10] << 8) | connect[11], seconds);
	}
});

test("no callback from inside the constructor or a public method", () => {
	let inside = false;
	const outside = () => assert.equal(inside, false);
	const network = new VirtualNetwork();
	const guard = <T>(work: () => T): T => {
		inside = true;
		const result = work();
		inside = false;
		return result;
	};
	const client = guard(
		() => new Client({ ...network.provider, host: "b", onReadable: outside, onWritable: outside, onControl: outside, onError: outside }),
	);
	network.accept();
	network.socket.deliver([...publish("a", "xy"), ...publish("a", "z")]);
	guard(() => client.write(Uint8Array.of(1), { topic: "t", QoS: 1 }));
	guard(() => client.read(1));
	guard(() => client.read());
	assert.equal(client.read(), undefined, "the second message comes from the event loop");
	network.time.pass(0);
	assert.equal(text(new Uint8Array(client.read() as ArrayBuffer)), "z");
	guard(() => client.close());
});

test("this, target and format", () => {
	const target = { name: "mine" };
	let seen: unknown;
	const { client } = connected({
		target,
		onControl() {
			seen = [this, this.target];
		},
	});
	assert.deepEqual(seen, [client, target]);
	client.target = 7;
	assert.equal(client.target, 7);
	assert.equal(client.format, "buffer");
	client.format = "buffer";
	assert.throws(() => {
		client.format = "number" as never;
	}, RangeError);
});

test("read: any Byte Buffer, any count, never more than the message", () => {
	const { network, client, time } = connected({ onReadable() {} });
	const all = Uint8Array.from({ length: 40 }, (_, i) => i);
	network.socket.deliver([...publish("a", all), ...publish("a", "next")]);
	const buffers = [
		new ArrayBuffer(3),
		new Uint8Array(3),
		new Int8Array(3),
		new DataView(new ArrayBuffer(5), 1, 3),
		new SharedArrayBuffer(3),
	];
	let expected = 0;
	for (const buffer of buffers) {
		assert.equal(client.read(buffer), 3);
		const view = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
		assert.deepEqual([...new Uint8Array(view.buffer, view.byteOffset, 3)], [expected, expected + 1, expected + 2]);
		expected += 3;
	}
	assert.throws(() => client.read(0), RangeError);
	assert.throws(() => client.read(-1), RangeError);
	assert.throws(() => client.read(Number.NaN), RangeError);
	assert.deepEqual([...new Uint8Array(client.read(2) as ArrayBuffer)], [15, 16]);
	assert.equal(client.read(new Uint8Array(100)), 23);
	assert.equal(client.read(), undefined);
	time.pass(0);
	assert.equal((client.read(1000) as ArrayBuffer).byteLength, 4);
});

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
			limits: { due: 3, receive: 50 },
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

test("a topic that is too long: the message is drained, acknowledged and told; the next one is heard", () => {
	for (const QoS of [0, 1, 2])
		for (const size of [1, 7, 100_000]) {
			const told: number[][] = [];
			const heard: string[] = [];
			const { network, client, errors } = connected({
				limits: { topic: 20, receive: 16, filters: 1 },
				onOversize: (...lengths) => told.push(lengths),
				onReadable(_, { topic = "" }) {
					heard.push(topic, text(new Uint8Array(this.read() as ArrayBuffer)));
				},
			});
			network.socket.take();
			const bytes = [...publish("t".repeat(21), "long topic", { QoS, id: 9 }), ...publish("t".repeat(20), "fits", { QoS, id: 10 })];
			for (let at = 0; at < bytes.length; at += size) network.socket.deliver(bytes.slice(at, at + size));
			assert.deepEqual(errors, []);
			assert.deepEqual(told, [[21, 10]]);
			assert.equal(client.oversize, 1);
			assert.equal(heard.join(""), `${"t".repeat(20)}fits`);
			assert.equal(toHex(network.socket.take()), ["", "40 02 00 09 40 02 00 0a", "50 02 00 09 50 02 00 0a"][QoS]);
		}
});

test("a drained message with packet id 0 is as malformed as any other (found by the fuzzer)", () => {
	const { network, errors } = connected({ limits: { topic: 20 } });
	for (const byte of publish("t".repeat(50), "x", { QoS: 1, id: 0 })) network.socket.deliver([byte]);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.BAD_ID],
	);
});

test("a callback that throws does not keep what came after it from being heard", () => {
	const heard: string[] = [];
	const { network, time } = connected({
		onReadable() {
			heard.push(text(new Uint8Array(this.read() as ArrayBuffer)));
			if (heard.length === 1) throw new Error("the application's");
		},
	});
	assert.throws(() => network.socket.deliver([...publish("a", "1"), ...publish("a", "2")]), /the application's/);
	time.pass(0);
	assert.deepEqual(heard, ["1", "2"]);
});

test("a callback that throws on a message that came by the short way: it is acknowledged, and the next one too", () => {
	let count = 0;
	const { network } = connected({
		onReadable() {
			this.read();
			if (++count === 2) throw new Error("the application's");
		},
	});
	network.socket.take();
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 1 }));
	assert.throws(() => network.socket.deliver(publish("a", "2", { QoS: 1, id: 2 })), /the application's/);
	network.socket.deliver(publish("a", "3", { QoS: 1, id: 3 }));
	assert.equal(toHex(network.socket.take()), "40 02 00 01 40 02 00 02 40 02 00 03");
});

test("streaming out: 1 MiB through a socket of 1 KiB, with acknowledgements held back until it is through", () => {
	const size = 1 << 20;
	let sent = 0;
	const { network, client, errors } = connected({}, 1024);
	network.socket.take();
	const chunk = new Uint8Array(900);
	client.write(chunk.subarray(0, 100), { topic: "big", byteLength: size, QoS: 1 });
	sent = 100;
	network.socket.deliver(publish("a", "", { QoS: 1, id: 3 }));
	assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /a PUBLISH is being sent: 1048476 bytes/);
	assert.throws(() => client.write(new Uint8Array(2000)), /overflow: 2000 bytes/);
	while (sent < size) {
		network.socket.room(1024);
		const part = chunk.subarray(0, Math.min(900, size - sent));
		client.write(part);
		sent += part.length;
	}
	assert.throws(() => client.write(chunk), /options: needed/);
	network.socket.room(1024);
	const bytes = network.socket.take();
	assert.equal(bytes.length, 1 + 3 + 5 + 2 + size + 4);
	assert.equal(toHex(bytes.slice(0, 11)), "32 87 80 40 00 03 62 69 67 00 01");
	assert.equal(toHex(bytes.slice(-4)), "40 02 00 03");
	assert.deepEqual(errors, []);
	assert.throws(() => connected().client.write(new Uint8Array(3), { topic: "t", byteLength: 2 }), RangeError);
});

test("streaming in: a 1 MiB payload through small buffers", () => {
	const got: number[] = [];
	let first: unknown;
	const { network } = connected({
		limits: { receive: 64 },
		onReadable(count, { topic, byteLength }) {
			assert.ok(count <= 64);
			if (topic !== undefined) first = [topic, byteLength];
			for (const byte of new Uint8Array(this.read() as ArrayBuffer)) got.push(byte);
		},
	});
	const payload = Uint8Array.from({ length: 1 << 16 }, (_, i) => i * 7);
	const bytes = publish("big", payload);
	for (let at = 0; at < bytes.length; at += 1460) network.socket.deliver(bytes.subarray(at, at + 1460));
	assert.deepEqual(first, ["big", 1 << 16]);
	assert.deepEqual(Uint8Array.from(got), payload);
});

test("backpressure: refused before the first byte, told when there is room, and never for ever", () => {
	const rooms: number[] = [];
	const { network, client } = connected({ limits: { inflight: 2 }, onWritable: (count) => rooms.push(count) }, 1024);
	network.socket.take();
	rooms.length = 0;
	network.socket.room(20);
	assert.deepEqual(rooms, [12], "8 bytes are kept for acknowledgements");
	assert.throws(() => client.write(new Uint8Array(10), { topic: "t" }), /overflow: 15 bytes, 12 can be written/);
	assert.deepEqual(network.socket.take(), []);
	assert.equal(client.write(new Uint8Array(7), { topic: "t" }), 0);
	network.socket.room(1024);
	client.write(null, { topic: "t", QoS: 1 });
	client.write(null, { topic: "t", QoS: 2 });
	assert.throws(() => client.write(null, { topic: "t", QoS: 1 }), /inflight: every entry waits/);
	rooms.length = 0;
	network.socket.deliver([0x40, 2, 0, 1]);
	assert.equal(rooms.length, 1, "an acknowledgement makes room");
	client.write(null, { topic: "t", QoS: 1 });
	network.socket.deliver([0x40, 2, 0, 99, 0x70, 2, 0, 2, 0xb0, 2, 0, 2]);
	assert.equal(client.session.ignored, 3, "unknown, out of order and wrong acknowledgements are counted");
	assert.equal(client.session.inflight, 2);
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

test("a SUBACK that is longer than any SUBSCRIBE of ours ends the connection", () => {
	const { network, errors } = connected({ limits: { topic: 20 } });
	network.socket.deliver([0x90, 102, 0, 1, ...Array(100).fill(0)].slice(0, 20));
	assert.equal(errors[0].reason, reason.SUBACK_TOO_LONG);
});

test("SUBSCRIBE and UNSUBSCRIBE: the bytes, and the codes that come back", () => {
	const seen: unknown[] = [];
	const { network, client } = connected({ onControl: (operation, { id, payload }) => seen.push([operation, id, payload]) });
	network.socket.take();
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a/+", QoS: 2 }, { topic: new TextEncoder().encode("b") }] });
	client.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "c" }] });
	assert.equal(toHex(network.socket.take()), "82 0c 00 01 00 03 61 2f 2b 02 00 01 62 00 a2 05 00 02 00 01 63");
	network.socket.deliver(hex("90 04 00 01 01 80 b0 02 00 02"));
	assert.deepEqual(seen.slice(1), [
		[Client.SUBACK, 1, [1, 0x80]],
		[Client.UNSUBACK, 2, undefined],
	]);
});

test("after DISCONNECT nothing may be sent, and after close nothing happens", () => {
	const { network, client, errors } = connected();
	network.socket.take();
	client.write(null, { operation: Client.DISCONNECT });
	assert.equal(toHex(network.socket.take()), "e0 00");
	assert.throws(() => client.write(null, { topic: "t" }), /DISCONNECT was sent/);
	client.close();
	client.close();
	assert.throws(() => client.reopen(), /closed/);
	assert.throws(() => client.write(null, { topic: "t" }), /closed/);
	assert.deepEqual(errors, []);
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

test("payloads around every boundary: header sizes, the transmit buffer, any Byte Buffer", () => {
	const { network, client } = connected({}, 1 << 25);
	network.socket.take();
	for (const length of [0, 1, 120, 121, 122, 123, 124, 498, 499, 500, 501, 16_375, 16_376, 16_377, 2_097_143, 2_097_144, 2_097_145]) {
		const data = Uint8Array.from({ length }, (_, i) => i);
		for (const payload of [data, data.buffer, new DataView(data.buffer), new Int8Array(data.buffer)]) {
			network.socket.writable = 1 << 25;
			network.socket.room(1 << 25);
			client.write(payload, { topic: "light" });
			const before = network.socket.writes.length - network.socket.taken;
			assert.ok(before <= 2);
			const whole = Buffer.concat(network.socket.writes.slice(network.socket.taken));
			network.socket.taken = network.socket.writes.length;
			assert.ok(whole.equals(expectedPublish(data)), `length ${length}`);
		}
	}
});

function expectedPublish(data: Uint8Array): Buffer {
	let rest = data.length + 7;
	const header = [0x30];
	do {
		header.push((rest & 127) | (rest > 127 ? 128 : 0));
		rest >>= 7;
	} while (rest > 0);
	return Buffer.concat([Buffer.from([...header, 0, 5]), Buffer.from("light"), data]);
}

test("the connection's end is told once, with the transport's own words", () => {
	const { network, errors } = connected();
	network.socket.fail(new Error("ECONNRESET"));
	network.socket.fail(new Error("again"));
	assert.deepEqual(
		errors.map(({ message }) => message),
		["transport: the connection was lost or refused (ECONNRESET)"],
	);
	const unresolved = new VirtualNetwork();
	unresolved.resolves = false;
	const told: string[] = [];
	new Client({ ...unresolved.provider, host: "nowhere", onError: ({ message }) => told.push(message) });
	unresolved.time.pass(0);
	unresolved.questions[0].onError("nowhere");
	assert.deepEqual(told, ["transport: the host name could not be resolved (nowhere)"]);
});
