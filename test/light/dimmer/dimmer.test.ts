import assert from "node:assert/strict";
import test from "node:test";
import { Dimmer, type DimmerOptions } from "../../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../../src/light/lamp/lamp.js";
import { seedOfRun } from "../../world/random.js";
import { FakeLink, makeOptions, makeRandom, makeWorld, type World } from "../world.js";

const seed = seedOfRun();

const topic = "home/desk/light";
const rawOf = (level: number) => Math.round(4095 * (0.015 + (0.97 * level) / 254));

function start(options: Partial<DimmerOptions> = {}, level = 100): { world: World; dimmer: Dimmer; link: FakeLink } {
	const world = makeWorld();
	world.hand.sample = () => rawOf(level);
	const dimmer = new Dimmer({ ...makeOptions(world), ...options });
	return { world, dimmer, link: FakeLink.last };
}

function turn(world: World, level: number): void {
	world.hand.sample = () => rawOf(level);
}

test("goes online as itself, with its status beside the intensity topic", () => {
	const { link, world, dimmer } = start({ user: "u", password: "p", port: 8883 });
	const { id, status, keepAlive, host, port, user, password, time } = link.options;
	assert.deepEqual([id, status, keepAlive], ["dimmer-a1b2c3", `${topic}/a1b2c3/status`, 15_000]);
	assert.deepEqual([host, port, user, password, time], ["broker", 8883, "u", "p", world.clock]);
	assert.equal(link.options.random(), 0.5);
	assert.ok(String(id).length <= 23);
	assert.equal(dimmer.level, 100);
});

test("speaks once after a start, retained, and then only the heartbeat", () => {
	const { world, link, dimmer } = start();
	world.clock.run(5000);
	assert.equal(link.published.length, 0);
	link.rise();
	world.clock.run(30_000);
	assert.deepEqual(link.published, [{ at: 6010, topic, text: "100", qos: 1, retain: true }]);
	world.clock.run(60_000);
	assert.deepEqual(
		link.published.slice(1).map(({ at, text, qos }) => [at, text, qos]),
		[
			[36_010, "100", 0],
			[66_010, "100", 0],
		],
	);
	assert.deepEqual(dimmer.counters, { moving: 0, final: 1, heartbeat: 2, flutters: 0, failed: 0 });
});

test(`a turn of one second: at most 25, monotonic, the last one final, exact and at QoS 1 (SEED=${seed})`, () => {
	for (const [from, to] of [
		[0, 4095],
		[4095, 0],
		[rawOf(10), rawOf(201)],
	]) {
		const random = makeRandom(seed);
		const world = makeWorld();
		const began = world.clock.now() + 5000;
		world.hand.sample = () => {
			const share = Math.min(1, Math.max(0, (world.clock.now() - began) / 1000));
			const raw = from + (to - from) * share + (random() - 0.5) * 40;
			return Math.round(Math.min(4095, Math.max(0, raw)));
		};
		const dimmer = new Dimmer(makeOptions(world));
		const link = FakeLink.last;
		link.rise();
		world.clock.run(10_000);
		const sweep = link.published.filter(({ at }) => at >= began);
		const first = sweep[0].at;
		assert.ok(sweep.filter(({ at }) => at < first + 1000).length <= 25);
		const values = sweep.map(({ text }) => (to > from ? Number(text) : -Number(text)));
		for (let i = 1; i < values.length; i++) assert.ok(values[i] >= values[i - 1]);
		assert.ok(sweep.length > 20);
		const last = sweep[sweep.length - 1];
		assert.deepEqual([last.text, last.qos, last.retain], [String(dimmer.level), 1, true]);
		assert.equal(dimmer.level, to === 4095 ? 254 : to === 0 ? 0 : 201);
		// 160 ms to come to rest and take the nearest level, 200 ms to call it final.
		assert.ok(last.at < began + 1000 + 500);
		for (const { qos } of sweep.slice(0, -1)) assert.equal(qos, 0);
	}
});

