import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeCurve } from "../../../src/light/lamp/curve.js";
import { Lamp, type LampOptions } from "../../../src/light/lamp/lamp.js";
import {
	payload_max_bytes,
	reasons,
	refused_empty,
	refused_long,
	refused_scale,
	refused_word,
} from "../../../src/light/level/intensity.js";
import { message_bytes } from "../../../src/limits.js";
import { FakeLink, makeOptions, makeWorld, type World } from "../world.js";

const curve = makeCurve(14);

function start(options: Partial<LampOptions> = {}): { world: World; lamp: Lamp; link: FakeLink } {
	const world = makeWorld();
	const lamp = new Lamp({ ...makeOptions(world), ...options });
	return { world, lamp, link: FakeLink.last };
}

test("dark before anything else, whatever else fails", () => {
	const world = makeWorld();
	let writes = -1;
	const probe = class extends FakeLink {
		constructor(options: FakeLink["options"]) {
			super(options);
			writes = world.writes.length;
		}
	};
	new Lamp({ ...makeOptions(world), link: probe });
	assert.equal(writes, 1);
	assert.deepEqual(world.writes, [{ at: 1000, duty: 0 }]);
	const broken = makeWorld();
	assert.throws(() => new Lamp({ ...makeOptions(broken), topic: "" }), /^Error: topic: may not be empty/);
	assert.deepEqual([broken.writes.length, broken.closed.led], [1, 1]);
});

test("goes online as itself and listens at QoS 1", () => {
	const { link } = start({ id: "shelf" });
	assert.deepEqual([link.options.id, link.options.status], ["lamp-shelf", "home/desk/light/shelf/status"]);
	assert.deepEqual([link.filter, link.qos], ["home/desk/light", 1]);
	assert.equal(link.published.length, 0);
});

test("a stream lags less than 60 ms, and the alarm rings only while a fade runs", () => {
	const { world, lamp, link } = start();
	for (let level = 10; level <= 250; level += 10) {
		link.deliver(String(level));
		world.clock.run(40);
	}
	world.clock.run(20);
	assert.equal(lamp.duty, curve[250]);
	assert.equal(world.clock.waiting, 0);
	const { length } = world.writes;
	world.clock.run(60_000);
	assert.equal(world.writes.length, length);
});

test("interrupted at any moment, it goes on from where it is", () => {
	const step = fc.record({ level: fc.integer({ min: 0, max: 254 }), wait: fc.integer({ min: 0, max: 400 }) });
	fc.assert(
		fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
			const { world, lamp, link } = start();
			for (const { level, wait } of steps) {
				const before = lamp.duty;
				link.deliver(String(level));
				// A flood would show as a jump here: nothing is written before 10 ms of the new fade have passed.
				assert.ok(Math.abs(lamp.duty - before) <= 16383 / 4);
				world.clock.run(wait);
			}
			world.clock.run(400);
			const last = steps[steps.length - 1].level;
			assert.deepEqual([lamp.level, lamp.duty], [last, curve[last]]);
		}),
		{ numRuns: 300 },
	);
});

test("a flood: the newest wins, and the light moves on the way", () => {
	const { world, lamp, link } = start();
	for (let i = 0; i < 2000; i++) {
		link.deliver(String(100 + (i % 100)));
		world.clock.run(1);
	}
	assert.ok(lamp.duty >= curve[100]);
	link.deliver("42");
	world.clock.run(400);
	assert.equal(lamp.duty, curve[42]);
	assert.ok(world.writes.length <= 2400 / 5 + 2);
});

test("the same level twice does nothing: no fade is begun anew, and none is hurried that takes its usual time", () => {
	let changes = 0;
	const { world, lamp, link } = start({ onChange: () => changes++ });
	link.deliver("90");
	world.clock.run(100);
	const halfway = lamp.duty;
	const before = changes;
	for (let i = 0; i < 5; i++) link.deliver("90");
	assert.deepEqual([lamp.duty, changes], [halfway, before]);
	world.clock.run(200);
	assert.ok(lamp.duty < curve[90]);
	world.clock.run(60);
	assert.equal(lamp.duty, curve[90]);
	const { length } = world.writes;
	link.deliver("90");
	link.deliver('{"brightness":90,"transition":10}');
	world.clock.run(20_000);
	assert.deepEqual([world.writes.length, lamp.counters.accepted], [length, 8]);
});

for (const [name, slow, quick, level] of [
	["OFF", '{"state":"OFF","transition":60}', "OFF", 0],
	["0", '{"state":"OFF","transition":60}', "0", 0],
	["JSON OFF, transition 0", '{"state":"OFF","transition":60}', '{"state":"OFF","transition":0}', 0],
	["ON", '{"brightness":254,"transition":60}', "ON", 254],
	["254, transition 1", '{"brightness":254,"transition":60}', '{"brightness":254,"transition":1}', 254],
] as const)
	test(`the last command wins, also where it repeats the target of a fade: ${name}`, () => {
		const { world, lamp, link } = start();
		link.deliver("200");
		world.clock.run(1000);
		link.deliver(slow);
		world.clock.run(5000);
		link.deliver(quick);
		world.clock.run(1000);
		assert.equal(lamp.duty, curve[level]);
		assert.equal(world.clock.waiting, 0);
	});

