// Soft take-over: the knob, a page that sets the same light, and a network between them that is slow.
import assert from "node:assert/strict";
import test from "node:test";
import { Dimmer, type DimmerOptions } from "../../src/light/dimmer.js";
import { FakeLink, makeOptions, makeRandom, makeWorld, type World } from "./world.js";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
test(`takeover (replay with SEED=${seed})`, () => {});

const rawOf = (level: number) => Math.round(4095 * (0.015 + (0.97 * level) / 254));

function start(
	level: number,
	options: Partial<DimmerOptions> = {},
): { world: World; dimmer: Dimmer; link: FakeLink; said: () => string[] } {
	const world = makeWorld();
	world.hand.sample = () => rawOf(level);
	const dimmer = new Dimmer({ ...makeOptions(world), pickup: true, ...options });
	const link = FakeLink.last;
	return { world, dimmer, link, said: () => link.published.splice(0).map(({ text, qos }) => `${text}/${qos}`) };
}

/** Turns the knob to `to` at a level every 20 ms, and lets it rest. */
function turn(world: World, from: number, to: number): void {
	for (let level = from; level !== to; level += Math.sign(to - level)) {
		world.hand.sample = () => rawOf(level);
		world.clock.run(20);
	}
	world.hand.sample = () => rawOf(to);
	world.clock.run(1000);
}

/** Comes online; the topic holds `held`. */
function online({ world, link }: ReturnType<typeof start>, held?: string): void {
	link.rise();
	if (held !== undefined) link.deliver(held, { retain: true });
	world.clock.run(3000);
}

test("a start at an empty topic: it speaks, after a second in which the topic has not", () => {
	const desk = start(100);
	desk.link.rise();
	desk.world.clock.run(900);
	assert.deepEqual(desk.said(), []);
	desk.world.clock.run(200);
	assert.deepEqual(desk.said(), ["100/1"]);
});

for (const held of [200, 20, 0, 254])
	test(`a start at a topic that holds ${held}: silent until it is turned there, and then it speaks`, () => {
		const desk = start(100);
		online(desk, String(held));
		turn(desk.world, 100, 60);
		turn(desk.world, 60, 140);
		assert.deepEqual(desk.said(), []);
		assert.equal(desk.world.log.filter((line) => line.includes("waits to be turned")).length, 1);
		turn(desk.world, 140, held);
		const said = desk.said();
		assert.equal(said.at(-1), `${held}/1`);
		assert.ok(Math.abs(Number(said[0].split("/")[0]) - held) <= 3, `first ${said[0]}`);
		turn(desk.world, held, 120);
		assert.equal(desk.said().at(-1), "120/1");
	});

test("turned through it faster than it is read: it speaks all the same", () => {
	const desk = start(100);
	online(desk, "150");
	desk.world.hand.sample = () => rawOf(230);
	desk.world.clock.run(1000);
	assert.equal(desk.said().at(-1), "230/1");
});

test("already where the topic is: no need to wait, and nothing to say", () => {
	const desk = start(100);
	online(desk, "102");
	assert.deepEqual(desk.said(), []);
	turn(desk.world, 100, 110);
	assert.equal(desk.said().at(-1), "110/1");
});

test("a page sets the light while the knob rests, and while it is turned", () => {
	const desk = start(100);
	online(desk);
	desk.said();
	desk.link.deliver("30");
	turn(desk.world, 100, 90);
	assert.deepEqual(desk.said(), []);
	desk.link.deliver("90"); // the page comes to the knob: nothing makes it speak but a hand
	desk.world.clock.run(1000);
	assert.deepEqual(desk.said(), []);
	turn(desk.world, 90, 80);
	assert.equal(desk.said().at(-1), "80/1");
	desk.world.hand.sample = () => rawOf(75);
	desk.world.clock.run(20);
	desk.said();
	desk.link.deliver("200");
	desk.world.clock.run(2000);
	assert.deepEqual(desk.said(), [], "what the knob had not said yet is dropped");
	desk.link.deliver("10"); // now it is on the other side
	turn(desk.world, 75, 40);
	assert.deepEqual(desk.said(), []);
	turn(desk.world, 40, 5);
	assert.equal(desk.said().at(-1), "5/1");
});

