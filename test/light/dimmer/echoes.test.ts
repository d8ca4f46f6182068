// Soft take-over knows the knob's own levels, however late they come back, and over connections that break in mid-turn.
import assert from "node:assert/strict";
import test from "node:test";
import { seedOfRun } from "../../world/random.js";
import { online, rawOf, start, turn } from "../desk.js";
import { makeRandom } from "../world.js";

const seed = seedOfRun();

for (const dead of [240, 234, 200, 40])
	test(`the connection dies at ${dead}, while the knob is turned to 240: what arrived before is still its own`, () => {
		for (const late of [0, 1, 5]) {
			const desk = start(10);
			const { published } = desk.link;
			online(desk);
			let heard = 0;
			let reached = 0;
			for (let level = 10; level <= 240; level++) {
				desk.world.hand.sample = () => rawOf(level);
				desk.world.clock.run(20);
				if (level > dead) continue;
				reached = published.length;
				while (heard < reached - late) desk.link.deliver(published[heard++].text);
			}
			desk.link.fall();
			turn(desk.world, 240, 180);
			const forgotten = late === 1 && dead !== 240; // by a broker that was restarted, say
			heard = published.length;
			desk.link.rise();
			if (!forgotten) desk.link.deliver(published[reached - 1].text, { retain: true });
			desk.world.clock.run(3000);
			assert.equal(published.at(-1)?.text, "180");
			turn(desk.world, 180, 150);
			for (const { text } of published.slice(heard)) desk.link.deliver(text);
			desk.world.clock.run(1000);
			assert.ok(!desk.world.log.some((line) => line.includes("waits")), `${late} under way`);
			desk.said();
			desk.link.deliver("100"); // said once, over the connection that died
			turn(desk.world, 150, 160);
			assert.deepEqual(desk.said(), []);
		}
	});

test("the link says again over the next connection what it could not deliver: that is the knob's own, too", () => {
	for (const turned of [100, 60]) {
		const desk = start(100);
		online(desk);
		desk.link.deliver("100");
		turn(desk.world, 100, 130);
		desk.link.fall();
		turn(desk.world, 130, turned);
		desk.link.rise();
		desk.link.deliver("100", { retain: true });
		desk.link.deliver("130");
		desk.world.clock.run(3000);
		assert.equal(desk.said().at(-1), `${turned}/1`);
		assert.ok(!desk.world.log.some((line) => line.includes("waits")));
	}
});

for (const returned of [0, 70])
	test(`what others have set while the connection was broken in mid-turn is theirs; ${returned} echoes had come`, () => {
		const desk = start(10);
		online(desk);
		turn(desk.world, 10, 220);
		const own = desk.said().map((said) => said.split("/")[0]);
		assert.ok(own.length > 100, `${own.length} said, more than are remembered`);
		for (const text of own.slice(0, returned)) desk.link.deliver(text);
		desk.link.fall();
		desk.link.deliver("240", { retain: true }); // some brokers send it before the SUBACK
		desk.link.rise();
		desk.world.clock.run(3000);
		turn(desk.world, 220, 100);
		assert.deepEqual(desk.said(), []);
		desk.link.deliver(own[30]); // now a page says what the knob once said
		turn(desk.world, 100, 90);
		assert.deepEqual(desk.said(), []);
		turn(desk.world, 90, 20);
		assert.equal(desk.said().at(-1), "20/1");
	});

test("somebody else is heard among more echoes than are remembered", () => {
	const desk = start(10);
	online(desk);
	turn(desk.world, 10, 220);
	desk.link.deliver("240");
	turn(desk.world, 220, 200);
	assert.equal(desk.world.log.filter((line) => line.includes("waits")).length, 1);
});

for (const [pickup, delay] of [
	[true, 400],
	[true, 2000],
	[true, 6000],
	[false, 400],
	[false, 6000],
] as const)
	test(`pickup ${pickup}: its own echoes, ${delay} ms late, are not somebody else (SEED=${seed})`, () => {
		const desk = start(100, { pickup });
		online(desk);
		desk.said();
		const random = makeRandom(seed);
		let heard = 0;
		let level = 100;
		const echoed: { at: number; text: string }[] = [];
		// A hand that goes up and down, and every publish comes back late: ten others are under way, or a hundred.
		for (let tick = 0; tick < 3000; tick++) {
			level = Math.min(254, Math.max(0, level + (Math.floor(tick / 100) % 2 ? -1 : 1) * (random() < 0.8 ? 1 : 0)));
			const place = level;
			desk.world.hand.sample = () => rawOf(place);
			desk.world.clock.run(10);
			for (const { at, text } of desk.link.published.slice(echoed.length)) echoed.push({ at: at + delay, text });
			for (; heard < echoed.length && echoed[heard].at <= desk.world.clock.now(); heard++) desk.link.deliver(echoed[heard].text);
		}
		desk.world.clock.run(1000);
		assert.ok(desk.link.published.length > 400, `${desk.link.published.length} in 30 s of turning`);
		assert.equal(desk.link.published.at(-1)?.text, String(desk.dimmer.level));
		assert.ok(!desk.world.log.some((line) => line.includes("waits")));
		for (; heard < desk.link.published.length; heard++) desk.link.deliver(desk.link.published[heard].text);
		const before = desk.link.published.length;
		desk.world.clock.run(31_000);
		assert.equal(desk.link.published.length, before + 1, "the heartbeat: the topic is its own");
		desk.link.deliver(desk.link.published[before].text);
		desk.link.deliver(desk.dimmer.level < 100 ? "200" : "20");
		desk.world.clock.run(61_000);
		assert.equal(desk.link.published.length, before + 1, "and this is somebody else");
	});