test(`24 hours at rest, noise of 2 % and all: nothing but heartbeats (SEED=${seed})`, () => {
	const random = makeRandom(seed);
	// Dead ends: the outer 3 % of the travel read as 0 and as full. Jitter: evenly spread over ±2 % of the range, on every sample.
	const noisy = (share: number) => () => {
		const raw = 4095 * ((share - 0.03) / 0.94) + (random() - 0.5) * 2 * 82;
		return raw < 0 ? 0 : raw > 4095 ? 4095 : Math.round(raw);
	};
	const world = makeWorld();
	world.hand.sample = noisy(0.5);
	new Dimmer(makeOptions(world));
	const link = FakeLink.last;
	link.rise();
	// Both ends, just beside them, and anywhere: 4 hours each, after a turn and a minute for it to come to rest.
	const anywhere = random();
	// Not within two steps of the last: a hand that moves the knob by one has not turned it, and the level follows hours later.
	const elsewhere = (anywhere + 0.02 + 0.96 * random()) % 1;
	for (const share of [0.01, 0.99, 0.045, 0.05, anywhere, elsewhere]) {
		world.hand.sample = noisy(share);
		world.clock.run(60_000);
		const before = link.published.length;
		world.clock.run(4 * 3600_000);
		const rest = link.published.slice(before);
		assert.ok(rest.length >= 478 && rest.length <= 481, `${rest.length} in 4 h at ${share}`);
		for (const { qos, text } of rest) assert.deepEqual([qos, text], [0, rest[0].text], `at ${share}`);
	}
});

test("the web has spoken: no heartbeat takes the light back, and no message makes the knob speak", () => {
	const { world, link } = start();
	link.rise();
	world.clock.run(1000);
	link.deliver("100"); // our own echo
	assert.equal(link.published.length, 1);
	link.deliver("30");
	world.clock.run(600_000);
	assert.equal(link.published.length, 1);
	link.deliver("100"); // the web puts it back: heartbeats again, but not because of the message
	world.clock.run(20);
	assert.equal(link.published.length, 1);
	world.clock.run(30_000);
	assert.equal(link.published.length, 2);
	link.deliver("ON"); // as before
	link.deliver("garbage");
	link.deliver("");
	world.clock.run(30_000);
	assert.equal(link.published.length, 3);
	link.deliver("OFF");
	world.clock.run(90_000);
	assert.equal(link.published.length, 3);
	turn(world, 120);
	world.clock.run(1000);
	assert.deepEqual([link.published.at(-1)?.text, link.published.at(-1)?.qos], ["120", 1]);
	const count = link.published.length;
	world.clock.run(30_000);
	assert.equal(link.published.length, count + 1);
});

for (const pickup of [false, true])
	for (const on of ["ON", '{"state":"ON"}'])
		test(`pickup ${pickup}: a page dims, switches off and says ${on}: the knob means by it what the lamp does`, () => {
			const { world, link: knob } = start({ pickup }, 200);
			const lamp = new Lamp({ ...makeOptions(world), id: "lamp" });
			const light = FakeLink.last;
			const send = (text: string) => {
				knob.deliver(text);
				light.deliver(text);
			};
			const run = (ms: number) => {
				for (let i = 0; i < ms; i += 10) {
					world.clock.run(10);
					for (const { text } of knob.published.splice(0)) send(text);
				}
			};
			knob.rise();
			run(3000);
			assert.equal(lamp.level, 200);
			for (const text of ["30", "OFF", on]) {
				send(text);
				run(1000);
			}
			assert.equal(lamp.level, 30);
			run(120_000);
			assert.equal(lamp.level, 30, "no heartbeat");
		});

test("to the knob, as to the lamp, ON is where the light rested, not what a slider passed on its way to off", () => {
	const { world, link } = start({ pickup: true }, 100);
	link.rise();
	world.clock.run(2000);
	link.deliver("200");
	world.clock.run(2000);
	for (let level = 195; level >= 0; level -= 5) {
		link.deliver(String(level));
		world.clock.run(40);
	}
	link.deliver("ON");
	link.published.length = 0;
	for (let level = 100; level < 220; level++) {
		turn(world, level);
		world.clock.run(20);
	}
	const first = Number(link.published[0].text);
	assert.ok(first >= 197 && first <= 203, `taken over at ${first}`);
});

for (const retained of [true, false])
	test(`a page has set the light (retained: ${retained}), and the dimmer reconnects: no heartbeat takes the light back`, () => {
		const { world, link } = start({}, 200);
		link.rise();
		world.clock.run(1000);
		link.deliver("200"); // its own echo
		link.deliver("30");
		link.fall();
		link.rise();
		link.deliver(retained ? "30" : "200", { retain: true });
		world.clock.run(120_000);
		assert.equal(link.published.length, 1);
		turn(world, 180);
		world.clock.run(31_000);
		assert.equal(link.published.at(-1)?.text, "180");
		assert.equal(link.published.at(-1)?.qos, 0, "turned, it is its own again");
	});

