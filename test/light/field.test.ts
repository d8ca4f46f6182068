// What the roles say of a broker that does not let them do what they must, and what they do without.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Pace } from "../../src/light/dimmer/pace.js";
import { intervalOf, readRate } from "../../src/light/dimmer/rate.js";
import { Info } from "../../src/light/info.js";
import { bracketed } from "../../src/light/topics.js";
import { VirtualTime } from "../world/virtual.js";

test("field 15: an info upon which two connections in a row ended is given up; one that outlived it is not", () => {
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

test("field 16: an IPv6 address is printed in brackets, a name and an IPv4 address are not", () => {
	assert.deepEqual(["::1", "192.0.2.1", "broker.local"].map(bracketed), ["[::1]", "192.0.2.1", "broker.local"]);
	const hosts = join(import.meta.dirname, "../../hosts");
	const bare = /\$\{(?!bracketed\()[^{}]+(?:\{[^{}]*\})?[^{}]*\}:\$\{\w*port\w*\}/gi;
	const written = (host: string) => ["{", `{${host}}:`, "{mqttPort}"].join("$").match(bare);
	assert.deepEqual([written("a.b(c)")?.length, written("bracketed(a)")], [1, null]);
	const sources = readdirSync(hosts, { recursive: true, encoding: "utf8" }).filter((name) => /\.m?ts$|\.mjs$/.test(name));
	assert.ok(sources.length > 50);
	for (const name of sources) assert.deepEqual(readFileSync(join(hosts, name), "utf8").match(bare), null, `${name}: bracketed(…)`);
});

test("field 19: a rate bounds what a turning knob says, and where it rests is said in any case", () => {
	assert.deepEqual([readRate("30/min"), readRate("2/s"), readRate("600/h")], [30, 120, 10]);
	for (const wrong of ["30", "30/day", "-1/s", "1/h", "x/min", "/min", "99999/min"])
		assert.throws(() => readRate(wrong), /is no rate; give 4\/min to 1500\/min/);
	const pace = new Pace(intervalOf(30));
	let said = 0;
	let last = -1;
	for (let now = 0; now < 60_000; now += 10) {
		const level = now < 50_000 ? Math.floor(now / 40) % 255 : 99;
		const what = pace.due(now, level);
		if (what === 0) continue;
		said += 1;
		last = level;
		pace.sent(now, what);
	}
	assert.ok(said <= 28 && said > 20, `${said} in a minute, and two for status and info`);
	assert.equal(last, 99);
});
