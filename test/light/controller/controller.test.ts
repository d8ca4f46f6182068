// The controller: what a hand sets goes out, nothing else does, and what it shows is true.
import assert from "node:assert/strict";
import test from "node:test";
import { Controller } from "../../../src/light/controller/controller.js";
import { deaf_ms, echo_ms, key_ms } from "../../../src/light/controller/hand.js";
import { makeOptions, makeWorld } from "../world.js";
import { Broker, online, start } from "./fader.js";

/** A drag over `to - from` levels, a level every `step` milliseconds. */
function drag(fader: ReturnType<typeof start>, from: number, to: number, step = 10): void {
	for (let level = from; level !== to; ) {
		level += Math.sign(to - level);
		fader.controller.turn(level);
		fader.world.clock.run(step);
	}
}

test("loading, waking, sleeping, reconnecting, closing and a minute of listening publish nothing", () => {
	for (const held of [undefined, "0", "154", "ON", "abc"]) {
		const fader = start();
		online(fader, held);
		fader.controller.wake();
		fader.controller.sleep();
		fader.controller.wake();
		for (const { proved } of fader.link.proofs.splice(0)) proved();
		fader.link.fall();
		fader.controller.wake();
		fader.world.clock.run(60_000);
		fader.link.rise();
		fader.link.deliver("200", { retain: true });
		fader.link.deliver("20");
		fader.controller.hold();
		fader.world.clock.run(60_000);
		fader.controller.release();
		fader.controller.settle();
		fader.controller.close();
		fader.world.clock.run(60_000);
		assert.deepEqual(fader.said(), [], `topic held ${held}`);
	}
});

test("it has no status, no will and no info, unless asked for", () => {
	assert.equal(start().link.options.status, undefined);
	assert.equal(start().link.options.id, "controller-a1b2c3");
	assert.equal(start({ status: true, id: "anna" }).link.options.status, "home/desk/light/anna/status");
});

test("it refuses what is unfit by name", () => {
	const world = makeWorld();
	assert.throws(() => new Controller({ ...makeOptions(world), topic: "light/#" }), /^Error: topic: /);
	assert.throws(() => new Controller({ ...makeOptions(world), id: "a/b" }), /^Error: id: /);
	const { controller } = start();
	for (const level of [-1, 255, 1.5, Number.NaN]) {
		assert.throws(() => controller.turn(level), /^RangeError: level: /);
		assert.throws(() => controller.press(level), /^RangeError: level: /);
	}
	assert.throws(() => controller.subscribe("home/desk/light", 0, () => {}), /^Error: filter: /);
	assert.equal(world.clock.waiting, 0);
});

test("it follows the topic", () => {
	const fader = start();
	assert.deepEqual([fader.controller.level, fader.controller.ghost, fader.controller.state], [-1, -1, "connecting"]);
	let changes = 0;
	const told = start({ onChange: () => changes++ });
	online(told, "154");
	assert.deepEqual([told.controller.level, told.controller.ghost, told.controller.state], [154, 154, "known"]);
	assert.ok(changes > 0);
	told.link.deliver('{"state":"OFF"}');
	assert.equal(told.controller.level, 0);
	told.link.deliver("ON");
	assert.equal(told.controller.level, 154);
});

test("a drag: at once, at most 25 a second at QoS 0, one last word at QoS 1, retained", () => {
	const fader = start();
	online(fader, "100");
	const broker = new Broker(fader, () => 20);
	fader.controller.hold();
	fader.controller.turn(101);
	assert.equal(broker.log.length, 1, "at once");
	drag(fader, 101, 160, 7);
	fader.world.clock.run(5_000);
	assert.equal(broker.log.filter(({ qos }) => qos === 1).length, 0, "a thumb that rests may go on");
	drag(fader, 160, 40, 7);
	fader.controller.release();
	fader.world.clock.run(10_000);
	const { log } = broker;
	for (let i = 1; i < log.length; i++) assert.ok(log[i].at - log[i - 1].at >= 40, `${log[i].at - log[i - 1].at} ms`);
	assert.deepEqual(
		log.filter(({ qos }) => qos === 1).map(({ text }) => text),
		["40"],
	);
	assert.equal(log.at(-1)?.qos, 1);
	assert.ok(log.every(({ retain }) => retain));
	assert.ok(log.length > 20 && log.length <= 37, `${log.length} publishes in 1.3 s of moving`);
	assert.deepEqual([fader.controller.level, fader.controller.notPassedOn], [40, -1]);
	assert.deepEqual(fader.controller.counters, { moving: log.length - 1, final: 1, accepted: log.length + 1, ignored: 0 });
});

