// The ESP32 host's patience with names, in Node, over a radio and a resolver of lwIP that are fakes.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { asked, load, net, pass, Radio } from "./fakes.js";

const { WiFi } = await load("wifi");
const { Clock } = await load("time");
const { default: Resolver } = await load("resolver");

describe("the resolver", () => {
	const time = new Clock();
	let wifi: object;

	beforeEach(() => {
		asked.length = 0;
		const started = new WiFi();
		// no attempt of Wi-Fi's ever ends by itself here
		const patient = { now: () => 0, alarm: () => ({ set() {}, clear() {}, close() {} }) };
		started.start({ ssid: "home", password: "secret!!", time: patient, random: () => 1, log() {} });
		wifi = started;
	});

	test("a name waits for Wi-Fi, and is asked for the moment it is up", () => {
		const answers: unknown[] = [];
		const request = (host: string) => ({
			host,
			onResolved: (...answer: string[]) => answers.push(answer),
			onError: (name: string) => answers.push(name),
		});
		const resolver = new Resolver({ wifi, time });
		resolver.resolve(request("broker.local"));
		const given_up = new Resolver({ wifi, time });
		given_up.resolve(request("elsewhere"));
		given_up.close();
		assert.equal(asked.length, 0);
		Radio.last.becomes(500);
		assert.deepEqual(
			asked.map(([host]) => host),
			["broker.local"],
		);
		asked[0]?.[1]("broker.local", "192.168.1.10");
		resolver.resolve(request("nobody"));
		asked[1]?.[1]("nobody");
		assert.deepEqual(answers, [["broker.local", "192.168.1.10"], "nobody"]);
		resolver.resolve(request("late"));
		resolver.close();
		asked[2]?.[1]("late", "192.168.1.11");
		assert.equal(answers.length, 2, "nothing after close");
	});

	test("a question whose answer is lost is given up 15 s after Wi-Fi is up, however long that took; what comes late counts no more", () => {
		const answers: unknown[] = [];
		const resolver = new Resolver({ wifi, time });
		const ask = (host: string) =>
			resolver.resolve({
				host,
				onResolved: (...answer: string[]) => answers.push(answer),
				onError: (name: string) => answers.push(name),
			});
		ask("broker.local");
		assert.throws(() => ask("another"), /one request at a time/);
		pass(24 * 3_600_000);
		assert.deepEqual([asked.length, answers.length], [0, 0]);
		Radio.last.becomes(500);
		assert.throws(() => ask("another"), /one request at a time/);
		pass(14_999);
		assert.equal(answers.length, 0);
		pass(1);
		assert.deepEqual(answers, ["broker.local"]);
		ask("again.local");
		asked[0]?.[1]("broker.local", "192.168.1.10");
		assert.equal(answers.length, 1);
		asked[1]?.[1]("again.local", "192.168.1.11");
		assert.deepEqual(answers[1], ["again.local", "192.168.1.11"]);
		pass(60_000);
		ask("closed.local");
		resolver.close();
		resolver.close();
		pass(60_000);
		assert.equal(answers.length, 2);
	});

	test("a question that lwIP has no memory for is answered like any other, from the event loop", (t) => {
		t.mock.method(net, "resolve", () => {
			throw new Error("out of memory");
		});
		const answers: string[] = [];
		const resolver = new Resolver({ wifi, time });
		resolver.resolve({ host: "broker.local", onResolved() {}, onError: (name: string) => answers.push(name) });
		Radio.last.becomes(500);
		assert.equal(answers.length, 0);
		pass(1);
		assert.deepEqual(answers, ["broker.local"]);
	});
});
