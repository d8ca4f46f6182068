// The controller under a network that is late, and one that breaks: seeded.
import assert from "node:assert/strict";
import test from "node:test";
import { deaf_ms } from "../../../src/light/controller/hand.js";
import { Random, seedOfRun } from "../../world/random.js";
import { Broker, online, start } from "./fader.js";

const seed = seedOfRun();
const replay = `replay with SEED=${seed}`;

test(`a drag under echoes of 0 to 500 ms: the thumb obeys the hand alone, and stays where it was let go (${replay})`, () => {
	for (let run = 0; run < 200; run++) {
		const random = new Random(seed + run);
		const what = `SEED=${seed}, run ${run}`;
		const fader = start();
		let hand = random.between(0, 254);
		online(fader, String(hand));
		const slow = random.between(0, 500);
		const broker = new Broker(fader, () => random.between(0, slow));
		for (let drags = 0; drags < 4; drags++) {
			const before = broker.log.length;
			fader.controller.hold();
			const moves = random.between(1, 60);
			for (let move = 0; move < moves; move++) {
				hand = Math.max(0, Math.min(254, hand + random.between(-20, 20)));
				fader.controller.turn(hand);
				for (let ms = random.between(1, 60); ms > 0; ms--) {
					fader.world.clock.run(1);
					assert.equal(fader.controller.level, hand, `held: ${what}`);
				}
			}
			fader.controller.release();
			// nobody else is there: let go, the thumb does not move any more
			for (let ms = 0; ms < 3_000; ms += 5) {
				fader.world.clock.run(5);
				assert.equal(fader.controller.level, hand, `${ms} ms after: ${what}`);
			}
			const said = broker.log.slice(before);
			const finals = said.filter(({ qos }) => qos === 1);
			if (said.length > 0) assert.deepEqual([finals.length, finals[0]?.text, said.at(-1)], [1, String(hand), finals[0]], what);
			for (let i = 1; i < broker.log.length; i++) assert.ok(broker.log[i].at - broker.log[i - 1].at >= 40, what);
			assert.deepEqual([fader.controller.notPassedOn, fader.controller.pending], [-1, false], what);
		}
	}
});

test(`with others, and broken connections: what is shown at rest is what the topic holds, and all that was said was a hand's (${replay})`, () => {
	for (let run = 0; run < 300; run++) {
		const random = new Random(seed + 1_000 + run);
		const what = `SEED=${seed}, run ${run}`;
		const fader = start();
		online(fader, String(random.between(0, 254)));
		const slow = random.between(0, 500);
		const broker = new Broker(fader, () => random.between(0, slow));
		broker.held = String(fader.controller.level);
		const set = new Set<string>();
		let away = false;
		for (let act = 0; act < 40; act++) {
			const level = random.between(0, 254);
			const before = broker.log.length;
			switch (random.between(0, 9)) {
				case 0:
				case 1:
					fader.controller.hold();
					break;
				case 2:
				case 3:
					set.add(String(level));
					fader.controller.turn(level);
					assert.equal(fader.controller.level, level, what);
					break;
				case 4:
					fader.controller.release();
					break;
				case 5:
					set.add(String(level));
					fader.controller.press(level);
					assert.equal(fader.controller.level, level, what);
					break;
				case 6:
					set.add(String(fader.controller.level > 0 ? 0 : fader.controller.remembered));
					fader.controller.toggle();
					break;
				case 7:
					if (away) broker.back();
					else broker.cut();
					away = !away;
					break;
				case 8:
					fader.controller.sleep();
					fader.controller.wake();
					fader.link.proofs.at(-1)?.proved();
					break;
				default:
					if (!away) broker.say(String(level));
			}
			fader.world.clock.run(random.between(0, 700));
			for (const { text } of broker.log.slice(before)) assert.ok(set.has(text), `${text}: ${what}`);
		}
		if (away) broker.back();
		fader.controller.release();
		fader.world.clock.run(3 * deaf_ms + 2_000);
		const pendingOf = broker.held;
		assert.deepEqual([String(fader.controller.level), fader.controller.pending], [pendingOf, false], what);
		assert.equal(fader.controller.state, "known", what);
		const quiet = broker.log.length;
		fader.world.clock.run(120_000);
		assert.equal(broker.log.length, quiet, `at rest: ${what}`);
	}
});
