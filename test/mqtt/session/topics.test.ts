// The topics that were received last (src/mqtt/session/topics.ts): each is heard as itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected } from "../../world/connected.js";
import { publish } from "../../world/virtual.js";

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

test("topics that differ in their middle, or are short, in turn: each keeps bytes of its own", () => {
	const heard: string[] = [];
	const { network } = connected({ limits: { topics: 3 }, onReadable: (_, { topic }) => heard.push(topic as string) });
	const topics = ["home/kitchen/ceiling/lamp/light/level", "home/kitchen/ceiling/fan0/light/level", "a", "b", "ab"];
	for (let i = 0; i < 5 ** 4; i++) {
		const topic = topics[Math.floor(i / 5 ** (i % 4)) % 5];
		network.socket.deliver(publish(topic, ""));
		assert.equal(heard.pop(), topic);
	}
});

test("DEL before a character of four bytes is not a number to JavaScript, and still a topic", () => {
	const heard: string[] = [];
	const { network } = connected({ onReadable: (_, { topic }) => heard.push(topic as string) });
	const topic = "\x7f\u{1f4a1}abcdef";
	for (let i = 0; i < 3; i++) network.socket.deliver(publish(topic, ""));
	assert.deepEqual(heard, [topic, topic, topic]);
});

test("U+007F to U+009F in a topic of the peer is heard as it is: the standard only says that it should not be there", () => {
	const heard: unknown[] = [];
	const { network, errors } = connected({
		onReadable(_, { topic }) {
			heard.push(topic);
			this.read();
		},
	});
	network.socket.deliver(publish("a\x7f\x85\x9fb", "1"));
	assert.deepEqual([heard, errors.length], [["a\x7f\x85\x9fb"], 0]);
});
