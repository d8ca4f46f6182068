// The store in a SQLite file: the contract, with each driver that this Node has; and what goes wrong with files.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { findDriver } from "../../hosts/node/recorder/driver.js";
import { SqliteStore } from "../../hosts/node/recorder/sqlite-store.js";
import { at, batch, row, storeContract } from "./contract.js";

const holder = "the test";
const names = ["node:sqlite", "libsql"];
const missing = new Map<string, string | undefined>();
for (const name of names)
	missing.set(
		name,
		await findDriver(name).then(
			() => undefined,
			() => `${name} is not to be had on Node ${process.versions.node}`,
		),
	);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), "lampwire-history-"));
	try {
		await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const open = (folder: string, driver?: string) => SqliteStore.open({ folder, holder, readOnly: false, ...(driver ? { driver } : {}) });

for (const driver of names)
	storeContract({
		name: driver,
		missing: missing.get(driver),
		async make() {
			const folder = mkdtempSync(path.join(tmpdir(), "lampwire-history-"));
			let store = await open(folder, driver);
			return {
				store,
				async reopen() {
					await store.close();
					store = await open(folder, driver);
					return store;
				},
				async remove() {
					await store.close();
					rmSync(folder, { recursive: true, force: true });
				},
			};
		},
	});

test("who comes second is told who holds the file; when that one has gone, it is free", () =>
	inFolder(async (folder) => {
		const first = await SqliteStore.open({ folder, holder: "lampwire desk (process 7)", readOnly: false });
		await assert.rejects(
			open(folder),
			/history\.sqlite is being written by lampwire desk \(process 7\): end that one, or give another --state/,
		);
		await first.append(batch([row()]));
		const reader = await SqliteStore.open({ folder, holder, readOnly: true });
		assert.equal((await reader.rows({ topic: "light", from: 0, to: at + 1 }, undefined, 9)).length, 1, "it can be read meanwhile");
		await first.append(batch([row({ topic: "later" })]));
		assert.equal((await reader.rows({ topic: "later", from: 0, to: at + 1 }, undefined, 9)).length, 1, "a topic that is new since, too");
		await assert.rejects(reader.append(batch([row({ n: 1 })])), /may not be written/);
		await reader.close();
		await first.close();
		const second = await open(folder);
		await second.close();
		assert.ok(!existsSync(path.join(folder, "history.holder")));
	}));

test("a file that is cut in the middle stands aside, whole as it is, and a new one begins", () =>
	inFolder(async (folder) => {
		const file = path.join(folder, "history.sqlite");
		const store = await open(folder);
		await store.append(batch(Array.from({ length: 5_000 }, (_, n) => row({ n }))));
		await store.close();
		truncateSync(file, Math.floor(statSync(file).size / 2));
		const { size } = statSync(file);
		const again = await open(folder);
		assert.match(again.notes.join(), /history\.sqlite was damaged; it stands aside as history\.sqlite\.damaged-/);
		const aside = readdirSync(folder).find((name) => name.includes("damaged-") && !/-(wal|shm)$/.test(name)) as string;
		assert.equal(statSync(path.join(folder, aside)).size, size);
		await again.append(batch([row()]));
		await again.close();
	}));

test("a file that is no history is left as it is: a newer one, another program's; what is no database stands aside", () =>
	inFolder(async (folder) => {
		const file = path.join(folder, "history.sqlite");
		const driver = await findDriver();
		for (const [sql, words] of [
			["PRAGMA user_version = 99", /is of a newer lampwire, and is left as it is/],
			["PRAGMA user_version = 0; CREATE TABLE theirs (a)", /is not a history of lampwire, and is left as it is/],
		] as const) {
			rmSync(file, { force: true });
			const db = driver.open(file, false);
			db.exec("CREATE TABLE x (a)");
			db.exec(sql);
			db.close();
			const { size } = statSync(file);
			await assert.rejects(open(folder), words);
			assert.equal(statSync(file).size, size);
		}
		writeFileSync(file, "this is a shopping list, and a long one at that: ".repeat(9));
		const store = await open(folder);
		assert.match(store.notes.join(), /was damaged/);
		await store.close();
	}));

test("a file that another program has locked takes nothing, says so, and goes on when it is free", () =>
	inFolder(async (folder) => {
		const store = await open(folder);
		await store.append(batch([row()]));
		const other = (await findDriver()).open(path.join(folder, "history.sqlite"), false);
		other.exec("BEGIN IMMEDIATE");
		await assert.rejects(store.append(batch([row({ n: 1 })])), /history\.sqlite is locked by another program: close it there/);
		other.exec("ROLLBACK");
		other.close();
		await store.append(batch([row({ n: 1 })]));
		await store.close();
	}));

test("a folder that may not be written, and one that holds nothing to read, are named", () =>
	inFolder(async (folder) => {
		await assert.rejects(SqliteStore.open({ folder, holder, readOnly: true }), /there is no .*history\.sqlite: nothing was recorded there/);
		writeFileSync(path.join(folder, "file"), "");
		await assert.rejects(open(path.join(folder, "file", "below")), /ENOTDIR|EEXIST/);
	}));

test("what is beyond the size goes, oldest first, and the file gets smaller", () =>
	inFolder(async (folder) => {
		const file = path.join(folder, "history.sqlite");
		const store = await open(folder);
		for (let part = 0; part < 10; part++)
			await store.append(
				batch(Array.from({ length: 5_000 }, (_, i) => row({ time: at + part * 5_000 + i, level: i % 255, payload: new Uint8Array(50) }))),
			);
		await store.tidy(0, 0, 1_000_000);
		const [first] = await store.rows({ topic: "light", from: 0, to: at * 2 }, undefined, 1);
		assert.ok((first?.time ?? 0) > at, "the oldest have gone");
		assert.deepEqual((await store.rows({ topic: "light", from: at + 49_999, to: at * 2 }, undefined, 1)).length, 1);
		await store.close();
		assert.ok(statSync(file).size < 1_500_000, `${statSync(file).size}`);
	}));

test(
	"a full disk: said, nothing half kept, and it goes on when there is room",
	{ skip: process.platform !== "linux" || process.getuid?.() !== 0 ? "needs a tmpfs, and root" : false },
	(t) =>
		inFolder(async (folder) => {
			const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
			if (mounted.status !== 0) return t.skip("a tmpfs cannot be mounted here");
			try {
				const store = await open(folder);
				const large = (part: number) =>
					batch(Array.from({ length: 20 }, (_, i) => row({ time: at + part, n: i, level: -1, payload: new Uint8Array(4_000) })));
				let part = 0;
				let why = "";
				while (why === "" && part < 100)
					await store.append(large(part)).then(
						() => part++,
						(error: Error) => (why = error.message),
					);
				assert.match(why, /the disk is full, .*history\.sqlite cannot grow: make room/);
				assert.equal((await store.rows({ topic: "light", from: at + part, to: at + part + 1 }, undefined, 99)).length, 0);
				spawnSync("mount", ["-o", "remount,size=4m", folder]);
				await store.append(large(part));
				assert.equal((await store.rows({ topic: "light", from: 0, to: at * 2 }, undefined, 9_999)).length, 20 * (part + 1));
				await store.close();
			} finally {
				spawnSync("umount", [folder]);
			}
		}),
);

test("no word of node:sqlite's being an experiment reaches stderr", () =>
	inFolder(async (folder) => {
		const store = await open(folder);
		await store.close();
		cpSync(path.join(folder, "history.sqlite"), path.join(folder, "copy"));
		const script = `import { Worker } from "node:worker_threads"; new Worker(process.argv[1], { execArgv: ["--disable-warning=ExperimentalWarning"], workerData: { folder: process.argv[2], holder: "", readOnly: false } }).on("message", () => process.exit()).postMessage({ id: 1, method: "open", args: [] })`;
		const worker = path.join(import.meta.dirname, "../../dist/history-worker.js");
		const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script, worker, folder], { encoding: "utf8" });
		assert.deepEqual([stderr, status], ["", 0]);
	}));
