// Publishing: refusals before the first byte, packets on their way into the socket, and a socket without room.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../../src/limits.js";
import { Client } from "../../../src/mqtt/client/client.js";
import * as reason from "../../../src/mqtt/packets/reason.js";
import { WouldBlock } from "../../../src/mqtt/session/outgoing.js";
import { connected } from "../../world/connected.js";
import { packets } from "../../world/packets.js";
import { bytes, one, publish, toHex } from "../../world/virtual.js";

test("bad output is refused by name, before its first byte, and nothing is changed by it", () => {
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

test("data of the wrong kind is refused by name", () => {
	const { network, client } = connected();
	const options = Object.freeze({ topic: "t" });
	client.write(Uint8Array.of(1, 2), options);
	network.socket.take();
	for (const data of ["abc", 7, true, {}, new Uint16Array(2), [1, 2]])
		assert.throws(() => client.write(data as never, options), /^TypeError: data: must be a Byte Buffer/, String(data));
	client.write(null, { topic: "t", byteLength: 2 });
	assert.throws(() => client.write("ab" as never), /^TypeError: data: /);
	assert.equal(toHex(network.socket.take()), "30 05 00 01 74");
});

test("topics and filters that come as bytes are held to the same rules", () => {
	const { network, client } = connected();
	for (const topic of ["a/+/#", "#", "a\0"])
		assert.throws(() => client.write(null, { topic: bytes(topic) }), /^RangeError: topic: /, topic);
	assert.throws(() => client.write(null, { topic: Uint8Array.of(0xff, 0) }), /^RangeError: topic: /);
	assert.throws(() => client.write(null, { topic: new Uint8Array(70_000) }), /^RangeError: topic: /);
	for (const filter of ["a/#/b", "a+", ""])
		assert.throws(
			() => client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: bytes(filter) }] }),
			/^RangeError: items: /,
			filter,
		);
	client.write(null, { topic: bytes("ü").buffer as ArrayBuffer });
	assert.equal(toHex(network.socket.take()), "30 04 00 02 c3 bc");
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

test("payloads around every boundary: header sizes, the transmit buffer, any Byte Buffer", () => {
	const { network, client } = connected({}, 1 << 25);
	network.socket.take();
	for (const length of [0, 1, 120, 121, 122, 123, 124, 498, 499, 500, 501, 16_375, 16_376, 16_377, 2_097_143, 2_097_144, 2_097_145]) {
		const data = Uint8Array.from({ length }, (_, i) => i);
		for (const payload of [data, data.buffer, new DataView(data.buffer), new Int8Array(data.buffer)]) {
			network.socket.writable = 1 << 25;
			network.socket.room(1 << 25);
			client.write(payload, { topic: "light" });
			const writes = network.socket.writes.length - network.socket.taken;
			// the place of the longest fixed header (5), topic (7) and payload in the buffer
			assert.equal(writes, 5 + 7 + length <= limits.transmit_buffer_bytes ? 1 : 2, `length ${length}`);
			const whole = Buffer.concat(network.socket.writes.slice(network.socket.taken));
			network.socket.taken = network.socket.writes.length;
			assert.ok(whole.equals(expectedPublish(data)), `length ${length}`);
		}
	}
});

test("a payload that is no Uint8Array goes out in one write with its header when it fits", () => {
	const { network, client } = connected();
	for (const data of [Uint8Array.of(1, 2).buffer, new DataView(Uint8Array.of(1, 2).buffer)]) {
		client.write(data, { topic: "t" });
		assert.equal(network.socket.writes.length - network.socket.taken, 1);
		assert.equal(toHex(network.socket.take()), "30 05 00 01 74 01 02");
	}
});

