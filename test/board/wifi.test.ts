// The ESP32 host's patience with Wi-Fi, in Node, over a radio that tells what the SDK's tells.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { asked, load, Radio } from "./fakes.js";

const { WiFi } = await load("wifi");
const { Clock } = await load("time");
const { default: Resolver } = await load("resolver");

describe("Wi-Fi", () => {
	let ring: () => void;
	let delay: number | undefined;
	/** The radio's alarms are rung by hand; a resolver's go by the board's clock. */
	const time = new Clock();
	let lines: string[];
	let changes: boolean[];
	let wifi: {
		up: boolean;
		id: string;
		rssi: number | undefined;
		waiting: Set<() => void>;
		check(): boolean;
		start(options: object): void;
	};

	beforeEach(() => {
		delay = undefined;
		lines = [];
		changes = [];
		asked.length = 0;
		wifi = new WiFi();
		const alarm = {
			set: (milliseconds: number) => {
				delay = milliseconds;
			},
			clear: () => {
				delay = undefined;
			},
			close() {},
		};
		const byHand = {
			now: () => 0,
			alarm: (given: () => void) => {
				ring = () => {
					delay = undefined;
					given();
				};
				return alarm;
			},
		};
		const log = (line: string) => lines.push(line);
		wifi.start({ ssid: "home", password: "secret!!", time: byHand, random: () => 1, log, onChange: () => changes.push(wifi.up) });
	});
	/** The radio gives up `times` times, and is told to try again each time. */
	const fail = (times: number) => {
		for (let i = 0; i < times; i++) {
			Radio.last.becomes(200);
			ring();
		}
	};
	const connects = () => Radio.last.calls.filter((call) => call.startsWith("connect")).length;

	test("it connects, and has the last three bytes of the MAC as id", () => {
		assert.deepEqual(Radio.last.calls, ["connect home secret!!"]);
		assert.equal(wifi.id, "a1b2c3");
		assert.equal(wifi.rssi, undefined);
		Radio.last.becomes(400);
		assert.equal(wifi.up, false);
		Radio.last.becomes(500);
		assert.equal(wifi.up, true);
		assert.equal(wifi.rssi, -61);
		assert.equal(delay, undefined, "nothing more to wait for");
		// the SDK tells of the connection, then of the address
		Radio.last.becomes(500);
		assert.deepEqual(changes, [true]);
	});

	test("it tries for ever, ever more slowly, and starts anew after a success", () => {
		const waits: (number | undefined)[] = [];
		for (let i = 0; i < 8; i++) {
			Radio.last.becomes(200);
			if (Radio.last.scanning) Radio.last.scanned();
			Radio.last.scanning = undefined;
			waits.push(delay);
			ring();
		}
		assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
		assert.equal(connects(), 9);
		Radio.last.becomes(500);
		Radio.last.becomes(200);
		assert.equal(wifi.up, false);
		assert.equal(delay, 1000);
		assert.deepEqual(changes, [true, false]);
	});

	test("a drop: it connects again, and one line says so, however long it takes", () => {
		Radio.last.becomes(500);
		lines.length = 0;
		Radio.last.becomes(200);
		assert.deepEqual(lines, ["Wi-Fi: lost"]);
		fail(20);
		assert.equal(connects(), 2 + 19);
		assert.equal(lines.length, 1, lines.join("; "));
		Radio.last.becomes(500);
		assert.deepEqual(lines.slice(1), ["Wi-Fi: up, address 192.168.1.77"]);
	});

	test("an end that comes late does not hurry the next try, nor put it off", () => {
		Radio.last.becomes(200);
		assert.equal(delay, 1000);
		delay = 700;
		Radio.last.becomes(200);
		assert.equal(delay, 700);
	});

	test("associated, but without its address: it waits for one, then connects anew", () => {
		Radio.last.becomes(500);
		Radio.last.becomes(400);
		assert.equal(wifi.up, false);
		assert.equal(delay, 20_000);
		ring();
		assert.equal(Radio.last.calls.at(-1), "disconnect");
		assert.equal(delay, 1000);
	});

	test("DHCP's lease is lost, of which the SDK says nothing: the next connection attempt finds out", () => {
		Radio.last.becomes(500);
		assert.equal(wifi.check(), true);
		for (const address of [undefined, "fe80::26f:28ff:fea1:b2c3"]) {
			Radio.last.address = address;
			assert.equal(wifi.up, true);
			const resolver = new Resolver({ wifi, time });
			resolver.resolve({ host: "broker.home", onResolved() {}, onError() {} });
			assert.equal(wifi.up, false);
			assert.equal(asked.length, 0, "nobody is asked without a network");
			assert.equal(delay, 1000);
			ring();
			assert.deepEqual(Radio.last.calls.slice(-2), ["disconnect", "connect home secret!!"]);
			Radio.last.becomes(500);
			assert.equal(asked.length, 1, "asked when it is back");
			resolver.close();
			asked.length = 0;
		}
	});

	test("a network without IPv6, which the SDK waits for, is good enough", () => {
		Radio.last.becomes(400, "192.168.1.77");
		assert.equal(wifi.up, false);
		ring();
		assert.equal(wifi.up, true);
		assert.deepEqual(Radio.last.calls, ["connect home secret!!"]);
		Radio.last.becomes(400, "192.168.1.77");
		assert.equal(wifi.up, true);
		Radio.last.becomes(500);
		assert.deepEqual(changes, [true]);
	});

	test("the Pico W keeps its address while the link is down: an attempt that hangs is given up all the same", () => {
		Radio.last.becomes(500);
		Radio.last.becomes(200, "192.168.1.77");
		ring();
		// cyw43 says nothing any more
		assert.deepEqual([Radio.last.connection, delay], [300, 20_000]);
		ring();
		assert.equal(wifi.up, false);
		assert.deepEqual(Radio.last.calls.slice(-2), ["connect home secret!!", "disconnect"]);
		assert.equal(delay, 2000, "and it goes on");
	});

	test("an address without a link is no network: whoever looks finds out", () => {
		for (const connection of [200, 300]) {
			Radio.last.becomes(500);
			// of which nobody was told
			Radio.last.connection = connection;
			assert.equal(wifi.check(), false);
			assert.equal(Radio.last.calls.at(-1), "disconnect");
			assert.equal(delay, 1000);
		}
		Radio.last.becomes(500);
		Radio.last.becomes(300, "192.168.1.77");
		assert.equal(wifi.up, false);
		assert.equal(delay, 20_000);
	});

	test("one who waits for Wi-Fi and throws is told about, and takes no other along", () => {
		const done: string[] = [];
		wifi.waiting.add(() => done.push("first"));
		wifi.waiting.add(() => {
			throw new Error("no memory");
		});
		wifi.waiting.add(() => done.push("last"));
		Radio.last.becomes(500);
		assert.deepEqual(done, ["first", "last"]);
		assert.deepEqual(changes, [true]);
		assert.equal(lines.at(-1), "Wi-Fi: up, and then: no memory");
		Radio.last.becomes(200);
		Radio.last.becomes(500);
		assert.equal(done.length, 2, "once");
	});

	test("a connection attempt that hangs is given up", () => {
		Radio.last.becomes(400);
		assert.equal(delay, 20_000);
		ring();
		assert.deepEqual(Radio.last.calls, ["connect home secret!!", "disconnect"]);
		ring();
		assert.deepEqual(Radio.last.calls, ["connect home secret!!", "disconnect", "connect home secret!!"]);
	});

	test("a radio that throws is tried again", () => {
		Radio.last.becomes(200);
		Radio.last.connection = 300; // "already connecting"
		ring();
		assert.equal(delay, 2000);
		Radio.last.connection = 200;
		ring();
		Radio.last.becomes(500);
		assert.equal(wifi.up, true);
	});

	test("wrong password: the third failure looks around, once, and says what it thinks", () => {
		lines.length = 0;
		fail(2);
		Radio.last.becomes(200);
		assert.equal(Radio.last.calls.at(-1), "scan");
		Radio.last.scanned(["home", -80], ["other", -40], ["home", -70]);
		assert.deepEqual(lines, ['Wi-Fi: "home" is in sight (-70 dBm) and does not let us in: is the password right?']);
		assert.equal(delay, 4000);
		ring();
		fail(10);
		assert.equal(Radio.last.calls.filter((call) => call === "scan").length, 1);
		assert.equal(lines.length, 1);
	});

	test("access point away: the same look says so; it comes back, and so do we", () => {
		lines.length = 0;
		fail(2);
		Radio.last.becomes(200);
		Radio.last.scanned(["other", -40], ["third", -90]);
		assert.deepEqual(lines, ['Wi-Fi: "home" is not in sight, 2 others are: out of reach, hidden, misspelt, or at 5 GHz only?']);
		fail(3);
		ring();
		Radio.last.becomes(500);
		assert.equal(wifi.up, true);
	});

	for (const alike of ["Home", "home ", "h-o_m.e", "HOME!"])
		test(`access point away, and one in sight that looks like it: it is named: "${alike}"`, () => {
			lines.length = 0;
			fail(2);
			Radio.last.becomes(200);
			Radio.last.scanned(["other", -40], ["\ud800", -30], [alike, -60]);
			assert.deepEqual(lines, [`Wi-Fi: "home" is not in sight, but "${alike}" is: write the name exactly like that`]);
		});

	test("a look that never ends, or cannot begin, keeps nobody", () => {
		fail(2);
		Radio.last.becomes(200);
		assert.equal(delay, 20_000);
		ring();
		assert.equal(connects(), 4);
		Radio.last.scanned(["home", -70]);
		assert.equal(delay, 20_000, "the answer comes late, while we connect: the attempt goes on");
		Radio.last.becomes(500);
		Radio.last.becomes(200);
		ring();
		fail(1);
		Radio.last.scan = () => {
			throw new Error("already scanning");
		};
		Radio.last.becomes(200);
		assert.equal(delay, 4000);
	});
});
