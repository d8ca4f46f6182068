// Filters that overlap: each listener hears a message once, whether the broker sends a copy for each filter or one for all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linked, said } from "../../world/linked.js";
import { publish } from "../../world/virtual.js";

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

test("on a broker that sends a copy for each filter, each listener hears a message once; two equal ones are two", () => {
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

test("copies of several messages may come mixed", () => {
	const { heard, send, network } = overlapping(["house/#", "house/hall/light"]);
	send(2, "0");
	for (const payload of ["1", "2", "1", "3", "2", "3"]) network.socket.deliver(publish("house/hall/light", payload));
	assert.deepEqual(heard, [
		["0", "1", "2", "3"],
		["0", "1", "2", "3"],
	]);
});

test("on a broker that sends one copy for all filters, each listener hears every message; two equal ones are two", () => {
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

test("what was held back is not handed on after something newer", () => {
	const { heard, send } = overlapping();
	send(1, "9", "9", "1");
	assert.deepEqual(heard, Array(3).fill(["9", "9", "1"]));
});

test("a long message is told from its copy by its first piece, and all of the copy is drained", () => {
	const { network, heard, serve } = overlapping(["house/#", "house/hall/light"]);
	for (let copy = 0; copy < 2; copy++) network.socket.deliver(publish("house/hall/light", "x".repeat(600), { QoS: 1, id: 5 + copy }));
	assert.deepEqual(
		heard.map((pieces) => pieces.join("").length),
		[600, 600],
	);
	assert.deepEqual(serve(), []);
	assert.equal(network.socket.unread, 0);
});
