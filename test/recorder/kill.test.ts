// Killed (-9) at random moments under load, at a real Mosquitto: nothing that the recorder has acknowledged is missing, nothing is there twice.
// KILLS says how often (default 3; the figures of docs/recorder.md are of 20), SEED when.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { type HistoryPlace, Keeping, noMosquitto, random, record, Sender, storedAt, Tap, whole } from "./load.js";
import { missing as noPostgres, postgres } from "./postgres-server.js";

const kills = Number(process.env.KILLS ?? 3);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const undo: (() => unknown)[] = [];
after(async () => {
	Cli.killAll();
	for (const each of undo.reverse()) await each();
});

async function murder(name: string, place: HistoryPlace): Promise<void> {
	const chance = random(seed);
	const broker = await Keeping.open();
	undo.push(() => broker.end());
	const tap = await Tap.open(broker.port);
	undo.push(() => tap.close());
	const sender = await Sender.open(broker.port);
	undo.push(() => sender.close());
	let recorder = record(tap, place);
	await recorder.event("log", /online at/);
	sender.go(40);
	for (let kill = 0; kill < kills; kill++) {
		await new Promise((resolve) => setTimeout(resolve, 100 + 900 * chance()));
		await recorder.end("SIGKILL");
		recorder = record(tap, place);
		await recorder.event("log", /online at/);
	}
	sender.rest();
	await until(
		() => tap.acknowledged.size >= sender.sent,
		() => `all ${sender.sent} are acknowledged: ${tap.acknowledged.size}\n${recorder.out}${recorder.err}`,
	);
	assert.equal(await recorder.end("SIGTERM"), 0);
	const stored = await storedAt(place);
	whole(`${name}: ${kills} kills (SEED=${seed})`, tap, sender.sent, stored);
	assert.equal(stored.size, sender.sent);
}

const folder = () => {
	const made = mkdtempSync(path.join(os.tmpdir(), "lampwire-kill-"));
	undo.push(() => rmSync(made, { recursive: true, force: true }));
	return made;
};

test(`killed at random moments: a SQLite file (SEED=${seed})`, { skip: noMosquitto ?? false }, () =>
	murder("SQLite", { state: folder(), store: undefined }),
);

test(`killed at random moments: PostgreSQL (SEED=${seed})`, { skip: noMosquitto ?? noPostgres ?? false }, async () => {
	const server = await postgres();
	undo.push(() => server.remove());
	await murder("PostgreSQL", { state: folder(), store: await server.database() });
});
