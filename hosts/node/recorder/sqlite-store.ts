// The store of history without a database server: a SQLite file, written by a thread of its own, so that no lamp waits for a disk.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Batch, Cursor, Gap, HistoryStore, Kept, Minute, Range, Row } from "../../../src/recorder/store.js";
import type { WorkerOptions } from "./worker.js";

interface Waiting {
	resolve(value: unknown): void;
	reject(error: Error): void;
}

/** `dist/history-worker.js` beside the package.json of this program, wherever the program itself is. */
function workerFile(): string {
	let folder = path.dirname(fileURLToPath(import.meta.url));
	while (!fs.existsSync(path.join(folder, "package.json")) && path.dirname(folder) !== folder) folder = path.dirname(folder);
	return path.join(folder, "dist", "history-worker.js");
}

export class SqliteStore implements HistoryStore {
	/** Notes for people about the opening. */
	notes: readonly string[] = [];
	/** `node:sqlite` or `libsql`. */
	driver = "";
	readonly #worker: Worker;
	readonly #waiting = new Map<number, Waiting>();
	readonly #ended: Promise<void>;
	#last = 0;
	#closing: Promise<void> | undefined;

	private constructor(options: WorkerOptions) {
		// the warning of Node.js about its own SQLite does not concern users
		this.#worker = new Worker(workerFile(), { workerData: options, execArgv: ["--disable-warning=ExperimentalWarning"] });
		this.#worker.on("message", ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
			const waiting = this.#waiting.get(id);
			this.#waiting.delete(id);
			if (error === undefined) waiting?.resolve(result);
			else waiting?.reject(new Error(error));
		});
		this.#worker.on("error", (error) => this.#fail(error as Error));
		this.#ended = new Promise((resolve) => {
			this.#worker.once("exit", () => {
				this.#fail(new Error("the history is closed"));
				resolve();
			});
		});
	}

	/** Rejects with a sentence. */
	static async open(options: WorkerOptions): Promise<SqliteStore> {
		const store = new SqliteStore(options);
		try {
			const { notes, driver } = (await store.#ask("open", [])) as { notes: string[]; driver: string };
			store.notes = notes;
			store.driver = driver;
			return store;
		} catch (error) {
			await store.#worker.terminate();
			throw error;
		}
	}

	kept(): Promise<Kept> {
		return this.#ask("kept", []) as Promise<Kept>;
	}

	append(batch: Batch): Promise<void> {
		return this.#ask("append", [batch]) as Promise<void>;
	}

	rows(range: Range, after: Cursor | undefined, limit: number): Promise<Row[]> {
		return this.#ask("rows", [range, after, limit]) as Promise<Row[]>;
	}

	minutes(range: Range, after: number | undefined, limit: number): Promise<Minute[]> {
		return this.#ask("minutes", [range, after, limit]) as Promise<Minute[]>;
	}

	before(topic: string, time: number): Promise<{ time: number; level: number } | undefined> {
		return this.#ask("before", [topic, time]) as Promise<{ time: number; level: number } | undefined>;
	}

	gaps(from: number, to: number, limit: number): Promise<Gap[]> {
		return this.#ask("gaps", [from, to, limit]) as Promise<Gap[]>;
	}

	silences(from: number, to: number): Promise<readonly number[]> {
		return this.#ask("silences", [from, to]) as Promise<readonly number[]>;
	}

	async tidy(compact: number, keep: number, bytes: number): Promise<void> {
		while (this.#closing === undefined && (await this.#ask("tidy", [compact, keep, bytes])));
	}

	close(): Promise<void> {
		this.#closing ??= this.#ask("close", []).then(
			() => this.#ended,
			() => {},
		);
		return this.#closing;
	}

	#ask(method: string, args: unknown[]): Promise<unknown> {
		if (this.#closing !== undefined) return Promise.reject(new Error("the history is closed"));
		this.#last += 1;
		const id = this.#last;
		return new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			this.#worker.postMessage({ id, method, args });
		});
	}

	#fail(error: Error): void {
		for (const { reject } of this.#waiting.values()) reject(error);
		this.#waiting.clear();
	}
}
