// The Hue role against a virtual bridge, in virtual time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeRandom } from "../light/world.js";
import { type Fault, type HueWorld, key, makeHue } from "./world.js";

const lit = ({ bridge }: HueWorld, index = 0) => {
	const light = bridge.lights[index] as { on: boolean; level: number };
	return light.on ? light.level : 0;
};
const puts = (world: HueWorld) => world.asked.filter(({ method }) => method === "PUT");

describe("topic → Hue", () => {
	for (const secure of [true, false]) {
		const version = secure ? "v2 over https" : "v1 over http";

		test(`${version}: a level, off, and ON arrive`, () => {
			const world = makeHue({ secure });
			world.clock.run(1_000);
			world.link.deliver("154");
			// ON is the last level at which the light rested
			world.clock.run(2_000);
			assert.equal(lit(world), 154);
			world.link.deliver("0");
			world.clock.run(500);
			assert.equal(lit(world), 0);
			world.link.deliver("ON");
			world.clock.run(500);
			assert.equal(lit(world), 154);
			assert.equal(lit(world, 1), 0, "the light that was not named stays as it was");
			assert.deepEqual(world.hue.lights, [{ name: "Desk", id: world.hue.lights[0]?.id, shown: 154, gone: false }]);
		});

		test(`${version}: a knob that turns for 60 s at 25 a second: at most 10 requests a second, one at a time, and the last level arrives`, () => {
			const world = makeHue({ secure, lights: ["Desk", "Window"] });
			world.clock.run(1_000);
			const begun = world.clock.now();
			for (let i = 0; i < 1_500; i++) {
				world.link.deliver(String(Math.round(127 + 126 * Math.sin(i / 20))));
				world.clock.run(40);
			}
			world.link.deliver("77");
			world.clock.run(1_000);
			const times = puts(world).map(({ at }) => at);
			for (const [index, at] of times.entries()) {
				const within = times.slice(index).filter((later) => later < at + 1_000).length;
				assert.ok(within <= 10, `${within} requests in the second from ${at - begun}`);
			}
			assert.ok(times.length > 500, `${times.length} requests: the lights follow the knob`);
			assert.equal(world.most, 1);
			assert.equal(world.bridge.commands.length, times.length, "the bridge refused nothing");
			assert.deepEqual([lit(world), lit(world, 1)], [77, 77]);
		});
	}

	test("a room takes one command a second, and the last level arrives", () => {
		const world = makeHue({ lights: ["Hall"], rooms: { Hall: ["Desk", "Window"] } });
		world.clock.run(1_000);
		for (let i = 0; i < 250; i++) {
			world.link.deliver(String(i));
			world.clock.run(40);
		}
		world.clock.run(2_000);
		const times = puts(world).map(({ at }) => at);
		for (let i = 1; i < times.length; i++) assert.ok((times[i] as number) - (times[i - 1] as number) >= 1_000);
		assert.deepEqual([lit(world), lit(world, 1)], [249, 249]);
	});

	test("after a stall the newest level goes out, and none of those before", () => {
		const world = makeHue();
		world.clock.run(1_000);
		world.weather.fault = () => "busy";
		world.link.deliver("10");
		world.clock.run(200);
		for (const level of ["20", "30", "40"]) world.link.deliver(level);
		world.weather.fault = () => "none";
		const before = puts(world).length;
		world.clock.run(2_000);
		const after = puts(world).slice(before);
		assert.equal(after.length, 1);
		assert.match(after[0]?.body ?? "", /15\.75/);
		assert.equal(lit(world), 40);
		assert.match(world.log.join("\n"), /no room for more commands; the newest level follows/);
	});

	test("a fade: 400 ms for a level that stands alone, 100 while a knob turns, the message's own where it says, and not when it was retained", () => {
		const world = makeHue();
		world.clock.run(1_000);
		const duration = () => JSON.parse(puts(world).at(-1)?.body ?? "{}").dynamics.duration;
		world.link.deliver('{"brightness":9,"transition":5}', { retain: true });
		world.clock.run(300);
		assert.equal(duration(), 400);
		world.link.deliver("50");
		world.clock.run(150);
		assert.equal(duration(), 100);
		world.clock.run(1_000);
		world.link.deliver("60");
		world.clock.run(150);
		assert.equal(duration(), 400);
		world.link.deliver('{"brightness":90,"transition":5}');
		world.clock.run(150);
		assert.equal(duration(), 5_000);
	});

	for (let seed = 1; seed <= 1_000; seed += 100)
		test(`seeds ${seed} to ${seed + 99}: a sweep at 25 a second: whatever fails on the way, the last level arrives, and the bridge is not flooded`, () => {
			for (let s = seed; s < seed + 100; s++) stormy(s);
		});
});