test("reconnecting, it speaks only when it was turned meanwhile", () => {
	const { world, link } = start();
	link.rise();
	world.clock.run(1000);
	link.fall();
	world.clock.run(3600_000);
	link.rise();
	world.clock.run(29_000);
	assert.equal(link.published.length, 1, "not turned; nor does an overdue heartbeat come at once");
	link.fall();
	world.clock.run(1000);
	turn(world, 50);
	world.clock.run(1000);
	turn(world, 60);
	world.clock.run(1000);
	assert.equal(link.published.length, 1);
	link.rise();
	world.clock.run(1000);
	assert.deepEqual(
		link.published.slice(1).map(({ text, qos }) => [text, qos]),
		[["60", 1]],
	);
});

test("what the link does not take is said again, newest first", () => {
	const { world, link } = start();
	link.takes = false;
	link.rise();
	world.clock.run(1000);
	turn(world, 40);
	world.clock.run(1000);
	link.takes = true;
	world.clock.run(20);
	assert.deepEqual(
		link.published.map(({ text, qos }) => [text, qos]),
		[["40", 1]],
	);
});

test("the log says once why it is offline", () => {
	const { world, link } = start();
	for (let i = 0; i < 5; i++) link.fall("connection refused");
	link.fall("not authorized");
	link.rise();
	link.fall("not authorized");
	assert.equal(world.log.length, 4, world.log.join("\n"));
	assert.match(world.log[0], /dimmer a1b2c3: offline: connection refused; next try in 1000 ms/);
	assert.match(world.log[2], /online at broker/);
});

test("thrown out again and again, soon after it came online: it asks for a second device of its id", () => {
	const { world, link } = start();
	const online = (ms: number) => {
		link.rise();
		world.clock.run(ms);
		link.fall();
		// Tries in vain between do not count, on either side.
		link.fall("connection refused");
		return world.log.at(-2) ?? "";
	};
	assert.doesNotMatch(online(2000), /another/);
	assert.doesNotMatch(online(2000), /another/);
	assert.match(online(2000), /offline: connection lost; next try .*; does another device use the id a1b2c3\?$/);
	for (const ms of [9000, 15_000, 31_000, 59_000])
		assert.match(online(ms), /another/, "and again, as long as it goes on: the other one waits, too");
	assert.doesNotMatch(online(60_000), /another/, "one that lasted ends it");
	for (let i = 0; i < 2; i++) assert.doesNotMatch(online(2000), /another/);
	assert.match(online(2000), /another/);
});

test("tells of changes, from the event loop, and never after close", () => {
	let changes = 0;
	let done = 0;
	const { world, link, dimmer } = start({ onChange: () => changes++ });
	assert.equal(changes, 0);
	link.rise();
	assert.deepEqual([changes, dimmer.up], [1, true]);
	turn(world, 200);
	world.clock.run(1000);
	assert.ok(changes >= 2);
	link.fall();
	assert.equal(dimmer.up, false);
	const before = changes;
	dimmer.close(() => done++);
	dimmer.close(() => done++);
	turn(world, 0);
	world.clock.run(1000);
	link.fall();
	assert.deepEqual([changes, done, world.closed.knob, world.clock.waiting], [before, 1, 1, 0]);
});

test("close is legal inside onChange", () => {
	const options: Partial<DimmerOptions> = { onChange: () => dimmer.close() };
	const { world, link, dimmer } = start(options);
	turn(world, 200);
	world.clock.run(1000);
	assert.equal(link.closed, true);
	assert.equal(world.clock.waiting, 0);
});

test("what is unfit is refused by name, and the converter given back", () => {
	const world = makeWorld();
	const make = (options: Partial<DimmerOptions>) => () => new Dimmer({ ...makeOptions(world), ...options });
	assert.throws(make({ topic: "a/#" }), /^Error: topic: /);
	assert.throws(make({ id: "a/b" }), /^Error: id: "a\/b" may not hold "\/"/);
	assert.equal(world.closed.knob, 0);
	assert.throws(make({ calibration: { minimum: 5000 } }), /^Error: calibration.minimum: 5000/);
	const failing = class extends FakeLink {
		constructor(options: FakeLink["options"]) {
			super(options);
			throw new Error("port: refused");
		}
	};
	assert.throws(make({ link: failing }), /^Error: port: refused/);
	assert.equal(world.closed.knob, 2);
	assert.equal(world.clock.waiting, 0);
});
