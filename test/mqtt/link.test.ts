// The link over a virtual network: what it says, when, and what it keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as limits from "../../src/limits.js";
import { Link, type LinkOptions, type Message } from "../../src/mqtt/link/link.js";
import { hex, publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

const birth = "33 0b 00 01 73 00 01 6f 6e 6c 69 6e 65";

function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const events: string[] = [];
	const retries: number[] = [];
	const link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: () => 0.999,
		firstId: 1,
		onUp: (present) => events.push(`up ${present}`),
		onDown: (reason, retry) => {
			events.push(`down ${reason}`);
			retries.push(retry);
		},
		onRefused: (filter) => events.push(`refused ${filter}`),
		...options,
	});
	/** The connection ends, and the next one is accepted. */
	const reconnect = (sessionPresent = false) => {
		network.socket.fail();
		network.time.pass(retries.at(-1) as number);
		network.accept(65_536, sessionPresent);
	};
	return { network, link, events, retries, reconnect };
}

/** Payloads that were published, in order, as text; the topics before them. */
function published(bytes: number[]): string[] {
	const seen: string[] = [];
	for (let at = 0; at < bytes.length; at += bytes[at + 1] + 2) {
		if (bytes[at] >> 4 !== 3) continue;
		const QoS = (bytes[at] >> 1) & 3;
		const topicEnd = at + 4 + bytes[at + 3];
		const id = QoS ? `#${(bytes[topicEnd] << 8) | bytes[topicEnd + 1]}` : "";
		const flags = `${bytes[at] & 8 ? " dup" : ""}${bytes[at] & 1 ? " retain" : ""}`;
		seen.push(
			`${text(bytes.slice(at + 4, topicEnd))}=${text(bytes.slice(topicEnd + (QoS ? 2 : 0), at + 2 + bytes[at + 1]))} q${QoS}${id}${flags}`,
		);
	}
	return seen;
}

const bytes = (payload: string) => new TextEncoder().encode(payload);

test("connects, subscribes, and announces itself only when the broker has answered", () => {
	const { network, link, events } = linked({ status: "s" });
	link.subscribe("light", 1, () => {});
	const connect = network.connect();
	assert.equal(
		toHex(connect),
		toHex(hex("10 19 00 04 4d 51 54 54 04 2e 00 0f 00 01 78 00 01 73 00 07 6f 66 66 6c 69 6e 65")),
		"will: offline, QoS 1, retained",
	);
	network.socket.deliver([0x20, 2, 0, 0]);
	assert.equal(toHex(network.socket.take()), "82 0a 00 01 00 05 6c 69 67 68 74 01");
	assert.equal(link.up, false);
	network.socket.deliver([0x90, 3, 0, 1, 1]);
	assert.deepEqual(events, ["up false"]);
	assert.equal(toHex(network.socket.take()), birth.replace("00 01 6f", "00 02 6f"));
	assert.ok(link.up);
});

test("a refused subscription is an error that is told; the link lives", () => {
	const { network, link, events } = linked();
	link.subscribe("secret/#", 0, () => {});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0x80]);
	assert.deepEqual(events, ["refused secret/#", "up false"]);
	assert.equal(link.counters.refused, 1);
});

test("resubscribes after each connect where the broker has no session, and not where it has", () => {
	const { network, link, reconnect } = linked({ clean: false });
	link.subscribe("a", 0, () => {});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	network.socket.take();
	reconnect(true);
	assert.deepEqual(network.socket.take(), []);
	assert.ok(link.up);
	reconnect(false);
	assert.equal(toHex(network.socket.take()), "82 06 00 02 00 01 61 00");
	assert.equal(link.up, false);
});

test("waits longer each time, with jitter, up to a minute; a connection that is kicked at once does not reset it, one that lasts does", () => {
	const { network, retries, reconnect } = linked();
	network.connect();
	for (let i = 0; i < 4; i++) {
		network.time.pass(limits.refused_ms);
		network.socket.fail("away");
		network.time.pass(retries.at(-1) as number);
		network.connect();
	}
	assert.deepEqual(retries, [999, 1998, 3996, 7992]);
	network.time.pass(limits.refused_ms);
	for (let i = 0; i < 5; i++) reconnect();
	assert.deepEqual(retries.slice(4), [15_984, 31_968, 59_940, 59_940, 59_940], "accepted and kicked: the storm goes on being damped");
	for (let i = 0; i < 30; i++) {
		network.time.pass(1000);
		network.socket.deliver([0xd0, 0]);
	}
	network.socket.fail();
	assert.equal(retries.at(-1), 999, "30 s were stable");
});

test("full jitter: the wait is anywhere between nothing and its ceiling", () => {
	for (const random of [0, 0.25, 0.5]) {
		const { network, retries } = linked({ random: () => random });
		network.connect();
		network.socket.fail();
		assert.deepEqual(retries, [1000 * random]);
	}
});

