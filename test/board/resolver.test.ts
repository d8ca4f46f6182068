// The ESP32 host's patience with names, in Node, over a radio and a resolver of lwIP that are fakes.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { decoded, encoded } from "./dns-packet.js";
import { asked, load, net, pass, Radio, reset, UDP } from "./fakes.js";

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
		reset();
		UDP.open.length = UDP.sent.length = 0;
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
		pass(1);
		assert.equal(UDP.open.length, 0);
		Radio.last.becomes(500);
		pass(1);
		assert.equal(asked.length, 0);
		assert.deepEqual(
			UDP.sent.map(({ bytes, address, port }) => [decoded(bytes).questions, address, port]),
			["raspberrypi", "box", "box"].map((name) => [[{ name: `${name}.local`, type: "A", class: "IN" }], "224.0.0.251", 5353]),
		);
		const [pi, box] = [...UDP.open] as [UDP, UDP];
		const tells = (name: string, data: string, ttl = 120) => encoded({ type: "response", answers: [{ type: "A", name, data, ttl }] });
		// names of DNS are the same in either case
		box.receive(tells("BOX.local", "192.168.1.12"));
		for (const other of [
			tells("other.local", "192.168.1.1"),
			tells("raspberrypi.local", "224.0.0.1"),
			tells("raspberrypi.local", "192.168.1.1", 0),
			encoded({ type: "response", answers: [{ type: "AAAA", name: "raspberrypi.local", data: "2001:db8::1", ttl: 120 }] }),
		])
			pi.receive(other);
		pass(1);
		assert.deepEqual(answers, [["Box.LOCAL", "192.168.1.12"]]);
		pi.receive(tells("raspberrypi.local", "192.168.1.10"));
		pi.receive(tells("raspberrypi.local", "192.168.1.11"));
		pass(1);
		assert.deepEqual(answers[1], ["raspberrypi.local", "192.168.1.10"]);
		// nobody answers
		pass(5_000);
		assert.equal(answers[2], "box.local.");
		assert.equal(UDP.open.length, 0);

		const again = ask("again.local");
		pass(1);
		UDP.open[0]?.receive(tells("again.local", "192.168.1.11"));
		again.close();
		pass(15_000);
		assert.deepEqual([answers.length, UDP.open.length], [3, 0]);
		const elsewhere = ["cluster.svc.local.example", ".local", `${"x".repeat(64)}.local`];
		for (const name of elsewhere) ask(name);
		assert.deepEqual(
			asked.map(([host]) => host),
			elsewhere,
		);
		for (const resolver of resolvers) resolver.close();
	});

	test("a hostile answer to such a question: a name that points to itself, or beyond the packet, is nobody's, and the question goes on", () => {
		reset();
		UDP.open.length = 0;
		const answers: unknown[] = [];
		Radio.last.becomes(500);
		new Resolver({ wifi, time }).resolve({ host: "box.local", onResolved: (...answer: string[]) => answers.push(answer), onError() {} });
		pass(1);
		const head = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
		const [socket] = UDP.open as [UDP];
		for (const rest of [[0xc0, 12], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 168, 1, 66], [0xff, 0xff], [63], []])
			socket.receive(Uint8Array.from([...head, ...rest]));
		socket.receive(encoded({ type: "response", answers: [{ type: "A", name: "box.local", data: "192.168.1.10", ttl: 120 }] }));
		pass(1);
		assert.deepEqual(answers, [["box.local", "192.168.1.10"]]);
	});
});