test("a target repeated with a longer transition takes longer; repeated for ever without one, it is reached all the same", () => {
	const { world, lamp, link } = start();
	link.deliver('{"brightness":254,"transition":2}');
	world.clock.run(1000);
	assert.equal(lamp.duty, curve[127]);
	link.deliver('{"brightness":254,"transition":127}');
	world.clock.run(10_000);
	assert.ok(Math.abs(lamp.duty - curve[137]) <= 5);
	for (let i = 0; i < 400; i++) {
		link.deliver("254");
		world.clock.run(1);
	}
	assert.equal(lamp.duty, curve[254]);
});

test("ON is the last level at which the light rested, not one that was passed on the way to off; transition is honoured", () => {
	const { world, lamp, link } = start();
	link.deliver("ON");
	assert.equal(lamp.level, 254);
	link.deliver("60");
	world.clock.run(1000);
	for (let level = 60; level >= 0; level -= 5) {
		link.deliver(String(level));
		world.clock.run(40);
	}
	assert.equal(lamp.level, 0);
	link.deliver("on");
	assert.equal(lamp.level, 60);
	world.clock.run(1000);
	link.deliver('{"state":"OFF","transition":10}');
	world.clock.run(5000);
	assert.equal(lamp.duty, curve[30]);
	world.clock.run(5000);
	assert.equal(lamp.duty, 0);
});

for (const text of ['{"state":"OFF","transition":90}', '{"state": "OFF", "transition": 300.0}', '{"brightness":0,"transition":1800}'])
	test(`a clear command is never thrown away for its transition: ${text}`, () => {
		const { world, lamp, link } = start();
		link.deliver("200");
		world.clock.run(1000);
		link.deliver(text);
		world.clock.run(80_000);
		assert.ok(lamp.level === 0 && lamp.duty > 0);
		world.clock.run(1_800_000);
		assert.equal(lamp.duty, 0);
	});

test("a transition of more than an hour takes an hour", () => {
	const { world, lamp, link } = start();
	link.deliver('{"brightness":254,"transition":1e9}');
	world.clock.run(1_800_000);
	assert.equal(lamp.duty, curve[127]);
	world.clock.run(1_800_000);
	assert.equal(lamp.duty, curve[254]);
});

test("what is retained says nothing of time: at a start and after a reconnect the level comes in the usual time", () => {
	for (const before of [[], ["10"]]) {
		const { world, lamp, link } = start();
		for (const text of before) link.deliver(text);
		world.clock.run(1000);
		link.fall();
		link.rise();
		link.deliver('{"brightness":200,"transition":60}', { retain: true });
		world.clock.run(350);
		assert.equal(lamp.duty, curve[200]);
	}
	// the fade that it tells of is under way: a reconnect does not hurry it
	const { world, lamp, link } = start();
	link.deliver('{"brightness":254,"transition":60}');
	world.clock.run(10_000);
	link.fall();
	link.rise();
	link.deliver('{"brightness":254,"transition":60}', { retain: true });
	world.clock.run(20_000);
	assert.equal(lamp.duty, curve[127]);
	world.clock.run(30_000);
	assert.equal(lamp.duty, curve[254]);
});

test("a reason names the byte that the log would not show", () => {
	const { world, lamp, link } = start();
	link.deliver("O\0N\0");
	assert.equal(lamp.level, 0);
	assert.match(world.log[0], /^lamp: message ignored: the payload holds a NUL: .* \(byte 2 is 0x00, which cannot be seen\)$/);
});

test("garbage: the light stays, each reason is logged once, and after a minute again when a good level came", () => {
	const { world, lamp, link } = start();
	link.deliver("90");
	world.clock.run(400);
	const { length } = world.writes;
	for (let i = 0; i < 50; i++) for (const text of ["", "12abc", "300", "1023", "online", "x".repeat(1100)]) link.deliver(text);
	world.clock.run(1000);
	assert.deepEqual([lamp.level, lamp.duty, world.writes.length], [90, curve[90], length]);
	assert.deepEqual(lamp.counters, { accepted: 1, ignored: 300 });
	const count = (code: number) => lamp.ignored[-code];
	assert.deepEqual([refused_empty, refused_word, refused_scale, refused_long].map(count), [50, 100, 100, 50]);
	assert.equal(world.log.length, 4);
	assert.equal(world.log[0], `lamp: message ignored: ${reasons[-refused_empty]}`);
	world.clock.run(60_000);
	link.deliver("301");
	assert.equal(world.log.length, 4, "no good level came");
	link.deliver("91");
	link.deliver("300");
	link.deliver("301");
	assert.equal(world.log.length, 5);
	for (let i = 0; i < 10_000; i++) {
		link.deliver(i % 2 === 0 ? "online" : String(i % 255));
		world.clock.run(10);
	}
	assert.ok(world.log.length <= 5 + 2, `${world.log.length} lines after a hundred seconds of both`);
});

