// What the field does to a link, each seen before it was mended: the numbers are those of the list in issue 15.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as defaults from "../../src/limits.js";
import { readOptions } from "../../src/mqtt/client/options.js";
import { linkLimits } from "../../src/mqtt/link/limits.js";
import { Link, type LinkOptions, type Message } from "../../src/mqtt/link/link.js";
import { publish, text, toHex, VirtualNetwork } from "../world/virtual.js";

function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const events: string[] = [];
	const retries: number[] = [];
	const link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: () => 0.1,
		firstId: 1,
		onUp: () => events.push("up"),
		onDown: (reason, retry) => {
			events.push(reason);
			retries.push(retry);
		},
		onRefused: (filter) => events.push(`refused ${filter}`),
		onGranted: (filter, QoS) => events.push(`granted ${filter} ${QoS}`),
		onGivenUp: (topic, payload, QoS) => events.push(`given up ${topic}=${text(payload)} QoS ${QoS}`),
		onUnheard: (topic) => events.push(`unheard ${topic}`),
		onTolerated: (what) => events.push(what),
		onWritable: () => events.push("writable"),
		...options,
	});
	/** Answers SUBSCRIBE, UNSUBSCRIBE and QoS 1 as a broker does; returns the topics published. `stops`: it closes on this topic. */
	const serve = (stops?: (packet: Packet) => boolean): string[] => {
		const topics: string[] = [];
		for (const packet of packets(network.socket.take())) {
			const { operation, id, topic } = packet;
			network.time.pass(1);
			if (stops?.(packet)) {
				network.socket.fail();
				return topics;
			}
			if (operation === 3) topics.push(topic);
			if (operation === 8) network.socket.deliver([0x90, 3, id >> 8, id & 255, packet.QoS]);
			if (operation === 10) network.socket.deliver([0xb0, 2, id >> 8, id & 255]);
			if (operation === 3 && id !== 0) network.socket.deliver([0x40, 2, id >> 8, id & 255]);
		}
		return topics;
	};
	/** The next connection, accepted. */
	const again = (sessionPresent = false) => {
		network.time.pass(retries.at(-1) ?? 0);
		network.accept(65_536, sessionPresent);
	};
	return { network, link, events, retries, serve, again, time: network.time };
}

interface Packet {
	operation: number;
	id: number;
	topic: string;
	QoS: number;
}

/** Packets of less than 128 bytes. */
function packets(bytes: number[]): Packet[] {
	const all: Packet[] = [];
	for (let at = 0; at < bytes.length; at += bytes[at + 1] + 2) {
		const operation = bytes[at] >> 4;
		const two = (from: number) => (bytes[from] << 8) | bytes[from + 1];
		if (operation === 3) {
			const QoS = (bytes[at] >> 1) & 3;
			const end = at + 4 + two(at + 2);
			all.push({ operation, QoS, topic: text(bytes.slice(at + 4, end)), id: QoS === 0 ? 0 : two(end) });
		} else if (operation === 8 || operation === 10) {
			const end = at + 6 + two(at + 4);
			all.push({ operation, id: two(at + 2), topic: text(bytes.slice(at + 6, end)), QoS: operation === 8 ? bytes[end] : 0 });
		} else all.push({ operation, id: 0, topic: "", QoS: 0 });
	}
	return all;
}

const bytes = (payload: string) => new TextEncoder().encode(payload);
const said = ({ bytes, length }: Message) => text(bytes.subarray(0, length));

