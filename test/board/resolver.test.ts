// The ESP32 host's patience with names, in Node, over a radio and a resolver of lwIP that are fakes.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { asked, load, multicast, net, pass, Radio } from "./fakes.js";

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
		resolver.resolve(request("broker.home"));
		const given_up = new Resolver({ wifi, time });
		given_up.resolve(request("elsewhere"));
		given_up.close();
		assert.equal(asked.length, 0);
		Radio.last.becomes(500);
		assert.deepEqual(
			asked.map(([host]) => host),
			["broker.home"],
		);
		asked[0]?.[1]("broker.home", "192.168.1.10");
		resolver.resolve(request("nobody"));
		asked[1]?.[1]("nobody");
		assert.deepEqual(answers, [["broker.home", "192.168.1.10"], "nobody"]);
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
		ask("broker.home");
		assert.throws(() => ask("another"), /one request at a time/);
		pass(24 * 3_600_000);
		assert.deepEqual([asked.length, answers.length], [0, 0]);
		Radio.last.becomes(500);
		assert.throws(() => ask("another"), /one request at a time/);
		pass(14_999);
		assert.equal(answers.length, 0);
		pass(1);
		assert.deepEqual(answers, ["broker.home"]);
		ask("again.home");
		asked[0]?.[1]("broker.home", "192.168.1.10");
		assert.equal(answers.length, 1);
		asked[1]?.[1]("again.home", "192.168.1.11");
		assert.deepEqual(answers[1], ["again.home", "192.168.1.11"]);
		pass(60_000);
		ask("closed.home");
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
		resolver.resolve({ host: "broker.home", onResolved() {}, onError: (name: string) => answers.push(name) });
		Radio.last.becomes(500);
		assert.equal(answers.length, 0);
		pass(1);
		assert.deepEqual(answers, ["broker.home"]);
	});

	test("a name that ends with .local is asked of the network, by multicast, once Wi-Fi is up; lwIP does not know such names", () => {
		multicast.length = 0;
		const answers: unknown[] = [];
		const ask = (host: string) => {
			const resolver = new Resolver({ wifi, time });
			resolver.resolve({
				host,
				onResolved: (...answer: string[]) => answers.push(answer),
				onError: (name: string) => answers.push(name),
			});
			return resolver;
		};
		const names = ["raspberrypi.local", "Box.LOCAL", "box.local."];
		const resolvers = names.map(ask);
		assert.equal(multicast.length, 0);
		Radio.last.becomes(500);
		assert.equal(asked.length, 0);
		// names of DNS are the same in either case, and the SDK's resolver compares letter by letter
		assert.deepEqual(
			multicast.map(({ host }) => host),
			["raspberrypi.local", "box.local", "box.local"],
		);
		multicast[0]?.onResolved("raspberrypi.local", "192.168.1.10");
		multicast[1]?.onError("box.local");
		assert.deepEqual(answers, [["raspberrypi.local", "192.168.1.10"], "Box.LOCAL"]);
		assert.deepEqual(
			multicast.map(({ closed }) => closed),
			[true, true, undefined],
		);
		// nobody answers
		pass(15_000);
		assert.equal(answers[2], "box.local.");
		assert.equal(multicast[2]?.closed, true);

		ask("again.local").close();
		assert.equal(multicast[3]?.closed, true);
		multicast[3]?.onResolved("again.local", "192.168.1.11");
		assert.equal(answers.length, 3);
		ask("cluster.svc.local.example");
		assert.equal(asked.length, 1);
		for (const resolver of resolvers) resolver.close();
	});
});
