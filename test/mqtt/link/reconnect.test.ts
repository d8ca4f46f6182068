// The link after an end: every state leads to the next try, nothing storms, subscriptions are renewed, no new buffer is taken.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket, SocketOptions } from "../../../src/host.js";
import * as limits from "../../../src/limits.js";
import { Link, type LinkOptions } from "../../../src/mqtt/link/link.js";
import { buffersMade } from "../../world/buffers.js";
import { linked as linkedAtOnce } from "../../world/linked.js";
import { packets } from "../../world/packets.js";
import { Random } from "../../world/random.js";
import { bytes, publish, VirtualNetwork } from "../../world/virtual.js";

/** It waits for half of the longest wait before the next try. */
const linked = (options: Partial<LinkOptions> = {}) => linkedAtOnce({ random: () => 0.5, onGranted: undefined, ...options });

test("no reconnect storm, also where the broker accepts and kicks; a connection that lasts ends the waiting", () => {
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

test("no state is for ever: resolver, TCP, CONNACK, SUBACK and PINGRESP that do not come lead to the next try", () => {
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

test("no subscription is silently absent: renewed at each connect, and a refusal is told", () => {
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
	assert.deepEqual(answer([1, 1]), ["a", "b"], "and where it has one, which may be older than they");
	network.socket.fail();
	link.subscribe("c", 0, () => {});
	network.time.pass(limits.backoff_max_ms);
	network.accept(65_536, true);
	assert.deepEqual(answer([1, 1, 0]), ["a", "b", "c"], "with what was asked for while away");
	assert.ok(link.up);
});

test("a reconnect takes no new buffer, and the old socket is closed before the next is opened", () => {
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