/** A knob swept at 25 levels a second for five seconds, while requests are slow, lost, or refused. */
function stormy(seed: number): void {
	const random = makeRandom(seed);
	const rooms: Record<string, string[]> = random() < 0.3 ? { Hall: ["Window"] } : {};
	const lights = ["Desk", "Hall" in rooms ? "Hall" : "Window"];
	const world = makeHue({ seed, secure: random() < 0.5, lights, rooms, follow: random() < 0.3 });
	world.weather.delay = () => 1 + Math.floor(random() * 400);
	const faults: Fault[] = ["none", "none", "none", "none", "reset", "silence", "busy"];
	world.weather.fault = () => faults[Math.floor(random() * faults.length)] as Fault;
	const speed = 1 + random() * 20;
	let last = 0;
	for (let i = 0; i < 125; i++) {
		last = Math.round(127 + 127 * Math.sin(i / speed));
		world.link.deliver(String(last));
		world.clock.run(40);
	}
	world.weather.fault = () => "none";
	world.clock.run(200_000);
	const message = `SEED=${seed}`;
	assert.deepEqual(world.stopped, [], message);
	assert.deepEqual([lit(world), lit(world, 1)], [last, last], message);
	assert.deepEqual(world.link.published, [], message);
	assert.equal(world.most, 1, message);
	const times = world.asked.filter(({ path }) => !path.includes("eventstream")).map(({ at }) => at);
	for (let i = 10; i < times.length; i++)
		assert.ok((times[i] as number) - (times[i - 10] as number) >= 1_000, `${message}: more than 10 a second at ${times[i]}`);
}

describe("what the bridge refuses", () => {
	test("a key that is not known any more ends the role, and says how to pair again", () => {
		for (const secure of [true, false]) {
			const world = makeHue({ secure });
			world.clock.run(1_000);
			world.bridge.keys.clear();
			world.link.deliver("9");
			world.clock.run(1_000);
			assert.match(world.stopped.join(), /does not know this key any more; pair again: lampwire hue pair/);
			assert.ok(world.link.closed);
			const asked = world.asked.length;
			world.clock.run(100_000);
			assert.equal(world.asked.length, asked, "nothing is asked any more");
		}
	});

	test("a redirect to https is told and never followed", () => {
		const world = makeHue({ secure: false });
		world.bridge.mode = "redirect";
		world.clock.run(1_000);
		assert.match(world.stopped.join(), /speaks https only; leave out --hue-http/);
		assert.equal(world.asked.length, 1);
	});

	test("a name that nothing has lists what there is; one that two share names both ids; an id tells them apart", () => {
		const none = makeHue({ lights: ["Dest"] });
		none.clock.run(1_000);
		assert.match(none.stopped.join(), /nothing called "Dest"; it has "Desk" \([0-9a-f-]{36}\), "Window"/);
		const two = makeHue({ lights: ["desk"], rooms: { DESK: ["Window"] } });
		two.clock.run(1_000);
		const light = two.bridge.lights[0]?.uuid as string;
		const group = two.bridge.rooms[0]?.groupUuid as string;
		assert.match(two.stopped.join(), new RegExp(`"desk" is the name of light ${light} and room ${group}; write the id`));
		const one = makeHue({ lights: [light], rooms: { DESK: ["Window"] } });
		one.clock.run(1_000);
		assert.deepEqual(one.stopped, []);
		const number = makeHue({ lights: ["2"], secure: true });
		number.clock.run(1_000);
		assert.equal(number.hue.lights[0]?.name, "Window");
	});

	test("numbers, by API v1: each is asked for alone, never the list; one that is not there ends the role and is named", () => {
		const world = makeHue({ secure: false, lights: ["2", "groups/1"], rooms: { Hall: ["Desk"] } });
		world.clock.run(1_000);
		assert.deepEqual(
			world.asked.map(({ path }) => path.replace(`/api/${key}`, "")),
			["/lights/2", "/groups/1"],
		);
		assert.deepEqual(
			world.hue.lights.map(({ name }) => name),
			["Window", "Hall"],
		);
		const none = makeHue({ secure: false, lights: ["1", "9"] });
		none.clock.run(1_000);
		assert.match(none.stopped.join(), /^lights: the bridge has nothing with the id "9"$/);
	});

	test("a bridge that is away for hours: fewer and fewer tries, one line a minute, then the present level", () => {
		const world = makeHue();
		world.clock.run(1_000);
		world.weather.fault = () => "silence";
		world.link.deliver("10");
		world.clock.run(3 * 3_600_000);
		const tries = puts(world).length;
		assert.ok(tries > 100 && tries < 260, `${tries} tries`);
		assert.ok(world.log.length < 190, `${world.log.length} lines`);
		world.link.deliver("20");
		world.weather.fault = () => "none";
		world.clock.run(90_000);
		assert.equal(lit(world), 20);
	});

	test("the key stands in no line", () => {
		const world = makeHue({ secure: false, lights: ["nobody"] });
		world.clock.run(1_000);
		const other = makeHue({ secure: false });
		other.weather.fault = () => "reset";
		other.clock.run(100_000);
		for (const line of [...world.log, ...world.stopped, ...other.log]) assert.ok(!line.includes(key), line);
		assert.ok(world.log.length > 0 && other.log.length > 0);
	});
});