test("held, the level is the hand's alone; messages move the ghost", () => {
	const fader = start();
	online(fader, "100");
	fader.controller.hold();
	fader.link.deliver("30");
	assert.deepEqual([fader.controller.level, fader.controller.ghost], [100, 30]);
	fader.controller.turn(101);
	for (const level of ["7", "200", "0"]) {
		fader.link.deliver(level);
		fader.world.clock.run(3_000);
		assert.deepEqual([fader.controller.level, fader.controller.ghost], [101, Number(level)]);
	}
	assert.equal(fader.controller.held, true);
});

test("let go without having set anything, it goes to where the topic is", () => {
	const fader = start();
	online(fader, "100");
	fader.controller.hold();
	fader.link.deliver("30");
	fader.controller.release();
	assert.deepEqual([fader.controller.level, fader.said()], [30, []]);
});

test("after its last word it is deaf until that is back, then the latest wins", () => {
	const fader = start();
	online(fader, "100");
	fader.controller.hold();
	for (const level of [110, 120, 130, 110]) {
		fader.controller.turn(level);
		fader.world.clock.run(50);
	}
	fader.controller.release();
	assert.deepEqual(fader.said(), ["110/0", "120/0", "130/0", "110/0", "110/1"]);
	for (const echo of ["110", "120", "130", "55", "110"]) {
		fader.link.deliver(echo);
		assert.equal(fader.controller.level, 110, `at ${echo}`);
	}
	fader.link.deliver("110");
	fader.link.deliver("60");
	assert.equal(fader.controller.level, 60);
});

test("a last word that does not come back: deaf for 1.5 s, then the latest wins; after 2 s it says so", () => {
	const fader = start();
	online(fader, "100");
	const broker = new Broker(fader, () => 20);
	broker.mute = true;
	fader.controller.press(154);
	broker.say("7");
	fader.world.clock.run(deaf_ms - 1);
	assert.deepEqual([fader.controller.level, fader.controller.ghost, fader.controller.notPassedOn], [154, 7, -1]);
	fader.world.clock.run(1);
	assert.equal(fader.controller.level, 7);
	fader.world.clock.run(echo_ms - deaf_ms);
	assert.equal(fader.controller.notPassedOn, 154);
	broker.mute = false;
	fader.controller.press(80);
	fader.world.clock.run(1_000);
	assert.deepEqual([fader.controller.level, fader.controller.notPassedOn], [80, -1]);
});

test("not acknowledged either, nothing is said of the broker until it is", () => {
	const fader = start();
	online(fader, "100");
	fader.link.kept = 1;
	fader.controller.press(154);
	fader.world.clock.run(10_000);
	assert.equal(fader.controller.notPassedOn, -1);
	fader.link.kept = 0;
	fader.world.clock.run(200);
	assert.equal(fader.controller.notPassedOn, 154);
});

test("keys: each holds the level for 400 ms, and together they have one last word", () => {
	const fader = start();
	online(fader, "100");
	const broker = new Broker(fader, () => 20);
	for (const level of [102, 104, 106]) {
		fader.controller.turn(level);
		fader.world.clock.run(key_ms - 100);
		assert.equal(fader.controller.held, true);
	}
	fader.world.clock.run(100);
	assert.deepEqual(
		[fader.controller.held, broker.log.map(({ text, qos }) => `${text}/${qos}`)],
		[false, ["102/0", "104/0", "106/0", "106/1"]],
	);
});

