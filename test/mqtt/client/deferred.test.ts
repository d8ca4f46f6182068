// Deferred acknowledgement: the application says when a message at QoS 1 is safe; PUBACK goes out then, and in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../../src/mqtt/client/client.js";
import type { ClientOptions } from "../../../src/mqtt/client/types.js";
import { Link, type LinkOptions, type Message } from "../../../src/mqtt/link/link.js";
import { publish, toHex, VirtualNetwork } from "../../world/virtual.js";

const puback = (...ids: number[]) => toHex(ids.flatMap((id) => [0x40, 2, id >> 8, id & 255]));

interface Heard {
	id: number;
	text: string;
	duplicate: boolean;
}

function listening(options: Partial<ClientOptions> = {}) {
	const network = new VirtualNetwork();
	const heard: Heard[] = [];
	let text = "";
	const client = new Client({
		...network.provider,
		host: "b",
		id: "x",
		clean: false,
		deferAcknowledge: true,
		onReadable(_count, { id, more, duplicate }) {
			text += new TextDecoder().decode(this.read());
			if (more) return;
			heard.push({ id, text, duplicate });
			text = "";
		},
		...options,
	});
	network.accept();
	const level = (id: number, payload = String(id), flags = 0) => network.socket.deliver(publish("light", payload, { QoS: 1, id, flags }));
	const sent = () => {
		network.time.pass(0);
		return toHex(network.socket.take());
	};
	return { network, client, heard, level, sent };
}

test("PUBACK goes out when the application says so, and not before", () => {
	const { client, heard, level, sent } = listening();
	level(1);
	level(2);
	assert.equal(sent(), "");
	assert.deepEqual(
		heard.map(({ id }) => id),
		[1, 2],
	);
	assert.equal(client.acknowledge(1), true);
	assert.equal(sent(), puback(1));
	assert.equal(client.acknowledge(1), false, "it has gone out");
	assert.equal(client.acknowledge(7), false, "it never came");
	assert.equal(client.acknowledge(2), true);
	assert.equal(sent(), puback(2));
});

test("in whatever order the word comes, PUBACKs go out in the order of their messages [MQTT-4.6.0-2]", () => {
	const { client, level, sent } = listening();
	for (let id = 1; id <= 5; id++) level(id);
	for (const id of [3, 2, 5]) assert.equal(client.acknowledge(id), true);
	assert.equal(sent(), "");
	client.acknowledge(1);
	assert.equal(sent(), puback(1, 2, 3));
	client.acknowledge(4);
	assert.equal(sent(), puback(4, 5));
});

test("the word may be given within the callback, also before a long message is whole", () => {
	const { client, network, sent } = listening({
		limits: { receive: 4 },
		onReadable(_count, { id }) {
			this.read();
			this.acknowledge(id);
		},
	});
	const bytes = publish("light", "0123456789", { QoS: 1, id: 9 });
	network.socket.deliver(bytes.subarray(0, 14));
	assert.equal(sent(), "");
	network.socket.deliver(bytes.subarray(14));
	assert.equal(sent(), puback(9));
	assert.equal(client.acknowledge(9), false);
});

test("at limits.unacknowledged the socket is not read; PINGREQ goes out, and silence proves nothing; the first word lets the next message in", () => {
	const { client, heard, level, network, sent } = listening({ keepAlive: 10_000, limits: { unacknowledged: 3 } });
	for (let id = 1; id <= 6; id++) level(id);
	assert.equal(heard.length, 3);
	assert.ok(network.socket.unread > 0);
	network.time.pass(100_000);
	assert.equal(network.socket.closed, false, "the broker's PINGRESPs stand behind what is not read");
	assert.match(sent(), /^(c0 00 ?)+$/);
	client.acknowledge(1);
	assert.equal(sent(), puback(1));
	assert.equal(heard.length, 4);
	for (const id of [2, 3, 4]) client.acknowledge(id);
	assert.equal(sent(), puback(2, 3, 4));
	for (const id of [5, 6]) client.acknowledge(id);
	assert.equal(sent(), puback(5, 6));
	assert.equal(heard.length, 6);
});

test("what waits for room in the socket goes out when there is some; after a PUBLISH that was being sent, too", () => {
	const { client, level, network, sent } = listening();
	level(1);
	level(2);
	network.socket.room(3);
	client.acknowledge(1);
	assert.equal(sent(), "");
	network.socket.room(100);
	assert.equal(sent(), puback(1));
	client.write(new Uint8Array(1), { topic: "t", byteLength: 2 });
	client.acknowledge(2);
	network.socket.take();
	assert.equal(sent(), "");
	client.write(new Uint8Array(1));
	assert.ok(sent().endsWith(puback(2)));
});