test("QoS 0 while away is dropped and counted; QoS 1 is kept, the newest of each topic", () => {
	const { network, link } = linked();
	assert.equal(link.publish("a", bytes("0")), false);
	assert.equal(link.counters.dropped, 1);
	for (const level of ["1", "2", "3"]) assert.equal(link.publish("a", bytes(level), 1, true), true);
	assert.equal(link.publish("b", bytes("4"), 2), true);
	network.accept();
	assert.deepEqual(published(network.socket.take()), ["a=3 q1#1 retain", "b=4 q2#2"]);
	assert.equal(link.counters.dropped, 1, "what a newer one replaces is not lost");
});

test("what is not acknowledged goes out again: with DUP and its id in the same session, anew in a new one, in order", () => {
	for (const present of [true, false]) {
		const { network, link, reconnect } = linked({ clean: false });
		network.accept();
		for (const level of ["1", "2", "3"]) link.publish(`t${level}`, bytes(level), 1);
		link.publish("x", bytes("x"), 2);
		network.socket.deliver([0x40, 2, 0, 2]);
		network.socket.deliver([0x50, 2, 0, 4]);
		network.socket.take();
		reconnect(present);
		const sent = network.socket.take();
		assert.deepEqual(published(sent), present ? ["t1=1 q1#1 dup", "t3=3 q1#3 dup"] : ["t1=1 q1#5", "t3=3 q1#6"]);
		assert.equal(toHex(sent).includes("62 02 00 04"), present, "PUBREL again for what the broker has");
		assert.equal(link.counters.resent, present ? 2 : 0);
	}
});

test("an older level never comes after a newer one, whatever the session", () => {
	const { network, link, reconnect } = linked();
	network.accept();
	link.publish("light", bytes("100"), 1, true);
	link.publish("light", bytes("101"), 0, true);
	network.socket.take();
	reconnect();
	assert.deepEqual(published(network.socket.take()), [], "100 was outdated by 101");
});

test("a heartbeat into a dead connection does not outdate the level that it repeats", () => {
	const { network, link, reconnect } = linked();
	network.accept();
	link.publish("light", bytes("150"), 1, true);
	link.publish("light", bytes("150"), 0, true);
	network.socket.take();
	reconnect();
	assert.deepEqual(published(network.socket.take()), ["light=150 q1#2 retain"]);
});

test("policies: oldest and refuse count what they give up", () => {
	const oldest = linked({ policy: "oldest" });
	for (let i = 0; i < 10; i++) assert.equal(oldest.link.publish("a", bytes(`${i}`), 1), true);
	assert.equal(oldest.link.counters.dropped, 2);
	oldest.network.accept();
	assert.equal(published(oldest.network.socket.take())[0], "a=2 q1#1");
	const refuse = linked({ policy: "refuse" });
	const taken = Array.from({ length: 10 }, (_, i) => refuse.link.publish("a", bytes(`${i}`), 1));
	assert.deepEqual(taken, [...Array(8).fill(true), false, false]);
	assert.equal(refuse.link.counters.dropped, 2);
	assert.equal(refuse.link.publish("a", new Uint8Array(1000), 1), false, "larger than the outbox");
	assert.equal(oldest.link.publish("a", new Uint8Array(1000), 1), false, "and nothing gives way for it");
	assert.equal(oldest.link.counters.dropped, 3);
});

test("a full outbox clears by itself", () => {
	const { network, link } = linked({ policy: "refuse" });
	network.accept();
	for (let round = 0; round < 50; round++) {
		for (let i = 0; i < 8; i++) assert.ok(link.publish("a", bytes(`${i}`), 1), `round ${round}, message ${i}`);
		assert.equal(link.publish("a", bytes("8"), 1), false);
		const sent = published(network.socket.take()).map((line) => Number(/#(\d+)/.exec(line)?.[1]));
		for (const id of sent) network.socket.deliver([0x40, 2, id >> 8, id & 255]);
	}
});

test("goodbye: offline, acknowledged, DISCONNECT, then told; once", () => {
	const { network, link } = linked({ status: "s" });
	network.accept();
	network.socket.deliver([0x40, 2, 0, 1]);
	network.socket.take();
	const told: string[] = [];
	link.close(() => told.push("first"));
	link.close(() => told.push("second"));
	assert.equal(toHex(network.socket.take()), "33 0c 00 01 73 00 02 6f 66 66 6c 69 6e 65");
	network.socket.deliver([0x40, 2, 0, 2]);
	assert.equal(toHex(network.socket.take()), "e0 00");
	assert.ok(network.socket.closed);
	assert.equal(told.length, 0, "not from inside");
	network.time.pass(0);
	assert.deepEqual(told, ["first", "second"]);
	link.close(() => told.push("third"));
	network.time.pass(0);
	assert.deepEqual(told, ["first", "second", "third"]);
	assert.equal(network.time.alarms, 0, "no timer is left");
});

test("goodbye to a broker that does not answer takes no longer than its limit; and one while away takes none", () => {
	const { network, link } = linked({ status: "s" });
	network.accept();
	let told = 0;
	link.close(() => told++);
	network.time.pass(1999);
	assert.equal(told, 0);
	network.time.pass(1);
	assert.equal(told, 1);
	const away = linked({ status: "s" });
	away.link.close(() => told++);
	away.network.time.pass(0);
	assert.equal(told, 2);
	assert.equal(away.network.sockets.length, 0);
});

test("listeners: each filter that matches, the same topic in any split, and no message for nobody", () => {
	const { network, link } = linked();
	const heard: string[] = [];
	const note = (who: string) => (message: Message) => {
		heard.push(`${who} ${message.topic} ${text(message.bytes.subarray(0, message.length))}`);
	};
	link.subscribe("light/#", 0, note("#"));
	link.subscribe("light/+/status", 0, note("+"));
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0, 0x90, 3, 0, 2, 0]);
	network.socket.deliver([
		...publish("light", "5"),
		...publish("light/x/status", "online"),
		...publish("other", "6"),
		...publish("light", ""),
	]);
	assert.deepEqual(heard, ["# light 5", "# light/x/status online", "+ light/x/status online", "# light "]);
	heard.length = 0;
	for (const byte of publish("light/x/status", "offline")) network.socket.deliver([byte]);
	assert.deepEqual(heard, ["# light/x/status offline", "+ light/x/status offline"]);
	link.unsubscribe("light/#");
	heard.length = 0;
	network.socket.deliver(publish("light", "7"));
	assert.deepEqual(heard, []);
	assert.equal(link.counters.received, 6);
});