test("one write of the socket a publish, one read for all that has come", () => {
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

test("a publish that is streamed takes empty fragments, and no byte too many", () => {
	const { network, client } = connected();
	client.write(null, { topic: "t", byteLength: 2 });
	client.write(null);
	assert.throws(() => client.write(new Uint8Array(3)), /data: has 3 bytes, 2 are missing/);
	client.write(Uint8Array.of(1, 2).buffer);
	assert.equal(toHex(network.socket.take()), "30 05 00 01 74 01 02");
});

test("an empty fragment costs no room", () => {
	const { network, client } = connected({}, 1000);
	network.socket.room(1000);
	client.write(null, { topic: "t", byteLength: 2 });
	const rooms = [client.write(null), client.write(null), client.write(null)];
	assert.equal(new Set(rooms).size, 1, rooms.join());
});

test("what goes out agrees with the length that was declared, or is refused before its first byte", () => {
	const { network, client } = connected();
	const refuse = (data: Uint8Array | null, options: Parameters<Client["write"]>[1], why: RegExp) => {
		assert.throws(() => client.write(data, options), why);
		assert.deepEqual(network.socket.take(), []);
	};
	refuse(new Uint8Array(5), { topic: "t", byteLength: 4 }, /^RangeError: byteLength/);
	network.socket.room(20);
	refuse(new Uint8Array(20), { topic: "t" }, /overflow/);
	network.socket.room();
	client.write(new Uint8Array(5), { topic: "t", QoS: 1, byteLength: 12 });
	const start = network.socket.take();
	refuse(new Uint8Array(8), undefined, /^RangeError: data: has 8 bytes, 7 are missing/);
	refuse(null, { topic: "other" }, /a PUBLISH is being sent/);
	refuse(null, { operation: Client.SUBSCRIBE, items: [{ topic: "a" }] }, /a PUBLISH is being sent/);
	client.write(new Uint8Array(7));
	const [sent, ...more] = packets([...start, ...network.socket.take()]);
	refuse(new Uint8Array(1), undefined, /options: needed/);
	assert.deepEqual([sent.payload.length, more.length], [12, 0]);
	client.write(new Uint8Array(1), { topic: "t", byteLength: 9 });
	network.socket.fail();
	client.reopen();
	network.accept();
	network.socket.take();
	refuse(new Uint8Array(8), undefined, /options: needed/);
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

test("full is never for ever: acknowledgements, late ones too, and new connections make room", () => {
	const rooms: number[] = [];
	const { network, client } = connected({ clean: false, limits: { inflight: 2 }, onWritable: (count) => rooms.push(count) });
	const fill = () => {
		for (let i = 0; i < 2; i++) client.write(null, { topic: "t", QoS: 1 });
		assert.throws(() => client.write(null, { topic: "t", QoS: 1 }), WouldBlock);
		return packets(network.socket.take()).map(({ id }) => id);
	};
	for (let round = 0; round < 1000; round++) {
		network.socket.room();
		const ids = fill();
		rooms.length = 0;
		for (const id of [...ids, ...ids, 0xfffe]) network.socket.deliver([0x40, 2, id >> 8, id & 255]);
		assert.ok(rooms.length > 0, `round ${round}: told that there is room`);
	}
	assert.equal(client.session.ignored, 3000, "the second and the unknown ones are counted, and change nothing");
	const reopen = (present: boolean) => {
		network.socket.fail();
		client.reopen();
		network.accept(65_536, present);
		network.socket.take();
	};
	fill();
	reopen(false);
	client.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "never answered" }] });
	reopen(true);
	fill();
});

test("acknowledgements and pings refuse what has no room", () => {
	const { network, client } = connected();
	network.socket.room(3);
	assert.throws(() => client.write(null, { operation: Client.PUBACK, id: 1 }), /overflow: 4 bytes, 3 can be written/);
	client.write(null, { operation: Client.PINGREQ });
	assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /overflow/);
	assert.equal(toHex(network.socket.take()), "c0 00");
});

test("a publish that is refused leaves nothing behind for the next one", () => {
	const { network, client } = connected();
	const moving = Object.freeze({ topic: "light", retain: true });
	client.write(Uint8Array.of(1, 2, 3), moving);
	network.socket.take();
	network.socket.room(20);
	assert.throws(() => client.write(new Uint8Array(9), { topic: "light", QoS: 1, retain: true }), /overflow/);
	client.write(Uint8Array.of(4, 5, 6), moving);
	assert.equal(toHex(network.socket.take()), "31 0a 00 05 6c 69 67 68 74 04 05 06");
});

test("a socket that throws within a write costs one connection, not all that follow", () => {
	const { network, client } = connected();
	const { socket } = network;
	socket.write = () => {
		throw new Error("not ready");
	};
	assert.throws(() => client.write(Uint8Array.of(1), { topic: "t" }), /not ready/);
	assert.throws(() => client.write(null, { operation: Client.PINGREQ }), /not ready/);
	socket.fail();
	client.reopen();
	network.accept();
	network.socket.take();
	network.socket.deliver(publish("a", "1", { QoS: 1, id: 7 }));
	client.write(Uint8Array.of(2), { topic: "t" });
	assert.equal(toHex(network.socket.take()), "40 02 00 07 30 04 00 01 74 02");
});

test("a socket whose room shrinks by more than it was given does not tear a packet and go on", () => {
	const { network, client, errors } = connected({}, 2000);
	const { socket } = network;
	const write = socket.write.bind(socket);
	socket.write = (data) => Math.max(0, write(data) - 1500);
	client.write(new Uint8Array(900), { topic: "t" });
	network.time.pass(0);
	assert.deepEqual(
		errors.map((error) => error.reason),
		[reason.CONNECTION_LOST],
	);
});

test("a socket that refuses one write and takes the next gets whole packets", () => {
	for (const before of [0, 1]) {
		const { network, client } = connected();
		const options = Object.freeze({ topic: "t", QoS: 1 as const });
		for (let i = 0; i < before; i++) client.write(one, options);
		const { socket } = network;
		socket.take();
		const write = socket.write.bind(socket);
		socket.write = () => {
			throw new Error("too long for a TLS record");
		};
		assert.throws(() => client.write(one, options), /TLS/);
		socket.write = write;
		client.write(null, { topic: "longer" });
		assert.equal(toHex(socket.take()), "30 08 00 06 6c 6f 6e 67 65 72");
	}
});
