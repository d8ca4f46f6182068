// What users of MQTT clients complain of again and again, in fifteen points, as tests of ours: never here. The numbers are those of the list.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket, SocketOptions } from "../../src/host.js";
import * as limits from "../../src/limits.js";
import { Client } from "../../src/mqtt/client/client.js";
import type { ClientOptions, MqttError } from "../../src/mqtt/client/types.js";
import { Link, type LinkOptions } from "../../src/mqtt/link/link.js";
import * as reason from "../../src/mqtt/packets/reason.js";
import { WouldBlock } from "../../src/mqtt/session/outgoing.js";
import { buffersMade } from "../world/buffers.js";
import { Random } from "../world/random.js";
import { publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

function connected(options: Partial<ClientOptions> = {}, room = 65_536) {
	const network = new VirtualNetwork();
	const errors: MqttError[] = [];
	const client = new Client({ ...network.provider, host: "broker", id: "x", onError: (error) => errors.push(error), ...options });
	network.accept(room);
	network.socket.take();
	return { network, client, errors, time: network.time };
}

function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const events: string[] = [];
	const retries: number[] = [];
	const link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: () => 0.5,
		firstId: 1,
		onUp: () => events.push("up"),
		onDown: (why, retry) => {
			events.push(why);
			retries.push(retry);
		},
		onRefused: (filter) => events.push(`refused ${filter}`),
		...options,
	});
	/** The connection ends; the next one is accepted. */
	const reconnect = (sessionPresent: boolean) => {
		network.socket.fail();
		network.time.pass(retries.at(-1) as number);
		network.accept(65_536, sessionPresent);
	};
	return { network, link, events, retries, reconnect, time: network.time };
}

const bytes = (payload: string) => new TextEncoder().encode(payload);

interface Sent {
	operation: number;
	flags: number;
	id: number;
	topic: string;
	payload: string;
}

/** The packets that were sent, taken apart; what does not come out even fails. */
function packets(sent: number[]): Sent[] {
	const all: Sent[] = [];
	for (let at = 0; at < sent.length; ) {
		const operation = sent[at] >> 4;
		const flags = sent[at++] & 15;
		let length = 0;
		for (let shift = 0; ; shift += 7) {
			length |= (sent[at] & 127) << shift;
			if (sent[at++] < 128) break;
		}
		const end = at + length;
		assert.ok(end <= sent.length, "a packet is longer than what was sent");
		let topic = "";
		if (operation === 3) {
			const topicEnd = at + 2 + ((sent[at] << 8) | sent[at + 1]);
			topic = text(sent.slice(at + 2, topicEnd));
			at = topicEnd;
		}
		const withId = (operation === 3 && (flags & 6) !== 0) || (operation > 3 && operation < 12);
		const id = withId ? (sent[at] << 8) | sent[at + 1] : 0;
		all.push({ operation, flags, id, topic, payload: text(sent.slice(withId ? at + 2 : at, end)) });
		at = end;
	}
	return all;
}

test("never 1: a message too large is never dropped in silence, and never ends the connection", () => {
	let heard = "";
	const told: number[][] = [];
	const { network, client, errors } = connected({
		limits: { receive: 64, topic: 20 },
		onReadable() {
			heard += text(new Uint8Array(this.read() as ArrayBuffer));
		},
		onOversize: (...lengths) => told.push(lengths),
	});
	const large = "0123456789".repeat(5000);
	network.socket.deliver(publish("t", large));
	assert.equal(heard, large, "a payload may be larger than every buffer");
	network.socket.deliver([...publish("t".repeat(21), large, { QoS: 1, id: 7 }), ...publish("t", "next")]);
	assert.deepEqual([told, client.oversize], [[[21, 50_000]], 1], "a topic may not, which is told and counted");
	assert.equal(toHex(network.socket.take()), "40 02 00 07", "and acknowledged, or it would come for ever");
	assert.deepEqual([heard.slice(large.length), errors, network.socket.closed], ["next", [], false]);
});

