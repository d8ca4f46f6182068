// Who was last wins: a hand at a Hue switch against commands, reads, faults and outages, one scene each, in virtual time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { light_interval_ms } from "../../src/hue/pacing.js";
import { type HueWorld, makeHue } from "./world.js";

const lit = ({ bridge }: HueWorld, index = 0) => {
	const light = bridge.lights[index] as { on: boolean; level: number };
	return light.on ? light.level : 0;
};
const said = (world: HueWorld) => world.link.published.map(({ text }) => text);
const puts = (world: HueWorld) => world.asked.filter(({ method }) => method === "PUT");
const light = (world: HueWorld, index = 0) => world.bridge.lights[index] as never;

/** Settled at 100 on the topic and at the lights. */
function settled(options: Parameters<typeof makeHue>[0] = {}): HueWorld {
	const world = makeHue({ follow: true, ...options });
	world.clock.run(3_000);
	world.link.deliver("100");
	world.clock.run(5_000);
	return world;
}

describe("a hand at a Hue switch", () => {
	test("v1: a poll that is lost does not undo it", () => {
		for (const fault of ["reset", "silence", "busy"] as const) {
			const world = settled({ secure: false });
			let lost = 0;
			world.weather.fault = () => (lost++ === 0 ? fault : "none");
			world.bridge.switch(light(world), { on: true, level: 50 });
			world.clock.run(20_000);
			assert.deepEqual([said(world), lit(world)], [["50"], 50], fault);
		}
	});

	for (const secure of [true, false])
		test(`${secure ? "v2" : "v1"}: while a refused command waits for its next try, it is the newest`, () => {
			const world = settled({ secure });
			world.weather.fault = () => "busy";
			world.link.deliver("200");
			world.clock.run(50);
			world.weather.fault = () => "none";
			world.bridge.switch(light(world), { on: true, level: 50 });
			const before = puts(world).length;
			world.clock.run(20_000);
			if (secure) assert.deepEqual([said(world), lit(world), puts(world).length - before], [["50"], 50, 0]);
			// a poll comes too late to tell who was first: the command wins, and nothing is published
			else assert.deepEqual([said(world), lit(world)], [[], 200]);
		});

	test("v2: what was reported while the light is being read goes before what is read", () => {
		for (let at = 0; at <= 400; at += 10) {
			const world = settled();
			world.link.deliver("120");
			let delay = 20;
			world.weather.delay = () => delay;
			world.clock.run(1_300);
			// the read at the end of the mute is slow on its way back, the report is not
			const reads = () => world.asked.filter(({ method, path }) => method === "GET" && /light\//.test(path)).length;
			const before = reads();
			while (reads() === before) world.clock.run(5);
			delay = 800;
			world.clock.run(10);
			delay = 10;
			world.clock.run(at);
			world.bridge.switch(light(world), { on: true, level: 50 });
			world.clock.run(10_000);
			assert.deepEqual([said(world), lit(world)], [["50"], 50], `${at} ms`);
		}
	});

	for (const secure of [true, false])
		test(`${secure ? "v2" : "v1"}: off in the midst of a fade of a minute is heard in the midst of it`, () => {
			const world = settled({ secure });
			world.link.deliver('{"brightness":200,"transition":60}');
			world.clock.run(5_000);
			world.bridge.switch(light(world), { on: false });
			world.clock.run(3_000);
			assert.deepEqual(said(world), ["0"]);
			world.link.deliver("0");
			world.clock.run(100_000);
			assert.deepEqual([said(world), lit(world)], [["0"], 0]);
		});

	test("the other lights go with it in the usual time, whatever transition was asked for before", () => {
		const world = settled({ lights: ["Desk", "Window"] });
		world.link.deliver('{"brightness":200,"transition":5}');
		world.clock.run(20_000);
		world.bridge.switch(light(world), { on: true, level: 50 });
		world.clock.run(1_000);
		assert.equal(JSON.parse(puts(world).at(-1)?.body ?? "{}").dynamics.duration, 400);
	});

	test("while the broker is away: what the topic held before does not come between", () => {
		const world = settled();
		world.link.fall();
		world.bridge.switch(light(world), { on: true, level: 50 });
		world.clock.run(2_000);
		const before = puts(world).length;
		world.link.rise();
		world.link.deliver("100", { retain: true });
		world.clock.run(500);
		world.link.deliver("50");
		world.clock.run(5_000);
		assert.deepEqual([said(world), lit(world), puts(world).length - before], [["50"], 50, 0]);
		// and what is heard afterwards is obeyed again
		world.link.fall();
		world.link.rise();
		world.link.deliver("70", { retain: true });
		world.clock.run(2_000);
		assert.equal(lit(world), 70);
	});
});

test("levels of a hand that come back one after the other send no light back to where it was", () => {
	const world = settled();
	for (const level of [10, 20, 30]) {
		world.bridge.switch(light(world), { on: true, level });
		world.clock.run(40);
	}
	world.clock.run(40);
	const before = puts(world).length;
	for (const level of said(world)) {
		world.link.deliver(level);
		world.clock.run(600);
	}
	assert.deepEqual([said(world), puts(world).length - before, lit(world)], [["10", "20", "30"], 0, 30]);
});

describe("rate and turns", () => {
	test("v1: of twelve lights that are polled, the last gets its turn too", () => {
		const names = Array.from({ length: 12 }, (_, index) => `L${index + 1}`);
		const world = makeHue({ follow: true, secure: false, lights: names, bridgeLights: names });
		world.clock.run(3_000);
		world.link.deliver("100");
		world.clock.run(10_000);
		world.bridge.switch(light(world, 11), { on: false });
		world.clock.run(3_000);
		assert.deepEqual(said(world), ["0"]);
	});

	test("v1: a room that is polled answers a knob at once", () => {
		const world = settled({ secure: false, lights: ["Hall"], rooms: { Hall: ["Desk", "Window"] } });
		for (let i = 0; i < 20; i++) {
			world.clock.run(1_037);
			const at = world.clock.now();
			const before = puts(world).length;
			world.link.deliver(String(10 + 10 * i));
			world.clock.run(400);
			assert.equal(puts(world).length, before + 1, `command ${i}`);
			assert.ok((puts(world).at(-1)?.at ?? Infinity) - at <= 2 * light_interval_ms);
			world.clock.run(3_000);
		}
	});

	for (const secure of [true, false])
		test(`${secure ? "v2" : "v1"}: all requests are 100 ms apart, whether for lights, rooms or lists`, () => {
			const world = makeHue({ follow: true, secure, lights: ["Desk", "Hall"], rooms: { Hall: ["Window"] } });
			world.weather.delay = () => 1;
			world.clock.run(500);
			for (let i = 0; i < 250; i++) {
				world.link.deliver(String(i));
				world.clock.run(40);
			}
			world.clock.run(5_000);
			const times = world.asked.filter(({ path }) => !path.includes("eventstream")).map(({ at }) => at);
			for (let i = 1; i < times.length; i++)
				assert.ok((times[i] as number) - (times[i - 1] as number) >= light_interval_ms, `request ${i}`);
			assert.deepEqual([lit(world), lit(world, 1)], [249, 249]);
		});

	test("a room whose mean is not the level commanded is no hand: nothing is published", () => {
		for (const secure of [true, false]) {
			const world = makeHue({ follow: true, secure, lights: ["Hall"], rooms: { Hall: ["Desk", "Window"] } });
			Object.assign(light(world, 1), { reachable: false, on: true, level: 20 });
			world.clock.run(3_000);
			for (const level of ["100", "200", "100"]) {
				world.link.deliver(level);
				world.clock.run(6_000);
			}
			assert.deepEqual(said(world), []);
			world.bridge.switch(light(world), { on: true, level: 250 });
			world.clock.run(6_000);
			assert.deepEqual(said(world), ["135"], "a hand is heard all the same");
		}
	});
});

test("a bridge that lets the key hear no events any more ends the role, though nothing is commanded", () => {
	const world = makeHue({ follow: true });
	world.bridge.keys.clear();
	world.bridge.keys.add("another");
	world.clock.run(1_000);
	assert.match(world.stopped.join(), /pair again/);
	const quiet = settled();
	quiet.bridge.keys.clear();
	quiet.hangUp();
	quiet.clock.run(10_000);
	assert.match(quiet.stopped.join(), /does not know this key any more; pair again/);
	const asked = quiet.asked.length;
	quiet.clock.run(600_000);
	assert.equal(quiet.asked.length, asked);
});
