// The store in PostgreSQL: the contract, and what goes wrong with servers.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { storeUrl } from "../../hosts/node/recorder/options.js";
import { PostgresStore } from "../../hosts/node/recorder/postgres.js";
import { at, batch, row, storeContract } from "./contract.js";
import { missing, postgres } from "./postgres-server.js";

const server = missing === undefined ? await postgres() : undefined;
after(() => server?.remove());
const skip = missing ?? false;

storeContract({
	name: "PostgreSQL",
	missing,
	async make() {
		const url = (await server?.database()) as string;
		let store = await PostgresStore.open(url, false);
		return {
			store,
			async reopen() {
				await store.close();
				store = await PostgresStore.open(url, false);
				return store;
			},
			remove: () => store.close(),
		};
	},
});

test("PostgreSQL: who comes second is told who writes; who reads may", { skip }, async () => {
	const url = (await server?.database()) as string;
	await assert.rejects(PostgresStore.open(url, true), /nothing was recorded there/);
	const first = await PostgresStore.open(url, false);
	await assert.rejects(
		PostgresStore.open(url, false),
		/is being written by lampwire recorder \(process \d+\) at 127\.0\.0\.1: end that one/,
	);
	const reader = await PostgresStore.open(url, true);
	assert.deepEqual(await reader.gaps(0, 1, 1), []);
	await reader.close();
	await first.close();
});

test("PostgreSQL: a server that dies and comes back takes the same batch, once", { skip }, async () => {
	const url = (await server?.database()) as string;
	const store = await PostgresStore.open(url, false);
	await store.append(batch([row()]));
	await server?.stop(true);
	const next = batch([row({ n: 1 })]);
	await assert.rejects(store.append(next), /does not answer; is it running there\?/);
	await server?.start();
	await store.append(next);
	await store.append(next);
	assert.equal((await store.rows({ topic: "light", from: 0, to: at + 1 }, undefined, 9)).length, 2);
	await store.close();
});

test("PostgreSQL: each month has a table of its own; a size lets the oldest go", { skip }, async () => {
	const url = (await server?.database()) as string;
	const store = await PostgresStore.open(url, false);
	const months = [0, 1, 2].map((month) => Date.UTC(2026, month, 15));
	await store.append(batch(months.map((time) => row({ time, level: -1, payload: new Uint8Array(100) }))));
	await store.tidy(0, 0, 1);
	const left = await store.rows({ topic: "light", from: 0, to: at * 2 }, undefined, 9);
	assert.deepEqual(
		left.map(({ time }) => time),
		[months[2]],
	);
	await store.close();
});

test("PostgreSQL: a newer schema, no server and no database are named; no password is ever repeated", { skip }, async () => {
	const url = (await server?.database()) as string;
	const { default: pg } = await import("pg");
	await (await PostgresStore.open(url, false)).close();
	const db = new pg.Client({ connectionString: url });
	await db.connect();
	await db.query("UPDATE state SET version = 99");
	await db.end();
	await assert.rejects(PostgresStore.open(url, false), /is of a newer lampwire, and is left as it is/);
	await assert.rejects(
		PostgresStore.open("postgres://x@127.0.0.1:9/none", false),
		/PostgreSQL at 127\.0\.0\.1:9, database none does not answer/,
	);
	await assert.rejects(PostgresStore.open(url.replace(/\d+$/, "none"), false), /there is no such database; make it with createdb/);
	for (const text of ["postgres://a:geheim@b/c", "postgres://b/c?password=geheim"])
		assert.throws(
			() => storeUrl(text),
			(error: Error) => /PGPASSWORD/.test(error.message) && !error.message.includes("geheim"),
		);
});