test("never 2: what goes out agrees with the length that was declared, or is refused before its first byte", () => {
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

test("never 3: neither connecting nor publishing waits", () => {
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

test("never 4: the client can be used inside each of its callbacks", () => {
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

test("never 5: a half-open connection is found out, whether we are silent or keep sending", () => {
	const silent = connected({ keepAlive: 6000, limits: { pingrespTimeout: 2000 } });
	silent.time.pass(6000 + 2000);
	assert.deepEqual(
		silent.errors.map((error) => error.reason),
		[reason.PINGRESP_TIMEOUT],
	);
	const busy = connected({ keepAlive: 6000, limits: { pingrespTimeout: 2000 } });
	for (let i = 0; i < 140 && busy.errors.length === 0; i++) {
		busy.client.write(null, { topic: "t" });
		busy.network.socket.room();
		busy.time.pass(100);
	}
	assert.equal(busy.errors[0]?.reason, reason.PINGRESP_TIMEOUT, "within 14 s, though QoS 0 went out ten times a second");
	const asked = connected({ keepAlive: 0 });
	asked.client.write(null, { operation: Client.PINGREQ });
	asked.time.pass(limits.pingresp_timeout_ms);
	assert.equal(asked.errors[0]?.reason, reason.PINGRESP_TIMEOUT, "the deadline holds for a PINGREQ of the application's too");
	const link = linked();
	link.network.accept();
	link.time.pass(limits.keep_alive_ms + limits.pingresp_timeout_ms);
	assert.match(link.events.at(-1) ?? "", /nothing received after PINGREQ/, "the link has a keep-alive unless told otherwise");
});

test("never 6: only what is sent puts a PINGREQ off [MQTT-3.1.2-23]", () => {
	const { network, errors, time } = connected({
		keepAlive: 3000,
		onReadable() {
			this.read();
		},
	});
	let silence = 0;
	for (let passed = 0; passed < 60_000; passed += 100) {
		network.socket.deliver(publish("a", "1"));
		time.pass(100);
		silence = network.socket.take().length === 0 ? silence + 100 : 0;
		assert.ok(silence < 3000, `nothing was sent for ${silence} ms, though much was received`);
	}
	assert.deepEqual(errors, []);
});

test("never 7: no reconnect storm, also where the broker accepts and kicks; a connection that lasts ends the waiting", () => {
	const random = new Random(7);
	const { network, retries, time } = linked({ random: random.next });
	const hour = time.now() + 3_600_000;
	let seen = 0;
	while (time.now() < hour) {
		time.pass(0);
		if (network.sockets.length > seen) {
			seen = network.sockets.length;
			network.accept();
			network.socket.fail();
		}
		time.pass(Math.max(1, time.next() - time.now()));
	}
	assert.ok(seen > 60 && seen < 200, `${seen} connects in an hour of being kicked`);
	assert.ok(new Set(retries.slice(-10)).size > 5, "two of its kind do not come back together");
	for (let passed = 0; passed <= limits.backoff_max_ms && network.sockets.length === seen; passed += 100) time.pass(100);
	network.accept();
	for (let passed = 0; passed < limits.backoff_stable_ms; passed += 1000) {
		time.pass(1000);
		network.socket.deliver([0xd0, 0]);
	}
	network.socket.fail();
	assert.ok((retries.at(-1) as number) < limits.backoff_min_ms);
});

test("never 8: no state is for ever: resolver, TCP, CONNACK, SUBACK and PINGRESP that do not come lead to the next try", () => {
	const { network, link, events, time } = linked();
	link.subscribe("a", 0, () => {});
	const nextTry = () => {
		const asked = network.questions.length;
		for (let passed = 0; passed <= limits.backoff_max_ms && network.questions.length === asked; passed += 100) time.pass(100);
		assert.ok(network.questions.length > asked, `no further try after ${events.at(-1)}`);
	};
	network.resolves = false;
	time.pass(0);
	for (const [steps, ms, why] of [
		[0, limits.resolve_timeout_ms, /resolver did not answer/],
		[1, limits.connect_timeout_ms, /TCP did not connect/],
		[2, limits.connack_timeout_ms, /no CONNACK/],
		[3, limits.suback_timeout_ms, /no SUBACK/],
		[4, limits.keep_alive_ms + limits.pingresp_timeout_ms, /nothing received/],
	] as const) {
		if (steps > 0) network.questions.at(-1)?.onResolved("broker", "192.0.2.1");
		if (steps > 1) network.socket.room();
		if (steps > 2) network.socket.deliver([0x20, 2, 0, 0]);
		if (steps > 3) network.socket.deliver([0x90, 3, 0, packets(network.socket.take()).at(-1)?.id as number, 0]);
		const told = events.length;
		time.pass(ms - 1);
		if (steps < 4) assert.equal(events.length, told, `too early: ${events.at(-1)}`);
		time.pass(1);
		assert.match(events.at(-1) ?? "", why);
		assert.equal(network.resolversOpen, 0);
		nextTry();
	}
	assert.deepEqual(
		events.filter((event) => event === "up"),
		["up"],
	);
});

test("never 9: nothing at QoS 1 or 2 is lost or doubled around a reconnect [MQTT-4.4.0-1]", () => {
	for (const present of [true, false]) {
		const { network, link, reconnect } = linked({ clean: false });
		network.accept();
		for (const payload of ["1", "2", "3"]) link.publish(payload, bytes(payload), 1);
		link.publish("4", bytes("4"), 2);
		const first = packets(network.socket.take());
		assert.deepEqual(
			first.map(({ flags }) => flags),
			[2, 2, 2, 4],
			"no DUP the first time",
		);
		network.socket.deliver([0x40, 2, 0, first[1].id]);
		network.socket.deliver([0x50, 2, 0, first[3].id]);
		assert.deepEqual(
			packets(network.socket.take()).map(({ operation, id }) => [operation, id]),
			[[6, first[3].id]],
		);
		for (let round = 0; round < 3; round++) {
			reconnect(present);
			const again = packets(network.socket.take());
			const messages = again.filter(({ operation }) => operation === 3);
			assert.deepEqual(
				messages.map(({ topic }) => topic),
				["1", "3"],
				"what was acknowledged or released does not come again; the rest does, once and in order",
			);
			assert.deepEqual(
				messages.map(({ flags }) => flags),
				present ? [10, 10] : [2, 2],
			);
			if (present) assert.deepEqual([messages[0].id, messages[1].id, again.at(-1)?.id], [first[0].id, first[2].id, first[3].id]);
		}
	}
});

test("never 10: what is published while away takes no more than the outbox, and what gives way is counted", () => {
	const count = 10_000;
	for (const policy of ["latest", "oldest", "refuse"] as const) {
		const { network, link } = linked({ policy });
		let made: number[] = [];
		let kept = 0;
		const payload = bytes("0123456789".repeat(4));
		made = buffersMade(() => {
			for (let i = 0; i < count; i++) if (link.publish(`t${i}`, payload, 1)) kept += 1;
		});
		assert.deepEqual(made, []);
		network.accept();
		const sent = packets(network.socket.take());
		assert.equal(sent.length, Math.min(limits.outbox_max, Math.floor(limits.outbox_bytes / 40)), policy);
		assert.equal(sent.length + link.counters.dropped, count, `${policy}: each is sent or counted`);
		assert.equal(sent[0].topic, policy === "refuse" ? "t0" : `t${count - sent.length}`);
		assert.equal(kept, policy === "refuse" ? sent.length : count);
	}
	const { network, link } = linked({ policy: "latest" });
	for (let i = 0; i < count; i++) link.publish("light", bytes(`${i}`), 1);
	network.accept();
	assert.deepEqual(
		packets(network.socket.take()).map(({ payload }) => payload),
		[`${count - 1}`],
		"of one topic, the newest",
	);
});

test("never 11: full is never for ever: acknowledgements, late ones too, and new connections make room", () => {
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

test("never 12: an empty payload is a message like any other, in and out", () => {
	const heard: string[] = [];
	const { network, client, time } = connected({
		onReadable(count, { topic, more, byteLength, QoS }) {
			heard.push(`${topic} ${QoS} ${count} ${byteLength} ${more} ${this.read(new Uint8Array(4)) ?? "nothing"}`);
		},
	});
	for (const split of [false, true])
		for (const QoS of [0, 1, 2, 0, 1]) {
			const message = publish("a", "", { QoS, id: 7 });
			for (const piece of split ? Array.from(message, (byte) => [byte]) : [message]) network.socket.deliver(piece);
			time.pass(0);
			assert.equal(heard.pop(), `a ${QoS} 0 0 false nothing`);
			assert.equal(heard.length, 0, "once");
			assert.equal(toHex(network.socket.take()), ["", "40 02 00 07", "50 02 00 07"][QoS]);
			if (QoS === 2) network.socket.deliver([0x62, 2, 0, 7]);
			network.socket.take();
		}
	for (const nothing of [null, undefined, new Uint8Array(0), new ArrayBuffer(0)]) {
		client.write(nothing, { topic: "t", retain: true });
		assert.equal(toHex(network.socket.take()), "31 03 00 01 74");
	}
	const { network: other, link } = linked();
	const lengths: number[] = [];
	link.subscribe("a", 0, ({ length, byteLength, more }) => lengths.push(length, byteLength, Number(more)));
	other.accept();
	other.socket.deliver([0x90, 3, 0, 1, 0, ...publish("a", ""), ...publish("a", "")]);
	assert.deepEqual(lengths, [0, 0, 0, 0, 0, 0]);
	assert.ok(link.publish("a", new Uint8Array(0), 1));
});

test("never 13: TCP segments and WebSocket frames are no packets: the same bytes in any split say the same [MQTT-6.0.0-2]", () => {
	const stream = [
		[0x20, 2, 0, 0],
		[...publish("light", "100"), ...publish("light", "101", { QoS: 1, id: 1 }), ...publish("light", "")],
		[0x90, 3, 0, 1, 1, 0x40, 2, 0, 2, 0x50, 2, 0, 3, 0xd0, 0],
		[...publish("ü€💡", "x".repeat(300), { QoS: 2, id: 5 }), 0x62, 2, 0, 5, 0x70, 2, 0, 3, 0xb0, 2, 0, 4],
		publish("light", "102", { QoS: 1, id: 6 }),
	].flatMap((part) => [...part]);
	const fed = (frames: number[][]) => {
		const network = new VirtualNetwork();
		const heard: string[] = [];
		let payload = "";
		new Client({
			...network.provider,
			host: "b",
			onControl(operation, { id, payload }) {
				heard.push(`${operation} ${id} ${payload}`);
				if (operation !== Client.CONNACK) return;
				this.write(null, { operation: Client.SUBSCRIBE, items: [{ topic: "#" }] });
				this.write(null, { topic: "t", QoS: 1 });
				this.write(null, { topic: "t", QoS: 2 });
				this.write(null, { operation: Client.UNSUBSCRIBE, items: [{ topic: "#" }] });
			},
			onReadable(_, { topic, more }) {
				payload += `${topic ?? ""} ${text(new Uint8Array(this.read() ?? []))}`.trimStart();
				if (more) return;
				heard.push(payload);
				payload = "";
			},
			onError: ({ message }) => heard.push(message),
		});
		network.connect();
		for (const frame of frames) network.socket.deliver(frame);
		return [...heard, toHex(network.socket.take())];
	};
	const expected = fed([stream]);
	assert.equal(expected.length, 14, expected.join("\n"));
	assert.deepEqual(fed(stream.map((byte) => [byte])), expected);
	for (let cut = 1; cut < stream.length; cut++) assert.deepEqual(fed([stream.slice(0, cut), stream.slice(cut)]), expected, `cut at ${cut}`);
	const random = new Random(13);
	for (let run = 0; run < 300; run++) {
		const frames: number[][] = [];
		for (let at = 0; at < stream.length; ) {
			const size = random.between(0, 40);
			frames.push(stream.slice(at, at + size));
			at += size;
		}
		assert.deepEqual(fed(frames), expected, `run ${run}`);
	}
});

test("never 14: no subscription is silently absent: renewed where the session is gone, and a refusal is told", () => {
	const { network, link, events, reconnect } = linked({ clean: false });
	for (const filter of ["a", "b"]) link.subscribe(filter, 1, () => {});
	const asked = () => packets(network.socket.take()).filter(({ operation }) => operation === 8);
	const answer = (codes: number[]) => {
		const requests = asked();
		assert.equal(link.up, false, "not up before the broker has answered");
		for (const [i, { id }] of requests.entries()) network.socket.deliver([0x90, 3, id >> 8, id & 255, codes[i]]);
		return requests.map(({ payload }) => payload[2]);
	};
	network.accept();
	assert.deepEqual(answer([1, 0x80]), ["a", "b"]);
	assert.deepEqual([events, link.counters.refused, link.up], [["refused b", "up"], 1, true]);
	reconnect(false);
	assert.deepEqual(answer([1, 1]), ["a", "b"], "all of them, where the broker has no session");
	reconnect(true);
	assert.deepEqual(asked(), [], "none, where it has");
	network.socket.fail();
	link.subscribe("c", 0, () => {});
	network.time.pass(limits.backoff_max_ms);
	network.accept(65_536, true);
	assert.deepEqual(answer([0]), ["c"], "what was asked for while away, whatever the session");
	assert.ok(link.up);
});

test("never 15: a reconnect takes no new buffer, and the old socket is closed before the next is opened", () => {
	const network = new VirtualNetwork();
	const sockets: Quiet[] = [];
	const open: string[] = [];
	/** A socket and its broker that make no buffer: they answer CONNECT, SUBSCRIBE and QoS 1. */
	class Quiet implements Socket {
		closed = false;
		readonly pending: number[] = [];
		readonly options: SocketOptions;
		constructor(options: SocketOptions) {
			// noted, not asserted: the client takes what a socket throws for a fault of transport
			if (!sockets.every((old) => old.closed)) open.push("an older socket");
			if (network.resolversOpen !== 0) open.push("a resolver");
			this.options = options;
			sockets.push(this);
		}
		write(buffer: Uint8Array): number {
			const operation = buffer[0] >> 4;
			if (operation === 1) this.pending.push(0x20, 2, 0, 0);
			else if (operation === 8) this.pending.push(0x90, 3, buffer[2], buffer[3], 0);
			else if (operation === 3 && (buffer[0] & 6) === 2) this.pending.push(0x40, 2, buffer[4 + buffer[3]], buffer[5 + buffer[3]]);
			return 60_000;
		}
		read(buffer: Uint8Array): number {
			for (let i = 0; i < buffer.length; i++) buffer[i] = this.pending.shift() as number;
			return buffer.length;
		}
		close(): void {
			this.closed = true;
		}
	}
	const events: string[] = [];
	let retry = 0;
	let link: Link | undefined;
	const taken = buffersMade(() => {
		link = new Link({
			...network.provider,
			socket: { io: Quiet as never },
			host: "broker",
			id: "x",
			status: "s",
			random: () => 0.5,
			onUp: () => events.push("up"),
			onDown: (_, next) => {
				retry = next;
			},
		});
	});
	assert.ok(taken.length > 10, "the count itself works");
	(link as Link).subscribe("light", 0, () => {});
	const payload = bytes("100");
	const message = [...publish("light", "5")];
	const again = buffersMade(() => {
		for (let round = 0; round < 100; round++) {
			network.time.pass(retry);
			const socket = sockets[sockets.length - 1];
			socket.options.onWritable(60_000);
			for (let i = 0; i < 9 && socket.pending.length > 0; i++) socket.options.onReadable(socket.pending.length);
			(link as Link).publish("light", payload, 1);
			(link as Link).publish("light", payload);
			for (const byte of message) socket.pending.push(byte);
			socket.options.onReadable(socket.pending.length);
			socket.options.onError("cut");
		}
	});
	assert.deepEqual([again, open], [[], []]);
	assert.deepEqual([events.length, sockets.length, (link as Link).counters.received], [100, 100, 100]);
});