describe("Hue → topic, with follow", () => {
	for (const secure of [true, false]) {
		const version = secure ? "v2, by events" : "v1, by polling";

		test(`${version}: a wall switch is published once, retained, at QoS 1; no command follows for that light, the others go with it`, () => {
			const world = makeHue({ secure, follow: true, lights: ["Desk", "Window"] });
			world.clock.run(3_000);
			world.link.deliver("100");
			world.clock.run(5_000);
			const before = puts(world).length;
			world.bridge.switch(world.bridge.lights[0] as never, { on: false });
			world.clock.run(3_000);
			assert.deepEqual(
				world.link.published.map(({ topic, text, qos, retain }) => [topic, text, qos, retain]),
				[["home/desk/light", "0", 1, true]],
			);
			world.link.deliver("0");
			world.clock.run(5_000);
			assert.deepEqual([lit(world), lit(world, 1)], [0, 0]);
			assert.equal(puts(world).length - before, 1, "one command, for the other light");
			assert.equal(world.link.published.length, 1);
		});

		test(`${version}: without follow nothing is published`, () => {
			const world = makeHue({ secure });
			world.clock.run(3_000);
			world.bridge.switch(world.bridge.lights[0] as never, { on: true, level: 9 });
			world.clock.run(10_000);
			assert.deepEqual(world.link.published, []);
		});

		test(`${version}: its own commands come back as nothing, one step off is nothing`, () => {
			const world = makeHue({ secure, follow: true });
			world.clock.run(3_000);
			for (const level of ["10", "20", "0", "254", "1"]) {
				world.link.deliver(level);
				world.clock.run(700);
			}
			world.clock.run(10_000);
			world.bridge.switch(world.bridge.lights[0] as never, { level: 2 });
			world.clock.run(10_000);
			assert.deepEqual(world.link.published, []);
			assert.equal(lit(world), 2);
		});

		test(`${version}: a switch at any moment of the mute is found when it ends`, () => {
			for (let at = 0; at <= 2_400; at += 50) {
				const world = makeHue({ secure, follow: true });
				world.clock.run(3_000);
				world.link.deliver("100");
				world.clock.run(5_000);
				world.link.deliver("200");
				world.clock.run(at);
				world.bridge.switch(world.bridge.lights[0] as never, { on: true, level: 50 });
				world.clock.run(6_000);
				// before the command arrives, the command wins: it came last
				const overruled = lit(world) === 200;
				assert.ok(overruled ? at <= 100 : true, `${at} ms`);
				assert.deepEqual(
					world.link.published.map(({ text }) => text),
					overruled ? [] : ["50"],
					`${at} ms`,
				);
			}
		});
	}
});