test("field 2: of QoS 2 no more are on their way than Mosquitto and aedes take at once; the rest follow, in order", () => {
	const { network, link, events } = linked({ clean: false, limits: { outbox: 100, outboxBytes: 1000, inflight: 100 } });
	network.accept();
	/** Ids of the packets with this first byte, of which all that are awaited have four bytes but PUBLISH, which has eight. */
	const idsOf = (head: number) => {
		const sent = network.socket.take();
		const found: number[] = [];
		for (let at = 0; at < sent.length; at += sent[at + 1] + 2) {
			const id = sent[at] === 0x34 ? at + 2 + 2 + 1 : at + 2;
			if (sent[at] === head) found.push((sent[id] << 8) | sent[id + 1]);
		}
		return found;
	};
	for (let i = 0; i < 50; i++) assert.ok(link.publish("q", bytes(`${i}`), 2), "kept");
	link.publish("last", bytes("1"), 1);
	const first = idsOf(0x34);
	assert.equal(first.length, 20);
	for (const id of first) network.socket.deliver([0x50, 2, id >> 8, id & 255]);
	assert.deepEqual(idsOf(0x62), first, "PUBREL; with PUBREC alone nothing has made room");
	network.socket.deliver([0x70, 2, first[0] >> 8, first[0] & 255]);
	assert.equal(idsOf(0x34).length, 1);
	// a new connection to the same session: those that wait are sent again, and no others
	network.socket.fail();
	network.time.pass(1000);
	network.accept(65_536, true);
	const again = toHex(network.socket.take());
	assert.deepEqual([again.match(/62 02 /g)?.length, again.match(/3c \w\w 00 01 71/g)?.length], [19, 1], "PUBREL, and what has no PUBREC");
	assert.equal(again.match(/34 \w\w 00 01 71/g), null);
	assert.deepEqual(events.slice(-1), ["up"]);
	const few = linked({ limits: { inflightQoS2: 3 } });
	few.network.accept();
	for (let i = 0; i < 5; i++) few.link.publish("q", bytes("1"), 2);
	assert.equal(toHex(few.network.socket.take()).match(/34 /g)?.length, 3);
});

