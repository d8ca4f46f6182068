import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { bracketed, checkId, checkTopic, statusTopic } from "../../src/light/topics.js";

test("the status topic stands next to the intensity topic", () => {
	assert.equal(statusTopic("home/desk/light", "a1b2c3"), "home/desk/light/a1b2c3/status");
	assert.equal(statusTopic("light", "küche 💡"), "light/küche 💡/status");
});

const topics: [unknown, RegExp][] = [
	["", /^topic: may not be empty/],
	[undefined, /^topic: a text is needed, not nothing/],
	[12, /^topic: a text is needed, not number/],
	["home/+/light", /^topic: "home\/\+\/light" may not hold "\+"/],
	["home/#", /^topic: .* may not hold "#"/],
	["a\0b", /^topic: may not hold a control character \(code 0 at 1\)/],
	["a\n", /^topic: may not hold a control character/],
	["$SYS/light", /^topic: .* starts with "\$"/],
	["x".repeat(129), /^topic: 129 bytes are too long; 128 is the most/],
	["é".repeat(65), /^topic: 130 bytes are too long/],
	["a\ud800", /^topic: holds half a surrogate pair/],
	["a\udc00b", /^topic: holds half a surrogate pair/],
];
const ids: [unknown, RegExp][] = [
	["", /^id: may not be empty/],
	["a/b", /^id: "a\/b" may not hold "\/"/],
	["a+", /^id: "a\+" may not hold "\+"/],
	["#", /^id: "#" may not hold "#"/],
	["\0", /^id: may not hold a control character/],
	["x".repeat(65), /^id: 65 bytes are too long; 64 is the most/],
];

test("what is unfit is refused by name", async (t) => {
	for (const [topic, message] of topics) {
		await t.test(`topic ${JSON.stringify(topic)?.slice(0, 30)}`, () => assert.throws(() => checkTopic(topic), { message }));
	}
	for (const [id, message] of ids) {
		await t.test(`id ${JSON.stringify(id).slice(0, 30)}`, () => assert.throws(() => checkId(id), { message }));
	}
});

test("the longest are fit", () => {
	checkTopic("x".repeat(128));
	checkId("é".repeat(32));
});

test("an IPv6 address is printed in brackets, a name and an IPv4 address are not", () => {
	assert.deepEqual(["::1", "192.0.2.1", "broker.local"].map(bracketed), ["[::1]", "192.0.2.1", "broker.local"]);
	const hosts = join(import.meta.dirname, "../../hosts");
	const bare = /\$\{(?!bracketed\()[^{}]+(?:\{[^{}]*\})?[^{}]*\}:\$\{\w*port\w*\}/gi;
	const written = (host: string) => ["{", `{${host}}:`, "{mqttPort}"].join("$").match(bare);
	assert.deepEqual([written("a.b(c)")?.length, written("bracketed(a)")], [1, null]);
	const sources = readdirSync(hosts, { recursive: true, encoding: "utf8" }).filter((name) => /\.m?ts$|\.mjs$/.test(name));
	assert.ok(sources.length > 50);
	for (const name of sources) assert.deepEqual(readFileSync(join(hosts, name), "utf8").match(bare), null, `${name}: bracketed(…)`);
});
