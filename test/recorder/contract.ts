// What every store of history must keep (src/recorder/store.ts), whatever it is made of.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch, GapChange, HistoryStore, Row } from "../../src/recorder/store.js";

export interface StorePieces {
	name: string;
	/** A store on a place of its own, new and empty. `reopen` ends it, and opens it again. */
	make(): Promise<{ store: HistoryStore; reopen(): Promise<HistoryStore>; remove(): Promise<void> }>;
	/** Why it cannot be had here. */
	missing?: string | undefined;
}

export const at = Date.UTC(2026, 9, 25);

export function row(over: Partial<Row> = {}): Row {
	return { time: at, n: 0, topic: "light", level: 100, payload: undefined, QoS: 1, retain: false, sender: "", ...over };
}

export function batch(rows: Row[], over: Partial<Batch> = {}): Batch {
	return { rows, gaps: [], seen: [], forget: false, alive: at, ...over };
}

const gap = (over: Partial<GapChange>): GapChange => ({ kind: "off", source: "", from: undefined, to: undefined, note: "", ...over });

export function storeContract({ name, make, missing }: StorePieces): void {
	const it = (what: string, work: (pieces: Awaited<ReturnType<StorePieces["make"]>>) => Promise<void>) =>
		test(`${name}: ${what}`, { skip: missing ?? false }, async () => {
			const pieces = await make();
			try {
				await work(pieces);
			} finally {
				await pieces.remove();
			}
		});

	it("an empty one has nothing", async ({ store }) => {
		assert.deepEqual(await store.kept(), { alive: 0, last: [], seen: [], offline: [] });
		assert.deepEqual(await store.rows({ topic: "light", from: 0, to: at }, undefined, 10), []);
		assert.deepEqual(await store.minutes({ topic: "light", from: 0, to: at }, undefined, 10), []);
		assert.deepEqual(await store.gaps(0, at, 10), []);
		assert.equal(await store.before("light", at), undefined);
		await store.tidy(at, 0, 1e9);
	});

	it("what is appended is there after a restart, to the last field", async ({ store, reopen }) => {
		const rows = [
			row(),
			row({ n: 1, level: 254, sender: "dimmer-1", QoS: 0 }),
			row({ time: at + 1, level: 0, payload: new TextEncoder().encode("OFF"), retain: true }),
			row({ time: at + 2, level: -1, payload: new Uint8Array([0, 255, 10, 0x27]), QoS: 2 }),
			row({ time: at + 3, level: -1, payload: new Uint8Array(0) }),
			row({ topic: "light/a ' \" ; é/status", level: -1, payload: new TextEncoder().encode("online"), sender: "a\u0001' ;" }),
		];
		await store.append(batch(rows, { alive: at + 5 }));
		const again = await reopen();
		assert.deepEqual(await again.rows({ topic: "light", from: at, to: at + 10 }, undefined, 10), rows.slice(0, 5));
		assert.deepEqual(await again.rows({ topic: rows[5].topic, from: at, to: at + 10 }, undefined, 10), rows.slice(5));
		const kept = await again.kept();
		assert.equal(kept.alive, at + 5);
		assert.deepEqual(
			[...kept.last].sort((a, b) => a.topic.length - b.topic.length),
			[rows[4], rows[5]],
		);
	});

	it("a range is from … up to, not including; a limit and a cursor page through rows of one time", async ({ store }) => {
		const rows = [0, 1, 2, 3, 4].map((n) => row({ n, level: n }));
		await store.append(batch([row({ time: at - 1 }), ...rows, row({ time: at + 1 })]));
		const range = { topic: "light", from: at, to: at + 1 };
		assert.deepEqual(await store.rows(range, undefined, 2), rows.slice(0, 2));
		assert.deepEqual(await store.rows(range, { time: at, n: 1 }, 2), rows.slice(2, 4));
		assert.deepEqual(await store.rows(range, { time: at, n: 3 }, 2), rows.slice(4));
		assert.deepEqual(await store.rows(range, { time: at, n: 4 }, 2), []);
		assert.deepEqual(await store.before("light", at), { time: at - 1, level: 100 });
	});

	it("a batch that cannot be kept is kept not at all, and can be tried again", async ({ store, reopen }) => {
		await store.append(batch([row()]));
		// the same row twice: the second one is refused
		const wrong = batch([row({ topic: "new", sender: "somebody" }), row()], { seen: [{ id: 9, hash: 9 }], alive: at + 99 });
		await assert.rejects(store.append(wrong));
		assert.deepEqual(await store.rows({ topic: "new", from: 0, to: at + 9 }, undefined, 9), []);
		await store.append(batch([row({ topic: "new", sender: "somebody" })]));
		const again = await reopen();
		const { alive, seen, last } = await again.kept();
		assert.deepEqual([alive, seen, last.length], [at, [], 2]);
		assert.deepEqual(await again.rows({ topic: "new", from: 0, to: at + 9 }, undefined, 9), [row({ topic: "new", sender: "somebody" })]);
	});

	it("ids that may come again are kept in order, the newest 32,768 at least; a new session forgets them", async ({ store, reopen }) => {
		const ids = (from: number, count: number) =>
			Array.from({ length: count }, (_, i) => ({ id: ((from + i) % 65_535) + 1, hash: 0xffff_ff00 + (i & 255) }));
		await store.append(batch([], { seen: ids(0, 3) }));
		assert.deepEqual((await store.kept()).seen, ids(0, 3));
		for (let i = 0; i < 10; i++) await store.append(batch([], { seen: ids(3 + i * 5_000, 5_000) }));
		let again = await reopen();
		const { seen } = await again.kept();
		assert.ok(seen.length >= 32_768 && seen.length < 45_000, `${seen.length}`);
		assert.deepEqual(seen.at(-1), ids(3 + 45_000, 5_000).at(-1));
		await again.append(batch([], { forget: true, seen: ids(7, 1) }));
		again = await reopen();
		assert.deepEqual((await again.kept()).seen, ids(7, 1));
	});

	it("gaps begin, last, and end; several sources beside each other", async ({ store, reopen }) => {
		await store.append(batch([], { gaps: [gap({ from: at, note: "the recorder was off" })] }));
		await store.append(
			batch([], { gaps: [gap({ kind: "offline", source: "a", from: at + 5 }), gap({ kind: "offline", source: "b", from: at + 6 })] }),
		);
		await store.append(
			batch([], { gaps: [gap({ to: at + 10 }), gap({ kind: "offline", source: "a", to: at + 11 }), gap({ kind: "away", to: at + 12 })] }),
		);
		await store.append(batch([], { gaps: [gap({ kind: "clock", from: at + 20, to: at + 30, note: "set" })] }));
		const again = await reopen();
		assert.deepEqual((await again.kept()).offline, ["b"]);
		const all = await again.gaps(at, at + 100, 10);
		assert.deepEqual(
			all.map(({ kind, source, from, to }) => [kind, source, from - at, to && to - at]),
			[
				["off", "", 0, 10],
				["offline", "a", 5, 11],
				["offline", "b", 6, undefined],
				["clock", "", 20, 30],
			],
		);
		assert.equal(all[0].note, "the recorder was off");
		assert.deepEqual((await again.gaps(at + 12, at + 15, 10)).length, 1, "what lasts");
		assert.deepEqual((await again.gaps(at, at + 100, 2)).length, 2);
	});

	it("what a recorder makes of a clock that is set back an hour, and ahead a year, is kept, each row once and in its order", async ({
		store,
		reopen,
	}) => {
		const year = 366 * 86_400_000;
		const rows = [row({ level: 1 }), row({ n: 1, level: 2 }), row({ n: 2, level: 3 }), row({ time: at + year, level: 4 })];
		const clock = { kind: "clock", source: "", note: "" } as const;
		await store.append(batch(rows.slice(0, 1)));
		await store.append(batch(rows.slice(1, 3), { gaps: [{ ...clock, from: at - 3_600_000, to: at }] }));
		await store.append(batch(rows.slice(3), { gaps: [{ ...clock, from: at, to: at + year }], alive: at + year }));
		const again = await reopen();
		assert.deepEqual(await again.rows({ topic: "light", from: at, to: at + year + 1 }, undefined, 9), rows);
		assert.deepEqual((await again.kept()).last, rows.slice(3));
		assert.equal((await again.gaps(at, at + year, 9)).length, 2);
	});

	it("silences of the recorder are told by their beginning, oldest first, however many other gaps there are", async ({ store }) => {
		const many = Array.from({ length: 1_200 }, (_, i) => gap({ kind: "offline", source: `d${i}`, from: at + 40 + i, to: at + 41 + i }));
		await store.append(
			batch([], {
				gaps: [
					gap({ kind: "away", from: at + 30, to: at + 31 }),
					gap({ from: at, to: at + 10 }),
					gap({ kind: "lost", from: at + 5, to: at + 6 }),
				],
			}),
		);
		await store.append(batch([], { gaps: [...many, gap({ from: at + 5_000 })] }));
		assert.deepEqual(await store.silences(at, at + 9_000), [at, at + 30, at + 5_000]);
		assert.deepEqual(await store.silences(at + 1, at + 5_000), [at + 30]);
		assert.deepEqual(await store.silences(at + 31, at + 4_999), []);
	});

	it("what stood when a silence began is no part of the minutes after it", async ({ store }) => {
		const minute = 60_000;
		await store.append(
			batch(
				[
					row({ time: at, level: 200 }),
					row({ time: at + 2 * minute + 30_000, level: 10 }),
					row({ time: at + 5 * minute, level: 20 }),
					row({ time: at + 9 * minute, level: 60 }),
				],
				{ gaps: [gap({ kind: "away", from: at + 30_000, to: at + 2 * minute }), gap({ from: at + 3 * minute, to: at + 4 * minute })] },
			),
		);
		const range = { topic: "light", from: at, to: at + 10 * minute };
		const wanted = [
			{ time: at, min: 200, max: 200, mean: 200, last: 200, count: 1 },
			{ time: at + 2 * minute, min: 10, max: 10, mean: 10, last: 10, count: 1 },
			{ time: at + 5 * minute, min: 20, max: 20, mean: 20, last: 20, count: 1 },
		];
		// in two goes, so that the second begins with what the first has left
		await store.tidy(at + minute, 0, 1e9);
		await store.tidy(at + 8 * minute, 0, 1e9);
		assert.deepEqual(await store.minutes(range, undefined, 10), wanted);
	});

	it("old levels become minutes, with minimum, maximum and mean over the time; other rows, and the newest, stay", async ({
		store,
		reopen,
	}) => {
		const minute = 60_000;
		await store.append(
			batch([
				row({ time: at, level: 0 }),
				row({ time: at + minute / 2, level: 200 }),
				row({ time: at + 3 * minute, level: 50 }),
				row({ time: at + 3 * minute + 1, level: -1, payload: new Uint8Array([1]) }),
				row({ time: at + 9 * minute, level: 60 }),
				row({ topic: "quiet", time: at, level: 7 }),
			]),
		);
		await store.tidy(at + 8 * minute, 0, 1e9);
		const again = await reopen();
		const range = { topic: "light", from: at, to: at + 10 * minute };
		assert.deepEqual(await again.minutes(range, undefined, 10), [
			{ time: at, min: 0, max: 200, mean: 100, last: 200, count: 2 },
			{ time: at + 3 * minute, min: 50, max: 200, mean: 50, last: 50, count: 1 },
		]);
		assert.deepEqual(await again.minutes(range, at, 10), [{ time: at + 3 * minute, min: 50, max: 200, mean: 50, last: 50, count: 1 }]);
		assert.deepEqual(
			(await again.rows(range, undefined, 10)).map(({ level }) => level),
			[-1, 60],
		);
		assert.deepEqual(await again.before("light", at + 5 * minute), { time: at + 3 * minute, level: 50 });
		assert.equal((await again.rows({ ...range, topic: "quiet" }, undefined, 10)).length, 1, "it is what the topic holds");
		await again.tidy(at + 8 * minute, 0, 1e9);
		assert.equal((await again.minutes(range, undefined, 10)).length, 2);
	});

	it("what is older than it may be goes, the newest row of a topic stays", async ({ store }) => {
		await store.append(
			batch(
				[
					row({ time: at - 10, level: 1 }),
					row({ time: at - 5, level: 2 }),
					row({ time: at, level: 3 }),
					row({ topic: "quiet", time: at - 9 }),
				],
				{
					gaps: [gap({ from: at - 9, to: at - 8 }), gap({ from: at - 9, to: at })],
				},
			),
		);
		await store.tidy(0, at - 4, 1e9);
		assert.deepEqual(
			(await store.rows({ topic: "light", from: 0, to: at + 1 }, undefined, 10)).map(({ level }) => level),
			[3],
		);
		assert.equal((await store.rows({ topic: "quiet", from: 0, to: at + 1 }, undefined, 10)).length, 1);
		assert.equal((await store.gaps(0, at, 10)).length, 1);
	});

	it("after close nothing is taken, and closing twice is fine", async ({ store }) => {
		await store.close();
		await store.close();
		await assert.rejects(store.append(batch([row()])));
	});
}