test("a payload larger than the message buffer comes in fragments that tell where they stand", () => {
	const { network, link } = linked();
	const payload = Uint8Array.from({ length: 4000 }, (_, i) => i);
	const got: number[] = [];
	const marks: string[] = [];
	link.subscribe("a", 0, ({ bytes, length, offset, byteLength, more }) => {
		marks.push(`${offset}+${length}/${byteLength}${more ? " more" : ""}`);
		got.push(...bytes.subarray(0, length));
	});
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0]);
	network.socket.deliver(publish("a", payload));
	assert.deepEqual(marks, ["0+1024/4000 more", "1024+1024/4000 more", "2048+1024/4000 more", "3072+928/4000"]);
	assert.deepEqual(got, [...payload]);
});

test("publish, subscribe and close are legal inside a listener", () => {
	const { network, link } = linked();
	link.subscribe("a", 0, () => {
		link.publish("b", bytes("1"));
		link.publish("c", bytes("2"), 1);
		link.subscribe("d", 0, () => {});
	});
	link.subscribe("z", 0, () => link.close());
	network.accept();
	network.socket.deliver([0x90, 3, 0, 1, 0, 0x90, 3, 0, 2, 0]);
	network.socket.take();
	network.socket.deliver([...publish("a", "x"), ...publish("a", "y")]);
	const sent = network.socket.take();
	assert.deepEqual(published(sent), ["b=1 q0", "c=2 q1#3", "b=1 q0", "c=2 q1#5"]);
	network.socket.deliver([...publish("z", ""), ...publish("a", "not heard")]);
	assert.ok(link.up, "the outbox is emptied first");
	assert.equal(network.socket.closed, false);
	for (const id of [3, 5, 6, 7]) network.socket.deliver([0x40, 2, 0, id]);
	assert.ok(network.socket.closed);
});

test("configuration is checked by name", () => {
	const wrong: [Partial<LinkOptions>, RegExp][] = [
		[{ status: "a/#" }, /^RangeError: status: "a\/#" has a wildcard/],
		[{ policy: "newest" as never }, /^RangeError: policy: must be latest, oldest or refuse, is newest/],
		[{ random: undefined as never }, /^TypeError: random: /],
		[{ host: "" }, /^RangeError: host: /],
		[{ port: 0 }, /^RangeError: port: must be a whole number from 1 to 65535, is 0/],
		[{ port: 70_000 }, /^RangeError: port: /],
		[{ keepAlive: 65_535_001 }, /^RangeError: keepAlive: /],
		[{ keepAlive: Number.NaN }, /^RangeError: keepAlive: /],
		[{ id: "", clean: false }, /^RangeError: id: must not be empty/],
		[{ id: "a\0" }, /^RangeError: id: has U\+0000/],
		[{ password: "p" }, /^RangeError: user: is needed/],
		[{ time: undefined as never }, /^TypeError: time: /],
		[{ socket: {} as never }, /^TypeError: socket: /],
		[{ dns: {} as never }, /^TypeError: dns: /],
		[{ limits: { inflight: 0 } }, /^RangeError: limits.inflight: /],
		[{ limits: { transmit: 20 } }, /^RangeError: limits.transmit: /],
		[{ user: "u".repeat(5_000) }, /^RangeError: password: has 5000 bytes, with the user name; limits.login of 4096 allows no more/],
	];
	for (const [options, message] of wrong) assert.throws(() => linked(options), message);
});