test("a payload too long for one piece is refused once, whatever its fragments hold", () => {
	const { world, lamp, link } = start();
	link.deliver("9");
	assert.ok(message_bytes >= payload_max_bytes, "what can be read, the link delivers in one piece");
	link.deliver("1".repeat(5000), { size: 1024 });
	link.deliver(`${" ".repeat(1024)}7`, { size: 1024 });
	link.deliver("1".repeat(1025));
	assert.deepEqual([lamp.level, lamp.counters.ignored, lamp.ignored[-refused_long], world.log.length], [9, 3, 3, 1]);
});

test("holds its level while the broker is away, and a fade goes on", () => {
	const { world, lamp, link } = start();
	link.rise();
	link.deliver("200");
	world.clock.run(20);
	link.fall();
	world.clock.run(3600_000);
	assert.deepEqual([lamp.up, lamp.level, lamp.duty], [false, 200, curve[200]]);
	assert.equal(lamp.counters.accepted, 1);
});

test("power-on follow: the retained level is faded in", () => {
	const { world, lamp, link } = start();
	link.deliver("254", { retain: true });
	world.clock.run(175);
	assert.equal(lamp.duty, curve[127]);
	world.clock.run(175);
	assert.equal(lamp.duty, 16383);
});

test("power-on off: dark until another level comes, or a command", () => {
	const { world, lamp, link } = start({ powerOn: "off" });
	link.deliver("200", { retain: true });
	// a heartbeat, or a bulb that reports its state: nobody can tell it from a command, and dark is safe
	for (const text of ["200", "200.0", '{"brightness":200}', '{"state":"ON","brightness":200,"linkquality":47}']) link.deliver(text);
	link.fall();
	link.deliver("200", { retain: true });
	world.clock.run(1000);
	assert.deepEqual([lamp.level, lamp.duty], [0, 0]);
	link.deliver("199");
	assert.equal(lamp.level, 199);
	link.deliver("50", { retain: true }); // after a reconnect: now it follows
	assert.equal(lamp.level, 50);

	const other = start({ powerOn: "off" });
	other.link.deliver("254", { retain: true });
	other.link.deliver("ON");
	assert.equal(other.lamp.level, 254);

	const away = start({ powerOn: "off" });
	away.link.deliver("40", { retain: true });
	away.link.fall();
	away.link.deliver("40", { retain: true });
	assert.equal(away.lamp.level, 0);
	away.link.fall();
	away.link.deliver("150", { retain: true }); // turned while the lamp was away
	assert.equal(away.lamp.level, 150);

	const json = start({ powerOn: "off" });
	for (let connection = 0; connection < 3; connection++) json.link.deliver('{"brightness":40}', { retain: true });
	assert.equal(json.lamp.level, 0, "retained, it is no command");

	for (const on of ["ON", '{"state":"ON"}']) {
		const held = start({ powerOn: "off" });
		held.link.deliver("40", { retain: true });
		held.link.deliver(on);
		assert.equal(held.lamp.level, 40, `${on} is the level that the topic held`);
	}

	const empty = start({ powerOn: "off" });
	empty.link.deliver("7");
	assert.equal(empty.lamp.level, 7);
});

test("close: dark, silent, twice is fine, legal inside onChange", () => {
	let changes = 0;
	let done = 0;
	const options: Partial<LampOptions> = {
		onChange: () => {
			changes++;
			lamp.close(() => done++);
		},
	};
	const { world, lamp, link } = start(options);
	link.deliver("200");
	lamp.close(() => done++);
	world.clock.run(1000);
	link.deliver("100");
	link.fall();
	assert.deepEqual([changes, done, world.closed.led, world.clock.waiting, lamp.up], [1, 1, 1, 0, false]);
	assert.equal(world.writes.at(-1)?.duty, 0);
});

test("what is unfit is refused by name", () => {
	const world = makeWorld({ ledBits: 7 });
	assert.throws(() => new Lamp(makeOptions(world)), /^Error: led: a resolution of 7 bits/);
	assert.throws(() => start({ powerOn: "on" as "off" }), /^Error: powerOn: "on" is unknown; give one of follow, last, off/);
	assert.throws(() => start({ fade: -1 }), /^Error: fade: -1 is no time for a fade; give 0 to 60000 ms/);
	assert.throws(() => start({ streamFade: NaN }), /^Error: streamFade: NaN/);
	assert.throws(() => start({ minimum: 101 }), /^Error: minimum: 101/);
	assert.throws(() => start({ id: "" }), /^Error: id: may not be empty/);
});
