// What a board tells about itself: its JSON, and when it goes out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Info } from "../../src/light/info.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { version } from "../../src/version.js";
import { VirtualTime } from "../world/virtual.js";
import { FakeLink, makeOptions, makeWorld, type World } from "./world.js";

const topic = "home/desk/light/a1b2c3/info";

function start(change: (world: World) => void = () => {}) {
	const world = makeWorld();
	change(world);
	const lamp = new Lamp({ ...makeOptions(world), info: true });
	return { world, lamp, link: FakeLink.last };
}

const infos = (link: FakeLink) => link.published.filter((one) => one.topic === topic);
const last = (link: FakeLink) => JSON.parse(infos(link).at(-1)?.text ?? "null");

test("the version is the package's", () => {
	assert.equal(version, JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")).version);
});

test("it says who it is, how it is and what it has counted; retained, at QoS 0", () => {
	const { world, link } = start((world) => {
		Object.assign(world.device, { health: () => ({ board: "esp32c3", rssi: -61, heap: 143_520 }) });
	});
	link.rise();
	link.deliver("127");
	link.deliver("abc");
	Object.assign(link.counters, { connects: 1, resent: 12, dropped: 4_294_967_296, received: 2 });
	world.clock.run(1000);
	const [info] = infos(link);
	assert.deepEqual([info?.qos, info?.retain], [0, true]);
	assert.deepEqual(last(link), {
		role: "lamp",
		host: "test",
		board: "esp32c3",
		version,
		uptime: 1,
		rssi: -61,
		heap: 143_520,
		link: { connects: 1, published: 0, resent: 12, received: 2, dropped: 4_294_967_296, refused: 0, oversize: 0 },
		lamp: { accepted: 1, ignored: 1 },
	});
});

test("what the host does not know is not there", () => {
	for (const health of [undefined, () => ({}), () => ({ board: undefined, rssi: undefined, heap: undefined })]) {
		const { world, link } = start((world) => Object.assign(world.device, { health }));
		link.rise();
		world.clock.run(1000);
		assert.deepEqual(Object.keys(last(link)), ["role", "host", "version", "uptime", "link", "lamp"]);
	}
});

test("a board whose name needs quotes does not break it, nor do numbers of any size", () => {
	let heap = 0;
	const { world, link } = start((world) => Object.assign(world.device, { health: () => ({ board: 'a "b" \u00fc', rssi: -0.7, heap }) }));
	link.rise();
	for (heap of [0, 9, 10, 99, 100, 12_345.6, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
		for (const name of Object.keys(link.counters)) Object.assign(link.counters, { [name]: heap });
		world.clock.run(60_000);
		const { board, rssi, heap: told, link: counters } = last(link);
		assert.deepEqual([board, rssi, told, counters.resent], ['a "b" \u00c3\u00bc', 0, Math.trunc(heap), Math.trunc(heap)]);
	}
});

test("a second after the connection came up, then once a minute, with the time that has passed", () => {
	const { world, link } = start();
	world.clock.run(5000);
	link.rise();
	world.clock.run(600_000);
	assert.deepEqual(
		infos(link).map(({ at }) => at - 1000),
		[6000, 66_000, 126_000, 186_000, 246_000, 306_000, 366_000, 426_000, 486_000, 546_000],
	);
	assert.equal(last(link).uptime, 546);
});

test("offline nothing is published, nor kept for later, nor counted as dropped; back again, it tells at once", () => {
	const { world, link } = start();
	link.rise();
	world.clock.run(30_000);
	link.fall();
	const publish = link.publish;
	link.publish = () => assert.fail("published while offline");
	world.clock.run(3_600_000);
	link.publish = publish;
	link.rise();
	world.clock.run(1000);
	assert.equal(infos(link).length, 2);
	assert.equal(last(link).uptime, 3631);
});

test("without room now it tries again soon, and the level is not kept waiting", () => {
	const { world, link } = start();
	link.takes = false;
	link.rise();
	world.clock.run(5000);
	assert.equal(infos(link).length, 0);
	link.takes = true;
	world.clock.run(1000);
	assert.equal(infos(link).length, 1);
	world.clock.run(59_999);
	assert.equal(infos(link).length, 1);
});

test("closed, it is silent, and holds no alarm", () => {
	const { world, lamp, link } = start();
	link.rise();
	world.clock.run(30_000);
	lamp.close();
	assert.equal(world.clock.waiting, 0);
	world.clock.run(120_000);
	assert.equal(infos(link).length, 1);
});

test("a dimmer tells of its own counters, and a role can keep quiet", () => {
	const world = makeWorld();
	const dimmer = new Dimmer({ ...makeOptions(world), info: true });
	const link = FakeLink.last;
	link.rise();
	world.clock.run(61_000);
	assert.deepEqual(last(link).dimmer, dimmer.counters);
	assert.equal(last(link).role, "dimmer");
	dimmer.close();
	assert.equal(world.clock.waiting, 0);
	new Dimmer({ ...makeOptions(makeWorld()), info: false });
	FakeLink.last.rise();
	assert.equal(infos(FakeLink.last).length, 0);
});

test("an info upon which two connections in a row ended is given up; one that outlived it is not", () => {
	const time = new VirtualTime();
	const link = { up: true, counters: {}, publish: () => true };
	const device = { name: "x", time } as never;
	const info = new Info({ role: "lamp", device, link, topic: "light/a/info", counters: {} });
	const connection = (lasts: number) => {
		info.up();
		time.pass(1_000);
		time.pass(lasts);
		return info.ended(time.now());
	};
	assert.deepEqual([connection(50), connection(5_000), connection(50), connection(50)], [1, 0, 1, 2]);
	info.close();
});