test("field 3: a listener that throws on the first piece of a long message: told, the rest drained, the next message arrives", () => {
	for (const receive of [512, 64]) {
		const { network, link, serve } = linked({ limits: { receive } });
		const heard: string[] = [];
		let pieces = 0;
		link.subscribe("a", 1, (message) => {
			if (message.more || message.offset !== 0) pieces += 1;
			if (message.byteLength > 256) throw new Error("the listener's");
			heard.push(said(message));
		});
		network.accept();
		serve();
		assert.throws(() => network.socket.deliver(publish("a", new Uint8Array(3_000), { QoS: 1, id: 9 })), /the listener's/);
		for (let turn = 0; turn < 100; turn++) network.time.pass(0);
		assert.equal(toHex(network.socket.take()), "40 02 00 09", "taken, and acknowledged");
		network.socket.deliver(publish("a", "next"));
		assert.deepEqual([heard, pieces], [["next"], 1], "the message is longer than a piece, and its listener heard the first");
	}
});

test("field 4: UNSUBSCRIBE that was lost with its connection is sent again where the session is present", () => {
	const { network, link, serve, again } = linked({ clean: false });
	link.subscribe("a", 1, () => {});
	network.accept();
	serve();
	link.unsubscribe("a");
	network.socket.take();
	network.socket.fail();
	again(true);
	assert.deepEqual(
		packets(network.socket.take()).map(({ operation, topic }) => [operation, topic]),
		[[10, "a"]],
	);
	network.socket.fail();
	again(false);
	assert.deepEqual(network.socket.take(), [], "a new session never had it");
});

test("field 4: subscribed again before the broker was told: it keeps it, and its listener hears", () => {
	const { network, link, serve, again } = linked({ clean: false });
	const heard: string[] = [];
	link.subscribe("a", 1, () => {});
	network.accept();
	serve();
	network.socket.fail();
	link.unsubscribe("a");
	link.subscribe("a", 1, (message) => heard.push(said(message)));
	again(true);
	assert.deepEqual(
		packets(network.socket.take()).map(({ operation }) => operation),
		[8],
	);
	network.socket.deliver(publish("a", "1"));
	assert.deepEqual(heard, ["1"]);
});

test("field 10: who unsubscribes inside a listener hears no more, that very message included; who subscribes hears the next", () => {
	const { network, link, serve } = linked();
	const heard: string[] = [];
	link.subscribe("a/#", 0, () => {
		heard.push("first");
		link.unsubscribe("a/+");
		link.subscribe("+/b", 0, () => heard.push("new"));
	});
	link.subscribe("a/+", 0, () => heard.push("left"));
	network.accept();
	serve();
	network.socket.deliver(publish("a/b", "1"));
	assert.deepEqual(heard, ["first"]);
	serve();
	network.time.pass(2000);
	heard.length = 0;
	network.socket.deliver(publish("a/b", "2"));
	assert.deepEqual(heard, ["first", "new"]);
});

test("field 11: what no broker takes is refused at the door", () => {
	const { link } = linked();
	for (const wrong of ["a\tb", "a\x7f", "a\x85", "a\uffff", "a\ufdd0"])
		for (const call of [
			() => link.publish(wrong, bytes("1"), 1),
			() => link.publish(wrong, bytes("1")),
			() => link.subscribe(wrong, 0, () => {}),
			() => linked({ status: wrong }),
		])
			assert.throws(
				call,
				/^RangeError: (topic|filter|status): .* has the character U\+[0-9A-F]{4} at 1, upon which brokers end the connection/,
			);
	assert.ok(link.publish("a b/é/💡", bytes("1"), 1));
});

test("field 11: a message upon which three connections in a row ended is given up, counted and told; those behind it arrive", () => {
	const { network, link, events, serve, again } = linked();
	network.accept();
	for (const topic of ["good", "poison", "better", "best"]) link.publish(topic, bytes(topic), 1);
	const arrived = new Set<string>();
	const poisonous = ({ topic }: Packet) => topic === "poison";
	const sent: string[][] = [];
	for (let connection = 0; connection < 4; connection++) {
		const before = network.socket.writes.length;
		for (const topic of serve(poisonous)) arrived.add(topic);
		sent.push(packets(network.socket.writes.slice(Math.min(before, 1)).flatMap((write) => [...write])).map(({ topic }) => topic));
		if (connection < 3) again();
	}
	assert.deepEqual(sent[2], ["poison"], "at last alone, so that nothing else is blamed");
	assert.deepEqual([...arrived], ["good", "better", "best"]);
	assert.ok(events.includes("given up poison=poison QoS 1"));
	assert.equal(link.counters.givenUp, 1);
	assert.equal(events.filter((event) => event.startsWith("transport")).length, 3);
});

test("field 11: connections that end for other reasons give nothing up", () => {
	const { network, link, serve, again, time } = linked({ clean: false });
	network.accept();
	link.publish("slow", bytes("1"), 1);
	for (let connection = 0; connection < 10; connection++) {
		// the broker is busy, then the line breaks
		time.pass(6_000);
		network.socket.fail();
		again(true);
	}
	for (let connection = 0; connection < 10; connection++) {
		link.publish("other", bytes("1"), 1);
		// what comes later is acknowledged: the first one is not what it closes upon
		const later = packets(network.socket.take()).at(-1) as Packet;
		time.pass(5);
		network.socket.deliver([0x40, 2, later.id >> 8, later.id & 255]);
		time.pass(5);
		network.socket.fail();
		again(true);
	}
	assert.equal(link.counters.givenUp, 0);
	assert.ok(serve().includes("slow"));
});

test("field 12: a shared subscription hears what its filter stands for", () => {
	const { network, link, serve } = linked();
	const heard: string[] = [];
	link.subscribe("$share/lamps/light/+", 1, ({ topic }) => heard.push(topic));
	network.accept();
	serve();
	network.socket.deliver([...publish("light/a", "1"), ...publish("$share/lamps/light/a", "1")]);
	assert.deepEqual(heard, ["light/a"]);
});

test("field 12: a topic whose dots a broker has turned into slashes goes to the one filter that it can be for", () => {
	const { network, link, events, serve } = linked();
	const heard: string[] = [];
	link.subscribe("room.1/light", 1, ({ topic }) => heard.push(`1 ${topic}`));
	link.subscribe("room.2/+", 1, ({ topic }) => heard.push(`2 ${topic}`));
	link.subscribe("room/2.x", 1, ({ topic }) => heard.push(`3 ${topic}`));
	network.accept();
	serve();
	network.socket.deliver([...publish("room/1/light", "1"), ...publish("room/2/y", "1"), ...publish("room/2/x", "1")]);
	assert.deepEqual(heard, ["1 room/1/light", "2 room/2/y"]);
	network.socket.deliver([...publish("room/2/x", "1"), ...publish("z", "1")]);
	assert.deepEqual(
		events.filter((event) => event.startsWith("unheard")),
		["unheard room/2/x"],
		"two could be meant; told once",
	);
	assert.equal(link.counters.unheard, 3);
});

/** Three filters for one topic, and what each listener heard. */
function overlapping(filters = ["house/hall/light", "house/+/light", "house/#"]) {
	const all = linked();
	const heard: string[][] = filters.map(() => []);
	for (const [i, filter] of filters.entries()) all.link.subscribe(filter, 1, (message) => heard[i].push(said(message)));
	all.network.accept();
	all.serve();
	/** Each payload as a broker sends it. */
	const send = (copies: number, ...payloads: string[]) => {
		for (const payload of payloads)
			for (let copy = 0; copy < copies; copy++) all.network.socket.deliver(publish("house/hall/light", payload));
	};
	return { ...all, heard, send };
}

test("field 13: on a broker that sends a copy for each filter, each listener hears a message once; two equal ones are two", () => {
	for (const filters of [
		["house/hall/light", "house/+/light", "house/#"],
		["house/#", "house/hall/light"],
	]) {
		const { heard, send, link, time } = overlapping(filters);
		const each = filters.length;
		send(each, "9");
		assert.deepEqual(
			heard,
			filters.map(() => ["9"]),
			"the first one of all",
		);
		send(each, "9", "9", "1");
		time.pass(5_000);
		send(each, "1", "1");
		assert.deepEqual(
			heard,
			filters.map(() => ["9", "9", "9", "1", "1", "1"]),
		);
		assert.equal(link.counters.copies, 6 * (each - 1));
	}
});

test("field 13: copies of several messages may come mixed", () => {
	const { heard, send, network } = overlapping(["house/#", "house/hall/light"]);
	send(2, "0");
	for (const payload of ["1", "2", "1", "3", "2", "3"]) network.socket.deliver(publish("house/hall/light", payload));
	assert.deepEqual(heard, [
		["0", "1", "2", "3"],
		["0", "1", "2", "3"],
	]);
});

test("field 13: on a broker that sends one copy for all filters, each listener hears every message; two equal ones are two", () => {
	const { heard, send, time } = overlapping();
	send(1, "9", "9");
	time.pass(5_000);
	assert.deepEqual(heard, Array(3).fill(["9", "9"]), "also the first ones of all: two are no three copies");
	send(1, "1", "1", "1", "2");
	assert.deepEqual(heard, Array(3).fill(["9", "9", "1", "1", "1", "2"]));
	const two = overlapping(["house/#", "house/hall/light"]);
	two.send(1, "0");
	two.time.pass(5_000);
	two.send(1, "9", "9", "1", "1");
	assert.deepEqual(two.heard, Array(2).fill(["0", "9", "9", "1", "1"]));
});

test("field 13: what was held back is not handed on after something newer", () => {
	const { heard, send } = overlapping();
	send(1, "9", "9", "1");
	assert.deepEqual(heard, Array(3).fill(["9", "9", "1"]));
});

test("field 13: a long message is told from its copy by its first piece, and all of the copy is drained", () => {
	const { network, heard, serve } = overlapping(["house/#", "house/hall/light"]);
	for (let copy = 0; copy < 2; copy++) network.socket.deliver(publish("house/hall/light", "x".repeat(600), { QoS: 1, id: 5 + copy }));
	assert.deepEqual(
		heard.map((pieces) => pieces.join("").length),
		[600, 600],
	);
	assert.deepEqual(serve(), []);
	assert.equal(network.socket.unread, 0);
});

test("field 14: what was granted, and what was refused, is told", () => {
	const { network, link, events, serve } = linked();
	link.subscribe("light", 2, () => {});
	link.subscribe("secret", 1, () => {});
	network.accept();
	network.socket.take();
	network.socket.deliver([0x90, 3, 0, 1, 0, 0x90, 3, 0, 2, 0x80]);
	assert.deepEqual(events, ["granted light 0", "refused secret", "up"]);
	serve();
});

test("field 15: the reason says what was sent last without an answer, and the likely causes", () => {
	const { network, link, events, serve, again } = linked({ status: "x/status" });
	link.subscribe("a//b", 1, () => {});
	network.connect();
	network.socket.fail();
	assert.match(events.at(-1) ?? "", /closed after CONNECT: it may not allow the will, a retained message at QoS 1/);
	again();
	serve(({ operation }) => operation === 8);
	assert.match(events.at(-1) ?? "", /ended after SUBSCRIBE to "a\/\/b": the broker may not allow it/);
	again();
	serve();
	serve(({ topic }) => topic === "x/status");
	assert.match(events.at(-1) ?? "", /ended after PUBLISH to "x\/status": the broker may not allow that/);
	again();
	for (let turn = 0; turn < 3; turn++) serve();
	network.socket.fail();
	assert.equal(events.at(-1), "transport: the connection was lost or refused", "all was answered: nothing to blame");
});

test("field 15: a status that ended two connections in a row is given up until a restart", () => {
	const { network, events, serve, again, link } = linked({ status: "x/status" });
	network.accept();
	for (let connection = 0; connection < 2; connection++) {
		serve(({ topic }) => topic === "x/status");
		again();
	}
	assert.ok(events.includes("given up x/status=online QoS 1"));
	assert.ok(link.up);
	assert.deepEqual(serve(), []);
	let gone = false;
	link.close(() => {
		gone = true;
	});
	network.time.pass(0);
	assert.ok(gone, "nor is it said at the goodbye");
});

test("field 17: the link's limits are options: outbox, outboxBytes, message, subscriptions", () => {
	const { network, link, events, serve } = linked({
		limits: { outbox: 100, outboxBytes: 1000, message: 300, subscriptions: 40, inflight: 100 },
	});
	network.accept();
	for (let i = 0; i < 40; i++) link.subscribe(`t/${i}`, 0, (message) => events.push(`heard ${message.length}`));
	assert.throws(() => link.subscribe("more", 0, () => {}), /limits\.subscriptions of 40 allows no more/);
	serve();
	for (let i = 0; i < 100; i++) assert.ok(link.publish(`m/${i}`, bytes("1"), 1));
	assert.equal(new Set(serve()).size, 100);
	assert.ok(link.publish("big", new Uint8Array(1000), 1));
	network.socket.deliver(publish("t/39", new Uint8Array(300)));
	assert.ok(events.includes("heard 300"), "the 40th, in one piece");
	for (const name of ["outbox", "outboxBytes", "message", "subscriptions"])
		assert.throws(() => linked({ limits: { [name]: 0 } }), new RegExp(`^RangeError: limits\\.${name}: must be a whole number from 1`));
});

test("field 17: room is told, once, when there is some again", () => {
	const { network, link, events, serve } = linked({ policy: "refuse" });
	network.accept();
	const taken = Array.from({ length: 20 }, (_, i) => link.publish(`m/${i}`, bytes("1"), 1)).filter(Boolean).length;
	assert.equal(taken, 8);
	assert.equal(events.includes("writable"), false);
	serve();
	assert.equal(events.filter((event) => event === "writable").length, 1);
	link.publish("m", bytes("1"), 1);
	serve();
	assert.equal(events.filter((event) => event === "writable").length, 1, "nobody was waiting");
	network.socket.fail();
	link.publish("away", bytes("1"));
	network.time.pass(1000);
	network.accept();
	assert.equal(events.filter((event) => event === "writable").length, 2);
});

test("field 17: eight filters added and given up again while away do not forbid the ninth", () => {
	for (const clean of [true, false]) {
		const { network, link, serve } = linked({ clean });
		const heard: string[] = [];
		for (let i = 0; i < 8; i++) link.subscribe(`a/${i}`, 1, () => {});
		for (let i = 0; i < 8; i++) link.unsubscribe(`a/${i}`);
		link.subscribe("b", 1, (message) => heard.push(said(message)));
		network.accept();
		assert.deepEqual(
			packets(network.socket.take()).map(({ topic }) => topic),
			["b"],
		);
		network.socket.deliver([0x90, 3, 0, 1, 1, ...publish("b", "1")]);
		assert.deepEqual(heard, ["1"]);
		serve();
	}
});

test("field 17: every limit that an error message names exists", () => {
	const src = join(import.meta.dirname, "../../src");
	const known = new Set([
		...Object.keys(linkLimits(undefined)),
		...Object.keys(readOptions({ ...new VirtualNetwork().provider, host: "b" }).limits),
	]);
	let named = 0;
	for (const file of readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
		for (const [literal] of readFileSync(join(src, file), "utf8").matchAll(/"[^"\n]*"|`[^`]*`/g)) {
			for (const [, name] of literal.matchAll(/\blimits\.(\w+)/g)) {
				if (name === "js" || name === "ts") continue; // a file
				assert.ok(known.has(name), `${file} names limits.${name}`);
				named += 1;
			}
		}
	}
	assert.ok(named >= 8, `${named} were found`);
	assert.equal(defaults.subscriptions_max, linkLimits(undefined).subscriptions);
});
