// Topics and filters: MQTT 3.1.1 §4.7.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { filterFault, matches, topicFault } from "../../../src/mqtt/packets/topic.js";

test("filters match as §4.7 says", () => {
	const table: [string, string, boolean][] = [
		["sport/tennis/player1/#", "sport/tennis/player1", true],
		["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
		["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
		["sport/tennis/player1/#", "sport/tennis/player10", false],
		["sport/#", "sport", true],
		["#", "anything/at/all", true],
		["sport/tennis/+", "sport/tennis/player1", true],
		["sport/tennis/+", "sport/tennis/player1/ranking", false],
		["sport/+", "sport", false],
		["sport/+", "sport/", true],
		["+/+", "/finance", true],
		["/+", "/finance", true],
		["+", "/finance", false],
		["+/tennis/#", "sport/tennis", true],
		["#", "$SYS/broker", false],
		["+/monitor/Clients", "$SYS/monitor/Clients", false],
		["$SYS/#", "$SYS/broker", true],
		["$SYS/monitor/+", "$SYS/monitor/Clients", true],
		["ACCOUNTS", "Accounts", false],
		["a", "ab", false],
		["ab", "a", false],
		["a/", "a", false],
		["a", "a/", false],
		["a/b/#", "a/b", true],
		["a/b/#", "a", false],
		["light/+/status", "light/abc/status", true],
		["light/+/status", "light//status", true],
		["light/+/status", "light/abc/info", false],
	];
	for (const [filter, topic, expected] of table) assert.equal(matches(filter, topic), expected, `${filter} ~ ${topic}`);
});

test("topics and filters that are not valid are told why", () => {
	const bad: [string, RegExp | undefined, RegExp | undefined][] = [
		["", /empty/, /empty/],
		["a\0", /U\+0000/, /U\+0000/],
		["\ud800", /surrogate/, /surrogate/],
		["\udc00a", /surrogate/, /surrogate/],
		["x".repeat(65_536), /65,535/, /65,535/],
		["a/#", /wildcard/, undefined],
		["a/+/b", /wildcard/, undefined],
		["a#", /wildcard/, /"#"/],
		["#/a", /wildcard/, /"#"/],
		["a/+b", /wildcard/, /"\+"/],
		["a+/b", /wildcard/, /"\+"/],
		["++", /wildcard/, /"\+"/],
	];
	for (const [value, topic, filter] of bad) {
		for (const [fault, expected] of [
			[topicFault(value), topic],
			[filterFault(value), filter],
		] as const)
			if (expected) assert.match(fault ?? "", expected);
			else assert.equal(fault, undefined);
	}
	for (const value of ["a", "/", "//", " ", "a/b c/ü", "$SYS/x", "💡"])
		assert.deepEqual([topicFault(value), filterFault(value)], [undefined, undefined]);
});

test("a filter made from a topic by wildcards matches it (property)", () => {
	const level = fc.string({ unit: fc.constantFrom("a", "b", "ü"), maxLength: 3 });
	fc.assert(
		fc.property(
			fc.array(level, { minLength: 1, maxLength: 5 }),
			fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
			fc.nat(5),
			(levels, wild, cut) => {
				fc.pre(levels.join("/") !== "");
				const plus = levels.map((name, i) => (wild[i] ? "+" : name));
				assert.ok(matches(plus.join("/"), levels.join("/")));
				if (cut < levels.length && cut > 0) assert.ok(matches([...plus.slice(0, cut), "#"].join("/"), levels.join("/")));
				assert.ok(!matches(`${plus.join("/")}/more`, levels.join("/")));
			},
		),
	);
});