test("a page puts the knob's own level back: what was turned in vain meanwhile stays unsaid", () => {
	const desk = start(100);
	online(desk);
	desk.said();
	desk.link.deliver("100"); // its own echo
	desk.link.deliver("30");
	turn(desk.world, 100, 90);
	desk.link.deliver("100");
	desk.world.clock.run(2000);
	turn(desk.world, 90, 80);
	desk.world.clock.run(60_000);
	assert.deepEqual(desk.said(), []);
	turn(desk.world, 80, 110);
	assert.equal(desk.said().at(-1), "110/1");
});

test("a slider that passes over the knob's place does not hand it the light", () => {
	const desk = start(100);
	online(desk);
	desk.said();
	for (let level = 60; level <= 140; level += 2) {
		desk.link.deliver(String(level));
		desk.world.clock.run(20);
	}
	turn(desk.world, 100, 105);
	assert.deepEqual(desk.said(), []);
});

test("reconnected: turned meanwhile, it speaks if the topic is still its own, and waits if it is not", () => {
	const own = start(100);
	online(own);
	own.said();
	own.link.fall();
	turn(own.world, 100, 60);
	own.link.rise();
	own.world.clock.run(500);
	assert.deepEqual(own.said(), [], "first it hears what the topic holds");
	own.link.deliver("100", { retain: true });
	own.world.clock.run(1000);
	assert.equal(own.said().at(-1), "60/1");

	const theirs = start(100);
	online(theirs);
	theirs.said();
	theirs.link.fall();
	turn(theirs.world, 100, 60);
	theirs.link.rise();
	theirs.link.deliver("180", { retain: true });
	theirs.world.clock.run(100_000);
	assert.deepEqual(theirs.said(), []);

	const forgotten = start(100);
	online(forgotten);
	forgotten.said();
	forgotten.link.deliver("180");
	forgotten.link.fall();
	forgotten.link.rise();
	forgotten.world.clock.run(2000);
	turn(forgotten.world, 100, 60);
	assert.equal(forgotten.said().at(-1), "60/1", "a broker without retained messages has nothing to be turned through");
});

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
		desk.link.deliver(own[75]); // now a page says what the knob once said
		turn(desk.world, 100, 90);
		assert.deepEqual(desk.said(), []);
		turn(desk.world, 90, 230);
		assert.equal(desk.said().at(-1), "230/1");
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
	test(`pickup ${pickup}: its own echoes, ${delay} ms late, are not somebody else`, () => {
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

test("whatever a page and a hand do: with pickup the light never leaps by a publish of the knob", () => {
	const random = makeRandom(seed + 1);
	for (let run = 0; run < 60; run++) {
		let place = Math.floor(random() * 255);
		const desk = start(place);
		let topic = random() < 0.5 ? Math.floor(random() * 255) : -1;
		online(desk, topic < 0 ? undefined : String(topic));
		for (let act = 0; act < 30; act++) {
			for (const { text } of desk.link.published.splice(0)) {
				topic = Number(text);
				desk.link.deliver(text);
			}
			if (random() < 0.3) {
				topic = Math.floor(random() * 255);
				desk.link.deliver(String(topic));
			}
			const to = Math.floor(random() * 255);
			while (place !== to) {
				place += Math.sign(to - place);
				desk.world.hand.sample = () => rawOf(place);
				desk.world.clock.run(20);
				for (const { text } of desk.link.published.splice(0)) {
					// 3 of tolerance, 2 levels a publish at this speed, and what the average lags and the hysteresis holds.
					assert.ok(topic < 0 || Math.abs(Number(text) - topic) <= 8, `seed ${seed}, run ${run}: ${topic} → ${text}`);
					topic = Number(text);
					desk.link.deliver(text);
				}
			}
			desk.world.clock.run(600);
			for (const { text } of desk.link.published.splice(0)) {
				assert.ok(Math.abs(Number(text) - topic) <= 8);
				topic = Number(text);
				desk.link.deliver(text);
			}
		}
	}
});
