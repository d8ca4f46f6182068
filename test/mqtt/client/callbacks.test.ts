// The application's callbacks: when they are called, which calls are legal inside them, and how the client goes on when one throws.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import { connected } from "../../world/connected.js";
import { packets } from "../../world/packets.js";
import { bytes, one, publish, text, toHex, VirtualNetwork } from "../../world/virtual.js";

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

test("the client can be used inside each of its callbacks", () => {
	const said: string[] = [];
	const say = (self: Client, where: string) => {
		said.push(where);
		self.write(bytes(where), { topic: "t" });
		self.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: where }] });
	};
	let writable = false;
	const { network, client } = connected({
		onReadable() {
			this.read();
			say(this, "readable");
		},
		onWritable() {
			if (!writable) say(this, "writable");
			writable = true;
		},
		onControl(operation) {
			if (operation === Client.PUBACK) say(this, "control");
		},
		onOversize() {
			say(this, "oversize");
		},
		onError() {
			said.push("error");
			this.reopen();
		},
	});
	client.write(null, { topic: "t", QoS: 1, id: 9 });
	network.socket.take();
	for (const incoming of [publish("a", "1"), publish("a", "2"), [0x40, 2, 0, 9], publish("t".repeat(200), "")])
		network.socket.deliver(incoming);
	assert.deepEqual(said, ["writable", "readable", "readable", "control", "oversize"]);
	const sent = packets(network.socket.take());
	assert.equal(sent.length, 8, "a PUBLISH and a SUBSCRIBE each");
	network.socket.fail();
	network.accept();
	client.write(bytes("again"), { topic: "t" });
	assert.equal(said.at(-1), "error");
	assert.equal(packets(network.socket.take()).at(-1)?.payload, "again", "reopened inside onError");
});

test("close inside every callback", () => {
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

const puback = (id: number) => [0x40, 2, 0, id];

test("onControl throws while the socket has more: a shortcut before the alarm rings does not make it read too much", () => {
	const ids: number[] = [];
	const { network, client, time } = connected({
		limits: { inflight: 200 },
		onControl(operation, { id }) {
			if (operation !== Client.PUBACK) return;
			ids.push(id);
			if (id === 128) throw new Error("the listener's");
		},
	});
	for (let i = 0; i < 130; i++) client.write(null, { topic: "t", QoS: 1 });
	// 512 bytes are read, the listener throws at the last of them, 4 bytes stay with the socket
	assert.throws(() => network.socket.deliver(Array.from({ length: 129 }, (_, i) => puback(i + 1)).flat()), /the listener's/);
	network.socket.deliver(puback(130));
	time.pass(0);
	assert.deepEqual([ids.length, network.socket.unread], [130, 0]);
});

test("onControl throws at the acknowledgement that a refused write waits for: onWritable comes all the same", () => {
	for (const pieces of [[[0x40, 2, 0, 1]], [[0x40], [2, 0, 1]]]) {
		let fail = false;
		let writable = 0;
		const { network, client, time } = connected({
			limits: { inflight: 1 },
			onControl() {
				if (fail) throw new Error("the listener's");
			},
			onWritable() {
				writable += 1;
			},
		});
		client.write(one, { topic: "t", QoS: 1 });
		assert.throws(() => client.write(one, { topic: "t", QoS: 1 }), /inflight/);
		writable = 0;
		fail = true;
		assert.throws(() => {
			for (const piece of pieces) network.socket.deliver(piece);
		}, /the listener's/);
		time.pass(1000);
		assert.equal(writable, 1, `${pieces.length} pieces`);
	}
});

test("onControl throws at CONNACK: onWritable comes all the same", () => {
	const network = new VirtualNetwork();
	let writable = 0;
	new Client({
		...network.provider,
		host: "broker",
		onControl() {
			throw new Error("the listener's");
		},
		onWritable() {
			writable += 1;
		},
	});
	assert.throws(() => network.accept(), /the listener's/);
	network.time.pass(1000);
	assert.equal(writable, 1);
});
