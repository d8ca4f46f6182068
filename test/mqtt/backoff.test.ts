// The wait before the next try: what makes it long, what keeps it short.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as limits from "../../src/limits.js";
import { Backoff } from "../../src/mqtt/link/backoff.js";
import { Link } from "../../src/mqtt/link/link.js";
import { makeRandom } from "../light/world.js";
import { VirtualNetwork } from "../world/virtual.js";

/** The ceilings: what the wait would be with the largest random number. */
const make = () => new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, () => 1 - 2 ** -30);
const refusals_max_ms = 8_000;

describe("back-off", () => {
	test("an outage doubles it, up to a minute", () => {
		const backoff = make();
		const waits = Array.from({ length: 9 }, () => Math.round(backoff.next(0) / 1000));
		assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
	});

	test("a host that is there and refuses (RST): 8 s at most, also after an outage, for its broker is about to start", () => {
		const backoff = make();
		for (let i = 0; i < 20; i++) assert.ok(backoff.next(0, true) <= refusals_max_ms);
		for (let i = 0; i < 9; i++) backoff.next(0);
		assert.ok(backoff.next(0, true) <= refusals_max_ms);
		assert.ok(backoff.next(0) <= 2 * refusals_max_ms, "and an outage goes on from there");
	});

	test("a broker that is restarted every 15 s: never away for longer than the first wait", () => {
		const backoff = make();
		for (let i = 0; i < 50; i++) assert.ok(backoff.next(14_000) <= limits.backoff_min_ms);
	});

	test("page, never 7: thirty that lost one desk together do not come back within one second of each other", (t) => {
		const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
		t.diagnostic(`SEED=${seed}`);
		const random = makeRandom(seed);
		const clients = Array.from(
			{ length: 30 },
			() => new Backoff(limits.backoff_min_ms, limits.backoff_max_ms, limits.backoff_stable_ms, random),
		);
		// The first two tries are within 1 and 3 s: there all must be near each other.
		const at = clients.map(() => 0);
		for (let tries = 1; tries <= 7; tries++) {
			for (const [i, client] of clients.entries()) at[i] = (at[i] ?? 0) + client.next(0);
			if (tries < 3) continue;
			const sorted = [...at].sort((one, other) => one - other);
			let most = 0;
			for (const from of sorted) most = Math.max(most, sorted.filter((time) => time >= from && time < from + 1_000).length);
			assert.ok(most < 25, `try ${tries}: ${most} of 30 within a second: ${sorted.join(" ")}`);
		}
	});

	test("one that accepts and kicks at once is left alone for longer and longer", () => {
		const backoff = make();
		let last = 0;
		for (let i = 0; i < 7; i++) last = backoff.next(200 + 100 * i);
		assert.ok(last > 55_000);
	});
});

test("a link that is refused by a host that is there tries on, every few seconds; one whose host is away does not", () => {
	for (const [takes_ms, least, most] of [
		[20, 450, 2_000],
		[3_000, 90, 200],
	] as const) {
		const network = new VirtualNetwork();
		const { time } = network;
		const link = new Link({ ...network.provider, host: "broker", id: "x", random: () => 0.5 });
		const hour = time.now() + 3_600_000;
		let tries = 0;
		while (time.now() < hour) {
			time.pass(0);
			if (network.sockets.length > tries) {
				tries = network.sockets.length;
				time.pass(takes_ms);
				network.socket.fail();
			}
			time.pass(Math.max(1, time.next() - time.now()));
		}
		assert.ok(tries > least && tries < most, `${tries} tries in an hour`);
		link.close();
	}
});

describe("a link that the broker refuses by a CONNACK", () => {
	/** Tries in an hour, each answered with this return code. */
	function tries(code: number, random: () => number): number {
		const network = new VirtualNetwork();
		const { time } = network;
		const link = new Link({ ...network.provider, host: "broker", id: "x", user: "anna", password: "wrong", random });
		const hour = time.now() + 3_600_000;
		let count = 0;
		while (time.now() < hour) {
			time.pass(0);
			if (network.sockets.length > count) {
				count = network.sockets.length;
				network.socket.room();
				time.pass(20);
				network.socket.deliver([0x20, 2, 0, code]);
				time.pass(0);
			}
			time.pass(Math.max(1, time.next() - time.now()));
		}
		link.close();
		return count;
	}

	for (const [code, why] of [
		[1, "the protocol's version"],
		[2, "the client id"],
		[4, "user name or password"],
		[5, "what it may do"],
	] as const) {
		test(`for ${why} (${code}) tries once in minutes: a person has to mend that, and logins that fail lock accounts`, () => {
			for (const random of [() => 0, () => 0.5, () => 1 - 2 ** -30]) {
				const count = tries(code, random);
				assert.ok(count >= 20 && count <= 62, `${count} tries in an hour`);
			}
		});
	}

	test("for being unavailable (3) tries as after any outage: nobody has to mend that", () => {
		assert.ok(tries(3, () => 0.5) > 100);
	});
});
