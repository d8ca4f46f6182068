// The conformance table is up to date, its ids exist, and nothing that binds a client is passed over.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { citations, render, rows, unreached } from "../conformance.js";
import { statements } from "../vectors/statements.js";

const ids = new Set(statements.map(([id]) => id));

test("the list has each id once, in the order of the standard", () => {
	assert.equal(ids.size, statements.length);
	const numbers = statements.map(([id]) => id.slice(5).split(/[.-]/).map(Number));
	for (const number of numbers) assert.equal(number.length, 4);
	const sorted = numbers.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
	assert.deepEqual(numbers, sorted);
});

test("every id that code, tests or docs cite is one of the standard's", () => {
	const cited = [...citations("src"), ...citations("test"), ...citations("docs")];
	assert.ok(cited.length > 200, `${cited.length} citations`);
	const unknown = cited.filter(({ id }) => !ids.has(id)).map(({ id, where, line }) => `${where.split(":")[0]}:${line} ${id}`);
	assert.deepEqual(unknown, [], "a section is cited as §2.2.3");
});

test("every statement that binds a client is cited by a test, or is listed with a reason", () => {
	const silent = rows().filter(({ statement: [, binds], tests }) => binds !== "server" && tests.length === 0);
	assert.deepEqual(
		silent.filter(({ statement: [id] }) => unreached[id] === undefined).map(({ statement: [id] }) => id),
		[],
	);
	for (const id of Object.keys(unreached)) assert.ok(ids.has(id), id);
});

test("every statement that binds a client is cited at the line that obeys it, or is listed with a reason", () => {
	const silent = rows().filter(({ statement: [, binds], code }) => binds !== "server" && code.length === 0);
	assert.deepEqual(
		silent.filter(({ statement: [id] }) => unreached[id] === undefined).map(({ statement: [id] }) => id),
		[],
	);
});

test("docs/mqtt-conformance.md is up to date: `node docs/conformance.mjs` writes it", () => {
	assert.equal(readFileSync(join(import.meta.dirname, "../../docs/mqtt-conformance.md"), "utf8"), render());
});
