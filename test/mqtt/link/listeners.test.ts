// Which listener hears which message, in which pieces, and which calls are legal inside one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../../src/mqtt/link/link.js";
import { linked, said } from "../../world/linked.js";
import { published } from "../../world/packets.js";
import { bytes, publish, text, toHex } from "../../world/virtual.js";

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

test("a listener that throws on the first piece of a long message: told, the rest drained, the next message arrives", () => {
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

test("who unsubscribes inside a listener hears no more, that very message included; who subscribes hears the next", () => {
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

test("a shared subscription hears what its filter stands for", () => {
	const { network, link, serve } = linked();
	const heard: string[] = [];
	link.subscribe("$share/lamps/light/+", 1, ({ topic }) => heard.push(topic));
	network.accept();
	serve();
	network.socket.deliver([...publish("light/a", "1"), ...publish("$share/lamps/light/a", "1")]);
	assert.deepEqual(heard, ["light/a"]);
});

test("a topic whose dots a broker has turned into slashes goes to the one filter that it can be for", () => {
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

test("link: an overlong topic is counted and told", () => {
	const told: number[][] = [];
	const { network, link } = linked({ onOversize: (...lengths) => told.push(lengths) });
	network.accept();
	network.socket.deliver(publish("t".repeat(200), "four"));
	assert.deepEqual([link.counters.oversize, told], [1, [[200, 4]]]);
});