test("a button is said at once and for good, also when the level stands there already, and also while a hand is at the fader", () => {
	const fader = start();
	online(fader, "100");
	fader.controller.press(100);
	assert.deepEqual(fader.said(), ["100/1"]);
	fader.world.clock.run(3_000);
	fader.controller.hold();
	fader.controller.turn(120);
	fader.controller.press(254);
	fader.world.clock.run(40);
	assert.deepEqual(fader.said(), ["120/0", "254/1"]);
	assert.equal(fader.controller.held, false);
});

test("on again is the last level that was at rest", () => {
	const fader = start();
	assert.equal(fader.controller.remembered, 254);
	online(fader, "154");
	const broker = new Broker(fader, () => 20);
	fader.controller.hold();
	drag(fader, 154, 0);
	fader.controller.release();
	fader.world.clock.run(3_000);
	assert.deepEqual([fader.controller.level, fader.controller.remembered], [0, 154], "dragged to off");
	fader.controller.toggle();
	fader.world.clock.run(3_000);
	assert.deepEqual([fader.controller.level, broker.log.at(-1)?.text], [154, "154"]);
	fader.controller.press(63);
	fader.world.clock.run(100);
	fader.controller.toggle();
	fader.world.clock.run(3_000);
	assert.deepEqual([fader.controller.level, fader.controller.remembered], [0, 63], "switched off");
	for (const level of ["200", "150", "100", "50", "1", "0"]) {
		broker.say(level);
		fader.world.clock.run(level === "200" ? 2_000 : 40);
	}
	fader.world.clock.run(100);
	assert.deepEqual([fader.controller.level, fader.controller.remembered], [0, 200], "turned to off by somebody else");
});

test("settle and sleep say the last word now, and once", () => {
	for (const leave of ["settle", "sleep", "close"] as const) {
		const fader = start();
		online(fader, "100");
		fader.controller.hold();
		fader.controller.turn(120);
		fader.controller.turn(121);
		fader.controller[leave]();
		assert.deepEqual(fader.said(), ["120/0", "121/1"], leave);
		if (leave === "close") continue;
		fader.controller.release();
		fader.world.clock.run(60_000);
		assert.deepEqual(fader.said(), [], leave);
	}
});

test("set while lost: shown, pending, and said once when the connection is there", () => {
	const fader = start();
	online(fader, "100");
	fader.link.fall();
	fader.controller.hold();
	fader.controller.turn(140);
	fader.controller.turn(150);
	fader.controller.release();
	fader.world.clock.run(60_000);
	assert.deepEqual([fader.said(), fader.controller.level, fader.controller.pending, fader.controller.state], [[], 150, true, "lost"]);
	fader.link.rise();
	assert.deepEqual(fader.said(), ["150/1"]);
	fader.link.deliver("100", { retain: true });
	assert.equal(fader.controller.level, 150);
	fader.link.deliver("150");
	fader.world.clock.run(5_000);
	assert.deepEqual([fader.controller.level, fader.controller.pending, fader.said()], [150, false, []]);
});

test("a link without room is asked again", () => {
	const fader = start();
	online(fader, "100");
	fader.link.takes = false;
	fader.controller.press(154);
	fader.world.clock.run(1_000);
	assert.equal(fader.controller.pending, true);
	fader.link.takes = true;
	fader.world.clock.run(100);
	assert.deepEqual([fader.said(), fader.controller.pending], [["154/1"], false]);
});