test("a socket that fails within the acknowledgement ends the connection, once", () => {
	let errors = 0;
	const { client, level, network } = listening({ onError: () => errors++ });
	level(1);
	network.socket.write = () => {
		throw new Error("gone");
	};
	client.acknowledge(1);
	network.time.pass(0);
	assert.equal(errors, 1);
});

test("the connection ends: what waited is forgotten, and comes again; what the socket still held is told first", () => {
	let errors = 0;
	const { client, heard, level, network, sent } = listening({ onError: () => errors++, limits: { unacknowledged: 2 } });
	for (let id = 1; id <= 4; id++) level(id);
	assert.equal(heard.length, 2);
	network.socket.fail();
	network.time.pass(0);
	assert.equal(heard.length, 4);
	assert.equal(errors, 1);
	for (let id = 1; id <= 4; id++) assert.equal(client.acknowledge(id), false);
	client.reopen();
	network.accept(65_536, true);
	for (let id = 1; id <= 2; id++) level(id, "again", 8);
	assert.deepEqual(heard.at(-1), { id: 2, text: "again", duplicate: true });
	client.acknowledge(1);
	assert.equal(sent(), puback(1));
});

test("what was drained needs no word, and keeps its place", () => {
	const { client, level, network, sent } = listening({ limits: { topic: 5 } });
	level(1);
	network.socket.deliver(publish("too/long", "1", { QoS: 1, id: 2 }));
	assert.equal(sent(), "");
	client.acknowledge(1);
	assert.equal(sent(), puback(1, 2));
});

test("QoS 0 has no id, QoS 2 goes on by itself", () => {
	const { heard, network, sent } = listening();
	network.socket.deliver(publish("light", "0"));
	network.socket.deliver(publish("light", "2", { QoS: 2, id: 3 }));
	assert.equal(sent(), "50 02 00 03");
	assert.deepEqual(
		heard.map(({ id }) => id),
		[0, 0],
	);
});

test("a message that is sent again on the same connection is told, and acknowledged, each time", () => {
	const { client, heard, level, sent } = listening();
	level(1);
	level(1, "1", 8);
	assert.deepEqual(
		heard.map(({ duplicate }) => duplicate),
		[false, true],
	);
	client.acknowledge(1);
	client.acknowledge(1);
	assert.equal(sent(), puback(1, 1));
});

test("without the option there is nothing to acknowledge, and after close nothing more", () => {
	const plain = listening({ deferAcknowledge: false });
	plain.level(1);
	assert.equal(plain.sent(), puback(1));
	assert.equal(plain.heard[0].id, 0);
	assert.throws(() => plain.client.acknowledge(1), /deferAcknowledge/);
	const { client } = listening();
	client.close();
	assert.throws(() => client.acknowledge(1), /closed/);
});

function linked(options: Partial<LinkOptions> = {}) {
	const network = new VirtualNetwork();
	const link = new Link({ ...network.provider, host: "b", id: "x", clean: false, random: () => 0, deferAcknowledge: true, ...options });
	const heard: Message[] = [];
	const level = (topic: string, id: number) => network.socket.deliver(publish(topic, "1", { QoS: 1, id }));
	const sent = () => {
		network.time.pass(0);
		return toHex(network.socket.take());
	};
	const listen = (message: Message) => void heard.push({ ...message });
	return { network, link, heard, level, sent, listen };
}

test("link: listeners get the id, and the word for each copy is theirs; after close there is none", () => {
	const { network, link, heard, level, sent, listen } = linked();
	link.subscribe("light", 1, listen);
	link.subscribe("light/#", 1, listen);
	network.accept();
	sent();
	for (const id of [4, 5]) level("light", id);
	assert.deepEqual(
		heard.map(({ id }) => id),
		[4, 4, 5, 5],
	);
	assert.equal(link.counters.copies, 0);
	assert.equal(sent(), "");
	assert.equal(link.acknowledge(4), true);
	assert.equal(link.acknowledge(5), true);
	assert.equal(sent(), puback(4, 5));
	link.close();
	network.time.pass(10_000);
	assert.equal(link.acknowledge(4), false);
});

test("link: what nobody listens to, or no longer, is acknowledged without a word", () => {
	const { network, link, level, sent } = linked();
	link.subscribe("light", 1, () => {});
	network.accept();
	sent();
	level("elsewhere", 4);
	assert.equal(sent(), puback(4));
	link.subscribe("light", 1, ({ id, length, more }) => {
		if (length > 0 && more) link.unsubscribe("light");
		assert.equal(id, 5);
	});
	sent();
	const long = publish("light", new Uint8Array(3_000), { QoS: 1, id: 5 });
	network.socket.deliver(long);
	assert.ok(sent().includes(puback(5)));
});
