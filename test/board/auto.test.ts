// `broker=auto` on a board and in the simulator, in Node: the search over a UDP that is a fake, which broker is taken, and how it is reached.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { SocketOptions, SocketProvider } from "../../src/host.js";
import { type BrokerUrl, readBrokers } from "../../src/mqtt/link/broker-url.js";
import { reach } from "../../src/mqtt/link/turns.js";
import { type Answer, decoded, encoded } from "./dns-packet.js";
import { load, pass, Radio, reset, UDP } from "./fakes.js";

const { Finder } = await load("../xs/auto");
const { Clock } = await load("time");
const { WiFi } = await load("wifi");
const { default: Resolver } = await load("resolver");
const time = new Clock();

const type = "_mqtt._tcp.local";
function records(name: string, address: string, texts: string[] = [], { port = 1883, service = type } = {}): Answer[] {
	return [
		{ type: "PTR", name: service, data: `${name}.${service}`, ttl: 120 },
		{ type: "SRV", name: `${name}.${service}`, data: { target: `${name}.local`, port }, ttl: 120 },
		{ type: "TXT", name: `${name}.${service}`, data: texts, ttl: 120 },
		{ type: "A", name: `${name}.local`, data: address, ttl: 120 },
	];
}
const answer = (answers: Answer[]) => encoded({ type: "response", answers });
const socket = () => UDP.open.at(-1) as UDP;
const questions = () =>
	UDP.sent.splice(0).map(({ bytes, address, port }) => {
		assert.deepEqual([address, port], ["224.0.0.251", 5353]);
		return decoded(bytes).questions?.map((question) => `${question.type} ${question.name}`);
	});

/** What one search gives and says. */
function finder(broker = "mqtt://lamp@auto", topic = "light") {
	const lines: string[] = [];
	const one = new Finder({ broker: readBrokers(broker).all[0], topic, time, log: (line: string) => lines.push(line) });
	const answers: unknown[] = [];
	const ask = (): (() => void) => one.ask("auto", (address: string | undefined) => answers.push(address));
	return { one, ask, answers, lines };
}

beforeEach(() => {
	reset();
	UDP.open.length = UDP.sent.length = 0;
	UDP.fails = false;
});

describe("the search", () => {
	test("asks from the event loop, from a port of its own, and ends half a second after the first answer", () => {
		const { one, ask, answers, lines } = finder();
		ask();
		assert.equal(UDP.open.length, 0);
		pass(1);
		assert.deepEqual(questions(), [[`PTR ${type}`]]);
		assert.deepEqual([socket().port, socket().groups], [undefined, []]);
		socket().receive(answer(records("one", "192.168.1.10", [], { port: 1884 })));
		pass(499);
		assert.deepEqual(answers, []);
		pass(1);
		assert.deepEqual([answers, UDP.open.length], [["192.168.1.10"], 0]);
		assert.deepEqual(one.broker, { scheme: "mqtt", host: "192.168.1.10", port: 1884, path: "", user: "lamp" });
		assert.deepEqual(lines, ['broker=auto: takes "one" at 192.168.1.10:1884']);
	});

	test("asks again each second, ends after five with nothing, says what to type; and the next search is a new one", () => {
		const { one, ask, answers, lines } = finder();
		ask();
		pass(4_999);
		assert.deepEqual(questions(), Array(5).fill([`PTR ${type}`]));
		assert.deepEqual(answers, []);
		pass(1);
		assert.deepEqual([answers, UDP.open.length, one.broker.host], [[undefined], 0, "auto"]);
		assert.match(
			lines.join(),
			/^broker=auto: no broker has told of itself in 5 seconds \(mDNS\); .*lampwire desk --host 0\.0\.0\.0 .*broker=192\.0\.2\.10$/,
		);
		ask();
		pass(1);
		socket().receive(answer(records("late", "192.168.1.11")));
		pass(500);
		assert.deepEqual(answers, [undefined, "192.168.1.11"]);
	});

	test("an incomplete answer is asked about at once; nobody makes it ask without end", () => {
		const { ask, answers } = finder();
		ask();
		pass(1);
		const [ptr, srv, , a] = records("box", "192.168.1.10") as [Answer, Answer, Answer, Answer];
		socket().receive(answer([ptr]));
		assert.deepEqual(questions()[1], [`PTR ${type}`, `SRV box.${type}`, `TXT box.${type}`]);
		socket().receive(answer([srv]));
		assert.deepEqual(questions(), [[`PTR ${type}`, "A box.local", `TXT box.${type}`]]);
		for (let i = 0; i < 100; i++) socket().receive(answer([{ ...ptr, data: `box${i}.${type}` } as Answer]));
		pass(900);
		assert.equal(UDP.sent.length, 7, "ten questions in all");
		socket().receive(answer([a]));
		pass(500);
		assert.deepEqual(answers, ["192.168.1.10"]);
	});

	test("no network at the moment, noise, and hostile bytes: nothing is thrown, the search goes on", () => {
		UDP.fails = true;
		const { ask, answers } = finder();
		ask();
		pass(1_500);
		UDP.fails = false;
		pass(600);
		for (const bytes of [new Uint8Array(), new Uint8Array(3), new Uint8Array(2_000).fill(0xc0)]) socket().receive(bytes);
		pass(1_000);
		socket().receive(answer(records("box", "192.168.1.10")));
		pass(500);
		assert.deepEqual(answers, ["192.168.1.10"]);
	});

	test("what is given up answers no more", () => {
		const { ask, answers } = finder();
		const early = ask();
		early();
		const giveUp = ask();
		pass(1);
		socket().receive(answer(records("box", "192.168.1.10")));
		giveUp();
		pass(10_000);
		assert.deepEqual([answers, UDP.open.length], [[], 0]);
	});
});

