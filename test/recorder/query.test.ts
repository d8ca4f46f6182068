// One question to a history, and its answer; and the same drawn in a terminal. What stood when a silence began is known no longer.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { type Chart, draw } from "../../hosts/node/recorder/draw.js";
import { answer, readQuery } from "../../hosts/node/recorder/query.js";
import { SqliteStore } from "../../hosts/node/recorder/sqlite-store.js";
import type { GapChange, HistoryStore, Row } from "../../src/recorder/store.js";
import { at, batch, row } from "./contract.js";

const minute = 60_000;

async function recorded(rows: Row[], gaps: GapChange[], work: (store: HistoryStore) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), "lampwire-history-"));
	const store = await SqliteStore.open({ folder, holder: "the test", readOnly: false });
	try {
		await store.append(batch(rows, { gaps }));
		await work(store);
	} finally {
		await store.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

const off = (from: number, to: number): GapChange => ({ kind: "off", source: "", from, to, note: "the recorder was off" });

async function ask(store: HistoryStore, from: number, to: number, step = ""): Promise<Chart> {
	const given = new URLSearchParams({ from: String(from), to: String(to), step });
	let text = "";
	for await (const piece of answer(store, readQuery(given, "light", to), to)) text += piece;
	return JSON.parse(text);
}

const levels = [row({ time: at, level: 200 }), row({ time: at + 10 * minute, level: 40 })];
const silence = off(at + 2 * minute, at + 4 * minute);

test("the level before a range is told where it is known, and not where a silence began since", () =>
	recorded(levels, [silence], async (store) => {
		assert.equal((await ask(store, at + minute, at + 2 * minute)).before?.level, 200);
		for (const from of [at + 3 * minute, at + 4 * minute, at + 9 * minute])
			assert.equal((await ask(store, from, at + 9.5 * minute)).before, null, `${from - at}`);
		assert.equal((await ask(store, at + 11 * minute, at + 12 * minute)).before?.level, 40, "known again since");
	}));

test("in steps, what stood when a silence began is no part of what came after it, nor of the silence", () =>
	recorded(levels, [silence], async (store) => {
		const means = async (from: number, to: number, step: string) =>
			(await ask(store, from, to, step)).rows.map(([time, level, min, max, mean]) => [(Number(time) - at) / minute, level, min, max, mean]);
		assert.deepEqual(await means(at, at + 12 * minute, "5m"), [
			[0, 200, 200, 200, 200],
			[10, 40, 40, 40, 40],
		]);
		assert.deepEqual(await means(at + 5 * minute, at + 12 * minute, "10m"), [[10, 40, 40, 40, 40]]);
		// half of it is silent, and nothing comes in the other half
		assert.deepEqual(
			await means(at + minute, at + 12 * minute, "20m"),
			[[0, 40, 40, 200, (200 + 40 * 2) / 3]].map(([a, b, c, d, e]) => [a, b, c, d, Math.round(e * 100) / 100]),
		);
	}));

test("a silence among more gaps than are told counts all the same", () =>
	recorded(
		levels,
		[
			silence,
			...Array.from(
				{ length: 1_500 },
				(_, i): GapChange => ({ ...off(at + 5 * minute + i, at + 5 * minute + i + 1), kind: "offline", source: `d${i}` }),
			),
		],
		async (store) => {
			const { rows } = await ask(store, at, at + 12 * minute, "20m");
			assert.deepEqual(
				rows.map(([, , , , mean]) => mean),
				[Math.round(((200 * 2 + 40 * 2) / 4) * 100) / 100],
			);
		},
	));

test("drawn in a terminal, nothing stands in a silence, nor behind it until the next message", () =>
	recorded(levels, [silence], async (store) => {
		// twelve columns of a minute
		const lines = draw(await ask(store, at, at + 12 * minute, "1m"), 17);
		assert.equal(lines.find((line) => line.startsWith("   0 "))?.slice(5), "██········██", lines.join("\n"));
	}));
