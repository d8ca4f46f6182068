// The client's options: which values are taken, which are refused by name, and how they go into CONNECT.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions } from "../../../src/mqtt/client/types.js";
import { connected } from "../../world/connected.js";
import { linked } from "../../world/linked.js";
import { bytes, hex, toHex, VirtualNetwork } from "../../world/virtual.js";

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

test("password and will message may be any Byte Buffer", () => {
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

test("a will without message is an empty will; a password without user is refused by name", () => {
	const { connect } = connected({ will: { topic: "w" } });
	assert.equal(toHex(connect), toHex(hex("10 12 00 04 4d 51 54 54 04 06 00 00 00 01 78 00 01 77 00 00")));
	assert.throws(() => connected({ password: "p" }), /^RangeError: user: is needed/);
});

test("a token as password needs no option; one that is longer than its limit is refused by its name", () => {
	const token = "e".repeat(2_000);
	const network = new VirtualNetwork();
	new Client({ ...network.provider, host: "b", id: "x", user: "u", password: token });
	assert.equal(network.connect().length, 5 + 8 + 2 + 3 + 3 + 2_002 - 2);
	assert.throws(
		() => connected({ user: "u", password: "e".repeat(5_000) }),
		/^RangeError: password: has 5001 bytes, with the user name; limits\.login of 4096 allows no more/,
	);
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

test("a format other than buffer is refused, and a closed link takes nothing", () => {
	const network = new VirtualNetwork();
	assert.throws(() => new Client({ ...network.provider, host: "b", format: "number" } as never), /^RangeError: format: /);
	const { link } = linked();
	link.close();
	assert.equal(link.publish("t", bytes("1"), 1), false);
});

test("limits.filters is at most 255", () => {
	assert.throws(() => connected({ limits: { filters: 256 } }), /^RangeError: limits.filters: /);
});