describe("which broker", () => {
	const search = (found: ReturnType<typeof finder>, ...packets: Answer[][]) => {
		found.ask();
		pass(1);
		for (const packet of packets) socket().receive(answer(packet));
		pass(500);
		return found;
	};
	const all = [
		records("first", "192.168.1.1"),
		records("second", "192.168.1.2", ["topic=light"]),
		records("third", "192.168.1.3", ["topic=light"]),
	];

	test("one of the own topic before the others, of several who answered first; says which, why, and how to take another", () => {
		const { answers, lines } = search(finder(), ...all);
		assert.deepEqual(answers, ["192.168.1.2"]);
		assert.deepEqual(lines.splice(0), [
			'broker=auto: takes "second" at 192.168.1.2:1883, which answered first; not "first" (broker=192.168.1.1:1883), "third" (broker=192.168.1.3:1883)',
		]);
		assert.match(
			search(finder(), ...all.slice(0, 2)).lines.join(),
			/takes "second" at .*, which alone has the topic light; not "first" \(/,
		);
		assert.match(search(finder("auto", "elsewhere"), ...all).lines.join(), /takes "first" at .*, which answered first; not "second"/);
	});

	test("the same again is not said again; another is, also after a time without any", () => {
		const one = finder();
		search(one, all[0] as Answer[]);
		search(one, all[0] as Answer[]);
		assert.equal(one.lines.length, 1);
		search(one, all[2] as Answer[]);
		assert.equal(one.lines.length, 2);
		search(one);
		pass(5_000);
		search(one, all[2] as Answer[]);
		assert.deepEqual(
			one.lines.map((line) => /takes "(\w+)"|no broker/.exec(line)?.[1]),
			["first", "third", undefined, "third"],
		);
	});

	test("over WebSocket by its own name, with the path that it tells; what cannot be used is said and passed over", () => {
		const service = "_mqtt-ws._tcp.local";
		const bad = records("\u001b[2Jbad", "192.168.1.1", ["path=/x HTTP/1.1\r\nHost: y"], { port: 9001, service });
		const { one, answers, lines } = search(
			finder("ws://auto"),
			bad,
			records("ws", "192.168.1.2", ["path=/elsewhere"], { port: 9001, service }),
		);
		assert.deepEqual(answers, ["192.168.1.2"]);
		assert.deepEqual(one.broker, { scheme: "ws", host: "192.168.1.2", port: 9001, path: "/elsewhere", user: undefined });
		assert.match(lines[0] ?? "", /^broker=auto: what "\?\[2Jbad" tells of itself cannot be used: its path/);
		assert.match(lines[1] ?? "", /^broker=auto: takes "ws" at ws:\/\/192\.168\.1\.2:9001\/elsewhere/);
		const usual = search(finder("ws://auto"), records("ws", "192.168.1.2", [], { port: 9001, service }));
		assert.equal(usual.one.broker.path, "/mqtt");
		const none = search(finder("ws://auto"), bad);
		assert.deepEqual([none.answers, none.lines.length], [[undefined], 1]);
	});
});

describe("how it is reached", () => {
	test("a connection goes to what the search before it has found, by that broker's port and path", () => {
		const { one, lines } = finder("ws://auto");
		const made: object[] = [];
		class Socket {
			constructor(options: object) {
				made.push(options);
			}
		}
		const found = reach(
			[one.broker],
			(broker: BrokerUrl) => ({ io: Socket, path: broker.path }) as unknown as SocketProvider,
			{ io: class {} as never },
			() => one.broker,
		);
		assert.equal(found.where(), "ws://auto:80/mqtt");
		const callbacks = { onReadable() {}, onWritable() {}, onError() {} };
		for (const [address, port, path] of [
			["192.168.1.2", 9001, "/one"],
			["192.168.1.3", 9002, "/two"],
		] as const) {
			const service = "_mqtt-ws._tcp.local";
			one.ask("auto", () => {});
			pass(1);
			socket().receive(answer(records("ws", address, [`path=${path}`], { port, service })));
			pass(500);
			new found.socket.io({ ...callbacks, address, port: 80, host: "auto" } as SocketOptions);
			assert.deepEqual(made.splice(0), [{ ...callbacks, address, host: address, port, path }]);
			assert.equal(found.where(), `ws://${address}:${port}${path}`);
		}
		assert.equal(lines.length, 2);
	});

	test("a board's search waits for Wi-Fi, and is given up with its resolver", () => {
		const wifi = new WiFi();
		const patient = { now: () => 0, alarm: () => ({ set() {}, clear() {}, close() {} }) };
		wifi.start({ ssid: "home", password: "secret!!", time: patient, random: () => 1, log() {} });
		const { one } = finder("auto");
		const answers: unknown[] = [];
		const request = {
			host: "auto",
			onResolved: (...words: string[]) => answers.push(words),
			onError: (name: string) => answers.push(name),
		};
		const resolver = new Resolver({ wifi, time, find: one.ask });
		resolver.resolve(request);
		pass(60_000);
		assert.equal(UDP.sent.length, 0);
		Radio.last.becomes(500);
		pass(1);
		socket().receive(answer(records("box", "192.168.1.10")));
		pass(500);
		assert.deepEqual(answers.splice(0), [["auto", "192.168.1.10"]]);
		resolver.resolve(request);
		pass(5_001);
		assert.deepEqual(answers, ["auto"], "nobody answers");
		resolver.resolve(request);
		pass(1);
		assert.equal(UDP.open.length, 1);
		resolver.close();
		pass(20_000);
		assert.deepEqual([answers.length, UDP.open.length], [1, 0]);
	});
});