test("a level from before is never shown as current", () => {
	const fader = start();
	const { controller, link, world } = fader;
	link.rise();
	assert.equal(controller.state, "connecting");
	world.clock.run(1_000);
	assert.equal(controller.state, "empty");
	link.deliver("100");
	assert.equal(controller.state, "known");
	const heardAt = world.clock.now();
	world.clock.run(5_000);
	assert.equal(controller.heardAt, heardAt);
	link.fall();
	assert.deepEqual([controller.state, controller.level], ["lost", 100]);
	link.rise();
	assert.deepEqual([controller.state, controller.level], ["checking", 100]);
	link.deliver("90", { retain: true });
	assert.deepEqual([controller.state, controller.level], ["known", 90]);
	link.fall();
	link.rise();
	world.clock.run(1_000);
	assert.equal(controller.state, "empty", "the broker has forgotten it");
});

test("woken: the level is old until a sign of life, and what came meanwhile is not played", () => {
	const fader = start();
	const { controller, link } = fader;
	online(fader, "100");
	controller.sleep();
	link.proofs.length = 0;
	fader.world.clock.run(3_600_000);
	assert.equal(link.proofs.length, 0, "asleep, nothing is asked");
	controller.wake();
	assert.deepEqual([controller.state, link.proofs.length, link.proofs[0].patience], ["checking", 1, 2_000]);
	const shown = new Set<number>();
	for (let level = 0; level < 125; level++) {
		link.deliver(String(level));
		shown.add(controller.level);
	}
	assert.deepEqual([[...shown], controller.ghost], [[100], 124]);
	link.proofs[0].proved();
	assert.deepEqual([controller.state, controller.level], ["known", 124]);
});

test("what comes between the end of the sleep and the word of it is not played either, nor on a connection that came up meanwhile", () => {
	for (const reconnected of [false, true]) {
		const fader = start();
		const { controller, link } = fader;
		online(fader, "100");
		controller.sleep();
		if (reconnected) {
			link.fall();
			link.rise();
			link.deliver("100", { retain: true });
		}
		link.deliver("20");
		assert.deepEqual([controller.level, controller.ghost], [100, 20], `reconnected: ${reconnected}`);
		controller.wake();
		link.deliver("90");
		assert.equal(controller.level, 100);
		link.proofs.at(-1)?.proved();
		assert.deepEqual([controller.state, controller.level], ["known", 90]);
	}
});

test("woken, set by a hand before the sign of life: the hand's level is said", () => {
	const fader = start();
	online(fader, "100");
	fader.controller.wake();
	fader.controller.press(7);
	assert.deepEqual([fader.said(), fader.controller.level, fader.controller.state], [["7/1"], 7, "checking"]);
});

test("awake, the broker is asked for a sign of life every 10 s; a wake that crosses it is answered too", () => {
	const fader = start();
	const { controller, link, world } = fader;
	online(fader, "100");
	world.clock.run(30_000);
	assert.equal(link.proofs.length, 3);
	controller.wake();
	world.clock.run(10_000);
	assert.equal(controller.state, "checking");
	link.proofs.at(-1)?.proved();
	assert.equal(controller.state, "known");
});

test("a message that is no level is told, and changes nothing", () => {
	const told: string[] = [];
	const fader = start({ onRefused: (why, { bytes, length }) => told.push(`${why} ${Buffer.from(bytes.subarray(0, length))}`) });
	online(fader, "100");
	fader.link.deliver("abc");
	fader.link.deliver("300");
	fader.link.deliver("x".repeat(2_000));
	assert.deepEqual([fader.controller.level, fader.controller.counters.ignored, told.length], [100, 3, 3]);
	assert.match(told[0], /^the text is no level.* abc$/);
});

test("closed, it is silent", () => {
	const fader = start({ onChange: () => assert.fail("told") });
	fader.controller.close();
	fader.controller.hold();
	fader.controller.turn(7);
	fader.controller.press(7);
	fader.controller.release();
	fader.controller.settle();
	fader.controller.wake();
	fader.controller.sleep();
	fader.controller.close();
	fader.link.deliver("7");
	fader.world.clock.run(60_000);
	assert.deepEqual([fader.said(), fader.controller.up, fader.controller.level], [[], false, -1]);
});
